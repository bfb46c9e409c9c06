/*
 * A provider in this process, beside Tongsuo's default one: its ciphers and signatures are taken
 * instead of Tongsuo's by everything that fetches from the default library context, libssl too.
 *
 * Properties decide, not the order of loading. The default query would rather have what is ours; but
 * not the key manager, whose keys are imported: a key is made, read and written by Tongsuo, and goes
 * over to us when it is to sign or verify (sm2_key.c). (OpenSSL takes new names of properties only
 * with a dot.)
 */
#include "../compat.h"

#include <openssl/core.h>
#include <openssl/core_names.h>
#include <openssl/provider.h>

#include "../accel.h"
#include "ciphers.h"
#include "provider.h"
#include "sm2.h"

#define NAME "tongsuo-py"
#define OURS "provider=" NAME ",tongsuopy.accel=yes"
#define KEYS "provider=" NAME ",tongsuopy.keys=imported"
#define PREFERENCE "?tongsuopy.accel=yes,?tongsuopy.keys!=imported"

static unsigned served;
static OSSL_PROVIDER *tongsuo; /* the default provider */

static const OSSL_ALGORITHM ciphers[] = {
    {"SM4-ECB:1.2.156.10197.1.104.1", OURS, tspy_accel_sm4_ecb, NULL},
    {"SM4-CBC:SM4:1.2.156.10197.1.104.2", OURS, tspy_accel_sm4_cbc, NULL},
    {"SM4-CTR:1.2.156.10197.1.104.7", OURS, tspy_accel_sm4_ctr, NULL},
    {"SM4-GCM:1.2.156.10197.1.104.8", OURS, tspy_accel_sm4_gcm, NULL},
    {"SM4-CCM:1.2.156.10197.1.104.9", OURS, tspy_accel_sm4_ccm, NULL},
#if TSPY_TONGSUO_AT_LEAST(8, 5) /* 8.4 has no SM4-XTS: what there is must not depend on this */
    {"SM4-XTS:1.2.156.10197.1.104.10", OURS, tspy_accel_sm4_xts, NULL},
#endif
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM signatures[] = {
    {"SM2:1.2.156.10197.1.301", OURS, tspy_accel_sm2_signature, NULL},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM keys[] = {
    {"SM2:1.2.156.10197.1.301", KEYS, tspy_accel_sm2_key, NULL},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
    (void)context;
    *no_cache = 0;
    if (operation == OSSL_OP_CIPHER && (served & TSPY_ACCEL_SM4))
        return ciphers;
    if (operation == OSSL_OP_SIGNATURE && (served & TSPY_ACCEL_SM2))
        return signatures;
    if (operation == OSSL_OP_KEYMGMT && (served & TSPY_ACCEL_SM2))
        return keys;
    return NULL;
}

static const OSSL_PARAM *gettable(void *context)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_DEFN(OSSL_PROV_PARAM_NAME, OSSL_PARAM_UTF8_PTR, NULL, 0),
        OSSL_PARAM_DEFN(OSSL_PROV_PARAM_STATUS, OSSL_PARAM_INTEGER, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)context;
    return known;
}

static int get(void *context, OSSL_PARAM params[])
{
    OSSL_PARAM *param = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_NAME);

    (void)context;
    if (param != NULL && !OSSL_PARAM_set_utf8_ptr(param, NAME))
        return 0;
    param = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
    return param == NULL || OSSL_PARAM_set_int(param, 1);
}

typedef struct {
    OSSL_CALLBACK *tell;
    void *argument;
} listener;

/* Of Tongsuo's groups for TLS those whose keys are SM2's. */
static int tell_of_sm2(const OSSL_PARAM params[], void *given)
{
    const listener *who = given;
    const OSSL_PARAM *param =
        OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_ALG);
    const char *name = NULL;

    if (param == NULL || !OSSL_PARAM_get_utf8_string_ptr(param, &name)
        || OPENSSL_strcasecmp(name, "SM2") != 0)
        return 1;
    return who->tell(params, who->argument);
}

/*
 * libssl takes a group only of the provider whose key manager it is given when it looks for one.
 * With 8.4 that can be ours, for the reason in sm2_key.c.
 */
static int capabilities(void *context, const char *capability, OSSL_CALLBACK *tell, void *argument)
{
    listener who = {tell, argument};

    (void)context;
    if (!(served & TSPY_ACCEL_SM2) || OPENSSL_strcasecmp(capability, "TLS-GROUP") != 0)
        return 1;
    return OSSL_PROVIDER_get_capabilities(tongsuo, capability, tell_of_sm2, &who);
}

static const OSSL_DISPATCH functions[] = {
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query},
    {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (void (*)(void))gettable},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (void (*)(void))get},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (void (*)(void))capabilities},
    {0, NULL},
};

static int start(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                 void **context)
{
    static int nothing; /* a provider has a context; this one keeps none */

    (void)handle;
    (void)in;
    *out = functions;
    *context = &nothing;
    return 1;
}

int tspy_accel_provide(unsigned parts)
{
    OSSL_PROVIDER *own = NULL;

    served = parts;
    /* Tongsuo loads its own by itself only as long as nobody loads another. */
    tongsuo = OSSL_PROVIDER_load(NULL, "default");
    if (tongsuo != NULL && (!(parts & TSPY_ACCEL_SM2) || tspy_accel_sm2_ready(tongsuo))
        && OSSL_PROVIDER_add_builtin(NULL, NAME, start))
        own = OSSL_PROVIDER_load(NULL, NAME);
    if (own != NULL && tspy_accel_ciphers_ready()
        && EVP_set_default_properties(NULL, PREFERENCE))
        return 1;
    OSSL_PROVIDER_unload(own);
    ERR_clear_error();
    return 0;
}
