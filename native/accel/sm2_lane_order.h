/*
 * Numbers modulo n, the order of the SM2 curve, for those that are secret: no branch, and no place
 * in memory, depends on them. Four limbs of 64 bits, the least significant first.
 *
 * What these functions leave on the stack the caller wipes, once for many calls.
 */
#ifndef TSPY_ACCEL_SM2_LANE_ORDER_H
#define TSPY_ACCEL_SM2_LANE_ORDER_H

#include <stdint.h>

typedef uint64_t tspy_number[4];

/* From 32 bytes, big-endian. 0 unless it is from 1 to n - 1. */
int tspy_order_read(tspy_number number, const unsigned char bytes[32]);

/* The same for any number, which is reduced modulo n. */
void tspy_order_read_reduced(tspy_number number, const unsigned char bytes[32]);

void tspy_order_write(unsigned char bytes[32], const tspy_number number);

/* Below, arguments are less than n, and so are results, which may be where the arguments are. */
int tspy_order_is_zero(const tspy_number a);
int tspy_order_equal(const tspy_number a, const tspy_number b);
void tspy_order_add(tspy_number sum, const tspy_number a, const tspy_number b);
void tspy_order_subtract(tspy_number difference, const tspy_number a, const tspy_number b);

/* a * b / 2^256: the plain product where one of them was multiplied by 2^256 before. */
void tspy_order_multiply(tspy_number product, const tspy_number a, const tspy_number b);

/* 2^256 / a. Of zero, zero. */
void tspy_order_invert(tspy_number inverse, const tspy_number a);

#endif
