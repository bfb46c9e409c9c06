/* <openssl/x509.h>: certificates, names, extensions, requests. */
typedef ... X509;
typedef ... X509_NAME;
typedef ... X509_NAME_ENTRY;
typedef ... X509_EXTENSION;
typedef ... X509_ALGOR;
typedef ... X509_REQ;
typedef ... X509_CRL;
typedef ... X509_PUBKEY;
typedef ... X509_SIG;
typedef ... PKCS8_PRIV_KEY_INFO;
typedef ... X509_STACK;

#define XN_FLAG_RFC2253 ...
#define XN_FLAG_SEP_CPLUS_SPC ...
#define XN_FLAG_FN_SN ...
#define ASN1_STRFLGS_ESC_MSB ...
#define ASN1_STRFLGS_ESC_CTRL ...
#define ASN1_STRFLGS_UTF8_CONVERT ...
#define ASN1_STRFLGS_DUMP_UNKNOWN ...
#define ASN1_STRFLGS_DUMP_DER ...
#define X509_VERSION_3 ...

X509 *X509_new(void);
void X509_free(X509 *a);
int X509_up_ref(X509 *a);
long X509_get_version(const X509 *x);
int X509_set_version(X509 *x, long version);
ASN1_INTEGER *X509_get_serialNumber(X509 *x);
int X509_set_serialNumber(X509 *x, ASN1_INTEGER *serial);
X509_NAME *X509_get_subject_name(const X509 *a);
X509_NAME *X509_get_issuer_name(const X509 *a);
int X509_set_subject_name(X509 *x, const X509_NAME *name);
int X509_set_issuer_name(X509 *x, const X509_NAME *name);
const ASN1_TIME *X509_get0_notBefore(const X509 *x);
const ASN1_TIME *X509_get0_notAfter(const X509 *x);
int X509_set1_notBefore(X509 *x, const ASN1_TIME *tm);
int X509_set1_notAfter(X509 *x, const ASN1_TIME *tm);
EVP_PKEY *X509_get0_pubkey(const X509 *x);
int X509_set_pubkey(X509 *x, EVP_PKEY *pkey);
int X509_check_private_key(const X509 *x509, const EVP_PKEY *pkey);
int X509_get_signature_nid(const X509 *x);
int X509_sign_ctx(X509 *x, EVP_MD_CTX *ctx);
int X509_verify(X509 *a, EVP_PKEY *r);
int X509_digest(const X509 *data, const EVP_MD *type, unsigned char *md, unsigned int *len);
int X509_print_ex(BIO *bp, X509 *x, unsigned long nmflag, unsigned long cflag);

X509_NAME *X509_NAME_new(void);
void X509_NAME_free(X509_NAME *a);
int X509_NAME_add_entry_by_txt(X509_NAME *name, const char *field, int type,
                               const unsigned char *bytes, int len, int loc, int set);
int X509_NAME_entry_count(const X509_NAME *name);
X509_NAME_ENTRY *X509_NAME_get_entry(const X509_NAME *name, int loc);
ASN1_OBJECT *X509_NAME_ENTRY_get_object(const X509_NAME_ENTRY *ne);
ASN1_STRING *X509_NAME_ENTRY_get_data(const X509_NAME_ENTRY *ne);
int X509_NAME_ENTRY_set(const X509_NAME_ENTRY *ne);
int X509_NAME_print_ex(BIO *out, const X509_NAME *nm, int indent, unsigned long flags);

int X509_add_ext(X509 *x, X509_EXTENSION *ex, int loc);
void X509_EXTENSION_free(X509_EXTENSION *a);

X509 *d2i_X509(X509 **px, const unsigned char **in, long len);
int i2d_X509(const X509 *a, unsigned char **out);
EVP_PKEY *d2i_AutoPrivateKey(EVP_PKEY **a, const unsigned char **pp, long length);
EVP_PKEY *d2i_PUBKEY(EVP_PKEY **a, const unsigned char **pp, long length);
int i2d_PUBKEY(const EVP_PKEY *a, unsigned char **pp);
int i2d_PrivateKey(const EVP_PKEY *a, unsigned char **pp);
EVP_PKEY *d2i_PKCS8PrivateKey_bio(BIO *bp, EVP_PKEY **x, pem_password_cb *cb, void *u);
PKCS8_PRIV_KEY_INFO *EVP_PKEY2PKCS8(const EVP_PKEY *pkey);
EVP_PKEY *EVP_PKCS82PKEY(const PKCS8_PRIV_KEY_INFO *p8);
PKCS8_PRIV_KEY_INFO *d2i_PKCS8_PRIV_KEY_INFO(PKCS8_PRIV_KEY_INFO **a,
                                             const unsigned char **pp, long len);
int i2d_PKCS8_PRIV_KEY_INFO(const PKCS8_PRIV_KEY_INFO *a, unsigned char **out);
void PKCS8_PRIV_KEY_INFO_free(PKCS8_PRIV_KEY_INFO *a);
X509_ALGOR *PKCS5_pbe2_set_iv(const EVP_CIPHER *cipher, int iter, unsigned char *salt, int saltlen,
                              unsigned char *aiv, int prf_nid);
void X509_ALGOR_free(X509_ALGOR *a);
int i2d_X509_SIG(const X509_SIG *a, unsigned char **out);
void X509_SIG_free(X509_SIG *a);

/* STACK_OF(X509), under names of our own, as the real ones are macros over typed casts. */
int sk_X509_num(const X509_STACK *sk);
X509 *sk_X509_value(const X509_STACK *sk, int i);
