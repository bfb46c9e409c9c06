/* SM4-ECB. */
#include "../compat.h"

#include "ciphers.h"
#include "context.h"

static int blocks(context *c, const unsigned char *in, unsigned char *out, size_t size)
{
    return sm4_ecb(&c->key, in, out, size, c->encrypts);
}

static void *new(void *provider)
{
    context *c = context_new(sizeof(*c), 0);

    (void)provider;
    if (c != NULL)
        c->blocks = blocks;
    return c;
}

static void *copy(void *context)
{
    return context_copy(context, sizeof(struct context));
}

static int init(void *context, const unsigned char *key, size_t key_size, const unsigned char *iv,
                size_t iv_size, const OSSL_PARAM params[], int encrypts)
{
    return context_init(context, key, key_size, iv, iv_size, encrypts, 0)
           && context_set_params(context, params);
}

static int get_params(OSSL_PARAM params[])
{
    return tspy_cipher_get_params(params, EVP_CIPH_ECB_MODE, 0, SM4_BLOCK, SM4_BLOCK, 0);
}

#define release context_free
#define update context_update_blocks
#define final context_final_block
#define all_at_once context_all_blocks
#define get_ctx_params context_get_params
#define set_params context_set_params

TSPY_CIPHER(tspy_accel_sm4_ecb, context_gettable_params, context_settable_params);
