/*
 * SM3 of many messages (sm3_batch.c). Read by the C compiler and by CFFI, so: declarations only.
 */
typedef struct {
    const unsigned char *heads; /* 32 bytes for each, hashed before its data; NULL: nothing is */
    const unsigned char *const *data;
    const size_t *sizes;
    size_t count;
} tspy_messages;

/*
 * Their digests, 32 bytes each; `sm3` is the function. 0 if it failed, and then there are none: the
 * error queue of this thread says why.
 */
int tspy_sm3_digests(const tspy_messages *messages, const EVP_MD *sm3, unsigned char *digests);
