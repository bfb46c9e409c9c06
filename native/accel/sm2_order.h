/*
 * Arithmetic modulo n, the order of the SM2 curve's base point (GB/T 32918.5-2017), for private
 * keys, nonces and the two numbers of a signature.
 *
 * Numbers are four words, the least first. Nothing branches on them or is indexed by them.
 */
#ifndef TSPY_ACCEL_SM2_ORDER_H
#define TSPY_ACCEL_SM2_ORDER_H

#include <stdint.h>

#include <openssl/crypto.h>

typedef struct {
    uint64_t word[4];
} fn;

typedef unsigned __int128 fn_wide;

static const fn fn_n = {{UINT64_C(0x53bbf40939d54123), UINT64_C(0x7203df6b21c6052b),
                                UINT64_MAX, UINT64_C(0xfffffffeffffffff)}};

/* r = a - b; 1 is returned where that is below 0, and then 2^256 was added. */
static inline uint64_t fn_borrow(fn *r, const fn *a, const fn *b)
{
    uint64_t borrow = 0;

    for (int i = 0; i < 4; i++) {
        fn_wide difference = (fn_wide)a->word[i] - b->word[i] - borrow;
        r->word[i] = (uint64_t)difference;
        borrow = (uint64_t)(difference >> 64) & 1;
    }
    return borrow;
}

/* r = a + (b, or nothing where `wanted` is 0); the carry out of 256 bits is returned. */
static inline uint64_t fn_carry(fn *r, const fn *a, const fn *b,
                                     uint64_t wanted)
{
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++) {
        fn_wide sum = (fn_wide)a->word[i] + (b->word[i] & (0 - wanted)) + carry;
        r->word[i] = (uint64_t)sum;
        carry = (uint64_t)(sum >> 64);
    }
    return carry;
}

/* r = a mod n, for a + 2^256 `carry` below 2 n. All 256-bit numbers are. */
static inline void fn_reduce(fn *r, const fn *a, uint64_t carry)
{
    uint64_t below = fn_borrow(r, a, &fn_n) & (1 ^ carry);

    fn_carry(r, r, &fn_n, below);
}

static inline void fn_add(fn *r, const fn *a, const fn *b)
{
    uint64_t carry = fn_carry(r, a, b, 1);

    fn_reduce(r, r, carry);
}

static inline void fn_subtract(fn *r, const fn *a, const fn *b)
{
    uint64_t below = fn_borrow(r, a, b);

    fn_carry(r, r, &fn_n, below);
}

static inline int fn_is_zero(const fn *a)
{
    uint64_t bits = a->word[0] | a->word[1] | a->word[2] | a->word[3];

    return (int)(1 ^ ((bits | (0 - bits)) >> 63));
}

/* Whether a is from 1 to n - 1, as both numbers of a signature are, and nonces. */
static inline int fn_in_range(const fn *a)
{
    fn difference;

    return (int)fn_borrow(&difference, a, &fn_n) & !fn_is_zero(a);
}

/* Big-endian, as everything outside has it. */
static inline void fn_from_bytes(fn *r, const unsigned char bytes[32])
{
    for (int i = 0; i < 4; i++) {
        uint64_t word = 0;
        for (int j = 0; j < 8; j++)
            word = word << 8 | bytes[24 - 8 * i + j];
        r->word[i] = word;
    }
}

static inline void fn_to_bytes(unsigned char bytes[32], const fn *a)
{
    for (int i = 0; i < 32; i++)
        bytes[31 - i] = (unsigned char)(a->word[i / 8] >> (8 * (i % 8)));
}

/* r = a b 2^-256 mod n (Montgomery's multiplication), for one of them below n; as fp's may. */
static inline void fn_multiply(fn *r, const fn *a, const fn *b)
{
    const uint64_t inverse = UINT64_C(0x327f9e8872350975); /* -1/n modulo 2^64 */
    fn sum = {{0}};
    uint64_t fifth = 0;

    for (int i = 0; i < 4; i++) {
        uint64_t carry = 0, top;
        for (int j = 0; j < 4; j++) {
            fn_wide product = (fn_wide)a->word[i] * b->word[j] + sum.word[j] + carry;
            sum.word[j] = (uint64_t)product;
            carry = (uint64_t)(product >> 64);
        }
        fn_wide high = (fn_wide)fifth + carry;

        uint64_t multiple = sum.word[0] * inverse;
        carry = (uint64_t)(((fn_wide)multiple * fn_n.word[0] + sum.word[0]) >> 64);
        for (int j = 1; j < 4; j++) {
            fn_wide product = (fn_wide)multiple * fn_n.word[j] + sum.word[j] + carry;
            sum.word[j - 1] = (uint64_t)product;
            carry = (uint64_t)(product >> 64);
        }
        high += carry;
        sum.word[3] = (uint64_t)high;
        top = (uint64_t)(high >> 64);
        fifth = top;
    }
    fn_reduce(r, &sum, fifth);
}

/* r = 1/a, in such a form that fn_multiply by it divides by a; for a not 0. */
static inline void fn_invert(fn *r, const fn *a)
{
    static const fn square_of_r = {
        {UINT64_C(0x901192af7c114f20), UINT64_C(0x3464504ade6fa2fa), UINT64_C(0x620fc84c3affe0d4),
         UINT64_C(0x1eb5e412a22b3d3b)}};
    fn base, power;

    /* a^(n - 2), by Fermat; n - 2 is no secret. Its highest bit is that of n. */
    fn_multiply(&base, a, &square_of_r);
    power = base;
    for (int bit = 254; bit >= 0; bit--) {
        uint64_t word = fn_n.word[bit / 64] - (bit < 64 ? 2 : 0);
        fn_multiply(&power, &power, &power);
        if (word >> (bit % 64) & 1)
            fn_multiply(&power, &power, &base);
    }
    *r = power;
    OPENSSL_cleanse(&base, sizeof(base));
    OPENSSL_cleanse(&power, sizeof(power));
}

#endif
