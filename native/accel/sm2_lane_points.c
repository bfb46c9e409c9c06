/*
 * The arithmetic is Intel's (libcrypto_mb): the functions that its own eight-lane signatures consist
 * of. Those themselves will not do. mbx_sm2_ecdsa_verify_mb8 takes the point at infinity for one
 * with x = 0, so that whoever has the private key can make a signature that it alone finds valid;
 * both hash the message, always with Z; and each call inverts numbers of its own, where a single
 * inversion is enough for many groups.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "sm2_lane_points.h"

#define SIZE 32 /* bytes of a number */

/* Eight factors of points: four limbs of 64 bits, and a fifth one that is zero. */
typedef uint64_t factors[5][TSPY_LANES] __attribute__((aligned(64)));

/* In libcrypto_mb, but in none of its headers. */
void ifma_ec_sm2_mul_pointbase_mb8(tspy_points *product, const factors scalars);
void ifma_ec_sm2_mul_point_mb8(tspy_points *product, const tspy_points *point,
                               const factors scalars);
void ifma_ec_sm2_add_point_mb8(tspy_points *sum, const tspy_points *a, const tspy_points *b);
void ifma_amm52_psm2_mb8(tspy_field product, const tspy_field a, const tspy_field b);
void ifma_ams52_psm2_mb8(tspy_field square, const tspy_field a);
void ifma_aminv52_psm2_mb8(tspy_field inverse, const tspy_field a);
void ifma_tomont52_psm2_mb8(tspy_field montgomery, const tspy_field plain);
void ifma_frommont52_psm2_mb8(tspy_field plain, const tspy_field montgomery);

static void set_factor(factors scalars, int lane, const fn *number)
{
    for (int i = 0; i < 4; i++)
        scalars[i][lane] = number->word[i];
    scalars[4][lane] = 0;
}

static uint64_t read_limb(const unsigned char *bytes)
{
    uint64_t limb = 0;

    for (int i = 0; i < 8; i++)
        limb = limb << 8 | bytes[i];
    return limb;
}

static void field_read(tspy_field numbers, int lane, const unsigned char bytes[SIZE])
{
    const uint64_t mask = ((uint64_t)1 << 52) - 1;
    uint64_t a = read_limb(bytes + 24), b = read_limb(bytes + 16), c = read_limb(bytes + 8);
    uint64_t d = read_limb(bytes);

    numbers[0][lane] = a & mask;
    numbers[1][lane] = (a >> 52 | b << 12) & mask;
    numbers[2][lane] = (b >> 40 | c << 24) & mask;
    numbers[3][lane] = (c >> 28 | d << 36) & mask;
    numbers[4][lane] = d >> 16;
}

void tspy_field_write(unsigned char bytes[SIZE], const tspy_field numbers, int lane)
{
    const uint64_t limbs[4] = {
        numbers[0][lane] | numbers[1][lane] << 52,
        numbers[1][lane] >> 12 | numbers[2][lane] << 40,
        numbers[2][lane] >> 24 | numbers[3][lane] << 28,
        numbers[3][lane] >> 36 | numbers[4][lane] << 16,
    };

    for (int i = 0; i < SIZE; i++)
        bytes[i] = (unsigned char)(limbs[3 - i / 8] >> (56 - 8 * (i % 8)));
}

void tspy_points_multiply_base(tspy_points *products, const fn *numbers, int count)
{
    factors scalars;

    for (int start = 0; start < count; start += TSPY_LANES) {
        for (int lane = 0; lane < TSPY_LANES; lane++)
            set_factor(scalars, lane, &numbers[start + lane < count ? start + lane : 0]);
        ifma_ec_sm2_mul_pointbase_mb8(&products[start / TSPY_LANES], scalars);
    }
    OPENSSL_cleanse(scalars, sizeof(scalars));
}

void tspy_points_add_products(tspy_points *sums, const fn *s, const fn *t,
                              const unsigned char *const *keys)
{
    static const tspy_field ONE = {{1, 1, 1, 1, 1, 1, 1, 1}};
    tspy_points points, products;
    factors base_factors, factors;

    for (int lane = 0; lane < TSPY_LANES; lane++) {
        set_factor(base_factors, lane, &s[lane]);
        set_factor(factors, lane, &t[lane]);
        field_read(points.x, lane, keys[lane] + 1);
        field_read(points.y, lane, keys[lane] + 1 + SIZE);
    }
    ifma_tomont52_psm2_mb8(points.x, points.x);
    ifma_tomont52_psm2_mb8(points.y, points.y);
    ifma_tomont52_psm2_mb8(points.z, ONE);
    ifma_ec_sm2_mul_pointbase_mb8(&products, base_factors);
    ifma_ec_sm2_mul_point_mb8(sums, &points, factors);
    ifma_ec_sm2_add_point_mb8(sums, sums, &products);
}

unsigned tspy_points_infinite(tspy_points *group)
{
    tspy_field z;
    unsigned infinite = 0;

    ifma_frommont52_psm2_mb8(z, group->z);
    for (int lane = 0; lane < TSPY_LANES; lane++)
        if ((z[0][lane] | z[1][lane] | z[2][lane] | z[3][lane] | z[4][lane]) == 0) {
            infinite |= 1u << lane;
            for (int i = 0; i < TSPY_LIMBS; i++)
                group->z[i][lane] = i == 0;
        }
    return infinite;
}

void tspy_points_make_affine(tspy_points *groups, int count, int with_y)
{
    tspy_field before[TSPY_GROUPS]; /* the product of the z of all groups up to this one */
    tspy_field inverse, square, all;

    memcpy(before[0], groups[0].z, sizeof(tspy_field));
    for (int i = 1; i < count; i++)
        ifma_amm52_psm2_mb8(before[i], before[i - 1], groups[i].z);
    ifma_aminv52_psm2_mb8(all, before[count - 1]);
    for (int i = count - 1; i >= 0; i--) {
        if (i > 0) {
            ifma_amm52_psm2_mb8(inverse, all, before[i - 1]); /* 1 / z of this group */
            ifma_amm52_psm2_mb8(all, all, groups[i].z);       /* and of all before it */
        } else
            memcpy(inverse, all, sizeof(tspy_field));
        ifma_ams52_psm2_mb8(square, inverse);
        ifma_amm52_psm2_mb8(groups[i].x, groups[i].x, square);
        ifma_frommont52_psm2_mb8(groups[i].x, groups[i].x);
        if (with_y) {
            ifma_amm52_psm2_mb8(square, square, inverse);
            ifma_amm52_psm2_mb8(groups[i].y, groups[i].y, square);
            ifma_frommont52_psm2_mb8(groups[i].y, groups[i].y);
        }
    }
    OPENSSL_cleanse(before, sizeof(before));
    OPENSSL_cleanse(inverse, sizeof(inverse));
    OPENSSL_cleanse(square, sizeof(square));
    OPENSSL_cleanse(all, sizeof(all));
}
