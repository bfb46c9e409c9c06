/*
 * The other side of `make bench`: the calls that tongsuo_py makes, made from C.
 *
 * Reads lines "operation size seconds" and answers each with "calls nanoseconds"; ends with its
 * standard input. What a call is, is what the Python side does for one call of its own, written as a
 * C programmer would: algorithms fetched once, contexts kept where they can be.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#define TAG 16
#define NONCE 12

static const char *directory; /* ca/, server/ and client/ in it */
static const char *suite;
static unsigned char *input, *output;
static const unsigned char key[16] = { 1 }, iv[16] = { 2 };
static EVP_PKEY *sm2;
static unsigned char signature[80], *ciphertext;
static size_t signature_len, ciphertext_len;

static void die(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

#define MUST(call) do { if ((call) <= 0) die(#call); } while (0)

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- algorithms ---- */

static EVP_MD *md;
static EVP_MD_CTX *md_ctx;

static void digest(const void *head, size_t head_len, size_t n, unsigned char *out)
{
    MUST(EVP_DigestInit_ex(md_ctx, md, NULL));
    MUST(EVP_DigestUpdate(md_ctx, head, head_len));
    MUST(EVP_DigestUpdate(md_ctx, input, n));
    MUST(EVP_DigestFinal_ex(md_ctx, out, NULL));
}

static void sm3(size_t n)
{
    digest(NULL, 0, n, output);
}

static EVP_CIPHER_CTX *cipher_ctx;

static void gcm_encrypt(size_t n)
{
    static EVP_CIPHER *gcm;
    int len;

    if (gcm == NULL)
        gcm = EVP_CIPHER_fetch(NULL, "SM4-GCM", NULL);
    MUST(EVP_EncryptInit_ex(cipher_ctx, gcm, NULL, key, iv));
    MUST(EVP_EncryptUpdate(cipher_ctx, output, &len, input, (int)n));
    MUST(EVP_EncryptFinal_ex(cipher_ctx, output + len, &len));
    MUST(EVP_CIPHER_CTX_ctrl(cipher_ctx, EVP_CTRL_AEAD_GET_TAG, TAG, output + n));
}

static void stream(size_t n, const char *name, EVP_CIPHER **cipher)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len, rest;

    if (*cipher == NULL)
        *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    MUST(EVP_CipherInit_ex(ctx, *cipher, NULL, key, iv, 1));
    MUST(EVP_CipherUpdate(ctx, output, &len, input, (int)n));
    MUST(EVP_CipherFinal_ex(ctx, output + len, &rest));
    EVP_CIPHER_CTX_free(ctx);
}

static void cbc_encrypt(size_t n)
{
    static EVP_CIPHER *cipher;

    stream(n, "SM4-CBC", &cipher);
}

static void ctr_encrypt(size_t n)
{
    static EVP_CIPHER *cipher;

    stream(n, "SM4-CTR", &cipher);
}

/* A context that is ready for one operation of SM2, made once. */
static EVP_PKEY_CTX *ready(int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, sm2, NULL);

    MUST(init(ctx));
    return ctx;
}

/* Z, the digest of identity and public key, is the same for every message: 32 bytes of anything. */
static const unsigned char z[32] = { 3 };

static void sm2_sign(size_t n)
{
    static EVP_PKEY_CTX *ctx;
    unsigned char e[32];

    if (ctx == NULL)
        ctx = ready(EVP_PKEY_sign_init);
    digest(z, sizeof(z), n, e);
    signature_len = sizeof(signature);
    MUST(EVP_PKEY_sign(ctx, signature, &signature_len, e, sizeof(e)));
}

static void sm2_verify(size_t n)
{
    static EVP_PKEY_CTX *ctx;
    static size_t signed_size = (size_t)-1;
    unsigned char e[32];

    if (ctx == NULL)
        ctx = ready(EVP_PKEY_verify_init);
    if (signed_size != n) {
        sm2_sign(n);
        signed_size = n;
    }
    digest(z, sizeof(z), n, e);
    MUST(EVP_PKEY_verify(ctx, signature, signature_len, e, sizeof(e)));
}

static void sm2_encrypt(size_t n)
{
    static EVP_PKEY_CTX *ctx;

    if (ctx == NULL)
        ctx = ready(EVP_PKEY_encrypt_init);
    ciphertext_len = n + 256;
    MUST(EVP_PKEY_encrypt(ctx, ciphertext, &ciphertext_len, input, n));
}

static void sm2_decrypt(size_t n)
{
    static EVP_PKEY_CTX *ctx;
    static size_t encrypted_size = (size_t)-1;
    size_t len = n + 256;

    if (ctx == NULL)
        ctx = ready(EVP_PKEY_decrypt_init);
    if (encrypted_size != n) {
        sm2_encrypt(n);
        encrypted_size = n;
    }
    MUST(EVP_PKEY_decrypt(ctx, output, &len, ciphertext, ciphertext_len));
}

/* ---- TLCP ---- */

static void load(SSL_CTX *ctx, const char *who)
{
    char path[4096];

#define IN(name) (snprintf(path, sizeof(path), "%s/%s/%s", directory, who, name), path)
    SSL_CTX_enable_ntls(ctx);
    MUST(SSL_CTX_set_cipher_list(ctx, suite));
    MUST(SSL_CTX_use_sign_certificate_file(ctx, IN("sign.pem"), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_use_sign_PrivateKey_file(ctx, IN("sign.key"), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_use_enc_certificate_file(ctx, IN("enc.pem"), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_use_enc_PrivateKey_file(ctx, IN("enc.key"), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_load_verify_locations(ctx, IN("ca.pem"), NULL));
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static SSL_CTX *contexts[2]; /* server, client */
static SSL *connected[2];

/* A pair of connected ends, both driven by this thread on non-blocking sockets. */
static void handshake_pair(SSL **ends)
{
    int fds[2], i, done[2] = { 0, 0 };

    if (contexts[0] == NULL) {
        contexts[0] = SSL_CTX_new(NTLS_server_method());
        contexts[1] = SSL_CTX_new(NTLS_client_method());
        load(contexts[0], "server");
        load(contexts[1], "client");
    }
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        die("socketpair");
    for (i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
        ends[i] = SSL_new(contexts[i]);
        SSL_set_fd(ends[i], fds[i]);
    }
    SSL_set_accept_state(ends[0]);
    SSL_set_connect_state(ends[1]);
    while (!done[0] || !done[1])
        for (i = 1; i >= 0; i--)
            if (!done[i]) {
                int ret = SSL_do_handshake(ends[i]);

                if (ret == 1)
                    done[i] = 1;
                else if (SSL_get_error(ends[i], ret) != SSL_ERROR_WANT_READ)
                    die("handshake");
            }
}

static void close_pair(SSL **ends)
{
    int i;

    for (i = 0; i < 2; i++) {
        int fd = SSL_get_fd(ends[i]);

        SSL_free(ends[i]);
        close(fd);
    }
}

static void handshake(size_t n)
{
    SSL *ends[2];

    (void)n;
    handshake_pair(ends);
    close_pair(ends);
}

/* One message from the client to the server, records encrypted and decrypted in this thread. */
static void transfer(size_t n)
{
    size_t sent = 0, received = 0, k;

    if (connected[0] == NULL)
        handshake_pair(connected);
    while (received < n) {
        if (sent < n) {
            MUST(SSL_write_ex(connected[1], input + sent, n - sent, &k));
            sent += k;
        }
        MUST(SSL_read_ex(connected[0], output + received, n - received, &k));
        received += k;
    }
}

/* ---- the loop ---- */

static const struct {
    const char *name;
    void (*call)(size_t);
} operations[] = {
    { "sm3", sm3 },
    { "sm4-gcm-encrypt", gcm_encrypt },
    { "sm4-cbc-encrypt", cbc_encrypt },
    { "sm4-ctr-encrypt", ctr_encrypt },
    { "sm2-sign", sm2_sign },
    { "sm2-verify", sm2_verify },
    { "sm2-encrypt", sm2_encrypt },
    { "sm2-decrypt", sm2_decrypt },
    { "tlcp-handshake", handshake },
    { "tlcp-transfer", transfer },
};

static void (*find(const char *name))(size_t)
{
    size_t i;

    for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(operations[i].name, name) == 0)
            return operations[i].call;
    fprintf(stderr, "bench: no operation %s\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    const size_t largest = 1 << 20;
    char name[64], path[4096];
    size_t size;
    double seconds;
    FILE *file;

    if (argc != 3) {
        fprintf(stderr, "usage: bench DIRECTORY SUITE\n");
        return 2;
    }
    directory = argv[1];
    suite = argv[2];
    input = calloc(1, largest);
    output = calloc(1, largest + 256);
    ciphertext = calloc(1, largest + 256);
    cipher_ctx = EVP_CIPHER_CTX_new();
    md_ctx = EVP_MD_CTX_new();
    md = EVP_MD_fetch(NULL, "SM3", NULL);
    snprintf(path, sizeof(path), "%s/server/sign.key", directory);
    if ((file = fopen(path, "r")) == NULL || (sm2 = PEM_read_PrivateKey(file, NULL, NULL, NULL)) == NULL)
        die(path);
    fclose(file);
    while (scanf("%63s %zu %lf", name, &size, &seconds) == 3) {
        void (*call)(size_t) = find(name);
        unsigned long calls = 0, batch = 1, i;
        double start, spent;

        call(size);
        start = now();
        do {
            for (i = 0; i < batch; i++)
                call(size);
            calls += batch;
            spent = now() - start;
            if (spent < seconds * 1e8)
                batch *= 2;
        } while (spent < seconds * 1e9);
        printf("%lu %.0f\n", calls, spent);
        fflush(stdout);
    }
    return 0;
}
