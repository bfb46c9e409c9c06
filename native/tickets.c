/*
 * Session tickets: keys that several processes share and replace, without a call into Python in
 * the handshake; and the certificate that Tongsuo leaves out of a ticket.
 */
#include "compat.h"

#include <string.h>

#include "tickets.h"

#define NAME_SIZE 16
#define SECRET_SIZE 32 /* of each of the two secrets; AES-256, HMAC-SHA-256 */
#define IV_SIZE 16

typedef struct {
    unsigned char name[NAME_SIZE];
    unsigned char mac[SECRET_SIZE];
    unsigned char cipher[SECRET_SIZE];
} ticket_key; /* in the order of OpenSSL's SSL_CTX_set_tlsext_ticket_keys, and of nginx's files */

typedef struct {
    size_t count;
    ticket_key keys[];
} key_ring;

static int ring_index = -1, first_ctx_index = -1;
static pthread_once_t indexes_once = PTHREAD_ONCE_INIT;
/* Held by readers while a ticket's contexts are set up, by a writer while a ring is exchanged. */
static pthread_rwlock_t rings_lock = PTHREAD_RWLOCK_INITIALIZER;

static void free_ring(key_ring *ring)
{
    if (ring != NULL)
        OPENSSL_clear_free(ring, sizeof(*ring) + ring->count * sizeof(ticket_key));
}

static void free_ring_of_ctx(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl,
                             void *argp)
{
    (void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
    free_ring(ptr);
}

/* In a child: a thread that is not there would hold it for ever. */
static void renew_lock(void)
{
    pthread_rwlock_init(&rings_lock, NULL);
}

static void make_indexes(void)
{
    pthread_atfork(NULL, NULL, renew_lock);
    ring_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, free_ring_of_ctx);
    first_ctx_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

void tspy_set_first_ctx(SSL *ssl, SSL_CTX *ctx)
{
    pthread_once(&indexes_once, make_indexes);
    SSL_set_ex_data(ssl, first_ctx_index, ctx); /* the connection holds a reference to it */
}

SSL_CTX *tspy_first_ctx(const SSL *ssl)
{
    SSL_CTX *ctx = SSL_get_ex_data(ssl, first_ctx_index);

    return ctx != NULL ? ctx : SSL_get_SSL_CTX(ssl);
}

/* ---- keys ---- */

static int set_mac(EVP_MAC_CTX *mac, const ticket_key *key)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };

    return EVP_MAC_init(mac, key->mac, SECRET_SIZE, params);
}

/* Says as OpenSSL wants it: -1 failure, 0 no such key, 1 done, 2 done and give a new ticket. */
static int use_ring(const key_ring *ring, SSL *ssl, unsigned char *name, unsigned char *iv,
                    EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac, int encrypt)
{
    const ticket_key *key;

    if (ring == NULL)
        return 0;
    if (encrypt) {
        key = &ring->keys[0];
        memcpy(name, key->name, NAME_SIZE);
        if (RAND_bytes(iv, IV_SIZE) != 1
            || !EVP_EncryptInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher, iv, NULL)
            || !set_mac(mac, key))
            return -1;
        return 1;
    }
    for (size_t i = 0; i < ring->count; i++) {
        key = &ring->keys[i];
        if (memcmp(name, key->name, NAME_SIZE) != 0)
            continue;
        if (!EVP_DecryptInit_ex2(cipher, EVP_aes_256_cbc(), key->cipher, iv, NULL)
            || !set_mac(mac, key))
            return -1;
        /* A ticket of TLS 1.3 should be used once (RFC 8446, C.4): the next one comes with it. */
        return i > 0 || SSL_version(ssl) == TLS1_3_VERSION ? 2 : 1;
    }
    return 0;
}

static int on_ticket(SSL *ssl, unsigned char *name, unsigned char *iv, EVP_CIPHER_CTX *cipher,
                     EVP_MAC_CTX *mac, int encrypt)
{
    int result;

    pthread_rwlock_rdlock(&rings_lock);
    result = use_ring(SSL_CTX_get_ex_data(tspy_first_ctx(ssl), ring_index), ssl, name, iv, cipher,
                      mac, encrypt);
    pthread_rwlock_unlock(&rings_lock);
    return result;
}

int tspy_ctx_set_ticket_keys(SSL_CTX *ctx, const unsigned char *keys, size_t count)
{
    size_t size = count * sizeof(ticket_key);
    key_ring *ring, *old;
    int done;

    pthread_once(&indexes_once, make_indexes);
    if ((ring = OPENSSL_malloc(sizeof(*ring) + size)) == NULL)
        return 0;
    ring->count = count;
    memcpy(ring->keys, keys, size);
    pthread_rwlock_wrlock(&rings_lock);
    old = SSL_CTX_get_ex_data(ctx, ring_index);
    done = SSL_CTX_set_ex_data(ctx, ring_index, ring);
    pthread_rwlock_unlock(&rings_lock);
    free_ring(done ? old : ring);
    if (done)
        SSL_CTX_set_tlsext_ticket_key_evp_cb(ctx, on_ticket);
    return done;
}

/* ---- the client's encryption certificate ---- */

int tspy_keep_enc_certificate(SSL *ssl)
{
    X509 *certificate = SSL_get0_peer_enc_certificate_ntls(ssl);
    unsigned char *der = NULL;
    int size, done;

    /* A session that was resumed from a ticket has it there already, and nowhere else. */
    if (certificate == NULL)
        return 1;
    if ((size = i2d_X509(certificate, &der)) < 0)
        return 0;
    done = SSL_SESSION_set1_ticket_appdata(SSL_get0_session(ssl), der, (size_t)size);
    OPENSSL_free(der);
    return done;
}

static int on_new_ticket(SSL *ssl, void *arg)
{
    (void)arg;
    return !SSL_is_ntls(ssl) || tspy_keep_enc_certificate(ssl);
}

void tspy_ctx_keep_enc_certificate(SSL_CTX *ctx)
{
    SSL_CTX_set_session_ticket_cb(ctx, on_new_ticket, NULL, NULL);
}
