/* <openssl/pkcs12.h>: encrypted keys. */
X509_SIG *PKCS8_set0_pbe(const char *pass, int passlen, PKCS8_PRIV_KEY_INFO *p8inf,
                         X509_ALGOR *pbe);
