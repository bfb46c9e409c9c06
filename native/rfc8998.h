/* What RFC 8998 has a TLS 1.3 server choose, where the program has not (rfc8998.c). */

/* Ask for SM2 certificates with an SM4 suite; or (enable 0) for what the context says, always. */
void tspy_rfc8998_client_sigalgs(SSL_CTX *ctx, int enable);

/* Take curveSM2 from a client that comes with a key for it; or go by the context's groups alone. */
void tspy_rfc8998_group(SSL_CTX *ctx, int enable);
