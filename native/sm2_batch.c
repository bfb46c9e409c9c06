/*
 * The loops under sign_many and verify_many. Threads of Python that let go of the GIL for every
 * signature, and then wait until they have it again, keep each other from working.
 */
#include "compat.h"

#include "drbg.h"
#include "sm2_batch.h"

#define DIGEST_SIZE 32

/* The standard's e into `digest`; 0 if that failed. */
static int make_digest(EVP_MD_CTX *context, const EVP_MD *sm3, const tspy_sm2_job *job,
                       unsigned char *digest)
{
    return context != NULL && EVP_DigestInit_ex(context, sm3, NULL)
           && EVP_DigestUpdate(context, job->head, job->head_size)
           && EVP_DigestUpdate(context, job->data, job->data_size)
           && EVP_DigestFinal_ex(context, digest, NULL);
}

void tspy_sm2_sign(tspy_sm2_job *jobs, size_t count, const EVP_MD *sm3, const unsigned char *input,
                   size_t input_size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char digest[DIGEST_SIZE];

    for (tspy_sm2_job *job = jobs; job < jobs + count; job++) {
        job->signature_size = sizeof(job->signature);
        if (make_digest(context, sm3, job, digest)
            && (input == NULL || tspy_add_input(RAND_get0_private(NULL), input, input_size))
            && EVP_PKEY_sign(job->key, job->signature, &job->signature_size, digest, DIGEST_SIZE)
                   == 1)
            job->result = TSPY_SM2_DONE;
        else
            job->result = TSPY_SM2_FAILED;
    }
    EVP_MD_CTX_free(context);
    ERR_clear_error();
}

void tspy_sm2_verify(tspy_sm2_job *jobs, size_t count, const EVP_MD *sm3)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char digest[DIGEST_SIZE];

    for (tspy_sm2_job *job = jobs; job < jobs + count; job++) {
        if (!make_digest(context, sm3, job, digest))
            job->result = TSPY_SM2_FAILED;
        else if (EVP_PKEY_verify(job->key, job->signature, job->signature_size, digest, DIGEST_SIZE)
                 == 1)
            job->result = TSPY_SM2_DONE;
        else
            job->result = TSPY_SM2_INVALID;
    }
    EVP_MD_CTX_free(context);
    ERR_clear_error();
}
