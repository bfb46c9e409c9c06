/* <openssl/pkcs12.h>: encrypted keys, and what PKCS #12 derives from a password. */
#define PKCS12_MAC_ID ...
#define PKCS12_R_PKCS12_CIPHERFINAL_ERROR ...

int PKCS12_key_gen_utf8(const char *pass, int passlen, unsigned char *salt, int saltlen, int id,
                        int iter, int n, unsigned char *out, const EVP_MD *md_type);
unsigned char *PKCS12_pbe_crypt(const X509_ALGOR *algor, const char *pass, int passlen,
                                const unsigned char *in, int inlen, unsigned char **data,
                                int *datalen, int en_de);
X509_SIG *PKCS8_set0_pbe(const char *pass, int passlen, PKCS8_PRIV_KEY_INFO *p8inf,
                         X509_ALGOR *pbe);
