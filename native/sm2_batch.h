/*
 * SM2 signatures in numbers (sm2_batch.c): one call, without the GIL, for many of them. Read by the
 * C compiler and by CFFI, so: declarations only.
 */
enum {
    TSPY_SM2_LONGEST = 72, /* bytes of a signature in DER */
    /* How it went with a job. */
    TSPY_SM2_DONE = 1,     /* signed; or verified, and valid */
    TSPY_SM2_INVALID = 0,  /* verified, and not valid */
    TSPY_SM2_FAILED = -1,  /* something else failed */
};

/* One signature to make or to verify, over SM3 of head and data one after the other. */
typedef struct {
    EVP_PKEY_CTX *key;         /* made ready to sign, or to verify; jobs may share it */
    const unsigned char *head; /* Z of GB/T 32918.2; or nothing */
    size_t head_size;
    const unsigned char *data;
    size_t data_size;
    unsigned char signature[TSPY_SM2_LONGEST]; /* in DER */
    size_t signature_size;
    int result; /* one of the above */
} tspy_sm2_job;

/*
 * Make the signatures; `sm3` is the digest. Before each nonce is drawn, `input` (if not NULL) is
 * mixed into this thread's private generator, which it is drawn from, as additional input.
 */
void tspy_sm2_sign(tspy_sm2_job *jobs, size_t count, const EVP_MD *sm3, const unsigned char *input,
                   size_t input_size);

/* Verify the signatures; `sm3` is the digest. */
void tspy_sm2_verify(tspy_sm2_job *jobs, size_t count, const EVP_MD *sm3);
