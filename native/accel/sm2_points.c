/*
 * Points of the SM2 curve, read, written and multiplied, in time that depends on them.
 *
 * Intel's library multiplies a point that it has no table of in constant time, which verifying has
 * no use for, and is no quicker at it than Tongsuo. Here both scalars are in width-w NAF and share
 * the doublings (Hankerson, Menezes, Vanstone: Guide to Elliptic Curve Cryptography, 3.3).
 */
#include <string.h>

#include "sm2_points.h"

#define PART_BITS (256 / SM2_PARTS)
#define WIDTH 5      /* digits are odd, from -15 to 15: without the sign, one of SM2_MULTIPLES */
#define BASE_WIDTH 8 /* from -127 to 127: one of SM2_MOST_MULTIPLES */

/* A point with the powers of its Z that an addition needs. */
typedef struct {
    sm2_sum point;
    fp z_squared, z_cubed;
} wide_point;

/* A scalar, as digits for the multiples in one of the two tables. */
typedef struct {
    const sm2_point *points;
    const wide_point *wide_points;
    int length;
    signed char digits[256 + 1];
} term;

static sm2_point base[SM2_PARTS][SM2_MOST_MULTIPLES];

static const fp curve_b = {
    {UINT64_C(0x90d230632bc0dd42), UINT64_C(0x71cf379ae9b537ab), UINT64_C(0x527981505ea51c3c),
     UINT64_C(0x240fe188ba20e2c8)}};

static int equal(const fp *a, const fp *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* x^3 - 3 x + b */
static void right_side(fp *r, const fp *x)
{
    fp three, square;

    fp_add(&three, &fp_one, &fp_one);
    fp_add(&three, &three, &fp_one);
    fp_square(&square, x);
    fp_subtract(&square, &square, &three);
    fp_multiply(r, &square, x);
    fp_add(r, r, &curve_b);
}

/* Into Montgomery's form; 0 for what is not below p. */
static int from_bytes(fp *r, const unsigned char bytes[32])
{
    fn number, difference, p;

    memcpy(&p, &fp_p, sizeof(p));
    fn_from_bytes(&number, bytes);
    if (!fn_borrow(&difference, &number, &p))
        return 0;
    memcpy(r, &number, sizeof(*r));
    fp_multiply(r, r, &fp_square_of_r);
    return 1;
}

static void to_bytes(unsigned char bytes[32], const fp *a)
{
    static const fp one = {{1}};
    fp plain;
    fn number;

    fp_multiply(&plain, a, &one);
    memcpy(&number, &plain, sizeof(number));
    fn_to_bytes(bytes, &number);
}

static int is_odd(const fp *a)
{
    unsigned char bytes[32];

    to_bytes(bytes, a);
    return bytes[31] & 1;
}

int sm2_decode(sm2_point *point, const unsigned char *octets, size_t size)
{
    /* (p + 1) / 4: p is 3 modulo 4. */
    static const uint64_t root[4] = {UINT64_C(0x4000000000000000), UINT64_C(0xffffffffc0000000),
                                     UINT64_MAX, UINT64_C(0x3fffffffbfffffff)};
    int form = size == 0 ? 0 : octets[0];
    fp square, right;

    if (form != 2 && form != 3 && form != 4 && form != 6 && form != 7)
        return 0;
    if (size != (form < 4 ? 33 : 65) || !from_bytes(&point->x, octets + 1))
        return 0;
    right_side(&right, &point->x);
    if (form < 4) {
        fp_power(&point->y, &right, root);
        if (is_odd(&point->y) != (form & 1))
            fp_negate(&point->y, &point->y);
    } else if (!from_bytes(&point->y, octets + 33)
               || (form != 4 && is_odd(&point->y) != (form & 1))) {
        return 0;
    }
    fp_square(&square, &point->y);
    return equal(&square, &right);
}

void sm2_encode(unsigned char octets[64], const sm2_point *point)
{
    to_bytes(octets, &point->x);
    to_bytes(octets + 32, &point->y);
}

/* As sm2_add_scaled, for any two. */
static void add_scaled(sm2_sum *a, const fp *u1, const fp *s1, const fp *u2, const fp *s2,
                       const fp *z)
{
    if (equal(u1, u2) && equal(s1, s2))
        sm2_double(a, a);
    else
        sm2_add_scaled(a, u1, s1, u2, s2, z);
}

/* a += b, or a -= b */
static void add_point(sm2_sum *a, const sm2_point *b, int minus)
{
    sm2_sum before = *a;
    fp u, s, y = b->y;

    if (minus)
        fp_negate(&y, &y);
    if (fp_is_zero(&a->z)) {
        *a = (sm2_sum){b->x, y, fp_one};
        return;
    }
    sm2_scale(&u, &s, &b->x, &y, &a->z);
    add_scaled(a, &before.x, &before.y, &u, &s, &before.z);
}

static void add_wide_point(sm2_sum *a, const wide_point *b, int minus)
{
    fp u1, s1, u2, s2, z, y = b->point.y;

    if (minus)
        fp_negate(&y, &y);
    if (fp_is_zero(&a->z)) {
        *a = (sm2_sum){b->point.x, y, b->point.z};
        return;
    }
    sm2_scale(&u2, &s2, &b->point.x, &y, &a->z);
    fp_multiply(&u1, &a->x, &b->z_squared);
    fp_multiply(&s1, &a->y, &b->z_cubed);
    fp_multiply(&z, &a->z, &b->point.z);
    add_scaled(a, &u1, &s1, &u2, &s2, &z);
}

static void widen(wide_point *r, const sm2_sum *a)
{
    r->point = *a;
    fp_square(&r->z_squared, &a->z);
    fp_multiply(&r->z_cubed, &r->z_squared, &a->z);
}

/* The first odd multiples of a point. */
static void odd_multiples(wide_point *multiples, int count, const sm2_sum *point)
{
    sm2_sum sum = *point, twice;
    wide_point step;

    sm2_double(&twice, point);
    widen(&step, &twice);
    for (int i = 0; i < count; i++) {
        widen(&multiples[i], &sum);
        add_wide_point(&sum, &step, 0);
    }
}

/* Divide by the Zs, with one inversion for all of them: that of their product. */
static void normalise(sm2_point *points, const wide_point *wide_points, int count)
{
    fp before[SM2_MOST_MULTIPLES];
    fp product = fp_one, own;

    for (int i = 0; i < count; i++) {
        before[i] = product;
        fp_multiply(&product, &product, &wide_points[i].point.z);
    }
    fp_invert(&product, &product);
    for (int i = count - 1; i >= 0; i--) {
        fp_multiply(&own, &product, &before[i]);
        fp_multiply(&product, &product, &wide_points[i].point.z);
        fp_multiply(&points[i].y, &wide_points[i].point.y, &own);
        fp_square(&own, &own);
        fp_multiply(&points[i].x, &wide_points[i].point.x, &own);
        fp_multiply(&points[i].y, &points[i].y, &own);
    }
}

void sm2_make_rows(sm2_point *points, int rows, int multiples, int doublings,
                   const sm2_point *first)
{
    sm2_sum sum = {first->x, first->y, fp_one};
    wide_point batch[SM2_MOST_MULTIPLES];
    int filled = 0;

    for (int row = 0; row < rows; row++) {
        odd_multiples(batch + filled, multiples, &sum);
        filled += multiples;
        if (filled == SM2_MOST_MULTIPLES || row == rows - 1) {
            normalise(points, batch, filled);
            points += filled;
            filled = 0;
        }
        for (int i = 0; i < doublings; i++)
            sm2_double(&sum, &sum);
    }
}

void sm2_points_start(void)
{
    sm2_make_rows(base[0], SM2_PARTS, SM2_MOST_MULTIPLES, PART_BITS, &sm2_base_point);
}

void sm2_make_table(sm2_table *table, const sm2_point *point)
{
    sm2_make_rows(table->part[0], SM2_PARTS, SM2_MULTIPLES, PART_BITS, point);
}

/*
 * The width-w NAF of `length` bits of a scalar, from bit `start` on: of w digits in a row one at
 * most is not 0, and that one is odd.
 */
static void set_digits(term *t, const fn *scalar, int start, int length, int width)
{
    int carry = 0, bit = 0;

    memset(t->digits, 0, sizeof(t->digits));
    while (bit < length) {
        int at = start + bit, size = width < length - bit ? width : length - bit;
        uint64_t word = scalar->word[at / 64] >> (at % 64);

        if ((int)(word & 1) == carry) {
            bit++;
            continue;
        }
        if (at % 64 + size > 64)
            word |= scalar->word[at / 64 + 1] << (64 - at % 64);
        int digit = (int)(word & ((1 << size) - 1)) + carry;
        carry = digit >> (width - 1) & 1;
        t->digits[bit] = (signed char)(digit - (carry << width));
        bit += size;
    }
    t->digits[length] = (signed char)carry;
    t->length = length + 1;
}

static void add_digit(sm2_sum *sum, const term *t, int digit)
{
    int minus = digit < 0, which = (minus ? -digit : digit) / 2;

    if (t->points != NULL)
        add_point(sum, &t->points[which], minus);
    else
        add_wide_point(sum, &t->wide_points[which], minus);
}

void sm2_combine(sm2_sum *sum, const fn *s, const fn *t, const sm2_point *point,
                 const sm2_table *table)
{
    wide_point multiples[SM2_MULTIPLES];
    term terms[2 * SM2_PARTS];
    int count = 0, length = PART_BITS + 1;

    for (int part = 0; part < SM2_PARTS; part++, count++) {
        terms[count].points = base[part];
        set_digits(&terms[count], s, part * PART_BITS, PART_BITS, BASE_WIDTH);
    }
    if (table != NULL) {
        for (int part = 0; part < SM2_PARTS; part++, count++) {
            terms[count].points = table->part[part];
            set_digits(&terms[count], t, part * PART_BITS, PART_BITS, WIDTH);
        }
    } else {
        sm2_sum once = {point->x, point->y, fp_one};
        odd_multiples(multiples, SM2_MULTIPLES, &once);
        terms[count].points = NULL;
        terms[count].wide_points = multiples;
        set_digits(&terms[count], t, 0, 256, WIDTH);
        length = terms[count++].length;
    }

    memset(sum, 0, sizeof(*sum));
    for (int bit = length - 1; bit >= 0; bit--) {
        sm2_double(sum, sum);
        for (int i = 0; i < count; i++)
            if (bit < terms[i].length && terms[i].digits[bit] != 0)
                add_digit(sum, &terms[i], terms[i].digits[bit]);
    }
}

int sm2_has_x(const sm2_sum *sum, const fn *x)
{
    fp z_squared, expected;
    fn next, difference, p;
    uint64_t carry;

    if (fp_is_zero(&sum->z))
        return 0;
    fp_square(&z_squared, &sum->z);
    memcpy(&expected, x, sizeof(expected));
    fp_multiply(&expected, &expected, &fp_square_of_r);
    fp_multiply(&expected, &expected, &z_squared);
    if (equal(&expected, &sum->x))
        return 1;

    /* p is larger than n, by less than 2^128: x + n is almost never an x, but it can be. */
    memcpy(&p, &fp_p, sizeof(p));
    carry = fn_carry(&next, x, &fn_n, 1);
    if (carry || !fn_borrow(&difference, &next, &p))
        return 0;
    memcpy(&expected, &next, sizeof(expected));
    fp_multiply(&expected, &expected, &fp_square_of_r);
    fp_multiply(&expected, &expected, &z_squared);
    return equal(&expected, &sum->x);
}
