/*
 * The key manager. It makes, reads and writes no keys: EVP hands one that Tongsuo's has over to it,
 * when the signature operation was fetched from here, and keeps the copy with the key.
 *
 * What it refuses EVP leaves to Tongsuo's own operation, so that a refusal is never an error.
 */
#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>

#include "sm2.h"
#include "sm2_der.h"
#include "sm2_key.h"

/*
 * From this verification on a key has a table, which takes as long to make as two are quicker for
 * it. Certificates of peers have keys that verify once or twice, those of authorities many.
 */
#define VERIFICATIONS_BEFORE_TABLE 3

static void *new_key(void *provider)
{
    sm2_key *key = sm2_scheme_start() ? OPENSSL_zalloc(sizeof(*key)) : NULL;

    (void)provider;
    if (key != NULL)
        key->references = 1;
    return key;
}

sm2_key *sm2_key_share(sm2_key *key)
{
    key->references++;
    return key;
}

void sm2_key_free(void *given)
{
    sm2_key *key = given;

    if (key == NULL || --key->references > 0)
        return;
    OPENSSL_free(key->table);
    OPENSSL_clear_free(key, sizeof(*key));
}

const sm2_table *sm2_key_table(sm2_key *key)
{
    sm2_table *table = key->table;

    /* One thread counts to this number, and the others go on without until it is done. */
    if (table == NULL && key->verified < VERIFICATIONS_BEFORE_TABLE
        && ++key->verified == VERIFICATIONS_BEFORE_TABLE) {
        table = OPENSSL_malloc(sizeof(*table));
        if (table != NULL)
            sm2_make_table(table, &key->point);
        key->table = table;
    }
    return table;
}

static int has(const void *given, int selection)
{
    const sm2_key *key = given;

    return key != NULL && (key->has_public || !(selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY))
           && (key->has_private || !(selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY));
}

static int match(const void *one, const void *other, int selection)
{
    const sm2_key *a = one, *b = other;

    if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) && a->has_public && b->has_public)
        return memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) && a->has_private && b->has_private)
        return CRYPTO_memcmp(&a->inverse, &b->inverse, sizeof(a->inverse)) == 0;
    return (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0; /* the curve is the same */
}

/* Tongsuo's names the curve, unless it was read as another's parameters. */
static int is_on_sm2(const OSSL_PARAM params[])
{
    const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_GROUP_NAME);
    const char *name = NULL;

    return param != NULL && OSSL_PARAM_get_utf8_string_ptr(param, &name)
           && OPENSSL_strcasecmp(name, "SM2") == 0;
}

static int import_public(sm2_key *key, const OSSL_PARAM *param)
{
    const void *octets;
    size_t size;

    if (!OSSL_PARAM_get_octet_string_ptr(param, &octets, &size)
        || !sm2_decode(&key->point, octets, size))
        return 0;
    sm2_encode(key->octets, &key->point);
    key->has_public = 1;
    return 1;
}

/* The number is in this machine's order of bytes, the least first. */
static int import_private(sm2_key *key, const OSSL_PARAM *param)
{
    const unsigned char *bytes = param->data;
    unsigned char beyond = 0;
    fn d = {{0}};

    if (param->data_type != OSSL_PARAM_UNSIGNED_INTEGER || bytes == NULL)
        return 0;
    for (size_t i = sizeof(d); i < param->data_size; i++)
        beyond |= bytes[i];
    memcpy(&d, bytes, param->data_size < sizeof(d) ? param->data_size : sizeof(d));
    key->has_private = beyond == 0 && sm2_signing_number(&key->inverse, &d);
    OPENSSL_cleanse(&d, sizeof(d));
    return key->has_private;
}

static int import(void *given, int selection, const OSSL_PARAM params[])
{
    const OSSL_PARAM *public = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PUB_KEY);
    const OSSL_PARAM *private = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PRIV_KEY);

    if (given == NULL || !(selection & OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS) || !is_on_sm2(params))
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) && public != NULL
        && !import_public(given, public))
        return 0;
    return !(selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) || private == NULL
           || import_private(given, private);
}

static const OSSL_PARAM *import_types(int selection)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)selection;
    return known;
}

/* EVP asks for the digest, when it is to digest and was not told with what. */
static int get_params(void *key, OSSL_PARAM params[])
{
    static const struct {
        const char *name;
        int value;
    } numbers[] = {
        {OSSL_PKEY_PARAM_BITS, 256},
        {OSSL_PKEY_PARAM_SECURITY_BITS, 128},
        {OSSL_PKEY_PARAM_MAX_SIZE, SM2_LONGEST_DER},
    };
    OSSL_PARAM *param;

    (void)key;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        param = OSSL_PARAM_locate(params, numbers[i].name);
        if (param != NULL && !OSSL_PARAM_set_int(param, numbers[i].value))
            return 0;
    }
    param = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_DEFAULT_DIGEST);
    return param == NULL || OSSL_PARAM_set_utf8_string(param, "SM3");
}

static const OSSL_PARAM *gettable_params(void *provider)
{
    static const OSSL_PARAM known[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)provider;
    return known;
}

static const char *operation_name(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "SM2" : NULL;
}

const OSSL_DISPATCH tspy_accel_sm2_key[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (void (*)(void))new_key},
    {OSSL_FUNC_KEYMGMT_FREE, (void (*)(void))sm2_key_free},
    {OSSL_FUNC_KEYMGMT_HAS, (void (*)(void))has},
    {OSSL_FUNC_KEYMGMT_MATCH, (void (*)(void))match},
    {OSSL_FUNC_KEYMGMT_IMPORT, (void (*)(void))import},
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (void (*)(void))import_types},
    {OSSL_FUNC_KEYMGMT_GET_PARAMS, (void (*)(void))get_params},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (void (*)(void))gettable_params},
    {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, (void (*)(void))operation_name},
    {0, NULL},
};
