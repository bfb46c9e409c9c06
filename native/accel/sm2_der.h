/* An SM2 signature as DER: SEQUENCE { r INTEGER, s INTEGER } (GM/T 0009-2012). */
#ifndef TSPY_ACCEL_SM2_DER_H
#define TSPY_ACCEL_SM2_DER_H

#include "sm2_scheme.h"

#define SM2_LONGEST_DER 72 /* bytes */

/* Returns how many bytes were written. */
size_t sm2_write_der(unsigned char der[SM2_LONGEST_DER], const sm2_pair *signature);

/*
 * 1 for a signature; 0 where r or s is not from 1 to n - 1; -1 where the bytes are not exactly the
 * DER of two numbers that are not negative.
 */
int sm2_read_der(sm2_pair *signature, const unsigned char *der, size_t size);

#endif
