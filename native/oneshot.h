/*
 * What Python does to data in one call (oneshot.c), where OpenSSL wants three to seven: the way to C
 * and back takes as long as hashing some 50 bytes. Read by the C compiler and by CFFI, so:
 * declarations only.
 *
 * 1 is success, 0 a failure of which the error queue tells, unless it says something else. A context
 * that is not const is used by one thread at a time.
 */

/* What the int of an EVP function is taken to hold at once, in whole blocks; tests make it small. */
extern size_t tspy_largest_piece;

/* The digest of head and data, one after the other. */
int tspy_digest(const EVP_MD *md, const unsigned char *head, size_t head_size,
                const unsigned char *data, size_t size, unsigned char *digest);

/* The digest of what `running` was given so far; it can be given more. */
int tspy_digest_so_far(const EVP_MD_CTX *running, unsigned char *digest);

/*
 * The code of data under a key, `code_size` bytes. `prepared` has the algorithm and its settings,
 * and is only copied.
 */
int tspy_mac(const EVP_MAC_CTX *prepared, const unsigned char *key, size_t key_size,
             const unsigned char *data, size_t size, unsigned char *code, size_t code_size);

/* The code of what `running` was given so far; it can be given more. */
int tspy_mac_so_far(const EVP_MAC_CTX *running, unsigned char *code, size_t code_size);

/*
 * GCM, CCM: the ciphertext of data, and behind it the tag. `ctx` has the cipher; and for GCM the
 * key, which is then NULL here. CCM takes the nonce's and the tag's lengths over only with the key.
 */
int tspy_seal(EVP_CIPHER_CTX *ctx, const unsigned char *key, const unsigned char *nonce,
              int nonce_size, const unsigned char *header, size_t header_size,
              const unsigned char *data, size_t size, unsigned char *sealed, int tag_size);

/*
 * The plaintext of `size` bytes, if the tag behind them is the right one. -1: it is not, and what
 * was written is cleansed.
 */
int tspy_open(EVP_CIPHER_CTX *ctx, const unsigned char *key, const unsigned char *nonce,
              int nonce_size, const unsigned char *header, size_t header_size,
              const unsigned char *sealed, size_t size, unsigned char *plaintext, int tag_size);

/* Data of any size through a stream; how much came out, or -1. */
int64_t tspy_update(EVP_CIPHER_CTX *ctx, unsigned char *out, const unsigned char *in, size_t size);

/* The end of a stream: how much came out (16 bytes at most), or -1. `ctx` is then cleansed. */
int tspy_finish(EVP_CIPHER_CTX *ctx, unsigned char *out);
