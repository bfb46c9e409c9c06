/* Points of the SM2 curve, eight at a time, one in each lane of AVX-512. */
#ifndef TSPY_ACCEL_SM2_LANE_POINTS_H
#define TSPY_ACCEL_SM2_LANE_POINTS_H

#include "sm2_order.h"

enum {
    TSPY_LANES = 8,
    TSPY_GROUPS = 8, /* of eight points, at most, which share an inversion */
    TSPY_LIMBS = 5,  /* of 52 bits, for numbers modulo p */
    TSPY_POINT = 65, /* bytes of a point, 04 || x || y */
};

/* Eight numbers modulo p, limb by limb. */
typedef uint64_t tspy_field[TSPY_LIMBS][TSPY_LANES] __attribute__((aligned(64)));

/* Eight points, in Jacobian coordinates in Montgomery's form, or x and y alone as they are. */
typedef struct {
    tspy_field x, y, z;
} tspy_points;

/*
 * [numbers[i]]G for each, in groups of eight. Lanes that are left over get what the first one has,
 * since the point at infinity has no affine coordinates.
 */
void tspy_points_multiply_base(tspy_points *products, const fn *numbers, int count);

/* [s]G + [t]P for eight; the points P, of 65 bytes each, have to be on the curve. */
void tspy_points_add_products(tspy_points *sums, const fn *s, const fn *t,
                              const unsigned char *const *keys);

/* Which of eight are the point at infinity, bit by bit. They are another point from then on. */
unsigned tspy_points_infinite(tspy_points *group);

/* From Jacobian coordinates to x, and y where it is asked for. None may be the point at infinity. */
void tspy_points_make_affine(tspy_points *groups, int count, int with_y);

/* Write one of the numbers in 32 bytes, big-endian. */
void tspy_field_write(unsigned char bytes[32], const tspy_field numbers, int lane);

#endif
