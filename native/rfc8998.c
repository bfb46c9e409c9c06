/*
 * Where Tongsuo's servers leave RFC 8998, and its own clients in strict mode refuse them.
 */
#include "compat.h"

#include "rfc8998.h"

#define CURVE_SM2 41 /* IANA's number of the group */

/*
 * 3.3.2: once a server has chosen one of the SM4 suites, sm2sig_sm3 is the only signature algorithm
 * that its CertificateRequest may name. Tongsuo names all that it has, whatever the suite.
 */
static int has_sm2_certificate(SSL *s)
{
    long more;

    for (more = SSL_set_current_cert(s, SSL_CERT_SET_FIRST); more == 1;
         more = SSL_set_current_cert(s, SSL_CERT_SET_NEXT)) {
        EVP_PKEY *key = SSL_get_privatekey(s);

        if (key != NULL && EVP_PKEY_is_a(key, "SM2"))
            return 1;
    }
    return 0;
}

/* Called when the suite of TLS 1.3 is chosen and the server looks for its certificate. */
static int choose_client_sigalgs(SSL *s, void *arg)
{
    const SSL_CIPHER *suite = SSL_get_pending_cipher(s);
    uint32_t id = suite == NULL ? 0 : SSL_CIPHER_get_id(suite);

    (void)arg;
    if (id != TLS1_3_CK_SM4_GCM_SM3 && id != TLS1_3_CK_SM4_CCM_SM3)
        return 1;
    if (!SSL_is_server(s) || !has_sm2_certificate(s))
        return 1;
    return SSL_set1_client_sigalgs_list(s, "sm2sig_sm3") == 1;
}

void tspy_rfc8998_client_sigalgs(SSL_CTX *ctx, int enable)
{
    SSL_CTX_set_cert_cb(ctx, enable ? choose_client_sigalgs : NULL, NULL);
}

static int speaks_tls13(SSL *s)
{
    long newest = SSL_get_max_proto_version(s); /* 0: whatever there is */

    return (newest == 0 || newest >= TLS1_3_VERSION)
           && (SSL_get_options(s) & SSL_OP_NO_TLSv1_3) == 0;
}

/*
 * 3.3.1: the key exchange is on curveSM2, for which the client has sent a key. Tongsuo 8.5 would
 * rather ask for one of another group, as its list of groups begins with others. The first key that
 * a client sends is of the group that it likes best. (In TLS 1.2 Tongsuo fails with this group.)
 */
static int choose_group(SSL *s, int *alert, void *arg)
{
    const unsigned char *shares; /* length of the list (2 bytes), group (2), ... */
    size_t size;

    (void)alert;
    (void)arg;
    if (speaks_tls13(s)
        && SSL_client_hello_get0_ext(s, TLSEXT_TYPE_key_share, &shares, &size) == 1
        && size >= 4 && (shares[2] << 8 | shares[3]) == CURVE_SM2)
        SSL_set1_groups_list(s, TSPY_CURVE_SM2_FIRST);
    return SSL_CLIENT_HELLO_SUCCESS;
}

void tspy_rfc8998_group(SSL_CTX *ctx, int enable)
{
    SSL_CTX_set_client_hello_cb(ctx, enable ? choose_group : NULL, NULL);
}
