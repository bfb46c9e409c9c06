/* SM4-GCM (NIST SP 800-38D): SM4 in counter mode by the library, GHASH by ghash.c. */
#include "../compat.h"

#include "gcm.h"

#define LONGEST_HEADER ((uint64_t)1 << 61)
#define LONGEST_DATA (((uint64_t)1 << 36) - 32)

/* Bytes that are encrypted and then hashed while they are in the processor's first cache. */
#define PIECE 8192

static const unsigned char zero[GCM_STREAM];

int gcm_moved(gcm *g)
{
    return sm4_moved(&g->key);
}

int gcm_set_key(gcm *g, const unsigned char key[SM4_BLOCK])
{
    unsigned char h[SM4_BLOCK];
    int done = sm4_set_key(&g->key, key) && sm4_block(&g->key, zero, h);

    if (done)
        ghash_set_key(&g->hash, h);
    OPENSSL_cleanse(h, sizeof(h));
    return done;
}

static void put_number(unsigned char *out, uint64_t number)
{
    int i;

    for (i = 7; i >= 0; i--, number >>= 8)
        out[i] = (unsigned char)number;
}

static void hash(gcm *g, const unsigned char *data, size_t size)
{
    size_t whole;

    if (g->resting != 0) {
        size_t now = SM4_BLOCK - g->resting < size ? SM4_BLOCK - g->resting : size;

        memcpy(g->rest + g->resting, data, now);
        g->resting += now;
        data += now;
        size -= now;
        if (g->resting < SM4_BLOCK)
            return;
        ghash_update(&g->hash, g->digest, g->rest, SM4_BLOCK);
        g->resting = 0;
    }
    whole = size - size % SM4_BLOCK;
    if (whole != 0)
        ghash_update(&g->hash, g->digest, data, whole);
    g->resting = size - whole;
    if (g->resting != 0)
        memcpy(g->rest, data + whole, g->resting);
}

/* Header and data are each filled up with zeros. */
static void fill_up(gcm *g)
{
    if (g->resting != 0)
        hash(g, zero, SM4_BLOCK - g->resting);
}

/* `size` bytes of key stream, which nothing is left of. */
static int make_stream(gcm *g, size_t size)
{
    g->used = 0;
    g->streaming = size;
    return sm4_ctr(&g->key, zero, g->stream, size, g->counter, 32);
}

int gcm_start(gcm *g, const unsigned char *iv, size_t size)
{
    memset(g->digest, 0, sizeof(g->digest));
    g->header = g->data = 0;
    g->resting = 0;
    if (size == 12) {
        put_number(g->counter + 8, 1);
        memcpy(g->counter, iv, size);
    } else {
        unsigned char sizes[SM4_BLOCK] = {0};

        hash(g, iv, size);
        fill_up(g);
        put_number(sizes + 8, (uint64_t)size * 8);
        hash(g, sizes, sizeof(sizes));
        memcpy(g->counter, g->digest, sizeof(g->counter));
        memset(g->digest, 0, sizeof(g->digest));
    }
    if (!make_stream(g, GCM_STREAM))
        return 0;
    memcpy(g->mask, g->stream, SM4_BLOCK);
    g->used = SM4_BLOCK;
    return 1;
}

int gcm_header(gcm *g, const unsigned char *data, size_t size)
{
    if (g->data != 0 || size > LONGEST_HEADER - g->header)
        return 0;
    g->header += size;
    hash(g, data, size);
    return 1;
}

/* Bytes of the next `size` that are of one piece: what is left of the key stream, or whole blocks. */
static size_t next_piece(const gcm *g, size_t size)
{
    size_t left = g->streaming - g->used;

    if (left != 0)
        return left < size ? left : size;
    if (size < GCM_STREAM)
        return size;
    return size < PIECE ? size - size % SM4_BLOCK : PIECE;
}

static int crypt_piece(gcm *g, const unsigned char *in, unsigned char *out, size_t size)
{
    size_t i;

    if (g->used == g->streaming) {
        if (size >= GCM_STREAM)
            return sm4_ctr(&g->key, in, out, size, g->counter, 32);
        if (!make_stream(g, size <= 4 * SM4_BLOCK ? 4 * SM4_BLOCK : GCM_STREAM))
            return 0;
    }
    for (i = 0; i < size; i++)
        out[i] = in[i] ^ g->stream[g->used + i];
    g->used += size;
    return 1;
}

int gcm_crypt(gcm *g, const unsigned char *in, unsigned char *out, size_t size, int encrypt)
{
    size_t now;

    if (size > LONGEST_DATA - g->data)
        return 0;
    if (g->data == 0)
        fill_up(g); /* the header is complete */
    g->data += size;
    for (; size > 0; in += now, out += now, size -= now) {
        now = next_piece(g, size);
        /* It is the ciphertext that is hashed, and the other may take its place. */
        if (!encrypt)
            hash(g, in, now);
        if (!crypt_piece(g, in, out, now))
            return 0;
        if (encrypt)
            hash(g, out, now);
    }
    return 1;
}

void gcm_tag(gcm *g, unsigned char tag[GCM_TAG])
{
    unsigned char sizes[SM4_BLOCK];
    int i;

    fill_up(g);
    put_number(sizes, g->header * 8);
    put_number(sizes + 8, g->data * 8);
    hash(g, sizes, sizeof(sizes));
    for (i = 0; i < GCM_TAG; i++)
        tag[i] = g->digest[i] ^ g->mask[i];
}
