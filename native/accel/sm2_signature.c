/*
 * The signature operation, as Tongsuo's own does it for EVP and libssl: with the same parameters,
 * sizes and answers. (What SM2 is asked of a provider: provider-signature(7) and EVP_PKEY-SM2(7).)
 */
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/proverr.h>

#include "sm2.h"
#include "sm2_der.h"
#include "sm2_key.h"
#include "sm2_z.h"

#define DIGEST_SIZE SM2_Z_SIZE
#define DIGEST_NAME "SM3"

/* Tongsuo's reasons, from its include/crypto/sm2err.h, which is not installed. */
#define REASON_BAD_SIGNATURE 101
#define REASON_INVALID_ENCODING 104

/* AlgorithmIdentifier of SM2 with SM3: 1.2.156.10197.1.501 without parameters. */
static const unsigned char ALGORITHM[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x81,
                                          0x1c, 0xcf, 0x55, 0x01, 0x83, 0x75};

typedef struct {
    sm2_key *key;
    char *properties; /* to fetch the digest with */
    EVP_MD *md;
    EVP_MD_CTX *digest; /* of Z and the data, once there is one */
    unsigned char *id;  /* NULL for the default one */
    size_t id_size;
    int awaits_z; /* Z goes before the data, and has not been hashed */
    int digests;  /* it was made ready to hash: then it has an algorithm identifier */
} context;

static void *new_context(void *provider, const char *properties)
{
    context *c = OPENSSL_zalloc(sizeof(*c));

    (void)provider;
    if (c != NULL && properties != NULL
        && (c->properties = OPENSSL_strdup(properties)) == NULL) {
        OPENSSL_free(c);
        return NULL;
    }
    return c;
}

static void free_context(void *given)
{
    context *c = given;

    if (c == NULL)
        return;
    sm2_key_free(c->key);
    EVP_MD_CTX_free(c->digest);
    EVP_MD_free(c->md);
    OPENSSL_free(c->properties);
    OPENSSL_free(c->id);
    OPENSSL_free(c);
}

static int copy_parts(context *to, const context *from)
{
    if (from->properties != NULL
        && (to->properties = OPENSSL_strdup(from->properties)) == NULL)
        return 0;
    if (from->id != NULL && (to->id = OPENSSL_memdup(from->id, from->id_size)) == NULL)
        return 0;
    if (from->md != NULL) {
        if (!EVP_MD_up_ref(from->md))
            return 0;
        to->md = from->md;
    }
    if (from->digest != NULL) {
        to->digest = EVP_MD_CTX_new();
        if (to->digest == NULL || !EVP_MD_CTX_copy_ex(to->digest, from->digest))
            return 0;
    }
    return 1;
}

static void *copy_context(void *given)
{
    const context *from = given;
    context *to = OPENSSL_zalloc(sizeof(*to));

    if (to == NULL)
        return NULL;
    to->key = from->key == NULL ? NULL : sm2_key_share(from->key);
    to->id_size = from->id_size;
    to->awaits_z = from->awaits_z;
    to->digests = from->digests;
    if (!copy_parts(to, from)) {
        free_context(to);
        return NULL;
    }
    return to;
}

/* Fetch the digest, if that was not done, and check that it is the one named (any for NULL). */
static int set_digest(context *c, const char *name)
{
    if (c->md == NULL)
        c->md = EVP_MD_fetch(NULL, DIGEST_NAME, c->properties);
    if (c->md == NULL)
        return 0;
    if (name != NULL && !EVP_MD_is_a(c->md, name)) {
        ERR_raise_data(ERR_LIB_PROV, PROV_R_INVALID_DIGEST, "digest=%s", name);
        return 0;
    }
    return 1;
}

/* For both types of strings; the answer of `use`, or 0 for what is none. */
static int with_string(context *c, const OSSL_PARAM *param, int (*use)(context *, const char *))
{
    char *text = NULL;
    int done = OSSL_PARAM_get_utf8_string(param, &text, 0) && use(c, text);

    OPENSSL_free(text);
    return done;
}

static int set_za(context *c, const char *value)
{
    if (OPENSSL_strcasecmp(value, "no") == 0)
        c->awaits_z = 0;
    return 1;
}

static int set_id(context *c, const OSSL_PARAM *param)
{
    void *id = NULL;
    size_t size = 0;

    /* Too late where Z was hashed; where a digest is signed there is none. */
    if (!c->awaits_z
        || (param->data_size != 0 && !OSSL_PARAM_get_octet_string(param, &id, 0, &size)))
        return 0;
    OPENSSL_free(c->id);
    c->id = id;
    c->id_size = size;
    return 1;
}

static int set_params(void *given, const OSSL_PARAM params[])
{
    context *c = given;
    const OSSL_PARAM *param;
    size_t size;

    if (c == NULL)
        return 0;
    if (params == NULL)
        return 1;
    param = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_SM2_ZA);
    if (param != NULL && !with_string(c, param, set_za))
        return 0;
    param = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_DIST_ID);
    if (param != NULL && !set_id(c, param))
        return 0;
    param = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST_SIZE);
    if (param != NULL && (!OSSL_PARAM_get_size_t(param, &size) || size != DIGEST_SIZE))
        return 0;
    param = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    return param == NULL || with_string(c, param, set_digest);
}

static const OSSL_PARAM *settable_params(void *c, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_size_t(OSSL_SIGNATURE_PARAM_DIGEST_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_DIST_ID, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_SM2_ZA, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)c;
    (void)provider;
    return known;
}

static int get_params(void *given, OSSL_PARAM params[])
{
    const context *c = given;
    OSSL_PARAM *param;

    if (c == NULL)
        return 0;
    param = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
    if (param != NULL
        && !OSSL_PARAM_set_octet_string(param, c->digests ? ALGORITHM : NULL,
                                        c->digests ? sizeof(ALGORITHM) : 0))
        return 0;
    param = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST_SIZE);
    if (param != NULL && !OSSL_PARAM_set_size_t(param, DIGEST_SIZE))
        return 0;
    param = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);
    return param == NULL
           || OSSL_PARAM_set_utf8_string(param, c->md == NULL ? DIGEST_NAME
                                                              : EVP_MD_get0_name(c->md));
}

static const OSSL_PARAM *gettable_params(void *c, void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
        OSSL_PARAM_size_t(OSSL_SIGNATURE_PARAM_DIGEST_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)c;
    (void)provider;
    return known;
}

/* To sign or verify a digest; the key is NULL to go on with the one there is. */
static int init(void *given, void *ec_key, const OSSL_PARAM params[])
{
    context *c = given;
    sm2_key *key = NULL;

    if (c == NULL)
        return 0;
    if (ec_key == NULL && c->key == NULL) {
        ERR_raise(ERR_LIB_PROV, PROV_R_NO_KEY_SET);
        return 0;
    }
    if (ec_key != NULL) {
        key = sm2_key_of(ec_key);
        if (key == NULL)
            return 0;
        sm2_key_free(c->key);
        c->key = key;
    }
    return set_params(c, params);
}

/* To sign or verify data. */
static int digest_init(void *given, const char *name, void *ec_key, const OSSL_PARAM params[])
{
    context *c = given;

    if (c == NULL)
        return 0;
    c->awaits_z = 1; /* unless the parameters say otherwise */
    c->digests = 0;
    if (!init(c, ec_key, params) || !set_digest(c, name))
        return 0;
    if (c->digest == NULL && (c->digest = EVP_MD_CTX_new()) == NULL)
        return 0;
    c->digests = 1;
    return EVP_DigestInit_ex2(c->digest, c->md, params);
}

/* Z into the digest, if that was not done. */
static int hash_z(context *c)
{
    unsigned char z[DIGEST_SIZE];

    if (!c->awaits_z)
        return 1;
    c->awaits_z = 0;
    if (c->key->public == NULL) {
        ERR_raise(ERR_LIB_PROV, PROV_R_NOT_A_PUBLIC_KEY);
        return 0;
    }
    return sm2_make_z(z, c->md, c->id, c->id_size, c->key->octets)
           && EVP_DigestUpdate(c->digest, z, sizeof(z));
}

static int digest_update(void *given, const unsigned char *data, size_t size)
{
    context *c = given;

    return c != NULL && c->digest != NULL && hash_z(c) && EVP_DigestUpdate(c->digest, data, size);
}

static int digest_final(context *c, unsigned char e[DIGEST_SIZE])
{
    return hash_z(c) && EVP_DigestFinal_ex(c->digest, e, NULL);
}

/* With `signature` NULL, the most bytes it can have. */
static int sign(void *given, unsigned char *signature, size_t *size, size_t room,
                const unsigned char *e, size_t e_size)
{
    context *c = given;
    sm2_pair made;

    if (signature == NULL) {
        *size = SM2_LONGEST_DER;
        return 1;
    }
    if (room < SM2_LONGEST_DER) {
        ERR_raise(ERR_LIB_PROV, PROV_R_OUTPUT_BUFFER_TOO_SMALL);
        return 0;
    }
    if (e_size != DIGEST_SIZE) {
        ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_DIGEST_LENGTH);
        return 0;
    }
    if (!c->key->has_private) {
        ERR_raise(ERR_LIB_PROV, PROV_R_NOT_A_PRIVATE_KEY);
        return 0;
    }
    if (!sm2_sign(&made, e, &c->key->inverse))
        return 0;
    *size = sm2_write_der(signature, &made);
    return 1;
}

static int digest_sign_final(void *given, unsigned char *signature, size_t *size, size_t room)
{
    context *c = given;
    unsigned char e[DIGEST_SIZE];

    if (c == NULL || c->digest == NULL || (signature != NULL && !digest_final(c, e)))
        return 0;
    return sign(c, signature, size, room, e, sizeof(e));
}

/* 1 for a valid one; 0, and -1 for what is no signature at all. */
static int verify(void *given, const unsigned char *signature, size_t size, const unsigned char *e,
                  size_t e_size)
{
    context *c = given;
    sm2_pair pair;
    int read;

    if (e_size != DIGEST_SIZE) {
        ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_DIGEST_LENGTH);
        return 0;
    }
    read = sm2_read_der(&pair, signature, size);
    if (read != 1) {
        ERR_raise(ERR_LIB_SM2, read < 0 ? REASON_INVALID_ENCODING : REASON_BAD_SIGNATURE);
        return read;
    }
    if (c->key->public == NULL) {
        ERR_raise(ERR_LIB_PROV, PROV_R_NOT_A_PUBLIC_KEY);
        return 0;
    }
    return sm2_verify(&pair, e, &c->key->point, sm2_key_table(c->key));
}

static int digest_verify_final(void *given, const unsigned char *signature, size_t size)
{
    context *c = given;
    unsigned char e[DIGEST_SIZE];

    if (c == NULL || c->digest == NULL || !digest_final(c, e))
        return 0;
    return verify(c, signature, size, e, sizeof(e));
}

static int get_digest_params(void *given, OSSL_PARAM params[])
{
    context *c = given;

    return c->digest != NULL && EVP_MD_CTX_get_params(c->digest, params);
}

static const OSSL_PARAM *gettable_digest_params(void *given)
{
    context *c = given;

    return c->md == NULL ? NULL : EVP_MD_gettable_ctx_params(c->md);
}

static int set_digest_params(void *given, const OSSL_PARAM params[])
{
    context *c = given;

    return c->digest != NULL && EVP_MD_CTX_set_params(c->digest, params);
}

static const OSSL_PARAM *settable_digest_params(void *given)
{
    context *c = given;

    return c->md == NULL ? NULL : EVP_MD_settable_ctx_params(c->md);
}

const OSSL_DISPATCH tspy_accel_sm2_signature[] = {
    {OSSL_FUNC_SIGNATURE_NEWCTX, (void (*)(void))new_context},
    {OSSL_FUNC_SIGNATURE_FREECTX, (void (*)(void))free_context},
    {OSSL_FUNC_SIGNATURE_DUPCTX, (void (*)(void))copy_context},
    {OSSL_FUNC_SIGNATURE_SIGN_INIT, (void (*)(void))init},
    {OSSL_FUNC_SIGNATURE_SIGN, (void (*)(void))sign},
    {OSSL_FUNC_SIGNATURE_VERIFY_INIT, (void (*)(void))init},
    {OSSL_FUNC_SIGNATURE_VERIFY, (void (*)(void))verify},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (void (*)(void))digest_init},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, (void (*)(void))digest_update},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, (void (*)(void))digest_sign_final},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, (void (*)(void))digest_init},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, (void (*)(void))digest_update},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, (void (*)(void))digest_verify_final},
    {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, (void (*)(void))gettable_params},
    {OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, (void (*)(void))set_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, (void (*)(void))settable_params},
    {OSSL_FUNC_SIGNATURE_GET_CTX_MD_PARAMS, (void (*)(void))get_digest_params},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_MD_PARAMS, (void (*)(void))gettable_digest_params},
    {OSSL_FUNC_SIGNATURE_SET_CTX_MD_PARAMS, (void (*)(void))set_digest_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_MD_PARAMS, (void (*)(void))settable_digest_params},
    {0, NULL},
};
