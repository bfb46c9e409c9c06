/*
 * Signing and verifying a digest e (GB/T 32918.2-2016, 6.1 and 7.1).
 *
 * A signature is not verified before it is given away: that would take four times as long as to
 * make it, and Tongsuo does not do it either.
 */
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "sm2_base.h"
#include "sm2_scheme.h"

static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;

static void start(void)
{
    sm2_points_start();
    sm2_base_start();
}

int sm2_scheme_start(void)
{
    return CRYPTO_THREAD_run_once(&once, start);
}

int sm2_signing_number(fn *inverse, const fn *d)
{
    static const fn one = {{1}};
    fn sum;
    int usable;

    fn_carry(&sum, d, &one, 1);
    usable = fn_in_range(d) & fn_in_range(&sum);
    if (usable)
        fn_invert(inverse, &sum);
    OPENSSL_cleanse(&sum, sizeof(sum));
    return usable;
}

/* From 1 to n - 1, each as likely as any other: what is drawn beyond is thrown away. */
static int draw_nonce(fn *k)
{
    unsigned char bytes[32];
    int drawn;

    do {
        drawn = RAND_priv_bytes_ex(NULL, bytes, sizeof(bytes), 0) == 1;
        fn_from_bytes(k, bytes);
    } while (drawn && !fn_in_range(k));
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return drawn;
}

/*
 * s = (1 + d)^-1 (k - r d) is worked out as (1 + d)^-1 (k + r) - r, which has d in one place only.
 * 0 where the standard wants another k: r or s is 0, or r + k is n; or sm2_base_x does. That none
 * of this happened is no secret.
 */
static int try_to_sign(sm2_pair *signature, const fn *e, const fn *k, const fn *inverse)
{
    fn *r = &signature->r, *s = &signature->s;
    int done;

    if (!sm2_base_x(r, k))
        return 0;
    fn_add(r, r, e);
    fn_add(s, k, r);
    done = !fn_is_zero(r) & !fn_is_zero(s);
    fn_multiply(s, s, inverse);
    fn_subtract(s, s, r);
    return done & !fn_is_zero(s);
}

int sm2_sign(sm2_pair *signature, const unsigned char e[32], const fn *inverse)
{
    fn digest, k;
    int drawn;

    fn_from_bytes(&digest, e);
    fn_reduce(&digest, &digest, 0);
    do
        drawn = draw_nonce(&k);
    while (drawn && !try_to_sign(signature, &digest, &k, inverse));
    OPENSSL_cleanse(&k, sizeof(k));
    return drawn;
}

int sm2_verify(const sm2_pair *signature, const unsigned char e[32], const sm2_point *point,
               const sm2_table *table)
{
    sm2_sum sum;
    fn t, x, digest;

    fn_add(&t, &signature->r, &signature->s);
    if (fn_is_zero(&t))
        return 0;
    sm2_combine(&sum, &signature->s, &t, point, table);
    fn_from_bytes(&digest, e);
    fn_reduce(&digest, &digest, 0);
    fn_subtract(&x, &signature->r, &digest);
    return sm2_has_x(&sum, &x);
}

/* GB/T 32918.5-2017, A.2: the key pair, k, e, r and s. */
static const unsigned char EXAMPLE_D[32] = {
    0x39, 0x45, 0x20, 0x8f, 0x7b, 0x21, 0x44, 0xb1, 0x3f, 0x36, 0xe3, 0x8a, 0xc6, 0xd3, 0x9f, 0x95,
    0x88, 0x93, 0x93, 0x69, 0x28, 0x60, 0xb5, 0x1a, 0x42, 0xfb, 0x81, 0xef, 0x4d, 0xf7, 0xc5, 0xb8};
static const unsigned char EXAMPLE_POINT[65] = {
    0x04, 0x09, 0xf9, 0xdf, 0x31, 0x1e, 0x54, 0x21, 0xa1, 0x50, 0xdd, 0x7d, 0x16, 0x1e, 0x4b, 0xc5,
    0xc6, 0x72, 0x17, 0x9f, 0xad, 0x18, 0x33, 0xfc, 0x07, 0x6b, 0xb0, 0x8f, 0xf3, 0x56, 0xf3, 0x50,
    0x20, 0xcc, 0xea, 0x49, 0x0c, 0xe2, 0x67, 0x75, 0xa5, 0x2d, 0xc6, 0xea, 0x71, 0x8c, 0xc1, 0xaa,
    0x60, 0x0a, 0xed, 0x05, 0xfb, 0xf3, 0x5e, 0x08, 0x4a, 0x66, 0x32, 0xf6, 0x07, 0x2d, 0xa9, 0xad,
    0x13};
static const unsigned char EXAMPLE_K[32] = {
    0x59, 0x27, 0x6e, 0x27, 0xd5, 0x06, 0x86, 0x1a, 0x16, 0x68, 0x0f, 0x3a, 0xd9, 0xc0, 0x2d, 0xcc,
    0xef, 0x3c, 0xc1, 0xfa, 0x3c, 0xdb, 0xe4, 0xce, 0x6d, 0x54, 0xb8, 0x0d, 0xea, 0xc1, 0xbc, 0x21};
static const unsigned char EXAMPLE_E[32] = {
    0xf0, 0xb4, 0x3e, 0x94, 0xba, 0x45, 0xac, 0xca, 0xac, 0xe6, 0x92, 0xed, 0x53, 0x43, 0x82, 0xeb,
    0x17, 0xe6, 0xab, 0x5a, 0x19, 0xce, 0x7b, 0x31, 0xf4, 0x48, 0x6f, 0xdf, 0xc0, 0xd2, 0x86, 0x40};
static const unsigned char EXAMPLE_R[32] = {
    0xf5, 0xa0, 0x3b, 0x06, 0x48, 0xd2, 0xc4, 0x63, 0x0e, 0xea, 0xc5, 0x13, 0xe1, 0xbb, 0x81, 0xa1,
    0x59, 0x44, 0xda, 0x38, 0x27, 0xd5, 0xb7, 0x41, 0x43, 0xac, 0x7e, 0xac, 0xee, 0xe7, 0x20, 0xb3};
static const unsigned char EXAMPLE_S[32] = {
    0xb1, 0xb6, 0xaa, 0x29, 0xdf, 0x21, 0x2f, 0xd8, 0x76, 0x31, 0x82, 0xbc, 0x0d, 0x42, 0x1c, 0xa1,
    0xbb, 0x90, 0x38, 0xfd, 0x1f, 0x7f, 0x42, 0xd4, 0x84, 0x0b, 0x69, 0xc4, 0x85, 0xbb, 0xc1, 0xaa};

static int is_example(const sm2_pair *signature)
{
    unsigned char r[32], s[32];

    fn_to_bytes(r, &signature->r);
    fn_to_bytes(s, &signature->s);
    return memcmp(r, EXAMPLE_R, sizeof(r)) == 0 && memcmp(s, EXAMPLE_S, sizeof(s)) == 0;
}

int sm2_scheme_is_right(void)
{
    sm2_pair signature;
    sm2_point point;
    sm2_table table;
    fn d, k, e, inverse;

    fn_from_bytes(&d, EXAMPLE_D);
    fn_from_bytes(&k, EXAMPLE_K);
    fn_from_bytes(&e, EXAMPLE_E);
    if (!sm2_scheme_start() || !sm2_decode(&point, EXAMPLE_POINT, sizeof(EXAMPLE_POINT))
        || !sm2_signing_number(&inverse, &d) || !try_to_sign(&signature, &e, &k, &inverse)
        || !is_example(&signature))
        return 0;
    sm2_make_table(&table, &point);
    if (!sm2_verify(&signature, EXAMPLE_E, &point, NULL)
        || !sm2_verify(&signature, EXAMPLE_E, &point, &table))
        return 0;
    signature.s.word[0] ^= 1;
    return !sm2_verify(&signature, EXAMPLE_E, &point, NULL)
           && !sm2_verify(&signature, EXAMPLE_E, &point, &table);
}
