/* What the stepper has to find, and what it may not; and Tongsuo's own SM4, which uses tables. */
#include <immintrin.h>
#include <stdint.h>
#include <string.h>

#include <openssl/evp.h>

#include "stepper.h"

static uint32_t table[1 << 16];
static volatile uint32_t result;
static EVP_CIPHER_CTX *cipher;

static void nothing(void)
{
}

static void with_branch(const unsigned char *secret)
{
    result = 0;
    if (secret[0] & 1)
        result = 1; /* volatile: this cannot be done without a branch */
}

static void with_look_up(const unsigned char *secret)
{
    result = table[secret[0]];
}

__attribute__((target("avx2"))) static void with_gather(const unsigned char *secret)
{
    __m256i places = _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)secret));
    __m256i taken = _mm256_i32gather_epi32((const int *)table, places, 4);

    result = (uint32_t)_mm256_extract_epi32(taken, 7);
}

__attribute__((target("avx512f"))) static void with_wide_gather(const unsigned char *secret)
{
    __m512i places = _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)secret));
    __m512i taken;

    /* In a register that AVX2 has not, and with the last place alone different. */
    __asm__ volatile("vmovdqa64 %1, %%zmm17\n\tkxnorw %%k1, %%k1, %%k1\n\t"
                     "vpgatherdd (%2, %%zmm17, 4), %%zmm18%{%%k1%}\n\tvmovdqa64 %%zmm18, %0"
                     : "=v"(taken)
                     : "v"(places), "r"(table)
                     : "xmm17", "xmm18", "k1", "memory");
    result = (uint32_t)_mm512_reduce_add_epi32(taken);
}

static void with_division(const unsigned char *secret)
{
    result = 1000000u / (secret[0] + 1u);
}

/* The same choice as with_branch, and all of the table read, as code for secrets is written. */
static void with_masks(const unsigned char *secret)
{
    uint32_t taken = 0, i;

    for (i = 0; i < 256; i++)
        taken |= table[i] & (0 - (((i ^ secret[0]) - 1) >> 31));
    result = taken | (0 - (secret[0] & 1u));
}

static void avx2(void)
{
    need(__builtin_cpu_supports("avx2"), "AVX2");
}

static void avx512(void)
{
    need(__builtin_cpu_supports("avx512f"), "AVX-512");
}

static void tongsuos(void)
{
    EVP_CIPHER *sm4 = EVP_CIPHER_fetch(NULL, "SM4-CTR", "provider=default");

    cipher = EVP_CIPHER_CTX_new();
    must(EVP_EncryptInit_ex2(cipher, sm4, (const unsigned char *)"0123456789abcdef",
                             (const unsigned char *)"0123456789abcdef", NULL),
         "Tongsuo's SM4");
}

static void with_tongsuos(const unsigned char *secret)
{
    static unsigned char out[16];
    int size;

    must(EVP_EncryptInit_ex2(cipher, NULL, secret, NULL, NULL)
             && EVP_EncryptUpdate(cipher, out, &size, secret + 16, 16),
         "Tongsuo's SM4");
}

const subject control_subjects[] = {
    {"a branch", 16, nothing, NULL, with_branch},
    {"a look-up", 16, nothing, NULL, with_look_up},
    {"a gather", 16, avx2, NULL, with_gather},
    {"a wide gather", 16, avx512, NULL, with_wide_gather},
    {"a division", 16, nothing, NULL, with_division},
    {"masks", 16, nothing, NULL, with_masks},
    {"Tongsuo's SM4", 32, tongsuos, NULL, with_tongsuos},
    {NULL, 0, NULL, NULL, NULL},
};
