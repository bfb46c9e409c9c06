/*
 * Whole operations, so that a small one crosses between Python and C once.
 */
#include "compat.h"

#include "oneshot.h"

size_t tspy_largest_piece = 1 << 30;

int tspy_digest(const EVP_MD *md, const unsigned char *head, size_t head_size,
                const unsigned char *data, size_t size, unsigned char *digest)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int done = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL)
               && EVP_DigestUpdate(ctx, head, head_size) && EVP_DigestUpdate(ctx, data, size)
               && EVP_DigestFinal_ex(ctx, digest, NULL);

    EVP_MD_CTX_free(ctx);
    return done;
}

int tspy_digest_so_far(const EVP_MD_CTX *running, unsigned char *digest)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    int done = ctx != NULL && EVP_MD_CTX_copy_ex(ctx, running)
               && EVP_DigestFinal_ex(ctx, digest, NULL);

    EVP_MD_CTX_free(ctx);
    return done;
}

int tspy_mac(const EVP_MAC_CTX *prepared, const unsigned char *key, size_t key_size,
             const unsigned char *data, size_t size, unsigned char *code, size_t code_size)
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(prepared);
    size_t length;
    int done = ctx != NULL && EVP_MAC_init(ctx, key, key_size, NULL)
               && EVP_MAC_update(ctx, data, size) && EVP_MAC_final(ctx, code, &length, code_size);

    EVP_MAC_CTX_free(ctx);
    return done;
}

int tspy_mac_so_far(const EVP_MAC_CTX *running, unsigned char *code, size_t code_size)
{
    EVP_MAC_CTX *ctx = EVP_MAC_CTX_dup(running);
    size_t length;
    int done = ctx != NULL && EVP_MAC_final(ctx, code, &length, code_size);

    EVP_MAC_CTX_free(ctx);
    return done;
}

static int is_ccm(const EVP_CIPHER_CTX *ctx)
{
    return EVP_CIPHER_CTX_get_mode(ctx) == EVP_CIPH_CCM_MODE;
}

int64_t tspy_update(EVP_CIPHER_CTX *ctx, unsigned char *out, const unsigned char *in, size_t size)
{
    int64_t made = 0;
    int length;

    if (in == NULL)
        in = (const unsigned char *)""; /* NULL does not mean no data, but the end of it */
    /* CCM takes no pieces: what it is given is no longer than an int can say. */
    while (size > tspy_largest_piece && !is_ccm(ctx)) {
        if (!EVP_CipherUpdate(ctx, out, &length, in, (int)tspy_largest_piece))
            return -1;
        if (out != NULL)
            out += length;
        made += length;
        in += tspy_largest_piece;
        size -= tspy_largest_piece;
    }
    return EVP_CipherUpdate(ctx, out, &length, in, (int)size) ? made + length : -1;
}

int tspy_finish(EVP_CIPHER_CTX *ctx, unsigned char *out)
{
    int length, done = EVP_CipherFinal_ex(ctx, out, &length);

    return EVP_CIPHER_CTX_reset(ctx) && done ? length : -1;
}

/* Everything before the data; `tag` is what to expect behind it, NULL where it is to be made. */
static int begin(EVP_CIPHER_CTX *ctx, const unsigned char *key, const unsigned char *nonce,
                 int nonce_size, const unsigned char *header, size_t header_size, size_t size,
                 const unsigned char *tag, int tag_size)
{
    int encrypt = tag == NULL, ccm = is_ccm(ctx), length;

    /* A tag is refused while the context is set to encrypt; and CCM looks at lengths with the key. */
    return EVP_CipherInit_ex(ctx, NULL, NULL, NULL, NULL, encrypt)
           && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, nonce_size, NULL)
           && ((encrypt && !ccm)
               || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, tag_size, (void *)tag))
           && EVP_CipherInit_ex(ctx, NULL, NULL, key, nonce, encrypt)
           && (!ccm || EVP_CipherUpdate(ctx, NULL, &length, NULL, (int)size))
           && (header_size == 0 || tspy_update(ctx, NULL, header, header_size) >= 0);
}

int tspy_seal(EVP_CIPHER_CTX *ctx, const unsigned char *key, const unsigned char *nonce,
              int nonce_size, const unsigned char *header, size_t header_size,
              const unsigned char *data, size_t size, unsigned char *sealed, int tag_size)
{
    unsigned char *tag = sealed + size;
    int length;

    return begin(ctx, key, nonce, nonce_size, header, header_size, size, NULL, tag_size)
           && tspy_update(ctx, sealed, data, size) >= 0
           && EVP_CipherFinal_ex(ctx, tag, &length)
           && EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, tag_size, tag);
}

int tspy_open(EVP_CIPHER_CTX *ctx, const unsigned char *key, const unsigned char *nonce,
              int nonce_size, const unsigned char *header, size_t header_size,
              const unsigned char *sealed, size_t size, unsigned char *plaintext, int tag_size)
{
    unsigned char nothing[EVP_MAX_BLOCK_LENGTH]; /* that comes out at the end */
    int ccm = is_ccm(ctx), length, read;

    if (!begin(ctx, key, nonce, nonce_size, header, header_size, size, sealed + size, tag_size))
        return 0;
    read = tspy_update(ctx, plaintext, sealed, size) >= 0;
    if (read && (ccm || EVP_CipherFinal_ex(ctx, nothing, &length)))
        return 1;
    OPENSSL_cleanse(plaintext, size);
    if (!read && !ccm)
        return 0;
    ERR_clear_error(); /* CCM compares the tag while it reads, GCM at the end */
    return -1;
}
