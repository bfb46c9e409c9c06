/*
 * Known answers. The library chooses its code by the processor: what was right where it was tested
 * may be wrong on another one, and a cipher that is wrong in the same way on both sides would go
 * unnoticed. It takes a millisecond, once, of which half is for the tables of SM2, needed later on.
 */
#include "../compat.h"

#include "../accel.h"
#include "selftest.h"
#include "sm2_lanes.h"
#include "sm2_scheme.h"
#include "sm3_lanes.h"
#include "sm4.h"

/* GB/T 32907-2016, A.1: the key is the plaintext. */
static const unsigned char KEY[SM4_BLOCK] = {0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
                                             0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10};
static const unsigned char ENCRYPTED[SM4_BLOCK] = {0x68, 0x1e, 0xdf, 0x34, 0xd2, 0x06, 0x96, 0x5e,
                                                   0x86, 0xb3, 0xe9, 0x4f, 0x53, 0x6e, 0x42, 0x46};

/* As many blocks as its widest code takes at a time, and some more. */
#define BLOCKS 37

static int equal(const unsigned char *data, const unsigned char *block)
{
    int i;

    for (i = 0; i < BLOCKS; i++)
        if (memcmp(data + i * SM4_BLOCK, block, SM4_BLOCK) != 0)
            return 0;
    return 1;
}

static int sm4_is_right(void)
{
    sm4_key key;
    unsigned char data[BLOCKS * SM4_BLOCK], counter[SM4_BLOCK], iv[SM4_BLOCK];
    int i, right;

    for (i = 0; i < BLOCKS; i++)
        memcpy(data + i * SM4_BLOCK, KEY, SM4_BLOCK);
    right = sm4_set_key(&key, KEY) && sm4_ecb(&key, data, data, sizeof(data), 1)
            && equal(data, ENCRYPTED) && sm4_ecb(&key, data, data, sizeof(data), 0)
            && equal(data, KEY) && sm4_block(&key, KEY, iv) && memcmp(iv, ENCRYPTED, SM4_BLOCK) == 0;
    /* Encrypted as CBC, decrypted as CBC: by different code, so one shows the other's errors. */
    memset(iv, 0, sizeof(iv));
    right = right && sm4_cbc_encrypt(&key, data, data, sizeof(data), iv)
            && memcmp(data, ENCRYPTED, SM4_BLOCK) == 0;
    memset(iv, 0, sizeof(iv));
    right = right && sm4_cbc_decrypt(&key, data, data, sizeof(data), iv) && equal(data, KEY);
    /* A counter that runs over, against the same blocks encrypted one by one. */
    memset(counter, 0xff, sizeof(counter));
    memset(data, 0, sizeof(data));
    right = right && sm4_ctr(&key, data, data, sizeof(data), counter, 128);
    memset(counter, 0xff, sizeof(counter));
    for (i = 0; right && i < BLOCKS; i++) {
        right = sm4_block(&key, counter, iv) && memcmp(iv, data + i * SM4_BLOCK, SM4_BLOCK) == 0;
        if (i == 0)
            memset(counter, 0, sizeof(counter));
        else
            counter[SM4_BLOCK - 1]++;
    }
    OPENSSL_cleanse(&key, sizeof(key));
    return right;
}

unsigned tspy_accel_selftest(unsigned parts)
{
    if ((parts & TSPY_ACCEL_SM4) != 0 && !sm4_is_right())
        parts &= ~TSPY_ACCEL_SM4;
    if ((parts & TSPY_ACCEL_SM2) != 0 && !sm2_scheme_is_right())
        parts &= ~TSPY_ACCEL_SM2;
    if ((parts & TSPY_ACCEL_SM2_LANES) != 0 && !tspy_sm2_lanes_are_right())
        parts &= ~TSPY_ACCEL_SM2_LANES;
    if ((parts & TSPY_ACCEL_SM3_LANES) != 0 && !tspy_sm3_lanes_are_right())
        parts &= ~TSPY_ACCEL_SM3_LANES;
    return parts;
}
