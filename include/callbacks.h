/* The functions that C calls and Python defines (tongsuo_py/_binding/callbacks.py). */
extern "Python" int tspy_password(char *buf, int size, int rwflag, void *userdata);

/* What is wrong with a chain, told one by one. */
extern "Python" int tspy_verify(int ok, X509_STORE_CTX *ctx);

/* What a context lets the program hear of or decide; `ssl` tells which connection it is. */
extern "Python" int tspy_server_name(SSL *ssl, int *alert, void *arg);
extern "Python" int tspy_select_alpn(SSL *ssl, const unsigned char **out, unsigned char *outlen,
                                     const unsigned char *in, unsigned int inlen, void *arg);
extern "Python" void tspy_key_log(const SSL *ssl, const char *line);
extern "Python" void tspy_message(int write_p, int version, int content_type, const void *buf,
                                  size_t len, SSL *ssl, void *arg);
extern "Python" unsigned int tspy_psk_client(SSL *ssl, const char *hint, char *identity,
                                             unsigned int max_identity_len, unsigned char *psk,
                                             unsigned int max_psk_len);
extern "Python" unsigned int tspy_psk_server(SSL *ssl, const char *identity, unsigned char *psk,
                                             unsigned int max_psk_len);
extern "Python" int tspy_session_made(SSL *ssl, SSL_SESSION *session);
extern "Python" SSL_SESSION *tspy_session_wanted(SSL *ssl, const unsigned char *id, int length,
                                                 int *copy);
extern "Python" void tspy_session_dropped(SSL_CTX *ctx, SSL_SESSION *session);
