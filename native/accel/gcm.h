/* SM4-GCM itself (gcm.c); what OpenSSL asks of it besides is in sm4_gcm.c. */
#ifndef TSPY_ACCEL_GCM_H
#define TSPY_ACCEL_GCM_H

#include "ghash.h"
#include "sm4.h"

#define GCM_TAG 16

/* One encryption of eight blocks takes hardly longer than of one: it is made for short messages. */
#define GCM_STREAM 128

typedef struct {
    sm4_key key;
    ghash_key hash;
    unsigned char counter[SM4_BLOCK];
    unsigned char mask[SM4_BLOCK];   /* what the digest is encrypted with: the first block */
    unsigned char digest[SM4_BLOCK]; /* GHASH so far */
    unsigned char rest[SM4_BLOCK];   /* what is hashed when it is a block, of either kind */
    size_t resting;
    unsigned char stream[GCM_STREAM]; /* key stream, used up to `used` */
    size_t used, streaming;
    uint64_t header, data; /* bytes so far */
} gcm;

/* The key. 0 if the library refuses. */
int gcm_set_key(gcm *g, const unsigned char key[SM4_BLOCK]);

/* As sm4_moved. */
int gcm_moved(gcm *g);

/* Begin a message. Any IV of 1 byte or more. */
int gcm_start(gcm *g, const unsigned char *iv, size_t size);

/* Associated data, in any pieces, before the message; 0 afterwards, or if it becomes too much. */
int gcm_header(gcm *g, const unsigned char *data, size_t size);

/* The message, in any pieces; 0 if it becomes longer than 2^36 - 32 bytes. */
int gcm_crypt(gcm *g, const unsigned char *in, unsigned char *out, size_t size, int encrypt);

/* The tag of all of it. */
void gcm_tag(gcm *g, unsigned char tag[GCM_TAG]);

#endif
