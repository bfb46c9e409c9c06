/*
 * What the library needs of the processor. It chooses its code by itself, for the oldest processors
 * too; but there it is slower than Tongsuo's, or looks secrets up in tables as Tongsuo's does. So a
 * part is used from the instructions on that it was made for.
 */
#include "../compat.h"

#include <crypto_mb/cpu_features.h>
#include <ippcp.h>

#include "../accel.h"
#include "cpu.h"

/* Not one enumeration in C: beyond the 32 bits of an int. */
static const Ipp64u FOR_SM4 = ippCPUID_AVX2 | ippAVX_ENABLEDBYOS | ippCPUID_AES | ippCPUID_CLMUL;
static const Ipp64u FOR_SM2 = ippCPUID_AVX2;
static const Ipp64u FOR_WIDE = ippCPUID_AVX512F | ippCPUID_AVX512BW | ippAVX512_ENABLEDBYOS
                               | ippCPUID_AVX512VCLMUL;
/* All that the library knows which came after AVX2, and what it must not be told. */
static const Ipp64u NEWER = ~(Ipp64u)0x7fffffff | ippCPUID_AVX512F | ippCPUID_AVX512CD
                            | ippCPUID_AVX512ER | ippCPUID_AVX512PF | ippCPUID_AVX512BW
                            | ippCPUID_AVX512DQ | ippCPUID_AVX512VL | ippCPUID_AVX512VBMI
                            | ippCPUID_SHA;

static int wide;

static int has(Ipp64u features, Ipp64u wanted)
{
    return (features & wanted) == wanted;
}

unsigned tspy_accel_features(int native)
{
    Ipp64u features = 0;
    unsigned parts = 0;

    if (ippcpInit() != ippStsNoErr)
        return 0;
    features = ippcpGetEnabledCpuFeatures();
    if (!native) {
        features &= ~NEWER;
        /* The return value warns of what is left out: that is what it is called for. */
        (void)ippcpSetCpuFeatures(features);
    }
    wide = has(features, FOR_WIDE);
    if (has(features, FOR_SM4))
        parts |= TSPY_ACCEL_SM4;
    /* The multiplication in sm2_field.h. Processors with AVX2 have it; a virtual one may not. */
    if (has(features, FOR_SM2) && __builtin_cpu_supports("bmi2"))
        parts |= TSPY_ACCEL_SM2;
    if (native && (mbx_get_algo_info(MBX_ALGO_EC_SM2) & MBX_WIDTH_MB8) != 0)
        parts |= TSPY_ACCEL_SM2_LANES;
    if (native && (mbx_get_algo_info(MBX_ALGO_SM3) & MBX_WIDTH_MB16) != 0)
        parts |= TSPY_ACCEL_SM3_LANES;
    return parts;
}

int tspy_accel_wide(void)
{
    return wide;
}

const char *tspy_accel_library_version(void)
{
    return cryptoGetLibVersion()->strVersion;
}
