/* What ciphers have in common: the answers to what they are, and what can be asked and told. */
#include "../compat.h"

#include <openssl/core_names.h>

#include "ciphers.h"

int tspy_cipher_get_params(OSSL_PARAM params[], unsigned mode, int flags, size_t key_size,
                           size_t block_size, size_t iv_size)
{
    const struct {
        const char *name;
        size_t value;
    } facts[] = {
        {OSSL_CIPHER_PARAM_MODE, mode},
        {OSSL_CIPHER_PARAM_AEAD, (flags & CIPHER_AEAD) != 0},
        {OSSL_CIPHER_PARAM_CUSTOM_IV, (flags & CIPHER_OWN_IV) != 0},
        {OSSL_CIPHER_PARAM_CTS, 0},
        {OSSL_CIPHER_PARAM_TLS1_MULTIBLOCK, 0},
        {OSSL_CIPHER_PARAM_HAS_RAND_KEY, 0},
        {OSSL_CIPHER_PARAM_KEYLEN, key_size},
        {OSSL_CIPHER_PARAM_BLOCK_SIZE, block_size},
        {OSSL_CIPHER_PARAM_IVLEN, iv_size},
    };
    size_t i;

    for (i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        OSSL_PARAM *param = OSSL_PARAM_locate(params, facts[i].name);

        /* It converts to the integer that was asked for. */
        if (param != NULL && !OSSL_PARAM_set_size_t(param, facts[i].value)) {
            ERR_raise(ERR_LIB_PROV, PROV_R_FAILED_TO_SET_PARAMETER);
            return 0;
        }
    }
    return 1;
}

const OSSL_PARAM *tspy_cipher_gettable_params(void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_uint(OSSL_CIPHER_PARAM_MODE, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_BLOCK_SIZE, NULL),
        OSSL_PARAM_int(OSSL_CIPHER_PARAM_AEAD, NULL),
        OSSL_PARAM_int(OSSL_CIPHER_PARAM_CUSTOM_IV, NULL),
        OSSL_PARAM_int(OSSL_CIPHER_PARAM_CTS, NULL),
        OSSL_PARAM_int(OSSL_CIPHER_PARAM_TLS1_MULTIBLOCK, NULL),
        OSSL_PARAM_int(OSSL_CIPHER_PARAM_HAS_RAND_KEY, NULL),
        OSSL_PARAM_END,
    };

    (void)provider;
    return known;
}

const OSSL_PARAM *tspy_cipher_tagged_gettable(void *context, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_KEYLEN, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_IVLEN, NULL),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_TAGLEN, NULL),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_IV, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_UPDATED_IV, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, 0),
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD, NULL),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN, NULL, 0),
#ifdef OSSL_CIPHER_PARAM_AEAD_IV_GENERATED
        OSSL_PARAM_uint(OSSL_CIPHER_PARAM_AEAD_IV_GENERATED, NULL),
#endif
        OSSL_PARAM_END,
    };

    (void)context;
    (void)provider;
    return known;
}

const OSSL_PARAM *tspy_cipher_tagged_settable(void *context, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_AEAD_IVLEN, NULL),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_AAD, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)context;
    (void)provider;
    return known;
}

int tspy_cipher_copy_header(unsigned char *to, const unsigned char *header, size_t size,
                            size_t overhead)
{
    size_t data;

    if (size != EVP_AEAD_TLS1_AAD_LEN)
        return 0;
    data = (size_t)header[size - 2] << 8 | header[size - 1];
    if (data < overhead)
        return 0;
    data -= overhead;
    memcpy(to, header, size);
    to[size - 2] = (unsigned char)(data >> 8);
    to[size - 1] = (unsigned char)data;
    return 1;
}
