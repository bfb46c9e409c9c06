/*
 * Everything that differs between the Tongsuo versions we support, in one place.
 *
 * The names are those of the newest version; for an older one they are defined here, so that the
 * CFFI declarations and the Python code are the same for all.
 */
/* The methods for one TLS version are deprecated, as the PROTOCOL_TLSv1_2 that they stand for is. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include <pthread.h>
#include <stdint.h>
#include <time.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/opensslv.h>
#include <openssl/params.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/proverr.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/ui.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#ifndef TONGSUO_VERSION_MAJOR
#error "these headers are not Tongsuo's; run: python tongsuo/build.py"
#endif
#ifdef OPENSSL_NO_NTLS
#error "this Tongsuo was built without NTLS; configure it with enable-ntls"
#endif

#define TSPY_TONGSUO_AT_LEAST(major, minor) \
    (TONGSUO_VERSION_MAJOR > (major) \
     || (TONGSUO_VERSION_MAJOR == (major) && TONGSUO_VERSION_MINOR >= (minor)))

/* The typed stacks under plain names: CFFI cannot declare STACK_OF(). */
typedef STACK_OF(X509) X509_STACK;
typedef STACK_OF(X509_REVOKED) X509_REVOKED_STACK;
typedef STACK_OF(X509_OBJECT) X509_OBJECT_STACK;
typedef STACK_OF(SSL_CIPHER) SSL_CIPHER_STACK;
typedef STACK_OF(OPENSSL_CSTRING) OPENSSL_CSTRING_STACK;

/* What this Tongsuo was built with. */
#ifdef OPENSSL_NO_SSL3
#define TSPY_HAS_SSL3 0
#else
#define TSPY_HAS_SSL3 1
#endif
#ifdef OPENSSL_NO_EC_SM2P_64_GCC_128
#define TSPY_HAS_SM2P_64 0
#else
#define TSPY_HAS_SM2P_64 1
#endif
#ifdef OPENSSL_NO_TLS1
#define TSPY_HAS_TLS1 0
#else
#define TSPY_HAS_TLS1 1
#endif
#ifdef OPENSSL_NO_TLS1_1
#define TSPY_HAS_TLS1_1 0
#else
#define TSPY_HAS_TLS1_1 1
#endif
#ifdef OPENSSL_NO_TLS1_2
#define TSPY_HAS_TLS1_2 0
#else
#define TSPY_HAS_TLS1_2 1
#endif
#ifdef OPENSSL_NO_TLS1_3
#define TSPY_HAS_TLS1_3 0
#else
#define TSPY_HAS_TLS1_3 1
#endif
#ifdef OPENSSL_NO_PSK
#define TSPY_HAS_PSK 0
#else
#define TSPY_HAS_PSK 1
#endif

#if TSPY_TONGSUO_AT_LEAST(8, 5)
#define TSPY_HAS_STRICT_ECDHE_CKE 1
#define TSPY_LISTS_GROUPS 1
#define TSPY_CURVE_SM2_FIRST "curveSM2:DEFAULT"

/* A connection of a server for TLS and TLCP, once it is known to be TLCP. */
static inline void tspy_force_ntls(SSL *s)
{
    SSL_enable_force_ntls(s);
}
#else
/*
 * 8.4 applies to TLCP what is meant for TLS: the oldest version allowed, and security level 2 (both
 * are CPython's settings), at which it refuses TLCP by its number. 8.5 does not.
 */
static inline void tspy_force_ntls(SSL *s)
{
    SSL_enable_force_ntls(s);
    SSL_set_min_proto_version(s, 0);
    if (SSL_get_security_level(s) == 2)
        SSL_set_security_level(s, 1);
}

/* What 8.4 has names for (ssl/t1_lib.c); its OpenSSL does not tell them yet. */
static inline char *SSL_get1_builtin_sigalgs(OSSL_LIB_CTX *libctx)
{
    (void)libctx;
    return OPENSSL_strdup(
        "sm2sig_sm3:ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:"
        "ed25519:ed448:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
        "rsa_pss_pss_sha256:rsa_pss_pss_sha384:rsa_pss_pss_sha512:rsa_pkcs1_sha256:"
        "rsa_pkcs1_sha384:rsa_pkcs1_sha512:rsa_pkcs1_sha224:rsa_pkcs1_sha1");
}

/* 8.4 cannot put GB/T 38636's length before the client's ECDHE parameters. */
#define TSPY_HAS_STRICT_ECDHE_CKE 0
static inline void SSL_CTX_set_ntls_strict_ecdhe_cke(SSL_CTX *ctx, int enable)
{
    (void)ctx;
    (void)enable;
}

/* 8.4, on OpenSSL 3.0, does not list its groups. */
#define TSPY_LISTS_GROUPS 0
#define TSPY_CURVE_SM2_FIRST "SM2:X25519:P-256:X448:P-521:P-384" /* as its own list goes on */
static inline long SSL_CTX_get0_implemented_groups(SSL_CTX *ctx, int all,
                                                   OPENSSL_CSTRING_STACK *out)
{
    (void)ctx;
    (void)all;
    (void)out;
    return 0;
}

/* Of a signature 8.4 tells the kind of key and the digest, but not the name of the two. */
#define TSPY_RSAE (-EVP_PKEY_RSA_PSS) /* PSS with an ordinary RSA key */
static inline long tspy_signature_name(int kind, int digest, EVP_PKEY *key, const char **name)
{
    static const struct {
        int kind, digest;
        const char *name;
    } known[] = {
        {EVP_PKEY_SM2, NID_sm3, "sm2sig_sm3"},
        {EVP_PKEY_EC, NID_sha256, "ecdsa_secp256r1_sha256"},
        {EVP_PKEY_EC, NID_sha384, "ecdsa_secp384r1_sha384"},
        {EVP_PKEY_EC, NID_sha512, "ecdsa_secp521r1_sha512"},
        {EVP_PKEY_EC, NID_sha224, "ecdsa_sha224"},
        {EVP_PKEY_EC, NID_sha1, "ecdsa_sha1"},
        {EVP_PKEY_ED25519, NID_undef, "ed25519"},
        {EVP_PKEY_ED448, NID_undef, "ed448"},
        {TSPY_RSAE, NID_sha256, "rsa_pss_rsae_sha256"},
        {TSPY_RSAE, NID_sha384, "rsa_pss_rsae_sha384"},
        {TSPY_RSAE, NID_sha512, "rsa_pss_rsae_sha512"},
        {EVP_PKEY_RSA_PSS, NID_sha256, "rsa_pss_pss_sha256"},
        {EVP_PKEY_RSA_PSS, NID_sha384, "rsa_pss_pss_sha384"},
        {EVP_PKEY_RSA_PSS, NID_sha512, "rsa_pss_pss_sha512"},
        {EVP_PKEY_RSA, NID_sha256, "rsa_pkcs1_sha256"},
        {EVP_PKEY_RSA, NID_sha384, "rsa_pkcs1_sha384"},
        {EVP_PKEY_RSA, NID_sha512, "rsa_pkcs1_sha512"},
        {EVP_PKEY_RSA, NID_sha224, "rsa_pkcs1_sha224"},
        {EVP_PKEY_RSA, NID_sha1, "rsa_pkcs1_sha1"},
    };
    size_t i;

    if (kind == EVP_PKEY_RSA_PSS && key != NULL && EVP_PKEY_is_a(key, "RSA"))
        kind = TSPY_RSAE;
    for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (known[i].kind == kind && known[i].digest == digest) {
            *name = known[i].name;
            return 1;
        }
    return 0;
}

static inline long SSL_get0_signature_name(SSL *s, const char **name)
{
    int kind, digest;

    return SSL_get_signature_type_nid(s, &kind) && SSL_get_signature_nid(s, &digest)
           && tspy_signature_name(kind, digest, SSL_get_privatekey(s), name);
}

static inline long SSL_get0_peer_signature_name(SSL *s, const char **name)
{
    X509 *peer = SSL_get0_peer_certificate(s);
    int kind, digest;

    return peer != NULL && SSL_get_peer_signature_type_nid(s, &kind)
           && SSL_get_peer_signature_nid(s, &digest)
           && tspy_signature_name(kind, digest, X509_get0_pubkey(peer), name);
}

static inline const char *SSL_get0_group_name(SSL *s)
{
    int group = SSL_get_negotiated_group(s);

    return group == NID_undef ? NULL : SSL_group_to_name(s, group);
}

static inline time_t SSL_SESSION_get_time_ex(const SSL_SESSION *s)
{
    return (time_t)SSL_SESSION_get_time(s);
}

/* 8.4 keeps the pair in the session, the signing certificate as the peer's own. */
static inline X509 *SSL_get0_peer_sign_certificate_ntls(const SSL *s)
{
    return SSL_is_ntls(s) ? SSL_get0_peer_certificate(s) : NULL;
}

static inline X509 *SSL_get0_peer_enc_certificate_ntls(const SSL *s)
{
    STACK_OF(X509) *chain = SSL_is_ntls(s) ? SSL_get_peer_cert_chain(s) : NULL;

    return chain == NULL ? NULL : sk_X509_value(chain, SSL_is_server(s) ? 0 : 1);
}
#endif
