/* Wrapping keys with a block cipher: native/keywrap.c. */
size_t tspy_wrap_key(EVP_CIPHER_CTX *ecb, int padded, unsigned char *out, const unsigned char *in,
                     size_t length);
size_t tspy_unwrap_key(EVP_CIPHER_CTX *ecb, int padded, unsigned char *out,
                       const unsigned char *in, size_t length);
