/*
 * Everything that differs between the Tongsuo versions we support, in one place.
 *
 * The names are those of the newest version; for an older one they are defined here, so that the
 * CFFI declarations and the Python code are the same for all.
 */
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
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
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
typedef STACK_OF(X509_OBJECT) X509_OBJECT_STACK;
typedef STACK_OF(SSL_CIPHER) SSL_CIPHER_STACK;

#if TSPY_TONGSUO_AT_LEAST(8, 5)
#define TSPY_HAS_STRICT_ECDHE_CKE 1

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

/* 8.4 cannot put GB/T 38636's length before the client's ECDHE parameters. */
#define TSPY_HAS_STRICT_ECDHE_CKE 0
static inline void SSL_CTX_set_ntls_strict_ecdhe_cke(SSL_CTX *ctx, int enable)
{
    (void)ctx;
    (void)enable;
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
