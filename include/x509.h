/* <openssl/x509.h>: certificates, names, extensions, requests. */
typedef ... X509;
typedef ... X509_NAME;
typedef ... X509_NAME_ENTRY;
typedef ... X509_EXTENSION;
typedef ... X509_EXTENSIONS;
typedef ... X509_ALGOR;
typedef ... X509_REQ;
typedef ... X509_CRL;
typedef ... X509_REVOKED;
typedef ... X509_REVOKED_STACK;
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
#define X509_REQ_VERSION_1 ...
#define X509_CRL_VERSION_2 ...

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
X509_PUBKEY *X509_get_X509_PUBKEY(const X509 *x);
int X509_set_pubkey(X509 *x, EVP_PKEY *pkey);
int X509_check_private_key(const X509 *x509, const EVP_PKEY *pkey);
int X509_get_signature_nid(const X509 *x);
int X509_sign_ctx(X509 *x, EVP_MD_CTX *ctx);
int X509_verify(X509 *a, EVP_PKEY *r);
int X509_self_signed(X509 *cert, int verify_signature);
int X509_digest(const X509 *data, const EVP_MD *type, unsigned char *md, unsigned int *len);
int X509_print_ex(BIO *bp, X509 *x, unsigned long nmflag, unsigned long cflag);

X509_NAME *X509_NAME_new(void);
void X509_NAME_free(X509_NAME *a);
int X509_NAME_add_entry_by_txt(X509_NAME *name, const char *field, int type,
                               const unsigned char *bytes, int len, int loc, int set);
int X509_NAME_cmp(const X509_NAME *a, const X509_NAME *b);
int X509_NAME_entry_count(const X509_NAME *name);
X509_NAME_ENTRY *X509_NAME_get_entry(const X509_NAME *name, int loc);
ASN1_OBJECT *X509_NAME_ENTRY_get_object(const X509_NAME_ENTRY *ne);
ASN1_STRING *X509_NAME_ENTRY_get_data(const X509_NAME_ENTRY *ne);
int X509_NAME_ENTRY_set(const X509_NAME_ENTRY *ne);
int X509_NAME_print_ex(BIO *out, const X509_NAME *nm, int indent, unsigned long flags);

const X509_EXTENSIONS *X509_get0_extensions(const X509 *x);
int X509_add_ext(X509 *x, X509_EXTENSION *ex, int loc);
void X509_EXTENSION_free(X509_EXTENSION *a);
X509_EXTENSIONS *X509v3_add_ext(X509_EXTENSIONS **x, X509_EXTENSION *ex, int loc);
/* A macro over a typed cast. */
void sk_X509_EXTENSION_pop_free(X509_EXTENSIONS *sk, void (*freefunc)(X509_EXTENSION *));

EVP_PKEY *X509_PUBKEY_get0(const X509_PUBKEY *key);

X509_REQ *X509_REQ_new(void);
void X509_REQ_free(X509_REQ *a);
int X509_REQ_set_version(X509_REQ *x, long version);
X509_NAME *X509_REQ_get_subject_name(const X509_REQ *req);
int X509_REQ_set_subject_name(X509_REQ *req, const X509_NAME *name);
X509_PUBKEY *X509_REQ_get_X509_PUBKEY(X509_REQ *req);
int X509_REQ_set_pubkey(X509_REQ *x, EVP_PKEY *pkey);
X509_EXTENSIONS *X509_REQ_get_extensions(X509_REQ *req);
int X509_REQ_add_extensions(X509_REQ *req, const X509_EXTENSIONS *ext);
int X509_REQ_get_signature_nid(const X509_REQ *req);
int X509_REQ_sign_ctx(X509_REQ *x, EVP_MD_CTX *ctx);
int X509_REQ_verify(X509_REQ *a, EVP_PKEY *r);
int X509_REQ_print_ex(BIO *bp, X509_REQ *x, unsigned long nmflag, unsigned long cflag);

X509_CRL *X509_CRL_new(void);
void X509_CRL_free(X509_CRL *a);
int X509_CRL_set_version(X509_CRL *x, long version);
X509_NAME *X509_CRL_get_issuer(const X509_CRL *crl);
int X509_CRL_set_issuer_name(X509_CRL *x, const X509_NAME *name);
const ASN1_TIME *X509_CRL_get0_lastUpdate(const X509_CRL *crl);
const ASN1_TIME *X509_CRL_get0_nextUpdate(const X509_CRL *crl);
int X509_CRL_set1_lastUpdate(X509_CRL *x, const ASN1_TIME *tm);
int X509_CRL_set1_nextUpdate(X509_CRL *x, const ASN1_TIME *tm);
const X509_EXTENSIONS *X509_CRL_get0_extensions(const X509_CRL *crl);
int X509_CRL_add_ext(X509_CRL *x, X509_EXTENSION *ex, int loc);
int X509_CRL_add1_ext_i2d(X509_CRL *x, int nid, void *value, int crit, unsigned long flags);
X509_REVOKED_STACK *X509_CRL_get_REVOKED(X509_CRL *crl);
int X509_CRL_get0_by_serial(X509_CRL *crl, X509_REVOKED **ret, const ASN1_INTEGER *serial);
int X509_CRL_add0_revoked(X509_CRL *crl, X509_REVOKED *rev);
int X509_CRL_sort(X509_CRL *crl);
int X509_CRL_get_signature_nid(const X509_CRL *crl);
int X509_CRL_sign_ctx(X509_CRL *x, EVP_MD_CTX *ctx);
int X509_CRL_verify(X509_CRL *a, EVP_PKEY *r);
int X509_CRL_print_ex(BIO *out, X509_CRL *x, unsigned long nmflag);

X509_REVOKED *X509_REVOKED_new(void);
void X509_REVOKED_free(X509_REVOKED *a);
const ASN1_INTEGER *X509_REVOKED_get0_serialNumber(const X509_REVOKED *x);
int X509_REVOKED_set_serialNumber(X509_REVOKED *x, ASN1_INTEGER *serial);
const ASN1_TIME *X509_REVOKED_get0_revocationDate(const X509_REVOKED *x);
int X509_REVOKED_set_revocationDate(X509_REVOKED *r, ASN1_TIME *tm);
const X509_EXTENSIONS *X509_REVOKED_get0_extensions(const X509_REVOKED *r);
int X509_REVOKED_add1_ext_i2d(X509_REVOKED *x, int nid, void *value, int crit,
                              unsigned long flags);

X509 *d2i_X509(X509 **px, const unsigned char **in, long len);
int i2d_X509(const X509 *a, unsigned char **out);
X509_REQ *d2i_X509_REQ(X509_REQ **a, const unsigned char **in, long len);
int i2d_X509_REQ(const X509_REQ *a, unsigned char **out);
X509_CRL *d2i_X509_CRL(X509_CRL **a, const unsigned char **in, long len);
int i2d_X509_CRL(const X509_CRL *a, unsigned char **out);
EVP_PKEY *d2i_AutoPrivateKey(EVP_PKEY **a, const unsigned char **pp, long length);
EVP_PKEY *d2i_PUBKEY(EVP_PKEY **a, const unsigned char **pp, long length);
int i2d_X509_PUBKEY(const X509_PUBKEY *a, unsigned char **out);
int i2d_PUBKEY(const EVP_PKEY *a, unsigned char **pp);
EVP_PKEY *d2i_PKCS8PrivateKey_bio(BIO *bp, EVP_PKEY **x, pem_password_cb *cb, void *u);
PKCS8_PRIV_KEY_INFO *EVP_PKEY2PKCS8(const EVP_PKEY *pkey);
EVP_PKEY *EVP_PKCS82PKEY(const PKCS8_PRIV_KEY_INFO *p8);
PKCS8_PRIV_KEY_INFO *d2i_PKCS8_PRIV_KEY_INFO(PKCS8_PRIV_KEY_INFO **a,
                                             const unsigned char **pp, long len);
void PKCS8_PRIV_KEY_INFO_free(PKCS8_PRIV_KEY_INFO *a);
X509_ALGOR *PKCS5_pbe2_set_iv(const EVP_CIPHER *cipher, int iter, unsigned char *salt, int saltlen,
                              unsigned char *aiv, int prf_nid);
void X509_ALGOR_free(X509_ALGOR *a);
X509_ALGOR *d2i_X509_ALGOR(X509_ALGOR **a, const unsigned char **in, long len);
int i2d_X509_ALGOR(const X509_ALGOR *a, unsigned char **out);
int i2d_X509_SIG(const X509_SIG *a, unsigned char **out);
void X509_SIG_free(X509_SIG *a);

/* Stacks, under names of our own, as the real ones are macros over typed casts. */
X509_STACK *sk_X509_new_null(void);
void sk_X509_free(X509_STACK *sk);
int sk_X509_push(X509_STACK *sk, X509 *ptr);
int sk_X509_num(const X509_STACK *sk);
X509 *sk_X509_value(const X509_STACK *sk, int i);
int sk_X509_REVOKED_num(const X509_REVOKED_STACK *sk);
X509_REVOKED *sk_X509_REVOKED_value(const X509_REVOKED_STACK *sk, int i);
