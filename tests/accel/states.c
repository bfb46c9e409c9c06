/*
 * What is in use, and why the rest is not, in a program in which something may be wrong: compiled
 * with --wrap for the function that is to fail, and with WRONG_... for how.
 */
#include "../../native/compat.h"

#include "../../native/accel.h"

#include <openssl/provider.h>

#ifdef WRONG_CTR
#define _NO_IPP_DEPRECATED
#include <ippcp.h>
IppStatus __real_ippsSMS4EncryptCTR(const Ipp8u *in, Ipp8u *out, int size, const IppsSMS4Spec *key,
                                    Ipp8u *counter, int bits);
IppStatus __wrap_ippsSMS4EncryptCTR(const Ipp8u *in, Ipp8u *out, int size, const IppsSMS4Spec *key,
                                    Ipp8u *counter, int bits)
{
    IppStatus status = __real_ippsSMS4EncryptCTR(in, out, size, key, counter, bits);

    out[size / 2] ^= 1;
    return status;
}
#endif

/* A nonce's point is another one. */
#ifdef WRONG_SM2_SINGLE
#include "../../native/accel/sm2_base.h"
int __real_sm2_base_x(fn *x, const fn *k);
int __wrap_sm2_base_x(fn *x, const fn *k)
{
    int done = __real_sm2_base_x(x, k);

    x->word[3] ^= 1;
    return done;
}
#endif

/* One of eight points is another one. */
#ifdef WRONG_SM2_BASE
#include "../../native/accel/sm2_lane_points.h"
void __real_ifma_ec_sm2_mul_pointbase_mb8(tspy_points *product, const void *scalars);
void __wrap_ifma_ec_sm2_mul_pointbase_mb8(tspy_points *product, const void *scalars)
{
    __real_ifma_ec_sm2_mul_pointbase_mb8(product, scalars);
    product->x[0][5] ^= 1;
}
#endif

#ifdef WRONG_SM2_PRODUCT
#include "../../native/accel/sm2_lane_points.h"
void __real_ifma_ec_sm2_mul_point_mb8(tspy_points *product, const tspy_points *points,
                                      const void *scalars);
void __wrap_ifma_ec_sm2_mul_point_mb8(tspy_points *product, const tspy_points *points,
                                      const void *scalars)
{
    __real_ifma_ec_sm2_mul_point_mb8(product, points, scalars);
    product->y[4][7] ^= 1;
}
#endif

/* One of sixteen digests is another one. */
#ifdef WRONG_SM3
#include <crypto_mb/sm3.h>
mbx_status16 __real_mbx_sm3_update_mb16(const int8u *const data[16], int sizes[16],
                                        SM3_CTX_mb16 *state);
mbx_status16 __wrap_mbx_sm3_update_mb16(const int8u *const data[16], int sizes[16],
                                        SM3_CTX_mb16 *state)
{
    mbx_status16 status = __real_mbx_sm3_update_mb16(data, sizes, state);

    state->msg_hash[7][15] ^= 1;
    return status;
}
#endif

#ifdef WRONG_LOADING
OSSL_PROVIDER *__real_OSSL_PROVIDER_load(OSSL_LIB_CTX *library, const char *name);
OSSL_PROVIDER *__wrap_OSSL_PROVIDER_load(OSSL_LIB_CTX *library, const char *name)
{
    return strcmp(name, "default") == 0 ? __real_OSSL_PROVIDER_load(library, name) : NULL;
}
#endif

#ifdef WRONG_PROCESSOR
#include <ippcp.h>
Ipp64u __wrap_ippcpGetEnabledCpuFeatures(void)
{
    return ippCPUID_SSE | ippCPUID_SSE2 | ippCPUID_SSSE3;
}
#endif

int main(void)
{
    static const unsigned char key[16], iv[12];
    unsigned char out[16];
    unsigned part;
    int size;
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

    tspy_accel_start(TSPY_ACCEL_NATIVE);
    for (part = 1; part <= TSPY_ACCEL_SM3_LANES; part <<= 1)
        printf("%d %s\n", (tspy_accel_parts() & part) != 0, tspy_accel_reason(part));
    cipher = EVP_CIPHER_fetch(NULL, "SM4-GCM", NULL);
    if (cipher == NULL || !EVP_EncryptInit_ex(ctx, cipher, NULL, key, iv)
        || !EVP_EncryptUpdate(ctx, out, &size, key, sizeof(key)))
        return 1;
    printf("%s encrypts\n", OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)));
    for (size = 0; size < 16; size++)
        printf("%02x", out[size]);
    printf("\n%lu errors left\n", ERR_peek_error() == 0 ? 0UL : 1UL);
    return 0;
}
