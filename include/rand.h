/* <openssl/rand.h>: the random generators. */
int RAND_bytes(unsigned char *buf, int num);
int RAND_priv_bytes(unsigned char *buf, int num);
void RAND_add(const void *buf, int num, double entropy);
int RAND_status(void);
EVP_RAND_CTX *RAND_get0_private(OSSL_LIB_CTX *ctx);
