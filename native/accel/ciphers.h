/* The ciphers of the provider, as OpenSSL calls them (provider-cipher(7)). */
#ifndef TSPY_ACCEL_CIPHERS_H
#define TSPY_ACCEL_CIPHERS_H

#include <openssl/core_dispatch.h>

extern const OSSL_DISPATCH tspy_accel_sm4_ecb[];
extern const OSSL_DISPATCH tspy_accel_sm4_cbc[];
extern const OSSL_DISPATCH tspy_accel_sm4_ctr[];
extern const OSSL_DISPATCH tspy_accel_sm4_gcm[];
extern const OSSL_DISPATCH tspy_accel_sm4_ccm[];
extern const OSSL_DISPATCH tspy_accel_sm4_xts[];

/* Find what they take from Tongsuo's provider, once it is loaded. 0 if that is not there. */
int tspy_accel_ciphers_ready(void);

/* What all of them tell of themselves: sizes in bytes, and these flags. */
#define CIPHER_AEAD 1
#define CIPHER_OWN_IV 2 /* EVP does not look after the IV */

int tspy_cipher_get_params(OSSL_PARAM params[], unsigned mode, int flags, size_t key_size,
                           size_t block_size, size_t iv_size);
const OSSL_PARAM *tspy_cipher_gettable_params(void *provider);

/* What a context of the modes with a tag can be asked, and told. */
const OSSL_PARAM *tspy_cipher_tagged_gettable(void *context, void *provider);
const OSSL_PARAM *tspy_cipher_tagged_settable(void *context, void *provider);

/*
 * Copy a record's header (EVP_AEAD_TLS1_AAD_LEN bytes), which libssl has with the size of the whole
 * record; what is authenticated is that of the data, `overhead` less. 0 if there is no such header.
 */
int tspy_cipher_copy_header(unsigned char *to, const unsigned char *header, size_t size,
                            size_t overhead);

/*
 * The table of a cipher, of the functions that its file has under these names: new, release, copy,
 * init (as OpenSSL's, and at the end whether to encrypt), update, final, all_at_once, get_params,
 * get_ctx_params, set_params; and of the two lists of a context's parameters.
 */
#define TSPY_CIPHER(table, gettable, settable) \
    static int encrypt_init(void *context, const unsigned char *key, size_t key_size, \
                            const unsigned char *iv, size_t iv_size, const OSSL_PARAM params[]) \
    { \
        return init(context, key, key_size, iv, iv_size, params, 1); \
    } \
\
    static int decrypt_init(void *context, const unsigned char *key, size_t key_size, \
                            const unsigned char *iv, size_t iv_size, const OSSL_PARAM params[]) \
    { \
        return init(context, key, key_size, iv, iv_size, params, 0); \
    } \
\
    const OSSL_DISPATCH table[] = { \
        {OSSL_FUNC_CIPHER_NEWCTX, (void (*)(void))new}, \
        {OSSL_FUNC_CIPHER_FREECTX, (void (*)(void))release}, \
        {OSSL_FUNC_CIPHER_DUPCTX, (void (*)(void))copy}, \
        {OSSL_FUNC_CIPHER_ENCRYPT_INIT, (void (*)(void))encrypt_init}, \
        {OSSL_FUNC_CIPHER_DECRYPT_INIT, (void (*)(void))decrypt_init}, \
        {OSSL_FUNC_CIPHER_UPDATE, (void (*)(void))update}, \
        {OSSL_FUNC_CIPHER_FINAL, (void (*)(void))final}, \
        {OSSL_FUNC_CIPHER_CIPHER, (void (*)(void))all_at_once}, \
        {OSSL_FUNC_CIPHER_GET_PARAMS, (void (*)(void))get_params}, \
        {OSSL_FUNC_CIPHER_GETTABLE_PARAMS, (void (*)(void))tspy_cipher_gettable_params}, \
        {OSSL_FUNC_CIPHER_GET_CTX_PARAMS, (void (*)(void))get_ctx_params}, \
        {OSSL_FUNC_CIPHER_GETTABLE_CTX_PARAMS, (void (*)(void))gettable}, \
        {OSSL_FUNC_CIPHER_SET_CTX_PARAMS, (void (*)(void))set_params}, \
        {OSSL_FUNC_CIPHER_SETTABLE_CTX_PARAMS, (void (*)(void))settable}, \
        {0, NULL}, \
    }

#endif
