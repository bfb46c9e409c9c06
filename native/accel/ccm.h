/* SM4-CCM itself (ccm.c); what OpenSSL asks of it besides is in sm4_ccm.c. */
#ifndef TSPY_ACCEL_CCM_H
#define TSPY_ACCEL_CCM_H

#include "sm4.h"

#define CCM_LONGEST_TAG 16
#define CCM_LONGEST_NONCE 13

typedef struct {
    sm4_key key;
    unsigned char first[SM4_BLOCK]; /* the block that says all sizes; MACed when the flags are known */
    unsigned char mac[SM4_BLOCK];   /* CBC-MAC so far */
    unsigned char counter[SM4_BLOCK];
    uint64_t announced; /* bytes of the message */
    size_t length_size; /* of the field that says so; the nonce has what it leaves of 15 bytes */
    int begun;
} ccm;

/* Begin a message of `announced` bytes; 0 if the length field has no room for that. */
int ccm_start(ccm *m, const unsigned char *nonce, size_t length_size, size_t tag_size,
              uint64_t announced);

/* The associated data, all of it. */
int ccm_header(ccm *m, const unsigned char *header, size_t size);

/* The message, at once; 0 if it is not as long as announced. */
int ccm_crypt(ccm *m, const unsigned char *in, unsigned char *out, size_t size, int encrypt);

/* The tag, all 16 bytes of it. */
int ccm_tag(ccm *m, unsigned char tag[CCM_LONGEST_TAG]);

#endif
