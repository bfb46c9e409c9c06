/* <openssl/bn.h>: big numbers, for serial numbers, raw keys and the key exchange. */
typedef ... BIGNUM;
typedef ... BN_CTX;

#define BN_FLG_CONSTTIME ...

BN_CTX *BN_CTX_new(void);
void BN_CTX_free(BN_CTX *c);
BIGNUM *BN_new(void);
void BN_free(BIGNUM *a);
void BN_clear_free(BIGNUM *a);
BIGNUM *BN_bin2bn(const unsigned char *s, int len, BIGNUM *ret);
int BN_num_bits(const BIGNUM *a);
int BN_bn2binpad(const BIGNUM *a, unsigned char *to, int tolen);
int BN_bn2nativepad(const BIGNUM *a, unsigned char *to, int tolen);
int BN_cmp(const BIGNUM *a, const BIGNUM *b);
int BN_is_zero(const BIGNUM *a);
void BN_set_flags(BIGNUM *b, int n);
int BN_mod_add(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *ctx);
int BN_mod_mul(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *ctx);
char *BN_bn2hex(const BIGNUM *a);
