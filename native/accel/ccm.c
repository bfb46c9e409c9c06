/*
 * SM4-CCM (NIST SP 800-38C). Every block of its MAC waits for the one before: that half of the work
 * is no quicker than elsewhere. The other half, the encryption, costs next to nothing.
 */
#include "../compat.h"

#include "ccm.h"

#define PIECE 1024

/* CBC-MAC over data that is filled up with zeros. */
static int mac(ccm *m, const unsigned char *data, size_t size)
{
    unsigned char scratch[PIECE], last[SM4_BLOCK] = {0};
    size_t over = size % SM4_BLOCK, whole = size - over, now;
    int done = 1;

    for (; done && whole > 0; data += now, whole -= now) {
        now = whole < PIECE ? whole : PIECE;
        done = sm4_cbc_encrypt(&m->key, data, scratch, now, m->mac);
    }
    if (done && over != 0) {
        memcpy(last, data, over);
        done = sm4_cbc_encrypt(&m->key, last, scratch, SM4_BLOCK, m->mac);
        OPENSSL_cleanse(last, sizeof(last));
    }
    return done;
}

/* `number` in the last `size` bytes of a block. */
static void put_number(unsigned char block[SM4_BLOCK], uint64_t number, size_t size)
{
    size_t i;

    for (i = 1; i <= size; i++, number = i <= 8 ? number >> 8 : 0)
        block[SM4_BLOCK - i] = (unsigned char)number;
}

/* The associated data with its size before it (A.2.2): in 2, 6 or 10 bytes. */
static int mac_header(ccm *m, const unsigned char *header, size_t size)
{
    unsigned char first[SM4_BLOCK] = {0}, number[SM4_BLOCK];
    size_t prefix, now;

    put_number(number, size, 8);
    if (size < 0xff00) {
        prefix = 2;
    } else {
        first[0] = 0xff;
        prefix = (uint64_t)size >> 32 == 0 ? 6 : 10;
        first[1] = prefix == 6 ? 0xfe : 0xff;
    }
    if (prefix == 2)
        memcpy(first, number + 14, 2);
    else
        memcpy(first + 2, number + SM4_BLOCK - (prefix - 2), prefix - 2);
    now = SM4_BLOCK - prefix < size ? SM4_BLOCK - prefix : size;
    memcpy(first + prefix, header, now);
    return mac(m, first, SM4_BLOCK) && mac(m, header + now, size - now);
}

int ccm_start(ccm *m, const unsigned char *nonce, size_t length_size, size_t tag_size,
              uint64_t announced)
{
    if (length_size < 8 && announced >> (8 * length_size) != 0)
        return 0;
    m->announced = announced;
    m->length_size = length_size;
    m->begun = 0;
    m->first[0] = (unsigned char)((tag_size - 2) / 2 << 3 | (length_size - 1));
    memcpy(m->first + 1, nonce, 15 - length_size);
    memcpy(m->counter, m->first, sizeof(m->counter));
    m->counter[0] = (unsigned char)(length_size - 1);
    put_number(m->counter, 0, length_size);
    put_number(m->first, announced, length_size);
    return 1;
}

static int begin(ccm *m)
{
    m->begun = 1;
    memset(m->mac, 0, sizeof(m->mac));
    return mac(m, m->first, sizeof(m->first));
}

int ccm_header(ccm *m, const unsigned char *header, size_t size)
{
    if (size == 0)
        return 1;
    m->first[0] |= 0x40;
    return begin(m) && mac_header(m, header, size);
}

int ccm_crypt(ccm *m, const unsigned char *in, unsigned char *out, size_t size, int encrypt)
{
    unsigned char counter[SM4_BLOCK];

    if (size != m->announced || (!m->begun && !begin(m)))
        return 0;
    memcpy(counter, m->counter, sizeof(counter)); /* 0 is for the tag */
    counter[SM4_BLOCK - 1] = 1;
    return (!encrypt || mac(m, in, size))
           && (size == 0
               || sm4_ctr(&m->key, in, out, size, counter, (int)(8 * m->length_size)))
           && (encrypt || mac(m, out, size));
}

int ccm_tag(ccm *m, unsigned char tag[CCM_LONGEST_TAG])
{
    int i;

    if (!sm4_block(&m->key, m->counter, tag))
        return 0;
    for (i = 0; i < CCM_LONGEST_TAG; i++)
        tag[i] ^= m->mac[i];
    return 1;
}
