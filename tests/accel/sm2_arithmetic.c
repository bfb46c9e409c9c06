/*
 * The arithmetic under our SM2 signatures against libcrypto's big numbers and curves.
 *
 *     sm2_arithmetic numbers|points CASES
 *
 * Ends with a line that counts the cases, or at the first difference with 1 and where it was.
 */
#include "../../native/compat.h"

#include <openssl/rand.h>

#include "../../native/accel/sm2_base.h"
#include "../../native/accel/sm2_scheme.h"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("case %d, line %d: %s\n", number, __LINE__, #condition); \
            exit(1); \
        } \
    } while (0)

static int number; /* of the case */
static BN_CTX *ctx;
static BIGNUM *p, *n, *r; /* r = 2^256 */

/* Below `limit`; often with words of zeros or ones, where carries go far, and near the limit. */
static void draw(BIGNUM *drawn, const BIGNUM *limit)
{
    unsigned char bytes[32], choice[9];

    RAND_bytes(bytes, sizeof(bytes));
    RAND_bytes(choice, sizeof(choice));
    for (int i = 0; i < 8; i++)
        if (choice[i] < 96)
            memset(bytes + 4 * i, choice[i] < 48 ? 0 : 255, 4);
    BN_bin2bn(bytes, sizeof(bytes), drawn);
    if (choice[8] < 16)
        BN_sub(drawn, limit, BN_value_one());
    else if (choice[8] < 32) {
        BN_sub(drawn, limit, BN_value_one());
        BN_sub_word(drawn, choice[7]);
    } else if (choice[8] < 40)
        BN_set_word(drawn, choice[7]);
    BN_mod(drawn, drawn, limit, ctx);
}

static void out(void *words, const BIGNUM *number)
{
    BN_bn2lebinpad(number, words, 32);
}

static int is(const void *words, const BIGNUM *expected)
{
    unsigned char bytes[32];

    out(bytes, expected);
    return memcmp(words, bytes, sizeof(bytes)) == 0;
}

/* expected = a b / 2^256 */
static void montgomery(BIGNUM *expected, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m)
{
    BIGNUM *inverse = BN_mod_inverse(NULL, r, m, ctx);

    BN_mod_mul(expected, a, b, m, ctx);
    BN_mod_mul(expected, expected, inverse, m, ctx);
    BN_free(inverse);
}

static void in_the_field(BIGNUM *a, BIGNUM *b, BIGNUM *expected)
{
    fp x, y, z;

    draw(a, p);
    draw(b, p);
    out(&x, a);
    out(&y, b);
    montgomery(expected, a, b, p);
    fp_multiply(&z, &x, &y);
    CHECK(is(&z, expected));
    z = x;
    fp_multiply(&z, &z, &y);
    CHECK(is(&z, expected));
    montgomery(expected, a, a, p);
    fp_square(&z, &x);
    CHECK(is(&z, expected));
    fp_multiply(&z, &x, &x);
    CHECK(is(&z, expected));
    BN_mod_add(expected, a, b, p, ctx);
    fp_add(&z, &x, &y);
    CHECK(is(&z, expected));
    BN_mod_sub(expected, a, b, p, ctx);
    fp_subtract(&z, &x, &y);
    CHECK(is(&z, expected));
    fp_halve(&z, &x);
    fp_add(&z, &z, &z);
    CHECK(is(&z, a));
    if (number % 50 == 0 && !BN_is_zero(a)) {
        fp_invert(&z, &x);
        fp_multiply(&z, &z, &x);
        CHECK(memcmp(&z, &fp_one, sizeof(z)) == 0);
    }
}

static void modulo_the_order(BIGNUM *a, BIGNUM *b, BIGNUM *expected)
{
    fn x, y, z;

    draw(a, n);
    draw(b, n);
    out(&x, a);
    out(&y, b);
    montgomery(expected, a, b, n);
    fn_multiply(&z, &x, &y);
    CHECK(is(&z, expected));
    BN_mod_add(expected, a, b, n, ctx);
    fn_add(&z, &x, &y);
    CHECK(is(&z, expected));
    BN_mod_sub(expected, a, b, n, ctx);
    fn_subtract(&z, &x, &y);
    CHECK(is(&z, expected));
    CHECK(fn_is_zero(&x) == BN_is_zero(a) && fn_in_range(&x) == !BN_is_zero(a));
    if (number % 50 == 0 && !BN_is_zero(a)) {
        fn_invert(&z, &x);
        fn_multiply(&z, &z, &y);
        BN_mod_inverse(expected, a, n, ctx);
        BN_mod_mul(expected, expected, b, n, ctx);
        CHECK(is(&z, expected));
    }
    draw(a, r);
    out(&x, a);
    BN_mod(expected, a, n, ctx);
    fn_reduce(&z, &x, 0);
    CHECK(is(&z, expected));
    CHECK(fn_in_range(&x) == (!BN_is_zero(a) && BN_cmp(a, n) < 0));
}

static void numbers(int cases)
{
    BIGNUM *a = BN_new(), *b = BN_new(), *expected = BN_new();

    for (; number < cases; number++) {
        in_the_field(a, b, expected);
        modulo_the_order(a, b, expected);
    }
}

/* x of a point modulo n; 0 for the point at infinity. */
static int x_of(BIGNUM *x, const EC_GROUP *curve, const EC_POINT *point)
{
    if (EC_POINT_is_at_infinity(curve, point))
        return 0;
    EC_POINT_get_affine_coordinates(curve, point, x, NULL, ctx);
    BN_mod(x, x, n, ctx);
    return 1;
}

/* s and t so that s G + t d G comes to what sums of points are special at. */
static void draw_scalars(BIGNUM *s, BIGNUM *t, const BIGNUM *d)
{
    draw(s, n);
    draw(t, n);
    if (number % 8 == 1) { /* the point at infinity */
        BN_mod_mul(s, t, d, n, ctx);
        BN_mod_sub(s, n, s, n, ctx);
    } else if (number % 8 == 2) { /* two equal points */
        BN_mod_mul(s, t, d, n, ctx);
    } else if (number % 8 == 3) {
        BN_set_word(s, (BN_ULONG)number % 600);
        BN_set_word(t, (BN_ULONG)number / 600);
    }
}

/* Of the x below p some are not below n, and a signature's number is then smaller by n. */
static void between_order_and_prime(void)
{
    BIGNUM *x = BN_dup(n);
    unsigned char octets[33] = {2};
    int found = 0;
    sm2_point point;
    sm2_sum sum;

    for (uint64_t i = 0; i < 100; i++, BN_add_word(x, 1)) {
        BN_bn2binpad(x, octets + 1, 32);
        if (!sm2_decode(&point, octets, sizeof(octets)))
            continue;
        found++;
        sum = (sm2_sum){point.x, point.y, fp_one};
        CHECK(sm2_has_x(&sum, &(fn){{i}}));
        CHECK(!sm2_has_x(&sum, &(fn){{i + 1}}));
    }
    CHECK(found > 20);
    BN_bn2binpad(p, octets + 1, 32); /* 0, but not written as it must be */
    CHECK(!sm2_decode(&point, octets, sizeof(octets)));
    memset(octets + 1, 255, 32);
    CHECK(!sm2_decode(&point, octets, sizeof(octets)));
    BN_free(x);
}

static void points(int cases)
{
    static const point_conversion_form_t forms[] = {
        POINT_CONVERSION_UNCOMPRESSED, POINT_CONVERSION_COMPRESSED, POINT_CONVERSION_HYBRID};
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_sm2);
    EC_POINT *point = EC_POINT_new(curve), *result = EC_POINT_new(curve);
    BIGNUM *d = BN_new(), *s = BN_new(), *t = BN_new(), *x = BN_new();
    unsigned char octets[66];
    size_t size;
    sm2_point own;
    sm2_table table;
    sm2_sum sum;
    fn scalar, other, found;
    int is_finite;

    CHECK(sm2_scheme_start());
    between_order_and_prime();
    for (; number < cases; number++) {
        do
            number % 16 == 5 ? BN_set_word(d, (BN_ULONG)number / 16 + 1) : draw(d, n);
        while (BN_is_zero(d));
        EC_POINT_mul(curve, point, d, NULL, NULL, ctx);
        size = EC_POINT_point2oct(curve, point, forms[number % 3], octets, sizeof(octets), ctx);
        CHECK(sm2_decode(&own, octets, size));
        CHECK(!sm2_decode(&own, octets, size - 1) && !sm2_decode(&own, octets, size + 1));
        octets[size - 1] ^= 1;
        CHECK(sm2_decode(&own, octets, size)
              == EC_POINT_oct2point(curve, result, octets, size, ctx));
        octets[size - 1] ^= 1;
        CHECK(sm2_decode(&own, octets, size));

        draw_scalars(s, t, d);
        EC_POINT_mul(curve, result, s, point, t, ctx);
        is_finite = x_of(x, curve, result);
        out(&scalar, s);
        out(&other, t);
        out(&found, x);
        sm2_combine(&sum, &scalar, &other, &own, NULL);
        CHECK(sm2_has_x(&sum, &found) == is_finite);
        sm2_make_table(&table, &own);
        sm2_combine(&sum, &scalar, &other, &own, &table);
        CHECK(sm2_has_x(&sum, &found) == is_finite);
        found.word[0] ^= 1;
        CHECK(!sm2_has_x(&sum, &found));

        out(&scalar, d);
        CHECK(x_of(x, curve, point));
        if (sm2_base_x(&found, &scalar))
            CHECK(is(&found, x));
        else
            CHECK(BN_is_word(d, 6) || (BN_sub(t, n, d) && BN_is_word(t, 6)));
    }
}

int main(int count, char **arguments)
{
    int cases = count == 3 ? atoi(arguments[2]) : 0;
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_sm2);

    ctx = BN_CTX_new();
    p = BN_new();
    n = BN_dup(EC_GROUP_get0_order(curve));
    r = BN_new();
    EC_GROUP_get_curve(curve, p, NULL, NULL, ctx);
    BN_set_bit(r, 256);
    if (strcmp(arguments[1], "points") == 0)
        points(cases);
    else
        numbers(cases);
    printf("%d cases\n", number);
    return 0;
}
