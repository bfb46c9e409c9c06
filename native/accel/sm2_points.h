/*
 * Points of the SM2 curve as verifying needs them (sm2_points.c). The time that these functions
 * take tells the numbers, which are all public there; secret ones go to sm2_base.h.
 */
#ifndef TSPY_ACCEL_SM2_POINTS_H
#define TSPY_ACCEL_SM2_POINTS_H

#include <stddef.h>

#include "sm2_group.h"
#include "sm2_order.h"

/*
 * Of a point P the multiples 1, 3, ... 15 of P, 2^64 P, 2^128 P and 2^192 P: to have them is to
 * halve the time of a verification, and to make them takes about as long as one.
 */
#define SM2_PARTS 4
#define SM2_MULTIPLES 8

typedef struct {
    sm2_point part[SM2_PARTS][SM2_MULTIPLES];
} sm2_table;

/* Make the table of the base point. Once, before anything else here. */
void sm2_points_start(void);

/*
 * Read a point in any of SEC 1's forms: compressed, uncompressed and hybrid. 0 for what is none,
 * and for the point at infinity.
 */
int sm2_decode(sm2_point *point, const unsigned char *octets, size_t size);

/* The coordinates one after the other, big-endian. */
void sm2_encode(unsigned char octets[64], const sm2_point *point);

/*
 * Rows of points: the first `multiples` odd multiples of P, of 2^`doublings` P, 2^(2 `doublings`) P
 * and so on. SM2_MOST_MULTIPLES is a multiple of `multiples`.
 */
#define SM2_MOST_MULTIPLES 64
void sm2_make_rows(sm2_point *points, int rows, int multiples, int doublings,
                   const sm2_point *first);

void sm2_make_table(sm2_table *table, const sm2_point *point);

/* sum = s G + t P, where G is the base point; `table` is that of P, or NULL. */
void sm2_combine(sm2_sum *sum, const fn *s, const fn *t, const sm2_point *point,
                 const sm2_table *table);

/* Whether a sum has this x modulo n, x being below n; not so for the point at infinity. */
int sm2_has_x(const sm2_sum *sum, const fn *x);

#endif
