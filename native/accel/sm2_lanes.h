/*
 * SM2 (GB/T 32918.2) on the eight lanes of AVX-512: as many signatures or keys at once. For
 * processors where TSPY_ACCEL_SM2_LANES is in use only.
 */
#ifndef TSPY_ACCEL_SM2_LANES_H
#define TSPY_ACCEL_SM2_LANES_H

#include <stddef.h>

/* Whether every lane gives the answers of GB/T 32918.5 on this processor. */
int tspy_sm2_lanes_are_right(void);

/*
 * Signatures r || s, 64 bytes each, with a private key (32 bytes, big-endian) over as many digests e
 * of 32 bytes each. Each nonce is one request to this thread's private generator, which `input` (if
 * not NULL) is given to before as additional input.
 *
 * done[i] is 1 where it was made, else 0: there are no random numbers, or the nonce was none of
 * those that the standard allows with this digest.
 */
void tspy_sm2_lanes_sign(const unsigned char number[32], const unsigned char *digests, size_t count,
                         const unsigned char *input, size_t input_size, unsigned char *signatures,
                         signed char *done);

/*
 * valid[i] is 1 or 0: whether the signature, r || s, is valid over the digest for the public key,
 * 65 bytes (04 || x || y), which has to be a point of the curve.
 */
void tspy_sm2_lanes_verify(const unsigned char *keys, const unsigned char *digests,
                           const unsigned char *signatures, size_t count, signed char *valid);

/*
 * Private keys, 32 bytes each, from 1 to n - 2, from this thread's private generator, and the public
 * keys that belong to them, 65 bytes each. 0: there are no random numbers.
 */
int tspy_sm2_lanes_generate(size_t count, unsigned char *numbers, unsigned char *keys);

#endif
