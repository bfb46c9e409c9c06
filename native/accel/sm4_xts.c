/*
 * SM4-XTS (IEEE 1619-2018; GB/T 17964-2021, which has the bits of a tweak the other way round): one
 * call is one data unit. The tweaks of many blocks are made first, so that these are encrypted at
 * once.
 */
#include "../compat.h"

#include <openssl/core_names.h>

#include "ciphers.h"
#include "sm4.h"

#define LONGEST_UNIT ((size_t)1 << 24) /* 2^20 blocks: IEEE 1619-2018, 5.1 */
#define PIECE 1024                     /* bytes */

typedef struct {
    sm4_key data_key, tweak_key;
    unsigned char iv[SM4_BLOCK];
    int encrypts, has_key, has_iv, ieee;
} context;

static int fail(int reason)
{
    ERR_raise(ERR_LIB_PROV, reason);
    return 0;
}

static void *new(void *provider)
{
    (void)provider;
    return OPENSSL_zalloc(sizeof(context));
}

static void release(void *vc)
{
    OPENSSL_clear_free(vc, sizeof(context));
}

static void *copy(void *vc)
{
    context *c = OPENSSL_memdup(vc, sizeof(context));

    if (c != NULL && c->has_key && !(sm4_moved(&c->data_key) && sm4_moved(&c->tweak_key))) {
        release(c);
        return NULL;
    }
    return c;
}

/* The tweak of the next block: times alpha in GF(2^128). Nothing depends on its bits but its bits. */
static void next_ieee(unsigned char tweak[SM4_BLOCK])
{
    uint64_t low, high, carry;

    memcpy(&low, tweak, 8);
    memcpy(&high, tweak + 8, 8);
    carry = 0 - (high >> 63);
    high = high << 1 | low >> 63;
    low = low << 1 ^ (carry & 0x87);
    memcpy(tweak, &low, 8);
    memcpy(tweak + 8, &high, 8);
}

static void next_gb(unsigned char tweak[SM4_BLOCK])
{
    uint64_t high, low, carry;

    memcpy(&high, tweak, 8);
    memcpy(&low, tweak + 8, 8);
    high = __builtin_bswap64(high);
    low = __builtin_bswap64(low);
    carry = 0 - (low & 1);
    low = __builtin_bswap64(low >> 1 | high << 63);
    high = __builtin_bswap64(high >> 1 ^ (carry & (uint64_t)0xe1 << 56));
    memcpy(tweak, &high, 8);
    memcpy(tweak + 8, &low, 8);
}

static void next(const context *c, unsigned char tweak[SM4_BLOCK])
{
    (c->ieee ? next_ieee : next_gb)(tweak);
}

/* Whole blocks, at most PIECE bytes; the tweak becomes that of the block after them. */
static int blocks(const context *c, const unsigned char *in, unsigned char *out, size_t size,
                  unsigned char tweak[SM4_BLOCK])
{
    unsigned char tweaks[PIECE], data[PIECE];
    size_t i;
    int done;

    for (i = 0; i < size; i += SM4_BLOCK, next(c, tweak))
        memcpy(tweaks + i, tweak, SM4_BLOCK);
    for (i = 0; i < size; i++)
        data[i] = in[i] ^ tweaks[i];
    done = sm4_ecb(&c->data_key, data, data, size, c->encrypts);
    for (i = 0; done && i < size; i++)
        out[i] = data[i] ^ tweaks[i];
    OPENSSL_cleanse(tweaks, size);
    OPENSSL_cleanse(data, size);
    return done;
}

/*
 * The last whole block and the 1 to 15 bytes after it (5.3.2, "ciphertext stealing"). Decrypting
 * needs the two last tweaks in the other order.
 */
static int steal(const context *c, const unsigned char *in, unsigned char *out, size_t over,
                 unsigned char tweak[SM4_BLOCK])
{
    unsigned char other[SM4_BLOCK], block[SM4_BLOCK], end[SM4_BLOCK];
    int done;

    memcpy(other, tweak, SM4_BLOCK);
    next(c, other);
    done = blocks(c, in, block, SM4_BLOCK, c->encrypts ? tweak : other);
    if (done) {
        memcpy(end, in + SM4_BLOCK, over);
        memcpy(end + over, block + over, SM4_BLOCK - over);
        memcpy(out + SM4_BLOCK, block, over);
        done = blocks(c, end, out, SM4_BLOCK, tweak);
    }
    OPENSSL_cleanse(block, sizeof(block));
    OPENSSL_cleanse(end, sizeof(end));
    return done;
}

static int unit(const context *c, const unsigned char *in, unsigned char *out, size_t size)
{
    unsigned char tweak[SM4_BLOCK];
    size_t over = size % SM4_BLOCK, bulk = size - (over == 0 ? 0 : SM4_BLOCK + over), now;
    int done = sm4_block(&c->tweak_key, c->iv, tweak);

    for (; done && bulk > 0; in += now, out += now, bulk -= now) {
        now = bulk < PIECE ? bulk : PIECE;
        done = blocks(c, in, out, now, tweak);
    }
    done = done && (over == 0 || steal(c, in, out, over, tweak));
    OPENSSL_cleanse(tweak, sizeof(tweak));
    return done;
}

static int all_at_once(void *vc, unsigned char *out, size_t *out_size, size_t room,
                       const unsigned char *in, size_t size)
{
    context *c = vc;

    (void)room;
    if (!c->has_key || !c->has_iv || out == NULL || in == NULL || size < SM4_BLOCK)
        return 0;
    if (size > LONGEST_UNIT)
        return fail(PROV_R_XTS_DATA_UNIT_IS_TOO_LARGE);
    if (!unit(c, in, out, size))
        return 0;
    *out_size = size;
    return 1;
}

static int update(void *vc, unsigned char *out, size_t *out_size, size_t room,
                  const unsigned char *in, size_t size)
{
    if (room < size)
        return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
    return all_at_once(vc, out, out_size, room, in, size) ? 1
                                                          : fail(PROV_R_CIPHER_OPERATION_FAILED);
}

static int final(void *vc, unsigned char *out, size_t *out_size, size_t room)
{
    (void)vc;
    (void)out;
    (void)room;
    *out_size = 0;
    return 1;
}

static int set_params(void *vc, const OSSL_PARAM params[])
{
#ifdef OSSL_CIPHER_PARAM_XTS_STANDARD
    context *c = vc;
    const OSSL_PARAM *p = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_XTS_STANDARD);
    const char *name;

    if (p == NULL)
        return 1;
    if (!OSSL_PARAM_get_utf8_string_ptr(p, &name))
        return fail(PROV_R_FAILED_TO_GET_PARAMETER);
    c->ieee = OPENSSL_strcasecmp(name, "IEEE") == 0;
    if (!c->ieee && OPENSSL_strcasecmp(name, "GB") != 0)
        return fail(PROV_R_FAILED_TO_SET_PARAMETER);
#else
    (void)vc;
    (void)params;
#endif
    return 1;
}

static const OSSL_PARAM *settable_ctx_params(void *vc, void *provider)
{
    static const OSSL_PARAM known[] = {
#ifdef OSSL_CIPHER_PARAM_XTS_STANDARD
        OSSL_PARAM_utf8_string(OSSL_CIPHER_PARAM_XTS_STANDARD, NULL, 0),
#endif
        OSSL_PARAM_END,
    };

    (void)vc;
    (void)provider;
    return known;
}

static int get_ctx_params(void *vc, OSSL_PARAM params[])
{
    context *c = vc;
    OSSL_PARAM *p;

    for (p = params; p->key != NULL; p++)
        if ((strcmp(p->key, OSSL_CIPHER_PARAM_IVLEN) == 0
             && !OSSL_PARAM_set_size_t(p, SM4_BLOCK))
            || (strcmp(p->key, OSSL_CIPHER_PARAM_KEYLEN) == 0
                && !OSSL_PARAM_set_size_t(p, 2 * SM4_BLOCK))
            || ((strcmp(p->key, OSSL_CIPHER_PARAM_IV) == 0
                 || strcmp(p->key, OSSL_CIPHER_PARAM_UPDATED_IV) == 0)
                && !OSSL_PARAM_set_octet_ptr(p, c->iv, SM4_BLOCK)
                && !OSSL_PARAM_set_octet_string(p, c->iv, SM4_BLOCK)))
            return fail(PROV_R_FAILED_TO_SET_PARAMETER);
    return 1;
}

static const OSSL_PARAM *gettable_ctx_params(void *vc, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, NULL),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_IV, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_UPDATED_IV, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)vc;
    (void)provider;
    return known;
}

static int init(context *c, const unsigned char *key, size_t key_size, const unsigned char *iv,
                size_t iv_size, const OSSL_PARAM params[], int encrypts)
{
    c->encrypts = encrypts;
    if (iv != NULL) {
        if (iv_size != SM4_BLOCK)
            return fail(PROV_R_INVALID_IV_LENGTH);
        memcpy(c->iv, iv, SM4_BLOCK);
        c->has_iv = 1;
    }
    if (key != NULL) {
        if (key_size != 2 * SM4_BLOCK)
            return fail(PROV_R_INVALID_KEY_LENGTH);
        if (!sm4_set_key(&c->data_key, key) || !sm4_set_key(&c->tweak_key, key + SM4_BLOCK))
            return fail(PROV_R_KEY_SETUP_FAILED);
        c->has_key = 1;
    }
    return set_params(c, params);
}

static int get_params(OSSL_PARAM params[])
{
    return tspy_cipher_get_params(params, EVP_CIPH_XTS_MODE, CIPHER_OWN_IV, 2 * SM4_BLOCK, 1,
                                  SM4_BLOCK);
}

TSPY_CIPHER(tspy_accel_sm4_xts, gettable_ctx_params, settable_ctx_params);
