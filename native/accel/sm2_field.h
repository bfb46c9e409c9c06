/*
 * Arithmetic modulo p, the prime of the SM2 curve (GB/T 32918.5-2017).
 *
 * Numbers are four words, the least first, below p, and in Montgomery's form: x stands as
 * x 2^256 mod p. p = 2^256 - 2^224 - 2^96 + 2^64 - 1 is -1 modulo 2^64, so that in a step of the
 * reduction the lowest word is itself the multiple of p to add, and adding it takes shifts only.
 *
 * The assembly is here because compilers do not keep a chain of carries in the carry flag. It needs
 * BMI2 (mulx). Nothing branches on numbers or is indexed by them.
 */
#ifndef TSPY_ACCEL_SM2_FIELD_H
#define TSPY_ACCEL_SM2_FIELD_H

#include <stdint.h>

typedef struct {
    uint64_t word[4];
} fp;

#define FP_P1 UINT64_C(0xffffffff00000000) /* the second and fourth word of p; */
#define FP_P3 UINT64_C(0xfffffffeffffffff) /* the others have all bits set */

static const fp fp_p = {{UINT64_MAX, FP_P1, UINT64_MAX, FP_P3}};
static const fp fp_one = {{1, UINT64_C(0xffffffff), 0, UINT64_C(0x100000000)}};
static const fp fp_square_of_r = {
    {UINT64_C(0x200000003), UINT64_C(0x2ffffffff), UINT64_C(0x100000001), UINT64_C(0x400000002)}};

/* What an asm statement reads: all of a number, not the pointer alone. */
#define FP_READS(number) "m"(*(const fp *)(number))

/* Of p, for FP_SUBTRACT_P. In memory: without optimisation there is no register left for them. */
#define FP_WORDS_OF_P [p1] "m"(fp_p.word[1]), [p3] "m"(fp_p.word[3])

/*
 * One step: c0 is done away with, by adding c0 p to (c4 c3 c2 c1 c0), and becomes the fifth word
 * of what remains, c1 the first. c0 p is c0 (2^256 + 2^64 - 1) - (2^224 + 2^96) c0.
 */
#define FP_REDUCE(c0, c1, c2, c3, c4) \
    "movq %[" #c0 "], %[low]\n\t" \
    "shlq $32, %[low]\n\t" \
    "movq %[" #c0 "], %[high]\n\t" \
    "shrq $32, %[high]\n\t" \
    "addq %[" #c0 "], %[" #c1 "]\n\t" \
    "adcq $0, %[" #c2 "]\n\t" \
    "adcq $0, %[" #c3 "]\n\t" \
    "adcq %[" #c0 "], %[" #c4 "]\n\t" \
    "movl $0, %k[" #c0 "]\n\t" \
    "adcq $0, %[" #c0 "]\n\t" \
    "subq %[low], %[" #c1 "]\n\t" \
    "sbbq %[high], %[" #c2 "]\n\t" \
    "sbbq %[low], %[" #c3 "]\n\t" \
    "sbbq %[high], %[" #c4 "]\n\t" \
    "sbbq $0, %[" #c0 "]\n\t"

/* The same where c4 is 0 and what remains is below 2^256: c0 becomes the fourth word. */
#define FP_REDUCE_FOUR(c0, c1, c2, c3) \
    "movq %[" #c0 "], %[low]\n\t" \
    "shlq $32, %[low]\n\t" \
    "movq %[" #c0 "], %[high]\n\t" \
    "shrq $32, %[high]\n\t" \
    "addq %[" #c0 "], %[" #c1 "]\n\t" \
    "adcq $0, %[" #c2 "]\n\t" \
    "adcq $0, %[" #c3 "]\n\t" \
    "adcq $0, %[" #c0 "]\n\t" \
    "subq %[low], %[" #c1 "]\n\t" \
    "sbbq %[high], %[" #c2 "]\n\t" \
    "sbbq %[low], %[" #c3 "]\n\t" \
    "sbbq %[high], %[" #c0 "]\n\t"

/* (c4 c3 c2 c1 c0) += a[i] b */
#define FP_MULTIPLY(i, c0, c1, c2, c3, c4) \
    "movq 8*" #i "(%[a]), %%rdx\n\t" \
    "mulxq (%[b]), %[low], %[high]\n\t" \
    "addq %[low], %[" #c0 "]\n\t" \
    "adcq %[high], %[" #c1 "]\n\t" \
    "mulxq 16(%[b]), %[low], %[high]\n\t" \
    "adcq %[low], %[" #c2 "]\n\t" \
    "adcq %[high], %[" #c3 "]\n\t" \
    "adcq $0, %[" #c4 "]\n\t" \
    "mulxq 8(%[b]), %[low], %[high]\n\t" \
    "addq %[low], %[" #c1 "]\n\t" \
    "adcq %[high], %[" #c2 "]\n\t" \
    "mulxq 24(%[b]), %[low], %[high]\n\t" \
    "adcq %[low], %[" #c3 "]\n\t" \
    "adcq %[high], %[" #c4 "]\n\t"

/* (r3 r2 r1 r0), and `carry` above them, into (rdx, t2, t1, t0), less p unless that is below 0. */
#define FP_SUBTRACT_P(r0, r1, r2, r3, carry, t0, t1, t2) \
    "movq %[" #r0 "], %[" #t0 "]\n\t" \
    "movq %[" #r1 "], %[" #t1 "]\n\t" \
    "movq %[" #r2 "], %[" #t2 "]\n\t" \
    "movq %[" #r3 "], %%rdx\n\t" \
    "subq $-1, %[" #t0 "]\n\t" \
    "sbbq %[p1], %[" #t1 "]\n\t" \
    "sbbq $-1, %[" #t2 "]\n\t" \
    "sbbq %[p3], %%rdx\n\t" \
    "sbbq $0, %[" #carry "]\n\t" \
    "cmovcq %[" #r0 "], %[" #t0 "]\n\t" \
    "cmovcq %[" #r1 "], %[" #t1 "]\n\t" \
    "cmovcq %[" #r2 "], %[" #t2 "]\n\t" \
    "cmovcq %[" #r3 "], %%rdx\n\t"

/* r = a b; any two, or all three, may be the same number. */
static inline void fp_multiply(fp *r, const fp *a, const fp *b)
{
    uint64_t c0, c1, c2, c3, c4, low, high, third, top;

    __asm__("movq (%[a]), %%rdx\n\t"
            "mulxq (%[b]), %[c0], %[c1]\n\t"
            "mulxq 8(%[b]), %[low], %[c2]\n\t"
            "addq %[low], %[c1]\n\t"
            "mulxq 16(%[b]), %[low], %[c3]\n\t"
            "adcq %[low], %[c2]\n\t"
            "mulxq 24(%[b]), %[low], %[c4]\n\t"
            "adcq %[low], %[c3]\n\t"
            "adcq $0, %[c4]\n\t"
            FP_REDUCE(c0, c1, c2, c3, c4)
            FP_MULTIPLY(1, c1, c2, c3, c4, c0)
            FP_REDUCE(c1, c2, c3, c4, c0)
            FP_MULTIPLY(2, c2, c3, c4, c0, c1)
            FP_REDUCE(c2, c3, c4, c0, c1)
            FP_MULTIPLY(3, c3, c4, c0, c1, c2)
            FP_REDUCE(c3, c4, c0, c1, c2)
            FP_SUBTRACT_P(c4, c0, c1, c2, c3, low, high, third)
            : [c0] "=&r"(c0), [c1] "=&r"(c1), [c2] "=&r"(c2), [c3] "=&r"(c3), [c4] "=&r"(c4),
              [low] "=&r"(low), [high] "=&r"(high), [third] "=&r"(third), "=&d"(top)
            : [a] "r"(a), [b] "r"(b), FP_READS(a), FP_READS(b), FP_WORDS_OF_P
            : "cc");
    r->word[0] = low;
    r->word[1] = high;
    r->word[2] = third;
    r->word[3] = top;
}

/* r = a a; they may be the same number. */
static inline void fp_square(fp *r, const fp *a)
{
    uint64_t c0, c1, c2, c3, c4, c5, c6, c7, low, high, top;

    __asm__("movq (%[a]), %%rdx\n\t" /* the products of different words */
            "mulxq 8(%[a]), %[c1], %[c2]\n\t"
            "mulxq 16(%[a]), %[low], %[c3]\n\t"
            "addq %[low], %[c2]\n\t"
            "mulxq 24(%[a]), %[low], %[c4]\n\t"
            "adcq %[low], %[c3]\n\t"
            "adcq $0, %[c4]\n\t"
            "movq 8(%[a]), %%rdx\n\t"
            "mulxq 16(%[a]), %[low], %[high]\n\t"
            "addq %[low], %[c3]\n\t"
            "adcq %[high], %[c4]\n\t"
            "mulxq 24(%[a]), %[low], %[c5]\n\t"
            "adcq $0, %[c5]\n\t"
            "addq %[low], %[c4]\n\t"
            "adcq $0, %[c5]\n\t"
            "movq 16(%[a]), %%rdx\n\t"
            "mulxq 24(%[a]), %[low], %[c6]\n\t"
            "addq %[low], %[c5]\n\t"
            "adcq $0, %[c6]\n\t"
            "movl $0, %k[c7]\n\t" /* twice */
            "addq %[c1], %[c1]\n\t"
            "adcq %[c2], %[c2]\n\t"
            "adcq %[c3], %[c3]\n\t"
            "adcq %[c4], %[c4]\n\t"
            "adcq %[c5], %[c5]\n\t"
            "adcq %[c6], %[c6]\n\t"
            "adcq $0, %[c7]\n\t"
            "movq (%[a]), %%rdx\n\t" /* and the squares */
            "mulxq %%rdx, %[c0], %[high]\n\t"
            "addq %[high], %[c1]\n\t"
            "movq 8(%[a]), %%rdx\n\t"
            "mulxq %%rdx, %[low], %[high]\n\t"
            "adcq %[low], %[c2]\n\t"
            "adcq %[high], %[c3]\n\t"
            "movq 16(%[a]), %%rdx\n\t"
            "mulxq %%rdx, %[low], %[high]\n\t"
            "adcq %[low], %[c4]\n\t"
            "adcq %[high], %[c5]\n\t"
            "movq 24(%[a]), %%rdx\n\t"
            "mulxq %%rdx, %[low], %[high]\n\t"
            "adcq %[low], %[c6]\n\t"
            "adcq %[high], %[c7]\n\t"
            FP_REDUCE_FOUR(c0, c1, c2, c3)
            FP_REDUCE_FOUR(c1, c2, c3, c0)
            FP_REDUCE_FOUR(c2, c3, c0, c1)
            FP_REDUCE_FOUR(c3, c0, c1, c2)
            "movl $0, %k[high]\n\t"
            "addq %[c4], %[c0]\n\t"
            "adcq %[c5], %[c1]\n\t"
            "adcq %[c6], %[c2]\n\t"
            "adcq %[c7], %[c3]\n\t"
            "adcq $0, %[high]\n\t"
            FP_SUBTRACT_P(c0, c1, c2, c3, high, c4, c5, c6)
            : [c0] "=&r"(c0), [c1] "=&r"(c1), [c2] "=&r"(c2), [c3] "=&r"(c3), [c4] "=&r"(c4),
              [c5] "=&r"(c5), [c6] "=&r"(c6), [c7] "=&r"(c7), [low] "=&r"(low),
              [high] "=&r"(high), "=&d"(top)
            : [a] "r"(a), FP_READS(a), FP_WORDS_OF_P
            : "cc");
    r->word[0] = c4;
    r->word[1] = c5;
    r->word[2] = c6;
    r->word[3] = top;
}

/* r = a + b */
static inline void fp_add(fp *r, const fp *a, const fp *b)
{
    uint64_t r0 = a->word[0], r1 = a->word[1], r2 = a->word[2], r3 = a->word[3], carry = 0;
    uint64_t t0, t1, t2, t3;

    __asm__("addq (%[b]), %[r0]\n\t"
            "adcq 8(%[b]), %[r1]\n\t"
            "adcq 16(%[b]), %[r2]\n\t"
            "adcq 24(%[b]), %[r3]\n\t"
            "adcq $0, %[carry]\n\t"
            FP_SUBTRACT_P(r0, r1, r2, r3, carry, t0, t1, t2)
            : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3),
              [carry] "+&r"(carry), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2), "=&d"(t3)
            : [b] "r"(b), FP_READS(b), FP_WORDS_OF_P
            : "cc");
    r->word[0] = t0;
    r->word[1] = t1;
    r->word[2] = t2;
    r->word[3] = t3;
}

/* r = a - b */
static inline void fp_subtract(fp *r, const fp *a, const fp *b)
{
    uint64_t r0 = a->word[0], r1 = a->word[1], r2 = a->word[2], r3 = a->word[3];
    uint64_t borrow, p1 = FP_P1, p3 = FP_P3;

    __asm__("subq (%[b]), %[r0]\n\t"
            "sbbq 8(%[b]), %[r1]\n\t"
            "sbbq 16(%[b]), %[r2]\n\t"
            "sbbq 24(%[b]), %[r3]\n\t"
            "sbbq %[borrow], %[borrow]\n\t" /* all bits, or none */
            "andq %[borrow], %[p1]\n\t"
            "andq %[borrow], %[p3]\n\t"
            "addq %[borrow], %[r0]\n\t"
            "adcq %[p1], %[r1]\n\t"
            "adcq %[borrow], %[r2]\n\t"
            "adcq %[p3], %[r3]\n\t"
            : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3),
              [borrow] "=&r"(borrow), [p1] "+&r"(p1), [p3] "+&r"(p3)
            : [b] "r"(b), FP_READS(b)
            : "cc");
    r->word[0] = r0;
    r->word[1] = r1;
    r->word[2] = r2;
    r->word[3] = r3;
}

/* r = a / 2 */
static inline void fp_halve(fp *r, const fp *a)
{
    uint64_t r0 = a->word[0], r1 = a->word[1], r2 = a->word[2], r3 = a->word[3], carry = 0;
    uint64_t odd = 0 - (r0 & 1); /* then p is added, so that there is a half */

    __asm__("addq %[odd], %[r0]\n\t"
            "adcq %[p1], %[r1]\n\t"
            "adcq %[odd], %[r2]\n\t"
            "adcq %[p3], %[r3]\n\t"
            "adcq $0, %[carry]\n\t"
            : [r0] "+&r"(r0), [r1] "+&r"(r1), [r2] "+&r"(r2), [r3] "+&r"(r3), [carry] "+&r"(carry)
            : [odd] "r"(odd), [p1] "r"(FP_P1 & odd), [p3] "r"(FP_P3 & odd)
            : "cc");
    r->word[0] = r0 >> 1 | r1 << 63;
    r->word[1] = r1 >> 1 | r2 << 63;
    r->word[2] = r2 >> 1 | r3 << 63;
    r->word[3] = r3 >> 1 | carry << 63;
}

/* r = -a */
static inline void fp_negate(fp *r, const fp *a)
{
    static const fp zero;

    fp_subtract(r, &zero, a);
}

static inline int fp_is_zero(const fp *a)
{
    return (a->word[0] | a->word[1] | a->word[2] | a->word[3]) == 0;
}

/* r = a^exponent, by four bits at a time; the exponent is no secret. */
static inline void fp_power(fp *r, const fp *a, const uint64_t exponent[4])
{
    fp powers[16] = {fp_one}, result = fp_one;

    for (int i = 1; i < 16; i++)
        fp_multiply(&powers[i], &powers[i - 1], a);
    for (int bit = 256 - 4; bit >= 0; bit -= 4) {
        for (int i = 0; i < 4; i++)
            fp_square(&result, &result);
        fp_multiply(&result, &result, &powers[exponent[bit / 64] >> (bit % 64) & 15]);
    }
    *r = result;
}

/* r = 1 / a, and 0 for 0: a^(p - 2), by Fermat. */
static inline void fp_invert(fp *r, const fp *a)
{
    static const uint64_t exponent[4] = {UINT64_MAX - 2, FP_P1, UINT64_MAX, FP_P3};

    fp_power(r, a, exponent);
}

#endif
