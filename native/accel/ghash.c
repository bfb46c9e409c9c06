/*
 * GHASH by carry-less multiplication, in a time that depends on the size alone.
 *
 * It is computed as POLYVAL (RFC 8452, appendix A says how the two go together): with the bytes of
 * a block turned round, its bits stand as the instruction wants them, and dot(a, b) = a b x^-128
 * needs no shifting afterwards. Sixteen blocks at a time are multiplied by sixteen powers of H, and
 * their sum is reduced once.
 */
#include "../compat.h"

#include <immintrin.h>

#include "cpu.h"
#include "ghash.h"

#define NARROW __attribute__((target("pclmul,ssse3")))
#define WIDE __attribute__((target("pclmul,ssse3,avx512f,avx512bw,vpclmulqdq")))

NARROW static __m128i turned(__m128i block)
{
    return _mm_shuffle_epi8(block,
                            _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

NARROW static __m128i load(const unsigned char *block)
{
    return _mm_loadu_si128((const __m128i *)block);
}

NARROW static void store(unsigned char *block, __m128i value)
{
    _mm_storeu_si128((__m128i *)block, value);
}

/* A product of 256 bits, in three parts: low, the middle that lies across both halves, high. */
typedef struct {
    __m128i low, middle, high;
} product;

NARROW static void add_product(product *sum, __m128i a, __m128i b)
{
    sum->low = _mm_xor_si128(sum->low, _mm_clmulepi64_si128(a, b, 0x00));
    sum->middle = _mm_xor_si128(sum->middle, _mm_xor_si128(_mm_clmulepi64_si128(a, b, 0x01),
                                                           _mm_clmulepi64_si128(a, b, 0x10)));
    sum->high = _mm_xor_si128(sum->high, _mm_clmulepi64_si128(a, b, 0x11));
}

/*
 * product * x^-128 modulo x^128 + x^127 + x^126 + x^121 + 1: twice, the lowest 64 bits times the
 * polynomial are added, which makes them zero, and dropped.
 */
NARROW static __m128i reduced(product sum)
{
    const __m128i polynomial = _mm_set_epi64x(0, (long long)0xc200000000000000);
    __m128i low = _mm_xor_si128(sum.low, _mm_slli_si128(sum.middle, 8));
    __m128i high = _mm_xor_si128(sum.high, _mm_srli_si128(sum.middle, 8));
    int i;

    for (i = 0; i < 2; i++)
        low = _mm_xor_si128(_mm_shuffle_epi32(low, 0x4e),
                            _mm_clmulepi64_si128(low, polynomial, 0x00));
    return _mm_xor_si128(high, low);
}

NARROW static __m128i dot(__m128i a, __m128i b)
{
    product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};

    add_product(&sum, a, b);
    return reduced(sum);
}

NARROW void ghash_set_key(ghash_key *key, const unsigned char h[16])
{
    __m128i value = turned(load(h));
    /* Times x: shifted by a bit, and what comes out above is reduced. */
    __m128i carry = _mm_srli_epi64(value, 63);
    __m128i out = _mm_sub_epi64(_mm_setzero_si128(), _mm_srli_si128(carry, 8));

    out = _mm_unpacklo_epi64(out, out);
    value = _mm_or_si128(_mm_slli_epi64(value, 1), _mm_slli_si128(carry, 8));
    value = _mm_xor_si128(
        value, _mm_and_si128(out, _mm_set_epi64x((long long)0xc200000000000000, 1)));
    store(key->powers[GHASH_POWERS - 1], value);
    key->known = 1;
}

/* Most messages are short: powers are worked out when one comes that needs them. */
NARROW static void know(ghash_key *key, int powers)
{
    __m128i h = load(key->powers[GHASH_POWERS - 1]);

    for (; key->known < powers; key->known++) {
        unsigned char(*last)[16] = &key->powers[GHASH_POWERS - key->known];

        store(last[-1], dot(load(last[0]), h));
    }
}

/* At most 16 blocks. */
NARROW static __m128i narrow(const ghash_key *key, __m128i digest, const unsigned char *data,
                             size_t blocks)
{
    const unsigned char(*power)[16] = &key->powers[GHASH_POWERS - blocks];
    product sum = {_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
    size_t i;

    for (i = 0; i < blocks; i++) {
        __m128i block = turned(load(data + 16 * i));

        add_product(&sum, i == 0 ? _mm_xor_si128(block, digest) : block, load(power[i]));
    }
    return reduced(sum);
}

WIDE static __m128i folded(__m512i value)
{
    __m256i half = _mm256_xor_si256(_mm512_castsi512_si256(value),
                                    _mm512_extracti64x4_epi64(value, 1));

    return _mm_xor_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

/* 16 blocks, four in each of four registers; any number of times. */
WIDE static __m128i wide(const ghash_key *key, __m128i digest, const unsigned char *data,
                         size_t times)
{
    const __m512i turn = _mm512_broadcast_i32x4(
        _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    __m512i powers[4];
    int i;

    for (i = 0; i < 4; i++)
        powers[i] = _mm512_loadu_si512(key->powers[4 * i]);
    for (; times > 0; times--, data += 256) {
        __m512i low = _mm512_setzero_si512(), middle = low, high = low;

        for (i = 0; i < 4; i++) {
            __m512i block = _mm512_shuffle_epi8(_mm512_loadu_si512(data + 64 * i), turn);

            if (i == 0)
                block = _mm512_xor_si512(block, _mm512_zextsi128_si512(digest));
            low = _mm512_xor_si512(low, _mm512_clmulepi64_epi128(block, powers[i], 0x00));
            middle = _mm512_ternarylogic_epi64(
                middle, _mm512_clmulepi64_epi128(block, powers[i], 0x01),
                _mm512_clmulepi64_epi128(block, powers[i], 0x10), 0x96); /* all three XORed */
            high = _mm512_xor_si512(high, _mm512_clmulepi64_epi128(block, powers[i], 0x11));
        }
        digest = reduced((product){folded(low), folded(middle), folded(high)});
    }
    return digest;
}

NARROW void ghash_update(ghash_key *key, unsigned char digest[16], const unsigned char *data,
                         size_t size)
{
    size_t blocks = size / 16;
    __m128i value = turned(load(digest));

    know(key, blocks < GHASH_POWERS ? (int)blocks : GHASH_POWERS);
    if (blocks >= GHASH_POWERS && tspy_accel_wide()) {
        value = wide(key, value, data, blocks / GHASH_POWERS);
        data += 16 * (blocks - blocks % GHASH_POWERS);
        blocks %= GHASH_POWERS;
    }
    while (blocks > 0) {
        size_t now = blocks < GHASH_POWERS ? blocks : GHASH_POWERS;

        value = narrow(key, value, data, now);
        data += 16 * now;
        blocks -= now;
    }
    store(digest, turned(value));
}
