/*
 * Points of the SM2 curve y^2 = x^3 - 3 x + b (GB/T 32918.5-2017), and the formulas for adding
 * them in Jacobian coordinates (Hankerson, Menezes, Vanstone: Guide to Elliptic Curve Cryptography,
 * 3.2). Nothing here branches on the coordinates.
 */
#ifndef TSPY_ACCEL_SM2_GROUP_H
#define TSPY_ACCEL_SM2_GROUP_H

#include "sm2_field.h"

/* A point that is not the one at infinity. */
typedef struct {
    fp x, y;
} sm2_point;

/* x = X / Z^2 and y = Y / Z^3; for the point at infinity Z is 0. */
typedef struct {
    fp x, y, z;
} sm2_sum;

static const sm2_point sm2_base_point = {
    {{UINT64_C(0x61328990f418029e), UINT64_C(0x3e7981eddca6c050), UINT64_C(0xd6a1ed99ac24c3c3),
      UINT64_C(0x91167a5ee1c13b05)}},
    {{UINT64_C(0xc1354e593c2d0ddd), UINT64_C(0xc1f5e5788d3295fa), UINT64_C(0x8d4cfb066e2a48f8),
      UINT64_C(0x63cd65d481d735bd)}}};

/* r = 2 a, which may be the same. The point at infinity stays what it is. */
static inline void sm2_double(sm2_sum *r, const sm2_sum *a)
{
    fp twice_y, product, slope, z_squared, t;

    fp_square(&z_squared, &a->z);
    fp_add(&twice_y, &a->y, &a->y);
    fp_add(&t, &a->x, &z_squared);
    fp_subtract(&slope, &a->x, &z_squared);
    fp_multiply(&r->z, &twice_y, &a->z);
    fp_square(&twice_y, &twice_y);
    fp_multiply(&slope, &slope, &t);
    fp_multiply(&product, &twice_y, &a->x);
    fp_square(&twice_y, &twice_y);
    fp_add(&t, &slope, &slope);
    fp_add(&slope, &slope, &t);
    fp_add(&t, &product, &product);
    fp_square(&r->x, &slope);
    fp_subtract(&r->x, &r->x, &t);
    fp_halve(&twice_y, &twice_y);
    fp_subtract(&t, &product, &r->x);
    fp_multiply(&t, &t, &slope);
    fp_subtract(&r->y, &t, &twice_y);
}

/*
 * a = (u1, s1) + (u2, s2), as the two are when both have the Z that `z` is. For different points:
 * of equal ones the sum comes out with a Z of 0, as that of opposite ones does.
 */
static inline void sm2_add_scaled(sm2_sum *a, const fp *u1, const fp *s1, const fp *u2,
                                  const fp *s2, const fp *z)
{
    fp h, slope, square, cube, t;

    fp_subtract(&h, u2, u1);
    fp_subtract(&slope, s2, s1);
    fp_square(&square, &h);
    fp_multiply(&a->z, z, &h);
    fp_multiply(&cube, &square, &h);
    fp_multiply(&square, &square, u1);
    fp_multiply(&t, &cube, s1);
    fp_square(&a->x, &slope);
    fp_subtract(&a->x, &a->x, &cube);
    fp_subtract(&a->x, &a->x, &square);
    fp_subtract(&a->x, &a->x, &square);
    fp_subtract(&square, &square, &a->x);
    fp_multiply(&square, &square, &slope);
    fp_subtract(&a->y, &square, &t);
}

/* A point, given by its coordinates, as it is with the Z that a sum has. */
static inline void sm2_scale(fp *u, fp *s, const fp *x, const fp *y, const fp *z)
{
    fp_square(u, z);
    fp_multiply(s, u, z);
    fp_multiply(u, u, x);
    fp_multiply(s, s, y);
}

#endif
