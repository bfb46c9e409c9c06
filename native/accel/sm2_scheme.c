/*
 * Signing and verifying a digest e (GB/T 32918.2-2016, 6.1 and 7.1).
 *
 * A signature is not verified before it is given away: that would take four times as long as to
 * make it, and Tongsuo does not do it either.
 */
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
