/* GHASH of NIST SP 800-38D, with carry-less multiplication (ghash.c). */
#ifndef TSPY_ACCEL_GHASH_H
#define TSPY_ACCEL_GHASH_H

#include <stddef.h>

#define GHASH_POWERS 16

typedef struct {
    unsigned char powers[GHASH_POWERS][16]; /* H, H^2, ... as ghash.c wants them, last one first */
    int known;                              /* how many of them are worked out */
} ghash_key;

/* `h` is the block of zeros, encrypted. */
void ghash_set_key(ghash_key *key, const unsigned char h[16]);

/* What a digest begins with is zero. `data` is whole blocks. */
void ghash_update(ghash_key *key, unsigned char digest[16], const unsigned char *data, size_t size);

#endif
