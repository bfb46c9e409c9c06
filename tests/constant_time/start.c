/* The acceleration, and the random bytes that it is given. */
#include "compat.h"

#include "accel.h"
#include "stepper.h"

static const unsigned char *next;
static size_t left;

static int random_bytes(unsigned char *bytes, int size)
{
    if (next == NULL) {
        memset(bytes, 0x5a, (size_t)size);
        return 1;
    }
    must((size_t)size <= left, "more random bytes than there are");
    memcpy(bytes, next, (size_t)size);
    next += size;
    left -= (size_t)size;
    return 1;
}

void let_random_bytes_be(const unsigned char *bytes, size_t size)
{
    next = bytes;
    left = size;
}

void start(void)
{
    static const RAND_METHOD method = {.bytes = random_bytes, .pseudorand = random_bytes};

    need(tspy_accel_start(native ? TSPY_ACCEL_NATIVE : TSPY_ACCEL_AVX2) & TSPY_ACCEL_SM4,
         "what SM4 needs");
    must(RAND_set_rand_method(&method), "random numbers");
}
