/*
 * SM2 in numbers (sm2_batch.c): one call, without the GIL, for many signatures or keys. Read by the
 * C compiler and by CFFI, so: declarations only.
 */
enum {
    /* How it went with one. */
    TSPY_SM2_DONE = 1,    /* signed; or verified, and valid */
    TSPY_SM2_INVALID = 0, /* verified, and not valid */
    TSPY_SM2_FAILED = -1, /* something else failed */
};

/*
 * Sign the messages with a context that is ready to sign; `sm3` is the digest. Signatures are
 * r || s, 64 bytes each. Before each nonce is drawn, `input` (if not NULL) is mixed into this
 * thread's private generator, which it is drawn from, as additional input.
 *
 * Returns how many were not made; results[i] tells which.
 */
size_t tspy_sm2_sign(EVP_PKEY_CTX *signer, const tspy_messages *messages, const EVP_MD *sm3,
                     const unsigned char *input, size_t input_size, unsigned char *signatures,
                     signed char *results);

/* Signatures r || s in DER, one after the other, in 72 bytes each at most; where each one ends. */
void tspy_sm2_to_ders(const unsigned char *signatures, size_t count, unsigned char *ders,
                      size_t *ends);

/*
 * Verify signatures over the messages, which lie one after the other, with their sizes: in DER, or
 * r || s where `raw` is 1. The public keys are points of 65 bytes each for those that are done in
 * lanes, the first ones (none without TSPY_ACCEL_SM2_LANES), and for the others contexts that are
 * ready to verify.
 *
 * Returns how many are not valid; results[i] tells which.
 */
size_t tspy_sm2_verify(const unsigned char *points, size_t in_lanes,
                       EVP_PKEY_CTX *const *verifiers, const tspy_messages *messages,
                       const EVP_MD *sm3, const unsigned char *signatures, const size_t *sizes,
                       int raw, signed char *results);

/*
 * New keys: private numbers of 32 bytes each, from this thread's private generator, and the points
 * of 65 bytes each that belong to them. 0 if there are none, always without TSPY_ACCEL_SM2_LANES.
 */
int tspy_sm2_generate(size_t count, unsigned char *numbers, unsigned char *points);
