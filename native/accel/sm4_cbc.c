/*
 * SM4-CBC. Decryption is the library's. Encryption, of which no block can begin before the one
 * before it is done, is quicker with Tongsuo's own, which is given whole blocks.
 */
#include "../compat.h"

#include <openssl/core_names.h>
#include <openssl/prov_ssl.h>

#include "ciphers.h"
#include "context.h"
#include "tls_cbc.h"

static EVP_CIPHER *tongsuos;

typedef struct {
    context base;
    EVP_CIPHER_CTX *encryptor; /* Tongsuo's, without padding; NULL before the first encryption */
    unsigned tls_version;      /* 0: data, not records */
    size_t mac_size;
    unsigned char mac[TLS_LONGEST_MAC]; /* of the last record decrypted */
} cbc;

static int fail(int reason)
{
    ERR_raise(ERR_LIB_PROV, reason);
    return 0;
}

int tspy_accel_ciphers_ready(void)
{
    if (tongsuos == NULL)
        tongsuos = EVP_CIPHER_fetch(NULL, "SM4-CBC", "provider=default");
    return tongsuos != NULL;
}

static int encrypt(cbc *c, const unsigned char *in, unsigned char *out, size_t size)
{
    const size_t most = (size_t)1 << 30; /* whole blocks, which EVP counts in int */
    size_t done, now;
    int written;

    for (done = 0; done < size; done += now) {
        now = size - done < most ? size - done : most;
        if (!EVP_EncryptUpdate(c->encryptor, out + done, &written, in + done, (int)now))
            return 0;
    }
    if (size != 0)
        memcpy(c->base.iv, out + size - SM4_BLOCK, SM4_BLOCK);
    return 1;
}

static int blocks(context *base, const unsigned char *in, unsigned char *out, size_t size)
{
    return base->encrypts ? encrypt((cbc *)base, in, out, size)
                          : sm4_cbc_decrypt(&base->key, in, out, size, base->iv);
}

static void *new(void *provider)
{
    context *c = context_new(sizeof(cbc), SM4_BLOCK);

    (void)provider;
    if (c != NULL)
        c->blocks = blocks;
    return c;
}

static void release(void *context)
{
    cbc *c = context;

    if (c != NULL)
        EVP_CIPHER_CTX_free(c->encryptor);
    OPENSSL_clear_free(c, sizeof(*c));
}

static void *copy(void *context)
{
    const cbc *from = context;
    cbc *to = context_copy(from, sizeof(*from));

    if (to == NULL || from->encryptor == NULL)
        return to;
    to->encryptor = EVP_CIPHER_CTX_new();
    if (to->encryptor == NULL || !EVP_CIPHER_CTX_copy(to->encryptor, from->encryptor)) {
        release(to);
        return NULL;
    }
    return to;
}

static int set_params(void *context, const OSSL_PARAM params[])
{
    cbc *c = context;
    const OSSL_PARAM *version = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_TLS_VERSION);
    const OSSL_PARAM *mac_size = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_TLS_MAC_SIZE);

    if ((version != NULL && !OSSL_PARAM_get_uint(version, &c->tls_version))
        || (mac_size != NULL && !OSSL_PARAM_get_size_t(mac_size, &c->mac_size)))
        return fail(PROV_R_FAILED_TO_GET_PARAMETER);
    return context_set_params(&c->base, params);
}

static int get_ctx_params(void *context, OSSL_PARAM params[])
{
    cbc *c = context;
    OSSL_PARAM *mac = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_TLS_MAC);

    if (mac != NULL && !OSSL_PARAM_set_octet_ptr(mac, c->mac, c->mac_size))
        return fail(PROV_R_FAILED_TO_SET_PARAMETER);
    return context_get_params(&c->base, params);
}

/* Ready to encrypt, with what the context was given. `key` is NULL if that is the one before. */
static int init_encryptor(cbc *c, const unsigned char *key)
{
    const unsigned char *iv = c->base.has_iv ? c->base.iv : NULL;

    if (c->encryptor == NULL) {
        c->encryptor = EVP_CIPHER_CTX_new();
        if (c->encryptor == NULL
            || !EVP_EncryptInit_ex2(c->encryptor, tongsuos, NULL, NULL, NULL)
            || !EVP_CIPHER_CTX_set_padding(c->encryptor, 0))
            return 0;
        if (c->base.has_key)
            key = c->base.key.bytes; /* which may be that of a decryption before */
    }
    return (key == NULL && iv == NULL) || EVP_EncryptInit_ex2(c->encryptor, NULL, key, iv, NULL);
}

static int init(void *context, const unsigned char *key, size_t key_size, const unsigned char *iv,
                size_t iv_size, const OSSL_PARAM params[], int encrypts)
{
    cbc *c = context;

    return context_init(&c->base, key, key_size, iv, iv_size, encrypts, 1)
           && (!encrypts || init_encryptor(c, key)) && set_params(c, params);
}

/* A record, in place: the padding of TLS put on (RFC 5246, 6.2.3.2) and encrypted. */
static int seal_record(cbc *c, unsigned char *record, size_t *size, size_t room)
{
    size_t padding = SM4_BLOCK - *size % SM4_BLOCK;

    if (room < *size + padding)
        return 0;
    memset(record + *size, (int)padding - 1, padding);
    *size += padding;
    return encrypt(c, record, record, *size);
}

/* A record, in place: decrypted, IV, padding and MAC taken off. */
static int open_record(cbc *c, unsigned char *record, size_t *size)
{
    /* Since TLS 1.1, and in TLCP, a record begins with its IV, which libssl does not take off. */
    size_t iv = c->tls_version == TLS1_VERSION ? 0 : SM4_BLOCK;

    if (*size % SM4_BLOCK != 0 || *size < iv
        || !sm4_cbc_decrypt(&c->base.key, record, record, *size, c->base.iv))
        return 0;
    *size -= iv;
    return tls_cbc_open(record + iv, size, c->mac, c->mac_size);
}

static int update(void *context, unsigned char *out, size_t *out_size, size_t room,
                  const unsigned char *in, size_t size)
{
    cbc *c = context;

    if (c->tls_version == 0)
        return context_update_blocks(context, out, out_size, room, in, size);
    if (!c->base.has_key)
        return fail(PROV_R_NO_KEY_SET);
    *out_size = size;
    if (c->tls_version == SSL3_VERSION /* its padding is not that of TLS; no suite of SM4 has it */
        || in == NULL || in != out || room < size || !c->base.pads
        || !(c->base.encrypts ? seal_record(c, out, out_size, room)
                              : open_record(c, out, out_size)))
        return fail(PROV_R_CIPHER_OPERATION_FAILED);
    return 1;
}

static int final(void *context, unsigned char *out, size_t *out_size, size_t room)
{
    cbc *c = context;

    if (c->tls_version != 0)
        return fail(PROV_R_CIPHER_OPERATION_FAILED);
    return context_final_block(context, out, out_size, room);
}

static int get_params(OSSL_PARAM params[])
{
    return tspy_cipher_get_params(params, EVP_CIPH_CBC_MODE, 0, SM4_BLOCK, SM4_BLOCK, SM4_BLOCK);
}

#define all_at_once context_all_blocks

TSPY_CIPHER(tspy_accel_sm4_cbc, context_gettable_params, context_settable_params);
