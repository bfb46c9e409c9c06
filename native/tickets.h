/*
 * Session tickets of a server (tickets.c). Read by the C compiler and by CFFI, so: declarations
 * only.
 */
enum { TSPY_TICKET_KEY_SIZE = 80 }; /* bytes: a name (16), the key of the MAC (32), of AES (32) */

/*
 * `count` keys of TSPY_TICKET_KEY_SIZE bytes each, copied: the first encrypts, all of them decrypt.
 * They can be replaced while connections are being made. 0: no memory; ctx keeps what it had.
 */
int tspy_ctx_set_ticket_keys(SSL_CTX *ctx, const unsigned char *keys, size_t count);

/* Have each ticket of a TLCP server hold the client's encryption certificate as well. */
void tspy_ctx_keep_enc_certificate(SSL_CTX *ctx);
/* Write it into the connection's session, where that has one; 0: no memory. */
int tspy_keep_enc_certificate(SSL *ssl);

/* The context that a connection was made with, whose sessions it takes; it may have another now. */
void tspy_set_first_ctx(SSL *ssl, SSL_CTX *ctx);
SSL_CTX *tspy_first_ctx(const SSL *ssl);
