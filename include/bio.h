/* <openssl/bio.h>: memory BIOs, as the way in and out of the PEM and printing functions. */
typedef int pem_password_cb(char *buf, int size, int rwflag, void *userdata);
typedef ... BIO;
typedef ... BIO_METHOD;

BIO *BIO_new(const BIO_METHOD *type);
const BIO_METHOD *BIO_s_mem(void);
BIO *BIO_new_mem_buf(const void *buf, int len);
int BIO_free(BIO *a);
int BIO_read(BIO *b, void *data, int dlen);
int BIO_write(BIO *b, const void *data, int dlen);
long BIO_get_mem_data(BIO *b, char **pp);
