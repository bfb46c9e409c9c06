/* <openssl/asn1.h>: strings, integers, times. */
typedef ... ASN1_STRING;
typedef ... ASN1_INTEGER;
typedef ... ASN1_OCTET_STRING;
typedef ... ASN1_IA5STRING;
typedef ... ASN1_BIT_STRING;
typedef ... ASN1_TIME;
typedef ... ASN1_TYPE;
typedef ... ASN1_ENUMERATED;

struct tm {
    int tm_sec;
    int tm_min;
    int tm_hour;
    int tm_mday;
    int tm_mon;
    int tm_year;
    ...;
};

#define MBSTRING_UTF8 ...
#define V_ASN1_BIT_STRING ...

int ASN1_STRING_length(const ASN1_STRING *x);
int ASN1_STRING_type(const ASN1_STRING *x);
const unsigned char *ASN1_STRING_get0_data(const ASN1_STRING *x);
int ASN1_STRING_to_UTF8(unsigned char **out, const ASN1_STRING *in);


ASN1_INTEGER *BN_to_ASN1_INTEGER(const BIGNUM *bn, ASN1_INTEGER *ai);
BIGNUM *ASN1_INTEGER_to_BN(const ASN1_INTEGER *ai, BIGNUM *bn);
void ASN1_INTEGER_free(ASN1_INTEGER *a);
int i2a_ASN1_INTEGER(BIO *bp, const ASN1_INTEGER *a);

ASN1_ENUMERATED *ASN1_ENUMERATED_new(void);
void ASN1_ENUMERATED_free(ASN1_ENUMERATED *a);
int ASN1_ENUMERATED_set(ASN1_ENUMERATED *a, long v);
long ASN1_ENUMERATED_get(const ASN1_ENUMERATED *a);

ASN1_TIME *ASN1_TIME_new(void);
void ASN1_TIME_free(ASN1_TIME *t);
int ASN1_TIME_set_string_X509(ASN1_TIME *s, const char *str);
int ASN1_TIME_print(BIO *bp, const ASN1_TIME *tm);
int ASN1_TIME_to_tm(const ASN1_TIME *s, struct tm *tm);
