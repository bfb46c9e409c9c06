/*
 * RFC 3394 and RFC 5649 for a block cipher that the library has no such mode of: its functions take
 * any cipher, but call it through a pointer, block by block.
 *
 * `ecb` is a context for it without padding, to encrypt or to decrypt. What is returned is the
 * length of the result, at most eight bytes more than `length`; 0 for a failure.
 */
#include "compat.h"
#include "keywrap.h"

#include <openssl/modes.h>

typedef struct {
    EVP_CIPHER_CTX *ecb;
    int failed;
} block_cipher;

static void one_block(const unsigned char in[16], unsigned char out[16], const void *key)
{
    /* The library hands on what it was given, which is not constant. */
    block_cipher *cipher = (block_cipher *)key;
    int length;

    if (!EVP_CipherUpdate(cipher->ecb, out, &length, in, 16) || length != 16)
        cipher->failed = 1;
}

size_t tspy_wrap_key(EVP_CIPHER_CTX *ecb, int padded, unsigned char *out, const unsigned char *in,
                     size_t length)
{
    block_cipher cipher = {ecb, 0};
    size_t made = (padded ? CRYPTO_128_wrap_pad : CRYPTO_128_wrap)(&cipher, NULL, out, in, length,
                                                                   one_block);

    return cipher.failed ? 0 : made;
}

size_t tspy_unwrap_key(EVP_CIPHER_CTX *ecb, int padded, unsigned char *out,
                       const unsigned char *in, size_t length)
{
    block_cipher cipher = {ecb, 0};
    size_t made = (padded ? CRYPTO_128_unwrap_pad : CRYPTO_128_unwrap)(&cipher, NULL, out, in,
                                                                       length, one_block);

    return cipher.failed ? 0 : made;
}
