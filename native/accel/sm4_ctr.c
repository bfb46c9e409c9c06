/* SM4-CTR. All 16 bytes of the counter block are one number. */
#include "../compat.h"

#include "ciphers.h"
#include "context.h"

#define BITS 128

/* The library takes four blocks as quickly as one. */
#define QUICK (4 * SM4_BLOCK)

static void *new(void *provider)
{
    (void)provider;
    return context_new(sizeof(context), SM4_BLOCK);
}

static void *copy(void *context)
{
    return context_copy(context, sizeof(struct context));
}

/* Without an IV the counter goes on where it is; but with a new block. */
static int init(void *context, const unsigned char *key, size_t key_size, const unsigned char *iv,
                size_t iv_size, const OSSL_PARAM params[], int encrypts)
{
    return context_init(context, key, key_size, iv, iv_size, encrypts, 0)
           && context_set_params(context, params);
}

static void count(unsigned char counter[SM4_BLOCK], unsigned blocks)
{
    int i;

    for (i = SM4_BLOCK - 1; i >= 0 && blocks != 0; i--) {
        blocks += counter[i];
        counter[i] = (unsigned char)blocks;
        blocks >>= 8;
    }
}

/* Less than QUICK, from the beginning of a block; what is over of the last one is kept. */
static int crypt_rest(context *c, const unsigned char *in, unsigned char *out, size_t size)
{
    static const unsigned char zero[QUICK];
    unsigned char stream[QUICK], counter[SM4_BLOCK];
    size_t blocks = (size + SM4_BLOCK - 1) / SM4_BLOCK, i;
    int done;

    memcpy(counter, c->iv, sizeof(counter));
    done = sm4_ctr(&c->key, zero, stream, blocks == 1 ? SM4_BLOCK : QUICK, counter, BITS);
    if (done) {
        count(c->iv, (unsigned)blocks);
        for (i = 0; i < size; i++)
            out[i] = in[i] ^ stream[i];
        c->buffered = size % SM4_BLOCK;
        if (c->buffered != 0)
            memcpy(c->buffer, stream + (blocks - 1) * SM4_BLOCK, SM4_BLOCK);
    }
    OPENSSL_cleanse(stream, sizeof(stream));
    return done;
}

static int crypt(context *c, const unsigned char *in, unsigned char *out, size_t size)
{
    size_t bulk;

    for (; c->buffered != 0 && size > 0; size--) {
        *out++ = *in++ ^ c->buffer[c->buffered];
        c->buffered = (c->buffered + 1) % SM4_BLOCK;
    }
    bulk = size - size % QUICK;
    return (bulk == 0 || sm4_ctr(&c->key, in, out, bulk, c->iv, BITS))
           && (bulk == size || crypt_rest(c, in + bulk, out + bulk, size - bulk));
}

static int update(void *context, unsigned char *out, size_t *out_size, size_t room,
                  const unsigned char *in, size_t size)
{
    struct context *c = context;

    if (!c->has_key) {
        ERR_raise(ERR_LIB_PROV, PROV_R_NO_KEY_SET);
        return 0;
    }
    if (room < size) {
        ERR_raise(ERR_LIB_PROV, PROV_R_OUTPUT_BUFFER_TOO_SMALL);
        return 0;
    }
    if (!crypt(c, in, out, size)) {
        ERR_raise(ERR_LIB_PROV, PROV_R_CIPHER_OPERATION_FAILED);
        return 0;
    }
    *out_size = size;
    return 1;
}

static int final(void *context, unsigned char *out, size_t *out_size, size_t room)
{
    struct context *c = context;

    (void)out;
    (void)room;
    if (!c->has_key) {
        ERR_raise(ERR_LIB_PROV, PROV_R_NO_KEY_SET);
        return 0;
    }
    *out_size = 0;
    return 1;
}

static int get_params(OSSL_PARAM params[])
{
    return tspy_cipher_get_params(params, EVP_CIPH_CTR_MODE, 0, SM4_BLOCK, 1, SM4_BLOCK);
}

#define release context_free
#define all_at_once update
#define get_ctx_params context_get_params
#define set_params context_set_params

TSPY_CIPHER(tspy_accel_sm4_ctr, context_gettable_params, context_settable_params);
