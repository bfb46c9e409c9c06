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

#endif
