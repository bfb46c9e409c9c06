/*
 * What makes SM4 and SM2 fast on x86-64: Intel's Cryptography Primitives Library behind an OpenSSL
 * provider of our own (accel/). Without it these functions are there as well, and say so.
 */
enum {
    /* Its parts. */
    TSPY_ACCEL_SM4 = 1,       /* ciphers */
    TSPY_ACCEL_SM2 = 2,       /* signatures, one by one */
    TSPY_ACCEL_SM2_LANES = 4, /* signatures and keys, eight at a time */
    TSPY_ACCEL_SM3_LANES = 8, /* digests, sixteen at a time */
    TSPY_ACCEL_ALL = 15,
    /* Which instructions of the processor it may use. */
    TSPY_ACCEL_AVX2 = 0, /* none that are newer than AVX2 */
    TSPY_ACCEL_NATIVE = 1,
};

/* Whether it was built in. */
int tspy_accel_built(void);

/*
 * Check that it works here, and let EVP and libssl use what does. Once, before anything is fetched
 * from libcrypto. Returns the parts that are in use from now on.
 */
unsigned tspy_accel_start(int instructions);

/* The parts in use. */
unsigned tspy_accel_parts(void);

/* In words, why a part is not in use; empty if it is. */
const char *tspy_accel_reason(unsigned part);

/* The version of the library; empty where it was not built in. */
const char *tspy_accel_version(void);
