/* A context of SM4-ECB, -CBC or -CTR, and what these do in the same way (context.c). */
#ifndef TSPY_ACCEL_CONTEXT_H
#define TSPY_ACCEL_CONTEXT_H

#include <openssl/core_dispatch.h>

#include "sm4.h"

typedef struct context context;

struct context {
    sm4_key key;
    unsigned char iv[SM4_BLOCK];       /* what goes on; of CTR the counter */
    unsigned char given_iv[SM4_BLOCK]; /* what it began with */
    size_t iv_size;                    /* 16, or 0 in ECB */
    unsigned char buffer[SM4_BLOCK];   /* data that makes no block yet; of CTR the key stream */
    size_t buffered;                   /* bytes of the data; of CTR those of the stream used up */
    int encrypts, pads, has_key, has_iv;
    /* Whole blocks; none in CTR. */
    int (*blocks)(context *, const unsigned char *in, unsigned char *out, size_t size);
};

/* With the key size, what a context begins with. NULL without memory. */
context *context_new(size_t size, size_t iv_size);
void context_free(void *context);

/* `size` as in context_new. */
void *context_copy(const void *from, size_t size);

/* EVP_CipherInit: what is NULL stays. `rewinds`: without an IV it starts with the last one given. */
int context_init(context *c, const unsigned char *key, size_t key_size, const unsigned char *iv,
                 size_t iv_size, int encrypts, int rewinds);

int context_get_params(void *context, OSSL_PARAM params[]);
int context_set_params(void *context, const OSSL_PARAM params[]);
const OSSL_PARAM *context_gettable_params(void *context, void *provider);
const OSSL_PARAM *context_settable_params(void *context, void *provider);

/* Data in any pieces, in whole blocks out; and padding (PKCS #7) at the end, if it is not off. */
int context_update_blocks(void *context, unsigned char *out, size_t *out_size, size_t room,
                          const unsigned char *in, size_t size);
int context_final_block(void *context, unsigned char *out, size_t *out_size, size_t room);

/* Whole blocks, as they are. */
int context_all_blocks(void *context, unsigned char *out, size_t *out_size, size_t room,
                       const unsigned char *in, size_t size);

#endif
