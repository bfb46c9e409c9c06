/*
 * SM4-GCM as OpenSSL calls it: IVs given, made at random or counted up; messages in pieces, and
 * records of TLS 1.2 and TLCP in one (RFC 5288, GB/T 38636). It answers as Tongsuo's own does.
 */
#include "../compat.h"

#include <openssl/core_names.h>

#include "ciphers.h"
#include "gcm.h"

#define LONGEST_IV 128
#define LEAST_RANDOM_IV 12
#define NOTHING ((size_t)-1)

/* What is with the IV that is kept here. */
enum { NO_IV, TO_BE_USED, IN_USE, USED_UP };

typedef struct {
    gcm gcm;
    unsigned char iv[LONGEST_IV];
    size_t iv_size;
    int iv_state, encrypts, has_key;
    unsigned iv_is_random;
    unsigned char tag[GCM_TAG];
    size_t tag_size; /* NOTHING: unknown as yet */
    /* For records. */
    int counts_iv;
    unsigned char header[EVP_AEAD_TLS1_AAD_LEN];
    int has_header;
    uint64_t records;
} context;

static int fail(int reason)
{
    ERR_raise(ERR_LIB_PROV, reason);
    return 0;
}

static void *new(void *provider)
{
    context *c = OPENSSL_zalloc(sizeof(*c));

    (void)provider;
    if (c != NULL) {
        c->iv_size = EVP_GCM_TLS_FIXED_IV_LEN + EVP_GCM_TLS_EXPLICIT_IV_LEN;
        c->tag_size = NOTHING;
    }
    return c;
}

static void release(void *vc)
{
    OPENSSL_clear_free(vc, sizeof(context));
}

static void *copy(void *vc)
{
    context *c = OPENSSL_memdup(vc, sizeof(context));

    if (c != NULL && c->has_key && !gcm_moved(&c->gcm)) {
        release(c);
        return NULL;
    }
    return c;
}

/* --- IVs of records: four bytes of the session, and eight that are counted and sent along --- */

static int fix_iv(context *c, const unsigned char *fixed, size_t size)
{
    if (size == NOTHING) /* all of it */
        size = c->iv_size;
    else if (size < EVP_GCM_TLS_FIXED_IV_LEN || size > c->iv_size
             || c->iv_size - size < EVP_GCM_TLS_EXPLICIT_IV_LEN)
        return 0;
    memcpy(c->iv, fixed, size);
    if (c->encrypts && size < c->iv_size) {
        if (RAND_bytes(c->iv + size, (int)(c->iv_size - size)) != 1)
            return 0;
        c->iv_is_random = 1;
    }
    c->counts_iv = 1;
    c->iv_state = TO_BE_USED;
    return 1;
}

static int use_iv(context *c)
{
    c->iv_state = IN_USE;
    return gcm_start(&c->gcm, c->iv, c->iv_size);
}

/* Begin with the IV, tell the end of it, and count it up. */
static int count_iv(context *c, unsigned char *out, size_t size)
{
    size_t i;

    if (!c->counts_iv || !c->has_key || !use_iv(c))
        return 0;
    if (size == 0 || size > c->iv_size)
        size = c->iv_size;
    memcpy(out, c->iv + c->iv_size - size, size);
    for (i = 1; i <= 8 && i <= c->iv_size && ++c->iv[c->iv_size - i] == 0; i++)
        ;
    return 1;
}

static int take_iv(context *c, const unsigned char *end, size_t size)
{
    if (!c->counts_iv || !c->has_key || c->encrypts || size > c->iv_size)
        return 0;
    memcpy(c->iv + c->iv_size - size, end, size);
    return use_iv(c);
}

/* --- records --- */

static int set_header(context *c, const unsigned char *header, size_t size)
{
    size_t overhead = EVP_GCM_TLS_EXPLICIT_IV_LEN + (c->encrypts ? 0 : GCM_TAG);

    if (!tspy_cipher_copy_header(c->header, header, size, overhead))
        return 0;
    c->has_header = 1;
    return 1;
}

static int crypt_record(context *c, unsigned char *record, size_t size, size_t *out_size)
{
    unsigned char tag[GCM_TAG], *data = record + EVP_GCM_TLS_EXPLICIT_IV_LEN;
    int done;

    if (size < EVP_GCM_TLS_EXPLICIT_IV_LEN + GCM_TAG)
        return 0;
    if (c->encrypts && ++c->records == 0)
        return fail(PROV_R_TOO_MANY_RECORDS);
    size -= EVP_GCM_TLS_EXPLICIT_IV_LEN + GCM_TAG;
    if (!(c->encrypts ? count_iv(c, record, EVP_GCM_TLS_EXPLICIT_IV_LEN)
                      : take_iv(c, record, EVP_GCM_TLS_EXPLICIT_IV_LEN)))
        return 0;
    done = gcm_header(&c->gcm, c->header, sizeof(c->header))
           && gcm_crypt(&c->gcm, data, data, size, c->encrypts);
    if (done)
        gcm_tag(&c->gcm, tag);
    if (c->encrypts) {
        if (done)
            memcpy(data + size, tag, GCM_TAG);
        *out_size = size + EVP_GCM_TLS_EXPLICIT_IV_LEN + GCM_TAG;
        return done;
    }
    *out_size = size;
    if (done && CRYPTO_memcmp(tag, data + size, GCM_TAG) == 0)
        return 1;
    OPENSSL_cleanse(data, size);
    *out_size = 0;
    return 0;
}

static int record(context *c, unsigned char *out, size_t *out_size, const unsigned char *in,
                  size_t size)
{
    int done;

    *out_size = 0;
    done = c->has_key && in == out && crypt_record(c, out, size, out_size);
    c->iv_state = USED_UP;
    c->has_header = 0;
    return done;
}

/* --- messages --- */

/* Whether the message has begun, or could now. */
static int begin(context *c)
{
    if (!c->has_key || c->iv_state == USED_UP)
        return 0;
    if (c->iv_state == NO_IV) {
        if (!c->encrypts || c->iv_size < LEAST_RANDOM_IV
            || RAND_bytes(c->iv, (int)c->iv_size) != 1)
            return 0;
        c->iv_state = TO_BE_USED;
        c->iv_is_random = 1;
    }
    return c->iv_state == IN_USE || use_iv(c);
}

static int finish(context *c)
{
    unsigned char tag[GCM_TAG];

    if (!begin(c) || (!c->encrypts && c->tag_size == NOTHING))
        return 0;
    gcm_tag(&c->gcm, tag);
    if (c->encrypts) {
        memcpy(c->tag, tag, GCM_TAG);
        c->tag_size = GCM_TAG;
    } else if (CRYPTO_memcmp(tag, c->tag, c->tag_size) != 0) {
        return 0;
    }
    c->iv_state = USED_UP;
    return 1;
}

static int work(context *c, unsigned char *out, size_t *out_size, const unsigned char *in,
                size_t size)
{
    int done;

    if (c->has_header)
        return record(c, out, out_size, in, size);
    *out_size = 0;
    if (in == NULL)
        return finish(c);
    done = begin(c)
           && (out == NULL ? gcm_header(&c->gcm, in, size)
                           : gcm_crypt(&c->gcm, in, out, size, c->encrypts));
    if (done)
        *out_size = size;
    return done;
}

static int update(void *vc, unsigned char *out, size_t *out_size, size_t room,
                  const unsigned char *in, size_t size)
{
    *out_size = 0;
    if (size == 0)
        return 1;
    if (room < size)
        return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
    return work(vc, out, out_size, in, size) ? 1 : fail(PROV_R_CIPHER_OPERATION_FAILED);
}

static int final(void *vc, unsigned char *out, size_t *out_size, size_t room)
{
    int done = work(vc, out, out_size, NULL, 0);

    (void)room;
    *out_size = 0;
    return done;
}

static int all_at_once(void *vc, unsigned char *out, size_t *out_size, size_t room,
                       const unsigned char *in, size_t size)
{
    if (room < size)
        return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
    if (!work(vc, out, out_size, in, size))
        return 0;
    *out_size = size;
    return 1;
}

/* --- parameters --- */

static int set_params(void *vc, const OSSL_PARAM params[])
{
    context *c = vc;
    const OSSL_PARAM *p;
    size_t size;

    for (p = params; p != NULL && p->key != NULL; p++) {
        int octets = p->data_type == OSSL_PARAM_OCTET_STRING && p->data != NULL;

        if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TAG) == 0) {
            void *tag = c->tag;

            if (!OSSL_PARAM_get_octet_string(p, &tag, sizeof(c->tag), &size))
                return fail(PROV_R_FAILED_TO_GET_PARAMETER);
            if (size == 0 || c->encrypts)
                return fail(PROV_R_INVALID_TAG);
            c->tag_size = size;
        } else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_IVLEN) == 0) {
            if (!OSSL_PARAM_get_size_t(p, &size))
                return fail(PROV_R_FAILED_TO_GET_PARAMETER);
            if (size == 0 || size > LONGEST_IV)
                return fail(PROV_R_INVALID_IV_LENGTH);
            if (size != c->iv_size && c->iv_state != NO_IV)
                c->iv_state = USED_UP; /* one of another size is not the one that was meant */
            c->iv_size = size;
        } else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD) == 0) {
            if (!octets || !set_header(c, p->data, p->data_size))
                return fail(PROV_R_INVALID_AAD);
        } else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED) == 0) {
            if (!octets || !fix_iv(c, p->data, p->data_size))
                return fail(PROV_R_FAILED_TO_GET_PARAMETER);
        } else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV) == 0) {
            if (!octets || !take_iv(c, p->data, p->data_size))
                return 0;
        }
    }
    return 1;
}

static int give_iv(const context *c, OSSL_PARAM *p)
{
    if (c->iv_state == NO_IV)
        return 0;
    if (p->data_size < c->iv_size)
        return fail(PROV_R_INVALID_IV_LENGTH);
    return OSSL_PARAM_set_octet_string(p, c->iv, c->iv_size)
           || OSSL_PARAM_set_octet_ptr(p, c->iv, c->iv_size)
           || fail(PROV_R_FAILED_TO_SET_PARAMETER);
}

static int give_tag(const context *c, OSSL_PARAM *p)
{
    if (p->data_size == 0 || p->data_size > GCM_TAG || !c->encrypts || c->tag_size == NOTHING)
        return fail(PROV_R_INVALID_TAG);
    return OSSL_PARAM_set_octet_string(p, c->tag, p->data_size)
           || fail(PROV_R_FAILED_TO_SET_PARAMETER);
}

static int get_ctx_params(void *vc, OSSL_PARAM params[])
{
    context *c = vc;
    OSSL_PARAM *p;
    int done;

    for (p = params; p->key != NULL; p++) {
        if (strcmp(p->key, OSSL_CIPHER_PARAM_IVLEN) == 0)
            done = OSSL_PARAM_set_size_t(p, c->iv_size);
        else if (strcmp(p->key, OSSL_CIPHER_PARAM_KEYLEN) == 0)
            done = OSSL_PARAM_set_size_t(p, SM4_BLOCK);
        else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TAGLEN) == 0)
            done = OSSL_PARAM_set_size_t(p, c->tag_size == NOTHING ? GCM_TAG : c->tag_size);
        else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD) == 0)
            done = OSSL_PARAM_set_size_t(p, GCM_TAG);
        else if (strcmp(p->key, OSSL_CIPHER_PARAM_IV) == 0
                 || strcmp(p->key, OSSL_CIPHER_PARAM_UPDATED_IV) == 0) {
            if (!give_iv(c, p))
                return 0;
            continue;
        } else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TAG) == 0) {
            if (!give_tag(c, p))
                return 0;
            continue;
        } else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN) == 0) {
            if (p->data == NULL || p->data_type != OSSL_PARAM_OCTET_STRING
                || !count_iv(c, p->data, p->data_size))
                return 0;
            continue;
        }
#ifdef OSSL_CIPHER_PARAM_AEAD_IV_GENERATED
        else if (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_IV_GENERATED) == 0)
            done = OSSL_PARAM_set_uint(p, c->iv_is_random);
#endif
        else
            continue;
        if (!done)
            return fail(PROV_R_FAILED_TO_SET_PARAMETER);
    }
    return 1;
}

static int init(context *c, const unsigned char *key, size_t key_size, const unsigned char *iv,
                size_t iv_size, const OSSL_PARAM params[], int encrypts)
{
    c->encrypts = encrypts;
    if (iv != NULL) {
        if (iv_size == 0 || iv_size > LONGEST_IV)
            return fail(PROV_R_INVALID_IV_LENGTH);
        c->iv_size = iv_size;
        memcpy(c->iv, iv, iv_size);
        c->iv_state = TO_BE_USED;
    }
    if (key != NULL) {
        if (key_size != SM4_BLOCK)
            return fail(PROV_R_INVALID_KEY_LENGTH);
        if (!gcm_set_key(&c->gcm, key))
            return fail(PROV_R_KEY_SETUP_FAILED);
        c->has_key = 1;
        c->records = 0;
    }
    return set_params(c, params);
}

static int get_params(OSSL_PARAM params[])
{
    return tspy_cipher_get_params(params, EVP_CIPH_GCM_MODE, CIPHER_AEAD | CIPHER_OWN_IV, SM4_BLOCK,
                                  1, EVP_GCM_TLS_FIXED_IV_LEN + EVP_GCM_TLS_EXPLICIT_IV_LEN);
}

TSPY_CIPHER(tspy_accel_sm4_gcm, tspy_cipher_tagged_gettable, tspy_cipher_tagged_settable);
