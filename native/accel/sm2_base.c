/*
 * Secret multiples of the base point. Nothing branches on the number, or is indexed by it.
 *
 * Intel's library has the like, and it is quick; but it gives the point as quotients that it then
 * divides in 26 us, as long as all the rest of a signature takes. So it is done here, with the same
 * formulas as verifying: k is a sum of odd digits d 2^(5 i) with d from -31 to 31 (Joye, Tunstall:
 * Exponent Recoding and Regular Exponentiation Algorithms), none of them 0, and of each place the
 * table has all the multiples. Every table entry of a place is read to take one.
 */
#include <string.h>

#include <openssl/crypto.h>

#include "sm2_base.h"
#include "sm2_points.h"

#define WIDTH 5
#define PLACES 52 /* the last one's digit is 1: nothing is left of 256 bits after the 51 before */
#define MULTIPLES 16

/* Two words at a time, of what was stored as another type. */
typedef uint64_t pair __attribute__((vector_size(16), may_alias));

static _Alignas(64) sm2_point table[PLACES][MULTIPLES];

void sm2_base_start(void)
{
    sm2_make_rows(table[0], PLACES, MULTIPLES, WIDTH, &sm2_base_point);
}

/* r = one of the entries */
static void take(sm2_point *r, const sm2_point entries[MULTIPLES], uint64_t index)
{
    const pair *words = (const pair *)entries;
    pair taken[4] = {{0}};

    for (uint64_t i = 0; i < MULTIPLES; i++) {
        uint64_t mask = 0 - (((i ^ index) - 1) >> 63);
        for (int j = 0; j < 4; j++)
            taken[j] |= words[4 * i + j] & (pair){mask, mask};
    }
    memcpy(r, taken, sizeof(*r));
}

/* a = -a where `minus` is 1, and a where it is 0 */
static void negate_if(fp *a, uint64_t minus)
{
    fp negative;

    fp_negate(&negative, a);
    for (int i = 0; i < 4; i++)
        a->word[i] ^= (a->word[i] ^ negative.word[i]) & (0 - minus);
}

/* The six bits of a digit at a place, and the digit's lowest bit, which is always set. */
static uint64_t bits_at(const fn *m, int place)
{
    int word = place * WIDTH / 64, bit = place * WIDTH % 64;
    uint64_t bits = m->word[word] >> bit;

    if (bit > 64 - (WIDTH + 1) && word < 3)
        bits |= m->word[word + 1] << (64 - bit);
    return (bits & 63) | 1;
}

int sm2_base_x(fn *x, const fn *k)
{
    static const fp one = {{1}};
    sm2_sum sum = {table[PLACES - 1][0].x, table[PLACES - 1][0].y, fp_one}, before;
    sm2_point point;
    fp u, s, z_squared;
    fn m, opposite;
    int is_finite;

    /* The digits make odd numbers. n - k is odd where k is not, and gives the same x. */
    fn_borrow(&opposite, &fn_n, k);
    for (int i = 0; i < 4; i++)
        m.word[i] = k->word[i] ^ ((k->word[i] ^ opposite.word[i]) & ((k->word[0] & 1) - 1));

    /*
     * What is added is never the sum's opposite, nor what the sum is already: as long as places
     * are left, the sum's multiple of G divided by that of the place is a number below n. At the
     * last place the multiple of the sum can be n + d for the digit d, and then k or n - k is 6.
     */
    for (int place = PLACES - 2; place >= 0; place--) {
        uint64_t bits = bits_at(&m, place), minus = 1 ^ bits >> WIDTH;

        take(&point, table[place], ((bits ^ (0 - minus)) & 31) >> 1);
        negate_if(&point.y, minus);
        before = sum;
        sm2_scale(&u, &s, &point.x, &point.y, &sum.z);
        sm2_add_scaled(&sum, &before.x, &before.y, &u, &s, &before.z);
    }

    is_finite = !fp_is_zero(&sum.z);
    fp_invert(&z_squared, &sum.z);
    fp_square(&z_squared, &z_squared);
    fp_multiply(&u, &sum.x, &z_squared);
    fp_multiply(&u, &u, &one);
    memcpy(x, &u, sizeof(*x));
    fn_reduce(x, x, 0);

    OPENSSL_cleanse(&m, sizeof(m));
    OPENSSL_cleanse(&opposite, sizeof(opposite));
    OPENSSL_cleanse(&sum, sizeof(sum));
    OPENSSL_cleanse(&before, sizeof(before));
    OPENSSL_cleanse(&point, sizeof(point));
    OPENSSL_cleanse(&z_squared, sizeof(z_squared));
    OPENSSL_cleanse(&s, sizeof(s));
    return is_finite;
}
