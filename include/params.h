/* <openssl/params.h>, <openssl/param_build.h>: parameters in and out of providers. */
#define OSSL_PARAM_UNSIGNED_INTEGER ...
#define OSSL_PARAM_UTF8_STRING ...
#define OSSL_PARAM_OCTET_STRING ...

typedef ... OSSL_PARAM_BLD;
typedef struct {
    const char *key;
    unsigned int data_type;
    void *data;
    size_t data_size;
    size_t return_size;
} OSSL_PARAM;

OSSL_PARAM_BLD *OSSL_PARAM_BLD_new(void);
void OSSL_PARAM_BLD_free(OSSL_PARAM_BLD *bld);
int OSSL_PARAM_BLD_push_octet_string(OSSL_PARAM_BLD *bld, const char *key, const void *buf,
                                     size_t bsize);
OSSL_PARAM *OSSL_PARAM_BLD_to_param(OSSL_PARAM_BLD *bld);
void OSSL_PARAM_free(OSSL_PARAM *p);
