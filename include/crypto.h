/* <openssl/crypto.h>, <openssl/opensslv.h>: versions, initialisation, memory. */
typedef ... OPENSSL_INIT_SETTINGS;

#define OPENSSL_VERSION ...
#define OPENSSL_INIT_NO_LOAD_CONFIG ...

#define TONGSUO_VERSION_MAJOR ...
#define TONGSUO_VERSION_MINOR ...
#define TONGSUO_VERSION_PATCH ...
static char *const TONGSUO_VERSION_TEXT;
static char *const OPENSSL_VERSION_STR;

const char *OpenSSL_version(int type);
unsigned long OpenSSL_version_num(void);
int OPENSSL_init_crypto(uint64_t opts, const OPENSSL_INIT_SETTINGS *settings);
void OPENSSL_cleanse(void *ptr, size_t len);
void OPENSSL_free(void *addr);
