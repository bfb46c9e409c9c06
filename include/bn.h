/* <openssl/bn.h>: big numbers, for serial numbers and raw keys. */
typedef ... BIGNUM;

BIGNUM *BN_new(void);
void BN_free(BIGNUM *a);
void BN_clear_free(BIGNUM *a);
BIGNUM *BN_bin2bn(const unsigned char *s, int len, BIGNUM *ret);
int BN_num_bits(const BIGNUM *a);
int BN_bn2binpad(const BIGNUM *a, unsigned char *to, int tolen);
int BN_bn2nativepad(const BIGNUM *a, unsigned char *to, int tolen);
int BN_cmp(const BIGNUM *a, const BIGNUM *b);
int BN_is_zero(const BIGNUM *a);
char *BN_bn2hex(const BIGNUM *a);
