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

/* What is built in; see native/compat.h. */
#define TSPY_HAS_SSL3 ...
#define TSPY_HAS_TLS1 ...
#define TSPY_HAS_TLS1_1 ...
#define TSPY_HAS_TLS1_2 ...
#define TSPY_HAS_TLS1_3 ...
#define TSPY_HAS_PSK ...
char *SSL_get1_builtin_sigalgs(OSSL_LIB_CTX *libctx);

#define SSL_VERIFY_NONE ...
#define SSL_VERIFY_PEER ...
#define SSL_VERIFY_FAIL_IF_NO_PEER_CERT ...
#define SSL_VERIFY_POST_HANDSHAKE ...

#define SSL_OP_NO_NTLS ...
#define SSL_OP_ENABLE_KTLS ...
#define SSL_OP_IGNORE_UNEXPECTED_EOF ...
#define SSL_OP_LEGACY_SERVER_CONNECT ...

#define SSL_MODE_ENABLE_PARTIAL_WRITE ...
#define SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER ...
#define SSL_MODE_AUTO_RETRY ...
#define SSL_MODE_RELEASE_BUFFERS ...
#define SSL_MODE_SEND_CLIENTHELLO_TIME ...
#define SSL_MODE_SEND_SERVERHELLO_TIME ...

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
const SSL_METHOD *TLSv1_method(void);
const SSL_METHOD *TLSv1_1_method(void);
const SSL_METHOD *TLSv1_2_method(void);

SSL_CTX *SSL_CTX_new(const SSL_METHOD *meth);
void SSL_CTX_free(SSL_CTX *ctx);
void SSL_CTX_enable_ntls(SSL_CTX *ctx);
uint64_t SSL_CTX_get_options(const SSL_CTX *ctx);
uint64_t SSL_CTX_set_options(SSL_CTX *ctx, uint64_t op);
uint64_t SSL_CTX_clear_options(SSL_CTX *ctx, uint64_t op);
long SSL_CTX_set_mode(SSL_CTX *ctx, long mode);
long SSL_CTX_clear_mode(SSL_CTX *ctx, long mode);
long SSL_CTX_get_mode(SSL_CTX *ctx);
int SSL_CTX_get_security_level(const SSL_CTX *ctx);
void SSL_CTX_set_security_level(SSL_CTX *ctx, int level);
int SSL_CTX_set_min_proto_version(SSL_CTX *ctx, int version);
int SSL_CTX_set_max_proto_version(SSL_CTX *ctx, int version);
int SSL_CTX_get_min_proto_version(SSL_CTX *ctx);
int SSL_CTX_get_max_proto_version(SSL_CTX *ctx);
int SSL_CTX_set_cipher_list(SSL_CTX *ctx, const char *str);
int SSL_CTX_set_ciphersuites(SSL_CTX *ctx, const char *str);
size_t SSL_CTX_get_num_tickets(const SSL_CTX *ctx);
int SSL_CTX_set_num_tickets(SSL_CTX *ctx, size_t num_tickets);
long SSL_CTX_set1_groups_list(SSL_CTX *ctx, const char *list);
long SSL_CTX_set1_sigalgs_list(SSL_CTX *ctx, const char *str);
long SSL_CTX_set1_client_sigalgs_list(SSL_CTX *ctx, const char *str);
int SSL_CTX_set0_tmp_dh_pkey(SSL_CTX *ctx, EVP_PKEY *dhpkey);
int SSL_CTX_set_session_id_context(SSL_CTX *ctx, const unsigned char *sid_ctx,
                                   unsigned int sid_ctx_len);

long SSL_CTX_sess_number(SSL_CTX *ctx);
long SSL_CTX_sess_connect(SSL_CTX *ctx);
long SSL_CTX_sess_connect_good(SSL_CTX *ctx);
long SSL_CTX_sess_connect_renegotiate(SSL_CTX *ctx);
long SSL_CTX_sess_accept(SSL_CTX *ctx);
long SSL_CTX_sess_accept_good(SSL_CTX *ctx);
long SSL_CTX_sess_accept_renegotiate(SSL_CTX *ctx);
long SSL_CTX_sess_hits(SSL_CTX *ctx);
long SSL_CTX_sess_misses(SSL_CTX *ctx);
long SSL_CTX_sess_timeouts(SSL_CTX *ctx);
long SSL_CTX_sess_cache_full(SSL_CTX *ctx);

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
int SSL_is_ntls(const SSL *s);
int SSL_is_init_finished(const SSL *s);
long SSL_set_tlsext_host_name(SSL *s, char *name);
X509_VERIFY_PARAM *SSL_get0_param(SSL *ssl);
int SSL_get_verify_mode(const SSL *s);
void SSL_set_verify(SSL *s, int mode, int (*verify_callback)(int, X509_STORE_CTX *));
void SSL_set_post_handshake_auth(SSL *s, int val);
int SSL_verify_client_post_handshake(SSL *s);
long SSL_get_verify_result(const SSL *ssl);
int SSL_get_shutdown(const SSL *ssl);
int SSL_client_version(const SSL *s);
const char *SSL_get_version(const SSL *s);
X509 *SSL_get1_peer_certificate(const SSL *s);
X509_STACK *SSL_get_peer_cert_chain(const SSL *s);
X509_STACK *SSL_get0_verified_chain(const SSL *s);
const char *SSL_get0_group_name(SSL *s);
int SSL_session_reused(const SSL *s);

#define SSL_SESS_CACHE_SERVER ...
#define SSL_SESS_CACHE_NO_INTERNAL ...
#define SSL_OP_NO_TICKET ...
long SSL_CTX_set_session_cache_mode(SSL_CTX *ctx, long mode);
int SSL_CTX_set_ex_data(SSL_CTX *ctx, int idx, void *data);
void *SSL_CTX_get_ex_data(const SSL_CTX *ctx, int idx);
uint64_t SSL_get_options(const SSL *ssl);
int SSL_version(const SSL *ssl);
int SSL_SESSION_set1_id_context(SSL_SESSION *s, const unsigned char *sid_ctx,
                                unsigned int sid_ctx_len);
void SSL_CTX_sess_set_new_cb(SSL_CTX *ctx, int (*new_session_cb)(SSL *, SSL_SESSION *));
void SSL_CTX_sess_set_remove_cb(SSL_CTX *ctx,
                                void (*remove_session_cb)(SSL_CTX *, SSL_SESSION *));
void SSL_CTX_sess_set_get_cb(SSL_CTX *ctx,
                             SSL_SESSION *(*get_session_cb)(SSL *, const unsigned char *, int,
                                                            int *));
SSL_SESSION *SSL_get0_session(const SSL *ssl);
int SSL_set_session(SSL *ssl, SSL_SESSION *session);
int SSL_set_session_id_context(SSL *ssl, const unsigned char *sid_ctx, unsigned int sid_ctx_len);
SSL_SESSION *SSL_SESSION_dup(const SSL_SESSION *src);
void SSL_SESSION_free(SSL_SESSION *ses);
const unsigned char *SSL_SESSION_get_id(const SSL_SESSION *s, unsigned int *len);
int64_t SSL_SESSION_get_time_ex(const SSL_SESSION *s);
long SSL_SESSION_get_timeout(const SSL_SESSION *s);
unsigned long SSL_SESSION_get_ticket_lifetime_hint(const SSL_SESSION *s);
int SSL_SESSION_has_ticket(const SSL_SESSION *s);
int SSL_SESSION_get_protocol_version(const SSL_SESSION *s);
int SSL_SESSION_get0_ticket_appdata(SSL_SESSION *ss, void **data, size_t *len);
int i2d_SSL_SESSION(const SSL_SESSION *in, unsigned char **pp);
SSL_SESSION *d2i_SSL_SESSION(SSL_SESSION **a, const unsigned char **pp, long length);

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
SSL_CIPHER_STACK *SSL_get_client_ciphers(const SSL *s);
int sk_SSL_CIPHER_num(const SSL_CIPHER_STACK *sk);
const SSL_CIPHER *sk_SSL_CIPHER_value(const SSL_CIPHER_STACK *sk, int i);
int sk_SSL_CIPHER_find(SSL_CIPHER_STACK *sk, SSL_CIPHER *ptr);

/* What Tongsuo 8.4 lacks of it is in native/compat.h. */
#define TSPY_LISTS_GROUPS ...
typedef ... OPENSSL_CSTRING_STACK;
OPENSSL_CSTRING_STACK *sk_OPENSSL_CSTRING_new_null(void);
void sk_OPENSSL_CSTRING_free(OPENSSL_CSTRING_STACK *sk);
int sk_OPENSSL_CSTRING_num(const OPENSSL_CSTRING_STACK *sk);
const char *sk_OPENSSL_CSTRING_value(const OPENSSL_CSTRING_STACK *sk, int i);
long SSL_CTX_get0_implemented_groups(SSL_CTX *ctx, int all, OPENSSL_CSTRING_STACK *out);
long SSL_get0_signature_name(SSL *s, const char **str);
long SSL_get0_peer_signature_name(SSL *s, const char **str);

/* TLCP; what an older Tongsuo lacks of it is in native/compat.h. */
#define TSPY_HAS_STRICT_ECDHE_CKE ...
void SSL_CTX_set_ntls_strict_ecdhe_cke(SSL_CTX *ctx, int enable);
X509 *SSL_get0_peer_sign_certificate_ntls(const SSL *s);
X509 *SSL_get0_peer_enc_certificate_ntls(const SSL *s);

/* What a context lets the program hear of or decide (include/callbacks.h). */
#define TLSEXT_NAMETYPE_host_name ...
#define SSL_TLSEXT_ERR_OK ...
#define SSL_TLSEXT_ERR_ALERT_FATAL ...
#define SSL_TLSEXT_ERR_NOACK ...
#define SSL_AD_HANDSHAKE_FAILURE ...
#define SSL_AD_INTERNAL_ERROR ...

int SSL_set_ex_data(SSL *ssl, int idx, void *arg);
void *SSL_get_ex_data(const SSL *ssl, int idx);
const char *SSL_get_servername(const SSL *s, int type);
SSL_CTX *SSL_set_SSL_CTX(SSL *ssl, SSL_CTX *ctx);
long SSL_CTX_set_tlsext_servername_callback(SSL_CTX *ctx, int (*cb)(SSL *, int *, void *));
int SSL_CTX_set_alpn_protos(SSL_CTX *ctx, const unsigned char *protos, unsigned int protos_len);
void SSL_CTX_set_alpn_select_cb(SSL_CTX *ctx,
                                int (*cb)(SSL *, const unsigned char **, unsigned char *,
                                          const unsigned char *, unsigned int, void *),
                                void *arg);
void SSL_get0_alpn_selected(const SSL *ssl, const unsigned char **data, unsigned int *len);
void SSL_CTX_set_keylog_callback(SSL_CTX *ctx, void (*cb)(const SSL *, const char *));
void SSL_CTX_set_msg_callback(SSL_CTX *ctx, void (*cb)(int, int, int, const void *, size_t, SSL *,
                                                       void *));
void SSL_set_msg_callback(SSL *ssl, void (*cb)(int, int, int, const void *, size_t, SSL *, void *));
void SSL_CTX_set_psk_client_callback(SSL_CTX *ctx,
                                     unsigned int (*cb)(SSL *, const char *, char *, unsigned int,
                                                        unsigned char *, unsigned int));
void SSL_CTX_set_psk_server_callback(SSL_CTX *ctx,
                                     unsigned int (*cb)(SSL *, const char *, unsigned char *,
                                                        unsigned int));
int SSL_CTX_use_psk_identity_hint(SSL_CTX *ctx, const char *identity_hint);
size_t SSL_get_finished(const SSL *s, void *buf, size_t count);
size_t SSL_get_peer_finished(const SSL *s, void *buf, size_t count);
