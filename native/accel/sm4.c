/* SM4 on whole buffers. The library counts in int; these do not. */
#include "../compat.h"

/* The library would rather have nobody use ECB, of which XTS is made as well. */
#define _NO_IPP_DEPRECATED
#include <ippcp.h>

#include "sm4.h"

/* Bytes at a time: whole blocks, and fewer than the largest int. */
#define PIECE ((size_t)1 << 30)

static int piece(size_t left)
{
    return (int)(left < PIECE ? left : PIECE);
}

static const IppsSMS4Spec *spec(const sm4_key *key)
{
    return (const IppsSMS4Spec *)key->schedule;
}

int sm4_moved(sm4_key *to)
{
    int size;

    return ippsSMS4GetSize(&size) == ippStsNoErr && size <= (int)sizeof(to->schedule)
           && ippsSMS4Init(to->bytes, SM4_BLOCK, (IppsSMS4Spec *)to->schedule,
                           sizeof(to->schedule))
                  == ippStsNoErr;
}

int sm4_set_key(sm4_key *key, const unsigned char bytes[SM4_BLOCK])
{
    memcpy(key->bytes, bytes, SM4_BLOCK);
    return sm4_moved(key);
}

int sm4_block(const sm4_key *key, const unsigned char *in, unsigned char *out)
{
    static const unsigned char zero[SM4_BLOCK];

    /* For one block CBC is the library's quickest way: ECB always works on several. */
    return ippsSMS4EncryptCBC(in, out, SM4_BLOCK, spec(key), zero) == ippStsNoErr;
}

int sm4_ecb(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
            int encrypt)
{
    size_t done;

    if (encrypt && size == SM4_BLOCK)
        return sm4_block(key, in, out);
    for (done = 0; done < size; done += piece(size - done))
        if ((encrypt ? ippsSMS4EncryptECB : ippsSMS4DecryptECB)(in + done, out + done,
                                                                piece(size - done), spec(key))
            != ippStsNoErr)
            return 0;
    return 1;
}

int sm4_cbc_encrypt(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
                    unsigned char iv[SM4_BLOCK])
{
    size_t done;

    for (done = 0; done < size; done += piece(size - done)) {
        int now = piece(size - done);

        if (ippsSMS4EncryptCBC(in + done, out + done, now, spec(key), iv) != ippStsNoErr)
            return 0;
        memcpy(iv, out + done + now - SM4_BLOCK, SM4_BLOCK);
    }
    return 1;
}

/*
 * Up to three blocks. The library's CBC takes them one by one, each as long as the four that its ECB
 * takes together.
 */
static int cbc_decrypt_rest(const sm4_key *key, const unsigned char *in, unsigned char *out,
                            size_t size, unsigned char iv[SM4_BLOCK])
{
    unsigned char data[4 * SM4_BLOCK] = {0}, before[4 * SM4_BLOCK];
    size_t i;

    memcpy(before, iv, SM4_BLOCK);
    memcpy(before + SM4_BLOCK, in, size);
    memcpy(data, in, size);
    if (!sm4_ecb(key, data, data, sizeof(data), 0))
        return 0;
    for (i = 0; i < size; i++)
        out[i] = data[i] ^ before[i];
    memcpy(iv, before + size, SM4_BLOCK);
    OPENSSL_cleanse(data, sizeof(data));
    return 1;
}

int sm4_cbc_decrypt(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
                    unsigned char iv[SM4_BLOCK])
{
    unsigned char next[SM4_BLOCK];
    size_t bulk = size - size % (4 * SM4_BLOCK), done, now;

    for (done = 0; done < bulk; done += now) {
        now = piece(bulk - done);
        memcpy(next, in + done + now - SM4_BLOCK, SM4_BLOCK); /* it may be overwritten */
        if (ippsSMS4DecryptCBC(in + done, out + done, (int)now, spec(key), iv) != ippStsNoErr)
            return 0;
        memcpy(iv, next, SM4_BLOCK);
    }
    return bulk == size || cbc_decrypt_rest(key, in + bulk, out + bulk, size - bulk, iv);
}

/* Count up by one the 64-bit number that stands before the last 64 bits. */
static void carry(unsigned char counter[SM4_BLOCK])
{
    int i;

    for (i = 7; i >= 0 && ++counter[i] == 0; i--)
        ;
}

int sm4_ctr(const sm4_key *key, const unsigned char *in, unsigned char *out, size_t size,
            unsigned char counter[SM4_BLOCK], int bits)
{
    size_t done, now;
    uint64_t low, blocks;

    for (done = 0; done < size; done += now) {
        now = piece(size - done);
        memcpy(&low, counter + 8, sizeof(low));
        blocks = 0 - __builtin_bswap64(low); /* before the last 64 bits run over; 0: 2^64 */
        if (bits > 64 && blocks != 0 && (now - 1) / SM4_BLOCK >= blocks)
            now = blocks * SM4_BLOCK;
        /*
         * Version 2026.2.0 of the library, with AVX2, encrypts some of the blocks wrongly where 128
         * bits count and the lower 64 run over: so these alone count, and the rest is done here.
         */
        if (ippsSMS4EncryptCTR(in + done, out + done, (int)now, spec(key), counter,
                               bits > 64 ? 64 : bits)
            != ippStsNoErr)
            return 0;
        memcpy(&low, counter + 8, sizeof(low));
        if (bits > 64 && low == 0)
            carry(counter);
    }
    return 1;
}
