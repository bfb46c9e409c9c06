/* SM4 by Intel's library (sm4.c): a key, and what is done with whole blocks under it. */
#ifndef TSPY_ACCEL_SM4_H
#define TSPY_ACCEL_SM4_H

#include <stddef.h>
#include <stdint.h>

#define SM4_BLOCK 16

typedef struct {
    unsigned char bytes[SM4_BLOCK]; /* for copies: a schedule knows where it lies */
    unsigned char schedule[320];
} sm4_key;

/* The key, 16 bytes. 0 if the library refuses, which it has no reason for. */
int sm4_set_key(sm4_key *key, const unsigned char bytes[SM4_BLOCK]);

/* Make `to`, which holds a copy of another key's memory, a key at the place where it is. */
int sm4_moved(sm4_key *to);

/* One block; both may be the same memory, as with everything below. */
int sm4_block(const sm4_key *key, const unsigned char *in, unsigned char *out);

/* `size` is a number of whole blocks. */
int sm4_ecb(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
            int encrypt);

/* `iv` becomes what the next blocks go on with. */
int sm4_cbc_encrypt(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
                    unsigned char iv[SM4_BLOCK]);
int sm4_cbc_decrypt(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
                    unsigned char iv[SM4_BLOCK]);

/*
 * Of any size; the last `bits` bits of the counter count, by as many blocks as were begun, and
 * begin at 0 again after the largest number.
 */
int sm4_ctr(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
            unsigned char counter[SM4_BLOCK], int bits);

#endif
