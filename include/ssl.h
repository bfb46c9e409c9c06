/* <openssl/ssl.h>, <openssl/ntls.h>: contexts, connections, sessions, TLCP certificate pairs. */
typedef ... SSL;
typedef ... SSL_CTX;
typedef ... SSL_METHOD;
typedef ... SSL_CIPHER;
typedef ... SSL_CIPHER_STACK;
typedef ... SSL_SESSION;

#define TLS1_VERSION ...
#define TLS1_2_VERSION ...
#define TLS1_3_VERSION ...
#define NTLS1_1_VERSION ...

#define SSL_VERIFY_NONE ...
#define SSL_VERIFY_PEER ...
#define SSL_VERIFY_FAIL_IF_NO_PEER_CERT ...

#define SSL_OP_NO_NTLS ...

#define SSL_MODE_ENABLE_PARTIAL_WRITE ...
#define SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER ...
#define SSL_MODE_AUTO_RETRY ...
#define SSL_MODE_RELEASE_BUFFERS ...

#define SSL_ERROR_SSL ...
#define SSL_ERROR_WANT_READ ...
#define SSL_ERROR_WANT_WRITE ...
#define SSL_ERROR_SYSCALL ...
#define SSL_ERROR_ZERO_RETURN ...

#define SSL_SENT_SHUTDOWN ...

#define SSL_R_CERTIFICATE_VERIFY_FAILED ...
#define SSL_R_UNEXPECTED_EOF_WHILE_READING ...
#define SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE ...
#define SSL_R_NO_CERTIFICATES_RETURNED ...
#define SSL_R_WRONG_CERTIFICATE_TYPE ...
#define SSL_R_NO_SHARED_CIPHER ...
#define SSL_R_LENGTH_MISMATCH ...
#define SSL_R_PACKET_LENGTH_TOO_LONG ...
#define SSL_R_WRONG_VERSION_NUMBER ...
#define SSL_R_TLSV1_ALERT_DECODE_ERROR ...
#define SSL_R_TLSV1_ALERT_PROTOCOL_VERSION ...

const SSL_METHOD *NTLS_client_method(void);
const SSL_METHOD *NTLS_server_method(void);
const SSL_METHOD *TLS_method(void);
const SSL_METHOD *TLS_client_method(void);
const SSL_METHOD *TLS_server_method(void);

SSL_CTX *SSL_CTX_new(const SSL_METHOD *meth);
void SSL_CTX_free(SSL_CTX *ctx);
void SSL_CTX_enable_ntls(SSL_CTX *ctx);
uint64_t SSL_CTX_get_options(const SSL_CTX *ctx);
uint64_t SSL_CTX_set_options(SSL_CTX *ctx, uint64_t op);
uint64_t SSL_CTX_clear_options(SSL_CTX *ctx, uint64_t op);
long SSL_CTX_set_mode(SSL_CTX *ctx, long mode);
int SSL_CTX_get_security_level(const SSL_CTX *ctx);
void SSL_CTX_set_security_level(SSL_CTX *ctx, int level);
int SSL_CTX_set_min_proto_version(SSL_CTX *ctx, int version);
int SSL_CTX_set_max_proto_version(SSL_CTX *ctx, int version);
int SSL_CTX_get_min_proto_version(SSL_CTX *ctx);
int SSL_CTX_get_max_proto_version(SSL_CTX *ctx);
int SSL_CTX_set_cipher_list(SSL_CTX *ctx, const char *str);
int SSL_CTX_set_ciphersuites(SSL_CTX *ctx, const char *str);
int SSL_CTX_set_session_id_context(SSL_CTX *ctx, const unsigned char *sid_ctx,
                                   unsigned int sid_ctx_len);

void SSL_CTX_set_verify(SSL_CTX *ctx, int mode,
                        int (*verify_callback)(int, X509_STORE_CTX *));
int SSL_CTX_get_verify_mode(const SSL_CTX *ctx);
X509_STORE *SSL_CTX_get_cert_store(const SSL_CTX *ctx);
X509_VERIFY_PARAM *SSL_CTX_get0_param(SSL_CTX *ctx);
int SSL_CTX_use_certificate(SSL_CTX *ctx, X509 *x);
int SSL_CTX_use_PrivateKey(SSL_CTX *ctx, EVP_PKEY *pkey);
int SSL_CTX_use_sign_certificate(SSL_CTX *ctx, X509 *x);
int SSL_CTX_use_sign_PrivateKey(SSL_CTX *ctx, EVP_PKEY *pkey);
int SSL_CTX_use_enc_certificate(SSL_CTX *ctx, X509 *x);
int SSL_CTX_use_enc_PrivateKey(SSL_CTX *ctx, EVP_PKEY *pkey);
int SSL_CTX_add1_chain_cert(SSL_CTX *ctx, X509 *x509);
int SSL_CTX_clear_chain_certs(SSL_CTX *ctx);
int SSL_CTX_select_current_cert(SSL_CTX *ctx, X509 *x509);

SSL *SSL_new(SSL_CTX *ctx);
void SSL_free(SSL *ssl);
void SSL_set_connect_state(SSL *s);
void SSL_set_accept_state(SSL *s);
int SSL_is_server(const SSL *s);
int SSL_is_ntls(const SSL *s);
int SSL_is_init_finished(const SSL *s);
long SSL_set_tlsext_host_name(SSL *s, char *name);
X509_VERIFY_PARAM *SSL_get0_param(SSL *ssl);
int SSL_get_verify_mode(const SSL *s);
long SSL_get_verify_result(const SSL *ssl);
int SSL_pending(const SSL *s);
int SSL_get_shutdown(const SSL *ssl);
int SSL_client_version(const SSL *s);
const char *SSL_get_version(const SSL *s);
X509 *SSL_get1_peer_certificate(const SSL *s);
X509_STACK *SSL_get_peer_cert_chain(const SSL *s);
X509_STACK *SSL_get0_verified_chain(const SSL *s);
int SSL_session_reused(const SSL *s);
void SSL_SESSION_free(SSL_SESSION *ses);

const SSL_CIPHER *SSL_get_current_cipher(const SSL *s);
const SSL_CIPHER *SSL_get_pending_cipher(const SSL *s);
const char *SSL_CIPHER_get_name(const SSL_CIPHER *cipher);
const char *SSL_CIPHER_get_version(const SSL_CIPHER *cipher);
int SSL_CIPHER_get_bits(const SSL_CIPHER *cipher, int *alg_bits);
uint32_t SSL_CIPHER_get_id(const SSL_CIPHER *c);
char *SSL_CIPHER_description(const SSL_CIPHER *cipher, char *buf, int size);
int SSL_CIPHER_is_aead(const SSL_CIPHER *c);
int SSL_CIPHER_get_cipher_nid(const SSL_CIPHER *c);
int SSL_CIPHER_get_digest_nid(const SSL_CIPHER *c);
int SSL_CIPHER_get_kx_nid(const SSL_CIPHER *c);
int SSL_CIPHER_get_auth_nid(const SSL_CIPHER *c);
SSL_CIPHER_STACK *SSL_get_ciphers(const SSL *s);
int SSL_set_cipher_list(SSL *s, const char *str);
int SSL_set_ciphersuites(SSL *s, const char *str);
void SSL_set_security_level(SSL *s, int level);
int SSL_get_security_level(const SSL *s);
SSL_CIPHER_STACK *SSL_get1_supported_ciphers(SSL *s);
SSL_CIPHER_STACK *SSL_get_client_ciphers(const SSL *s);
int sk_SSL_CIPHER_num(const SSL_CIPHER_STACK *sk);
const SSL_CIPHER *sk_SSL_CIPHER_value(const SSL_CIPHER_STACK *sk, int i);
void sk_SSL_CIPHER_free(SSL_CIPHER_STACK *sk);
int sk_SSL_CIPHER_find(SSL_CIPHER_STACK *sk, SSL_CIPHER *ptr);

/* TLCP; what an older Tongsuo lacks of it is in native/compat.h. */
#define TSPY_HAS_STRICT_ECDHE_CKE ...
void SSL_CTX_set_ntls_strict_ecdhe_cke(SSL_CTX *ctx, int enable);
X509 *SSL_get0_peer_sign_certificate_ntls(const SSL *s);
X509 *SSL_get0_peer_enc_certificate_ntls(const SSL *s);
