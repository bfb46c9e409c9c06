/*
 * What is under sign_many, verify_many and generate_many: eight lanes where the processor has them,
 * and otherwise one after the other, as what the lanes did not do. Threads of Python that let go of
 * the GIL for every signature, and then wait until they have it again, keep each other from working.
 */
#include "compat.h"

#include <string.h>

#include "accel.h"
#include "drbg.h"
#include "sm2_forms.h"
#include "sm3_batch.h"

#include "sm2_batch.h"

#define SIZE 32 /* bytes of a number, or a digest */

/* The standard's e for each message, 32 bytes; NULL if that failed. */
static unsigned char *make_digests(const tspy_messages *messages, const EVP_MD *sm3)
{
    unsigned char *digests = OPENSSL_malloc(messages->count * SIZE);

    if (digests != NULL && !tspy_sm3_digests(messages, sm3, digests)) {
        OPENSSL_free(digests);
        return NULL;
    }
    return digests;
}

#if TSPY_HAS_ACCEL
#include "accel/sm2_lanes.h"

/*
 * To sign. The inversions take as long for one as for many: in lanes one signature needs 46
 * microseconds and eight need 55, and each that the provider makes 16.
 */
#define FEWEST_IN_LANES 3

static int lanes_in_use(void)
{
    return (tspy_accel_parts() & TSPY_ACCEL_SM2_LANES) != 0;
}

static void sign_in_lanes(EVP_PKEY_CTX *signer, const unsigned char *digests, size_t count,
                          const unsigned char *input, size_t input_size, unsigned char *signatures,
                          signed char *results)
{
    EVP_PKEY *key = EVP_PKEY_CTX_get0_pkey(signer);
    BIGNUM *number = NULL;
    unsigned char bytes[SIZE];

    if (key != NULL && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number)
        && BN_bn2binpad(number, bytes, SIZE) == SIZE)
        tspy_sm2_lanes_sign(bytes, digests, count, input, input_size, signatures, results);
    BN_clear_free(number);
    OPENSSL_cleanse(bytes, sizeof(bytes));
}
#endif

static int sign_one(EVP_PKEY_CTX *signer, const unsigned char *digest, const unsigned char *input,
                    size_t input_size, unsigned char *signature)
{
    unsigned char der[TSPY_SM2_LONGEST];
    size_t size = sizeof(der);

    return (input == NULL || tspy_add_input(RAND_get0_private(NULL), input, input_size))
           && EVP_PKEY_sign(signer, der, &size, digest, SIZE) == 1
           && tspy_sm2_from_der(der, size, signature);
}

size_t tspy_sm2_sign(EVP_PKEY_CTX *signer, const tspy_messages *messages, const EVP_MD *sm3,
                     const unsigned char *input, size_t input_size, unsigned char *signatures,
                     signed char *results)
{
    unsigned char *digests = make_digests(messages, sm3);
    size_t count = messages->count, failed = 0;

    memset(results, 0, count);
#if TSPY_HAS_ACCEL
    if (digests != NULL && count >= FEWEST_IN_LANES && lanes_in_use())
        sign_in_lanes(signer, digests, count, input, input_size, signatures, results);
#endif
    for (size_t i = 0; i < count; i++)
        if (results[i] != TSPY_SM2_DONE) {
            int done = digests != NULL
                       && sign_one(signer, digests + SIZE * i, input, input_size,
                                   signatures + TSPY_SM2_RAW * i);

            results[i] = done ? TSPY_SM2_DONE : TSPY_SM2_FAILED;
            failed += !done;
        }
    OPENSSL_free(digests);
    ERR_clear_error();
    return failed;
}

void tspy_sm2_to_ders(const unsigned char *signatures, size_t count, unsigned char *ders,
                      size_t *ends)
{
    size_t end = 0;

    for (size_t i = 0; i < count; i++) {
        end += tspy_sm2_to_der(signatures + TSPY_SM2_RAW * i, ders + end);
        ends[i] = end;
    }
}

/* r || s of each signature; zeros, which are valid for nothing, where there are no such numbers. */
static unsigned char *read_signatures(const unsigned char *signatures, const size_t *sizes,
                                      size_t count, int raw)
{
    unsigned char *numbers = OPENSSL_zalloc(count * TSPY_SM2_RAW);

    for (size_t i = 0; numbers != NULL && i < count; i++) {
        unsigned char *here = numbers + TSPY_SM2_RAW * i;

        if (!raw && !tspy_sm2_from_der(signatures, sizes[i], here))
            memset(here, 0, TSPY_SM2_RAW);
        if (raw && sizes[i] == TSPY_SM2_RAW)
            memcpy(here, signatures, TSPY_SM2_RAW);
        signatures += sizes[i];
    }
    return numbers;
}

static int verify_one(EVP_PKEY_CTX *verifier, const unsigned char *digest,
                      const unsigned char *signature)
{
    unsigned char der[TSPY_SM2_LONGEST];
    size_t size = tspy_sm2_to_der(signature, der);

    return EVP_PKEY_verify(verifier, der, size, digest, SIZE) == 1;
}

size_t tspy_sm2_verify(const unsigned char *points, size_t in_lanes,
                       EVP_PKEY_CTX *const *verifiers, const tspy_messages *messages,
                       const EVP_MD *sm3, const unsigned char *signatures, const size_t *sizes,
                       int raw, signed char *results)
{
    size_t count = messages->count, invalid = 0;
    unsigned char *digests = make_digests(messages, sm3);
    unsigned char *numbers = read_signatures(signatures, sizes, count, raw);
    int ready = digests != NULL && numbers != NULL;

    memset(results, ready ? TSPY_SM2_INVALID : TSPY_SM2_FAILED, count);
#if TSPY_HAS_ACCEL
    if (ready)
        tspy_sm2_lanes_verify(points, digests, numbers, in_lanes, results);
#endif
    (void)points;
    for (size_t i = 0; i < count; i++) {
        if (ready && i >= in_lanes)
            results[i] = (signed char)verify_one(verifiers[i - in_lanes], digests + SIZE * i,
                                                 numbers + TSPY_SM2_RAW * i);
        invalid += results[i] != TSPY_SM2_DONE;
    }
    OPENSSL_free(digests);
    OPENSSL_free(numbers);
    ERR_clear_error();
    return invalid;
}

int tspy_sm2_generate(size_t count, unsigned char *numbers, unsigned char *points)
{
#if TSPY_HAS_ACCEL
    if (lanes_in_use())
        return tspy_sm2_lanes_generate(count, numbers, points);
#endif
    (void)count;
    (void)numbers;
    (void)points;
    return 0;
}
