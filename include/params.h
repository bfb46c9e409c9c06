/* <openssl/params.h>: parameters in and out of providers. */
#define OSSL_PARAM_UNSIGNED_INTEGER ...
#define OSSL_PARAM_UTF8_STRING ...
#define OSSL_PARAM_OCTET_STRING ...

typedef struct {
    const char *key;
    unsigned int data_type;
    void *data;
    size_t data_size;
    size_t return_size;
} OSSL_PARAM;

