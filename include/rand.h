/* <openssl/rand.h>: the random generators. */
typedef ... EVP_RAND_CTX;
int RAND_bytes(unsigned char *buf, int num);
int RAND_priv_bytes(unsigned char *buf, int num);
void RAND_add(const void *buf, int num, double entropy);
int RAND_status(void);
