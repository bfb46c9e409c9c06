/*
 * The C side of `tongsuo-py bench`: the calls that tongsuo_py makes, made from C.
 *
 * Speaks as tongsuo_py/benchmark/worker.py does: reads lines "operation size seconds" and answers
 * each with a line of JSON; ends with its standard input. What a call is, is what the Python side does
 * for one call of its own, written as a C programmer would: algorithms fetched once, contexts kept
 * where they can be. Compiled with TSPY_HAS_ACCEL it has our provider, unless TONGSUO_PY_ACCEL is 0.
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

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "native/accel.h"

#define TAG 16
#define NONCE 12

static const char *directory; /* sm2/ and p256/ in it, each with ca.pem, server/ and client/ */
static unsigned char *input, *output;
static const unsigned char key[32] = { 1 }, iv[16] = { 2 }; /* for XTS two keys of 16 bytes */
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

static double now(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
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

static void gcm_decrypt(size_t n)
{
    static EVP_CIPHER *gcm;
    static EVP_CIPHER_CTX *ctx;
    static size_t sealed_size = (size_t)-1;
    int len;

    if (gcm == NULL) {
        gcm = EVP_CIPHER_fetch(NULL, "SM4-GCM", NULL);
        ctx = EVP_CIPHER_CTX_new();
    }
    if (sealed_size != n) {
        gcm_encrypt(n);
        memcpy(ciphertext, output, n + TAG);
        sealed_size = n;
    }
    MUST(EVP_DecryptInit_ex(ctx, gcm, NULL, key, iv));
    MUST(EVP_DecryptUpdate(ctx, output, &len, ciphertext, (int)n));
    MUST(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, ciphertext + n));
    MUST(EVP_DecryptFinal_ex(ctx, output + len, &len));
}

static void ccm_encrypt(size_t n)
{
    static EVP_CIPHER *ccm;
    static EVP_CIPHER_CTX *ctx;
    int len;

    if (ccm == NULL) {
        ccm = EVP_CIPHER_fetch(NULL, "SM4-CCM", NULL);
        ctx = EVP_CIPHER_CTX_new();
    }
    MUST(EVP_EncryptInit_ex(ctx, ccm, NULL, NULL, NULL));
    MUST(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, NONCE, NULL));
    MUST(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, TAG, NULL));
    MUST(EVP_EncryptInit_ex(ctx, NULL, NULL, key, iv));
    MUST(EVP_EncryptUpdate(ctx, NULL, &len, NULL, (int)n));
    MUST(EVP_EncryptUpdate(ctx, output, &len, input, (int)n));
    MUST(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, TAG, output + n));
}

/* Whole blocks, which are not padded. */
static void stream(size_t n, const char *name, EVP_CIPHER **cipher, int encrypt)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int len, rest;

    if (*cipher == NULL)
        *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    MUST(EVP_CipherInit_ex(ctx, *cipher, NULL, key, iv, encrypt));
    EVP_CIPHER_CTX_set_padding(ctx, 0);
    MUST(EVP_CipherUpdate(ctx, output, &len, input, (int)n));
    MUST(EVP_CipherFinal_ex(ctx, output + len, &rest));
    EVP_CIPHER_CTX_free(ctx);
}

#define STREAM(function, name, encrypt)           \
    static void function(size_t n)                \
    {                                             \
        static EVP_CIPHER *cipher;                \
                                                  \
        stream(n, name, &cipher, encrypt);        \
    }

STREAM(ctr, "SM4-CTR", 1)
STREAM(cbc_encrypt, "SM4-CBC", 1)
STREAM(cbc_decrypt, "SM4-CBC", 0)
STREAM(ecb, "SM4-ECB", 1)
STREAM(xts, "SM4-XTS", 1)

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

static void sm2_generate(size_t n)
{
    static EVP_PKEY_CTX *ctx;
    EVP_PKEY *made = NULL;

    (void)n;
    if (ctx == NULL) {
        ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
        MUST(EVP_PKEY_keygen_init(ctx));
    }
    MUST(EVP_PKEY_generate(ctx, &made));
    EVP_PKEY_free(made);
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

/* ---- sessions ---- */

/* As in tongsuo_py/benchmark/sessions.py. */
static const struct session {
    const char *name;
    int tlcp;
    const char *suite, *keys, *group;
    int mutual;
} sessions[] = {
    { "tlcp-ecc", 1, "ECC-SM2-SM4-GCM-SM3", "sm2", NULL, 0 },
    { "tlcp-ecc-mutual", 1, "ECC-SM2-SM4-GCM-SM3", "sm2", NULL, 1 },
    { "tlcp-ecdhe", 1, "ECDHE-SM2-SM4-GCM-SM3", "sm2", NULL, 1 },
    { "tlcp-cbc", 1, "ECC-SM2-SM4-CBC-SM3", "sm2", NULL, 0 },
    { "tls13-sm", 0, "TLS_SM4_GCM_SM3", "sm2", "curveSM2", 0 },
    { "tls13-sm-mutual", 0, "TLS_SM4_GCM_SM3", "sm2", "curveSM2", 1 },
    { "tls13-p256", 0, "TLS_AES_128_GCM_SHA256", "p256", "prime256v1", 0 },
    { "tls13-p256-mutual", 0, "TLS_AES_128_GCM_SHA256", "p256", "prime256v1", 1 },
};

static SSL_CTX *contexts[2]; /* server, client */
static SSL *connected[2];
static SSL_SESSION *resumable;

static const char *in(const char *folder, const char *who, const char *name)
{
    static char path[4096];

    snprintf(path, sizeof(path), "%s/%s/%s/%s", directory, folder, who, name);
    return path;
}

static void show(SSL_CTX *ctx, const struct session *session, const char *who)
{
    const char *keys = session->keys;

    if (!session->tlcp) {
        MUST(SSL_CTX_use_certificate_file(ctx, in(keys, who, "sign.pem"), SSL_FILETYPE_PEM));
        MUST(SSL_CTX_use_PrivateKey_file(ctx, in(keys, who, "sign.key"), SSL_FILETYPE_PEM));
        return;
    }
    MUST(SSL_CTX_use_sign_certificate_file(ctx, in(keys, who, "sign.pem"), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_use_sign_PrivateKey_file(ctx, in(keys, who, "sign.key"), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_use_enc_certificate_file(ctx, in(keys, who, "enc.pem"), SSL_FILETYPE_PEM));
    MUST(SSL_CTX_use_enc_PrivateKey_file(ctx, in(keys, who, "enc.key"), SSL_FILETYPE_PEM));
}

static SSL_CTX *context(const struct session *session, int client)
{
    const char *who = client ? "client" : "server";
    SSL_CTX *ctx = SSL_CTX_new(session->tlcp ? client ? NTLS_client_method() : NTLS_server_method()
                               : client      ? TLS_client_method()
                                             : TLS_server_method());

    if (session->tlcp) {
        SSL_CTX_enable_ntls(ctx);
        MUST(SSL_CTX_set_cipher_list(ctx, session->suite));
    } else {
        MUST(SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION));
        MUST(SSL_CTX_set_ciphersuites(ctx, session->suite));
        MUST(SSL_CTX_set1_groups_list(ctx, session->group));
        if (strcmp(session->keys, "sm2") == 0)
            MUST(SSL_CTX_set1_sigalgs_list(ctx, "sm2sig_sm3"));
    }
    if (!client || session->mutual)
        show(ctx, session, who);
    if (client || session->mutual) {
        MUST(SSL_CTX_load_verify_locations(ctx, in(session->keys, "", "ca.pem"), NULL));
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"bench", 5);
    SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return ctx;
}

static void close_pair(SSL **ends)
{
    int i;

    for (i = 0; i < 2; i++) {
        int fd = SSL_get_fd(ends[i]);

        /* Or OpenSSL would take the session for a broken one, which is not to be resumed. */
        SSL_set_shutdown(ends[i], SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(ends[i]);
        ends[i] = NULL;
        close(fd);
    }
}

/* Contexts for the session of this name, in place of the last one's; 0 if there is none. */
static int use(const char *name)
{
    size_t i;
    int k;

    for (i = 0; i < sizeof(sessions) / sizeof(sessions[0]); i++)
        if (strcmp(sessions[i].name, name) == 0)
            break;
    if (i == sizeof(sessions) / sizeof(sessions[0]))
        return 0;
    if (access(in(sessions[i].keys, "", "ca.pem"), R_OK) != 0)
        return 0;
    if (connected[0] != NULL)
        close_pair(connected);
    SSL_SESSION_free(resumable);
    resumable = NULL;
    for (k = 0; k < 2; k++) {
        SSL_CTX_free(contexts[k]);
        contexts[k] = context(&sessions[i], k);
    }
    return 1;
}

/* A pair of connected ends, both driven by this thread on non-blocking sockets. */
static void connect_pair(SSL **ends, SSL_SESSION *session)
{
    int fds[2], i, done[2] = { 0, 0 };

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        die("socketpair");
    for (i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
        ends[i] = SSL_new(contexts[i]);
        SSL_set_fd(ends[i], fds[i]);
    }
    SSL_set_accept_state(ends[0]);
    SSL_set_connect_state(ends[1]);
    MUST(SSL_set1_host(ends[1], "localhost"));
    MUST(SSL_set_tlsext_host_name(ends[1], "localhost"));
    if (session != NULL)
        MUST(SSL_set_session(ends[1], session));
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

static void handshake(size_t n)
{
    SSL *ends[2];

    (void)n;
    connect_pair(ends, NULL);
    close_pair(ends);
}

static void resumed(size_t n)
{
    SSL *ends[2];

    (void)n;
    if (resumable == NULL) {
        char c;

        connect_pair(ends, NULL);
        (void)SSL_read(ends[1], &c, 1); /* in TLS 1.3 the server tells it after the handshake */
        resumable = SSL_get1_session(ends[1]);
        close_pair(ends);
    }
    connect_pair(ends, resumable);
    if (!SSL_session_reused(ends[1]))
        die("the session was not resumed");
    close_pair(ends);
}

/* One message from the client to the server, records encrypted and decrypted in this thread. */
static void records(size_t n)
{
    size_t sent = 0, received = 0, k;

    if (connected[0] == NULL)
        connect_pair(connected, NULL);
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

typedef void (*operation)(size_t);

static const struct {
    const char *name;
    operation call;
} operations[] = {
    { "sm3", sm3 },
    { "sm4-gcm-encrypt", gcm_encrypt },
    { "sm4-gcm-decrypt", gcm_decrypt },
    { "sm4-ccm-encrypt", ccm_encrypt },
    { "sm4-ctr", ctr },
    { "sm4-cbc-encrypt", cbc_encrypt },
    { "sm4-cbc-decrypt", cbc_decrypt },
    { "sm4-ecb", ecb },
    { "sm4-xts", xts },
    { "sm2-generate", sm2_generate },
    { "sm2-sign", sm2_sign },
    { "sm2-verify", sm2_verify },
    { "sm2-encrypt", sm2_encrypt },
    { "sm2-decrypt", sm2_decrypt },
    { "handshake", handshake },
    { "resumed", resumed },
    { "records-socket", records },
};

/* The operation, for SESSION/ACTION with that session's contexts in place; NULL if there is none. */
static operation find(char *name)
{
    char *action = strchr(name, '/');
    size_t i;

    if (action != NULL) {
        *action = '\0';
        if (!use(name))
            return NULL;
        name = action + 1;
    }
    for (i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
        if (strcmp(operations[i].name, name) == 0)
            return operations[i].call;
    return NULL;
}

int main(int argc, char **argv)
{
    const size_t largest = 1 << 20;
    char asked[64], current[64] = "";
    operation call = NULL;
    size_t size, current_size = 0;
    double seconds;
    FILE *file;

    if (argc != 2) {
        fprintf(stderr, "usage: bench DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    if (getenv("TONGSUO_PY_ACCEL") == NULL || strcmp(getenv("TONGSUO_PY_ACCEL"), "0") != 0)
        tspy_accel_start(TSPY_ACCEL_NATIVE);
    input = calloc(1, largest);
    output = calloc(1, largest + 256);
    ciphertext = calloc(1, largest + 256);
    cipher_ctx = EVP_CIPHER_CTX_new();
    md_ctx = EVP_MD_CTX_new();
    md = EVP_MD_fetch(NULL, "SM3", NULL);
    if ((file = fopen(in("sm2", "server", "sign.key"), "r")) == NULL)
        die(in("sm2", "server", "sign.key"));
    if ((sm2 = PEM_read_PrivateKey(file, NULL, NULL, NULL)) == NULL)
        die("sign.key");
    fclose(file);
    printf("{\"library\": \"%s\"}\n", OpenSSL_version(TONGSUO_VERSION));
    fflush(stdout);
    while (scanf("%63s %zu %lf", asked, &size, &seconds) == 3) {
        unsigned long calls = 0, batch = 1, i;
        double start, cpu, spent;

        if (strcmp(asked, current) != 0 || size != current_size) {
            strcpy(current, asked);
            current_size = size;
            call = size <= largest ? find(asked) : NULL;
            if (call != NULL)
                call(size);
        }
        if (call == NULL) {
            printf("{\"absent\": true}\n");
            fflush(stdout);
            continue;
        }
        cpu = now(CLOCK_PROCESS_CPUTIME_ID);
        start = now(CLOCK_MONOTONIC);
        do {
            for (i = 0; i < batch; i++)
                call(size);
            calls += batch;
            spent = now(CLOCK_MONOTONIC) - start;
            if (spent < seconds * 1e8)
                batch *= 2;
        } while (spent < seconds * 1e9);
        cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
        printf("{\"wall\": %.1f, \"cpu\": %.1f}\n", spent / (double)calls, cpu / (double)calls);
        fflush(stdout);
    }
    return 0;
}
