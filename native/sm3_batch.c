/* Sixteen at a time where the processor can, and otherwise one after the other. */
#include "compat.h"

#include <stdlib.h>

#include "accel.h"
#include "sm3_batch.h"

#define DIGEST_SIZE 32

static const unsigned char *head_of(const tspy_messages *messages, size_t place)
{
    return messages->heads == NULL ? NULL : messages->heads + DIGEST_SIZE * place;
}

static int digest_one(EVP_MD_CTX *context, const EVP_MD *sm3, const unsigned char *head,
                      const unsigned char *data, size_t size, unsigned char *digest)
{
    return context != NULL && EVP_DigestInit_ex(context, sm3, NULL)
           && (head == NULL || EVP_DigestUpdate(context, head, DIGEST_SIZE))
           && EVP_DigestUpdate(context, data, size) && EVP_DigestFinal_ex(context, digest, NULL);
}

#if TSPY_HAS_ACCEL
#include "accel/sm3_lanes.h"

/* The longest first. */
static int by_size(const void *left, const void *right)
{
    size_t a = ((const tspy_sm3_message *)left)->size, b = ((const tspy_sm3_message *)right)->size;

    return (a < b) - (a > b);
}

/*
 * How many of the first are so long that the lanes beside them would stand idle for most of the
 * time: a block of sixteen lanes takes as long as one and a half of libcrypto's.
 */
static size_t too_long(const tspy_sm3_message *sorted, size_t count)
{
    size_t first = 0;
    double rest = 0;

    for (size_t i = 0; i < count; i++)
        rest += (double)sorted[i].size;
    for (; first < count; first++) {
        double longest = (double)sorted[first].size;
        double next = first + 1 < count ? (double)sorted[first + 1].size : 0;

        rest -= longest;
        if (longest <= 3 * (next > rest / 16 ? next : rest / 16))
            break;
    }
    return first;
}

static int digest_in_lanes(const tspy_messages *messages, const EVP_MD *sm3, unsigned char *digests)
{
    tspy_sm3_message *sorted = OPENSSL_malloc(messages->count * sizeof(*sorted));
    EVP_MD_CTX *context;
    size_t single;
    int done = sorted != NULL, unsorted = 0;

    for (size_t i = 0; done && i < messages->count; i++) {
        sorted[i] = (tspy_sm3_message){head_of(messages, i), messages->data[i], messages->sizes[i],
                                       digests + DIGEST_SIZE * i};
        unsorted |= i > 0 && sorted[i].size > sorted[i - 1].size;
    }
    if (unsorted && done)
        qsort(sorted, messages->count, sizeof(*sorted), by_size);
    single = done ? too_long(sorted, messages->count) : 0;
    context = single > 0 ? EVP_MD_CTX_new() : NULL;
    for (size_t i = 0; done && i < single; i++)
        done = digest_one(context, sm3, sorted[i].head, sorted[i].data, sorted[i].size,
                          sorted[i].digest);
    if (done)
        tspy_sm3_lanes(sorted + single, messages->count - single);
    EVP_MD_CTX_free(context);
    OPENSSL_free(sorted);
    return done;
}
#endif

int tspy_sm3_digests(const tspy_messages *messages, const EVP_MD *sm3, unsigned char *digests)
{
    EVP_MD_CTX *context;
    int done = 1;

#if TSPY_HAS_ACCEL
    if (messages->count > 1 && tspy_accel_parts() & TSPY_ACCEL_SM3_LANES)
        return digest_in_lanes(messages, sm3, digests);
#endif
    context = EVP_MD_CTX_new();
    for (size_t i = 0; done && i < messages->count; i++)
        done = digest_one(context, sm3, head_of(messages, i), messages->data[i], messages->sizes[i],
                          digests + DIGEST_SIZE * i);
    EVP_MD_CTX_free(context);
    return done;
}
