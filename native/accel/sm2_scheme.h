/* SM2 signatures over digests (sm2_scheme.c): the equations of GB/T 32918.2-2016. */
#ifndef TSPY_ACCEL_SM2_SCHEME_H
#define TSPY_ACCEL_SM2_SCHEME_H

#include "sm2_points.h"

/* r and s of a signature; in one that was not verified any numbers. */
typedef struct {
    fn r, s;
} sm2_pair;

/* Make the tables of the base point, if that is not done. Before the functions below. */
int sm2_scheme_start(void);

/* Whether it gives the standard's own example of a signature. */
int sm2_scheme_is_right(void);

/*
 * What signing needs of a private number: 1 / (1 + d). 0 if d is not from 1 to n - 2, of which
 * there is no signature that can be verified.
 */
int sm2_signing_number(fn *inverse, const fn *d);

/*
 * Sign e, 32 bytes, with a nonce from this thread's private generator, drawn in one request of 32
 * bytes as Tongsuo's are, so that additional input given to that generator before reaches it. 0 if
 * the generator failed.
 */
int sm2_sign(sm2_pair *signature, const unsigned char e[32], const fn *inverse);

/* Whether a signature over e, with r and s from 1 to n - 1, is valid; `table` may be NULL. */
int sm2_verify(const sm2_pair *signature, const unsigned char e[32], const sm2_point *point,
               const sm2_table *table);

#endif
