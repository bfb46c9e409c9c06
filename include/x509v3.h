/* <openssl/x509v3.h>: extensions by name, general names, key usages, host name checks. */
typedef ... CONF;
typedef ... GENERAL_NAMES;
typedef ... AUTHORITY_INFO_ACCESS;
typedef ... CRL_DIST_POINTS;
typedef ... EXTENDED_KEY_USAGE;

typedef struct {
    ASN1_OBJECT *type_id;
    ...;
} OTHERNAME;

typedef struct {
    int type;
    union {
        ASN1_IA5STRING *rfc822Name;
        ASN1_IA5STRING *dNSName;
        X509_NAME *directoryName;
        ASN1_IA5STRING *uniformResourceIdentifier;
        ASN1_OCTET_STRING *iPAddress;
        ASN1_OBJECT *registeredID;
    } d;
} GENERAL_NAME;

typedef struct {
    ASN1_OBJECT *method;
    GENERAL_NAME *location;
} ACCESS_DESCRIPTION;

typedef struct {
    int type;
    union {
        GENERAL_NAMES *fullname;
    } name;
    ...;
} DIST_POINT_NAME;

typedef struct {
    DIST_POINT_NAME *distpoint;
    ...;
} DIST_POINT;

typedef struct {
    ...;
} X509V3_CTX;

#define GEN_EMAIL ...
#define GEN_DNS ...
#define GEN_DIRNAME ...
#define GEN_URI ...
#define GEN_IPADD ...
#define GEN_RID ...

#define KU_DIGITAL_SIGNATURE ...
#define KU_NON_REPUDIATION ...
#define KU_KEY_ENCIPHERMENT ...
#define KU_DATA_ENCIPHERMENT ...
#define KU_KEY_AGREEMENT ...
#define KU_KEY_CERT_SIGN ...
#define KU_CRL_SIGN ...
#define KU_ENCIPHER_ONLY ...
#define KU_DECIPHER_ONLY ...

#define X509_PURPOSE_SSL_CLIENT ...
#define X509_PURPOSE_SSL_SERVER ...

#define X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS ...
#define X509_CHECK_FLAG_NEVER_CHECK_SUBJECT ...

void X509V3_set_ctx(X509V3_CTX *ctx, X509 *issuer, X509 *subject, X509_REQ *req, X509_CRL *crl,
                    int flags);
X509_EXTENSION *X509V3_EXT_nconf_nid(CONF *conf, X509V3_CTX *ctx, int ext_nid,
                                     const char *value);
void *X509V3_get_d2i(const X509_EXTENSIONS *x, int nid, int *crit, int *idx);
uint32_t X509_get_key_usage(X509 *x);
const ASN1_OCTET_STRING *X509_get0_subject_key_id(X509 *x);
const ASN1_OCTET_STRING *X509_get0_authority_key_id(X509 *x);
long X509_get_pathlen(X509 *x);
int X509_check_ca(X509 *x);
int X509_check_issued(X509 *issuer, X509 *subject);

int GENERAL_NAME_print(BIO *out, GENERAL_NAME *gen);
void GENERAL_NAMES_free(GENERAL_NAMES *a);
int sk_GENERAL_NAME_num(GENERAL_NAMES *sk);
GENERAL_NAME *sk_GENERAL_NAME_value(GENERAL_NAMES *sk, int i);
void AUTHORITY_INFO_ACCESS_free(AUTHORITY_INFO_ACCESS *a);
int sk_ACCESS_DESCRIPTION_num(AUTHORITY_INFO_ACCESS *sk);
ACCESS_DESCRIPTION *sk_ACCESS_DESCRIPTION_value(AUTHORITY_INFO_ACCESS *sk, int i);
void CRL_DIST_POINTS_free(CRL_DIST_POINTS *a);
int sk_DIST_POINT_num(CRL_DIST_POINTS *sk);
DIST_POINT *sk_DIST_POINT_value(CRL_DIST_POINTS *sk, int i);
void EXTENDED_KEY_USAGE_free(EXTENDED_KEY_USAGE *a);
int sk_ASN1_OBJECT_num(EXTENDED_KEY_USAGE *sk);
ASN1_OBJECT *sk_ASN1_OBJECT_value(EXTENDED_KEY_USAGE *sk, int i);
