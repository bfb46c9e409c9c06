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

static int encrypt_init(void *context, const unsigned char *key, size_t key_size,
                        const unsigned char *iv, size_t iv_size, const OSSL_PARAM params[])
{
    return context_init(context, key, key_size, iv, iv_size, 1, 0)
           && context_set_params(context, params);
}

static int decrypt_init(void *context, const unsigned char *key, size_t key_size,
                        const unsigned char *iv, size_t iv_size, const OSSL_PARAM params[])
{
    return context_init(context, key, key_size, iv, iv_size, 0, 0)
           && context_set_params(context, params);
}

static int all_at_once(void *context, unsigned char *out, size_t *out_size, size_t room,
                       const unsigned char *in, size_t size)
{
    struct context *c = context;

    if (!c->has_key || size % SM4_BLOCK != 0 || room < size || !blocks(c, in, out, size))
        return 0;
    *out_size = size;
    return 1;
}

static int get_params(OSSL_PARAM params[])
{
    return tspy_cipher_get_params(params, EVP_CIPH_ECB_MODE, 0, SM4_BLOCK, SM4_BLOCK, 0);
}

const OSSL_DISPATCH tspy_accel_sm4_ecb[] = {
    {OSSL_FUNC_CIPHER_NEWCTX, (void (*)(void))new},
    {OSSL_FUNC_CIPHER_FREECTX, (void (*)(void))context_free},
    {OSSL_FUNC_CIPHER_DUPCTX, (void (*)(void))copy},
    {OSSL_FUNC_CIPHER_ENCRYPT_INIT, (void (*)(void))encrypt_init},
    {OSSL_FUNC_CIPHER_DECRYPT_INIT, (void (*)(void))decrypt_init},
    {OSSL_FUNC_CIPHER_UPDATE, (void (*)(void))context_update_blocks},
    {OSSL_FUNC_CIPHER_FINAL, (void (*)(void))context_final_block},
    {OSSL_FUNC_CIPHER_CIPHER, (void (*)(void))all_at_once},
    {OSSL_FUNC_CIPHER_GET_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_CIPHER_GETTABLE_PARAMS, (void (*)(void))tspy_cipher_gettable_params},
    {OSSL_FUNC_CIPHER_GET_CTX_PARAMS, (void (*)(void))context_get_params},
    {OSSL_FUNC_CIPHER_GETTABLE_CTX_PARAMS, (void (*)(void))context_gettable_params},
    {OSSL_FUNC_CIPHER_SET_CTX_PARAMS, (void (*)(void))context_set_params},
    {OSSL_FUNC_CIPHER_SETTABLE_CTX_PARAMS, (void (*)(void))context_settable_params},
    {0, NULL},
};
