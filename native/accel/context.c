/*
 * What SM4-ECB, -CBC and -CTR have in common. It does what Tongsuo's own contexts do, to the
 * reasons of its errors; the tests compare them.
 */
#include "../compat.h"

#include <openssl/core_names.h>

#include "context.h"

static int fail(int reason)
{
    ERR_raise(ERR_LIB_PROV, reason);
    return 0;
}

context *context_new(size_t size, size_t iv_size)
{
    context *c = OPENSSL_zalloc(size);

    if (c != NULL) {
        c->iv_size = iv_size;
        c->pads = 1;
    }
    return c;
}

void context_free(void *context)
{
    OPENSSL_clear_free(context, sizeof(struct context));
}

void *context_copy(const void *from, size_t size)
{
    context *copy = OPENSSL_memdup(from, size);

    if (copy != NULL && copy->has_key && !sm4_moved(&copy->key)) {
        OPENSSL_clear_free(copy, size);
        return NULL;
    }
    return copy;
}

int context_init(context *c, const unsigned char *key, size_t key_size, const unsigned char *iv,
                 size_t iv_size, int encrypts, int rewinds)
{
    c->buffered = 0;
    c->encrypts = encrypts;
    if (iv != NULL && c->iv_size != 0) {
        if (iv_size != c->iv_size)
            return fail(PROV_R_INVALID_IV_LENGTH);
        memcpy(c->iv, iv, iv_size);
        memcpy(c->given_iv, iv, iv_size);
        c->has_iv = 1;
    } else if (rewinds && c->has_iv) {
        memcpy(c->iv, c->given_iv, sizeof(c->iv));
    }
    if (key != NULL) {
        if (key_size != SM4_BLOCK)
            return fail(PROV_R_INVALID_KEY_LENGTH);
        if (!sm4_set_key(&c->key, key))
            return fail(PROV_R_KEY_SETUP_FAILED);
        c->has_key = 1;
    }
    return 1;
}

/* An octet string, as the caller wants it: copied, or pointed to. */
static int give_octets(OSSL_PARAM *param, const unsigned char *data, size_t size)
{
    return param == NULL || OSSL_PARAM_set_octet_ptr(param, data, size)
           || OSSL_PARAM_set_octet_string(param, data, size);
}

int context_get_params(void *context, OSSL_PARAM params[])
{
    struct context *c = context;
    OSSL_PARAM *iv_size = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_IVLEN);
    OSSL_PARAM *key_size = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_KEYLEN);
    OSSL_PARAM *pads = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_PADDING);
    OSSL_PARAM *number = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_NUM);

    if ((iv_size == NULL || OSSL_PARAM_set_size_t(iv_size, c->iv_size))
        && (key_size == NULL || OSSL_PARAM_set_size_t(key_size, SM4_BLOCK))
        && (pads == NULL || OSSL_PARAM_set_uint(pads, c->pads))
        && (number == NULL || OSSL_PARAM_set_uint(number, c->blocks ? 0 : (unsigned)c->buffered))
        && give_octets(OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_IV), c->given_iv, c->iv_size)
        && give_octets(OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_UPDATED_IV), c->iv, c->iv_size))
        return 1;
    return fail(PROV_R_FAILED_TO_SET_PARAMETER);
}

int context_set_params(void *context, const OSSL_PARAM params[])
{
    struct context *c = context;
    const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_PADDING);
    unsigned value;

    if (param != NULL) {
        if (!OSSL_PARAM_get_uint(param, &value))
            return fail(PROV_R_FAILED_TO_GET_PARAMETER);
        c->pads = value != 0;
    }
    return 1;
}

const OSSL_PARAM *context_gettable_params(void *context, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, NULL),
        OSSL_PARAM_uint(OSSL_CIPHER_PARAM_PADDING, NULL),
        OSSL_PARAM_uint(OSSL_CIPHER_PARAM_NUM, NULL),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_IV, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_UPDATED_IV, NULL, 0),
        OSSL_PARAM_octet_ptr(OSSL_CIPHER_PARAM_TLS_MAC, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)context;
    (void)provider;
    return known;
}

const OSSL_PARAM *context_settable_params(void *context, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_uint(OSSL_CIPHER_PARAM_PADDING, NULL),
        OSSL_PARAM_uint(OSSL_CIPHER_PARAM_TLS_VERSION, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_TLS_MAC_SIZE, NULL),
        OSSL_PARAM_END,
    };

    (void)context;
    (void)provider;
    return known;
}

int context_update_blocks(void *context, unsigned char *out, size_t *out_size, size_t room,
                          const unsigned char *in, size_t size)
{
    struct context *c = context;
    /* The last block of what is decrypted waits: it may be the one with the padding. */
    int holds = !c->encrypts && c->pads;
    size_t written = 0, now;

    if (!c->has_key)
        return fail(PROV_R_NO_KEY_SET);
    if (c->buffered != 0 || size < SM4_BLOCK) {
        now = SM4_BLOCK - c->buffered < size ? SM4_BLOCK - c->buffered : size;
        if (now != 0)
            memcpy(c->buffer + c->buffered, in, now);
        c->buffered += now;
        in += now;
        size -= now;
        if (c->buffered == SM4_BLOCK && (!holds || size > 0)) {
            if (room < SM4_BLOCK)
                return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
            if (!c->blocks(c, c->buffer, out, SM4_BLOCK))
                return fail(PROV_R_CIPHER_OPERATION_FAILED);
            c->buffered = 0;
            written = SM4_BLOCK;
        }
    }
    now = size - size % SM4_BLOCK;
    if (now == size && now != 0 && holds)
        now -= SM4_BLOCK;
    if (now != 0) {
        if (room < written + now)
            return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
        if (!c->blocks(c, in, out + written, now))
            return fail(PROV_R_CIPHER_OPERATION_FAILED);
        written += now;
        in += now;
        size -= now;
    }
    if (size != 0) {
        memcpy(c->buffer, in, size);
        c->buffered = size;
    }
    *out_size = written;
    return 1;
}

static int unpad(struct context *c, size_t *size)
{
    unsigned char padding = c->buffer[SM4_BLOCK - 1];
    size_t i;

    if (padding == 0 || padding > SM4_BLOCK)
        return fail(PROV_R_BAD_DECRYPT);
    for (i = SM4_BLOCK - padding; i < SM4_BLOCK; i++)
        if (c->buffer[i] != padding)
            return fail(PROV_R_BAD_DECRYPT);
    *size = SM4_BLOCK - padding;
    return 1;
}

int context_final_block(void *context, unsigned char *out, size_t *out_size, size_t room)
{
    struct context *c = context;
    size_t size = SM4_BLOCK;

    if (!c->has_key)
        return fail(PROV_R_NO_KEY_SET);
    if (!c->pads && c->buffered == 0) {
        *out_size = 0;
        return 1;
    }
    if (c->encrypts && c->pads) {
        memset(c->buffer + c->buffered, SM4_BLOCK - c->buffered, SM4_BLOCK - c->buffered);
        c->buffered = SM4_BLOCK;
    }
    if (c->buffered != SM4_BLOCK)
        return fail(PROV_R_WRONG_FINAL_BLOCK_LENGTH);
    if (!c->blocks(c, c->buffer, c->buffer, SM4_BLOCK))
        return fail(PROV_R_CIPHER_OPERATION_FAILED);
    if (!c->encrypts && c->pads && !unpad(c, &size))
        return 0;
    if (room < size)
        return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
    if (size != 0)
        memcpy(out, c->buffer, size);
    c->buffered = 0;
    *out_size = size;
    return 1;
}

int context_all_blocks(void *context, unsigned char *out, size_t *out_size, size_t room,
                       const unsigned char *in, size_t size)
{
    struct context *c = context;

    if (!c->has_key || size % SM4_BLOCK != 0 || room < size || !c->blocks(c, in, out, size))
        return 0;
    *out_size = size;
    return 1;
}
