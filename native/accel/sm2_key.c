/*
 * The key manager, and what a key has for signatures.
 *
 * EVP takes the key manager and the signature operation from one provider: a key of Tongsuo's own
 * is handed over, and EVP keeps the copy with it. The manager is Tongsuo's as well, all of it,
 * under our provider's name. It would need to do no more than to take keys; but when EVP looks for
 * one from whichever provider, and has in its cache only what it fetched from this one by name, it
 * takes that (query_cmp in Tongsuo's crypto/property/property.c), and asks it for a new key.
 */
#include "../compat.h"

#include <openssl/core.h>
#include <openssl/proverr.h>

#include "sm2.h"
#include "sm2_key.h"

/*
 * From this verification on a key has a table, which takes as long to make as two are quicker for
 * it. Certificates of peers have keys that verify once or twice, those of authorities many.
 */
#define VERIFICATIONS_BEFORE_TABLE 3

#define MOST_FUNCTIONS 63 /* of a key manager; there are some 30 */

OSSL_DISPATCH tspy_accel_sm2_key[MOST_FUNCTIONS + 1];

/* Two functions of Tongsuo's are called with its provider's context instead of ours. */
static void *tongsuo_context;
static OSSL_FUNC_keymgmt_new_fn *tongsuo_new;
static OSSL_FUNC_keymgmt_gen_init_fn *tongsuo_gen_init;

static CRYPTO_RWLOCK *lock; /* for what is at `place` in any EC_KEY */
static int place;

static void *new_key(void *provider)
{
    (void)provider;
    return tongsuo_new(tongsuo_context);
}

static void *gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    (void)provider;
    return tongsuo_gen_init(tongsuo_context, selection, params);
}

static int take_over(const OSSL_DISPATCH *functions)
{
    OSSL_DISPATCH *taken = tspy_accel_sm2_key;

    for (; functions->function_id != 0; functions++, taken++) {
        if (taken == tspy_accel_sm2_key + MOST_FUNCTIONS)
            return 0;
        *taken = *functions;
        if (functions->function_id == OSSL_FUNC_KEYMGMT_NEW) {
            tongsuo_new = OSSL_FUNC_keymgmt_new(functions);
            taken->function = (void (*)(void))new_key;
        } else if (functions->function_id == OSSL_FUNC_KEYMGMT_GEN_INIT) {
            tongsuo_gen_init = OSSL_FUNC_keymgmt_gen_init(functions);
            taken->function = (void (*)(void))gen_init;
        }
    }
    return tongsuo_new != NULL && tongsuo_gen_init != NULL;
}

/* What EC_KEY_free and EC_KEY_copy do with what is at `place`. */
static void free_data(void *key, void *data, CRYPTO_EX_DATA *all, int index, long argl, void *argp)
{
    (void)key, (void)all, (void)index, (void)argl, (void)argp;
    sm2_key_free(data);
}

static int copy_data(CRYPTO_EX_DATA *to, const CRYPTO_EX_DATA *from, void **data, int index,
                     long argl, void *argp)
{
    (void)to, (void)from, (void)index, (void)argl, (void)argp;
    *data = NULL; /* made again, when the copy signs or verifies */
    return 1;
}

int tspy_accel_sm2_ready(const OSSL_PROVIDER *tongsuo)
{
    int no_cache = 0, found = 0;
    const OSSL_ALGORITHM *managers =
        OSSL_PROVIDER_query_operation(tongsuo, OSSL_OP_KEYMGMT, &no_cache);

    tongsuo_context = OSSL_PROVIDER_get0_provider_ctx(tongsuo);
    for (const OSSL_ALGORITHM *m = managers; m != NULL && m->algorithm_names != NULL; m++)
        if (strncmp(m->algorithm_names, "SM2:", 4) == 0)
            found = take_over(m->implementation);
    OSSL_PROVIDER_unquery_operation(tongsuo, OSSL_OP_KEYMGMT, managers);
    lock = CRYPTO_THREAD_lock_new();
    place = EC_KEY_get_ex_new_index(0, NULL, NULL, copy_data, free_data);
    return found && lock != NULL && place >= 0;
}

sm2_key *sm2_key_share(sm2_key *key)
{
    key->references++;
    return key;
}

void sm2_key_free(sm2_key *key)
{
    if (key == NULL || --key->references > 0)
        return;
    OPENSSL_free(key->table);
    EC_POINT_free(key->public);
    OPENSSL_clear_free(key, sizeof(*key));
}

/* The private number, modulo n as Tongsuo calculates with it; 0 if there is none. */
static int get_private(fn *d, const EC_KEY *ec_key)
{
    const BIGNUM *number = EC_KEY_get0_private_key(ec_key);

    if (number == NULL || BN_bn2lebinpad(number, (unsigned char *)d, sizeof(*d)) < 0)
        return 0;
    fn_reduce(d, d, 0);
    return 1;
}

/* Of a point at infinity, which EC_KEY takes for a public key, nothing is taken. */
static int set_public(sm2_key *key, const EC_POINT *point, const EC_GROUP *group)
{
    unsigned char octets[65];

    if (point == NULL || EC_POINT_is_at_infinity(group, point))
        return 1;
    if (EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets, sizeof(octets),
                           NULL)
            != sizeof(octets)
        || !sm2_decode(&key->point, octets, sizeof(octets)))
        return 0;
    memcpy(key->octets, octets + 1, sizeof(key->octets));
    key->public = EC_POINT_dup(point, group);
    return key->public != NULL;
}

static sm2_key *make(const EC_KEY *ec_key)
{
    const EC_GROUP *group = EC_KEY_get0_group(ec_key);
    sm2_key *key;

    if (!sm2_scheme_start() || EC_GROUP_get_curve_name(group) != NID_sm2) {
        ERR_raise(ERR_LIB_PROV, PROV_R_INVALID_CURVE);
        return NULL;
    }
    key = OPENSSL_zalloc(sizeof(*key));
    if (key == NULL)
        return NULL;
    key->references = 1;
    if (!set_public(key, EC_KEY_get0_public_key(ec_key), group)) {
        sm2_key_free(key);
        return NULL;
    }
    key->has_private =
        get_private(&key->number, ec_key) && sm2_signing_number(&key->inverse, &key->number);
    return key;
}

/* Whether it was made of what the key is now: keys can be given another public or private half. */
static int belongs_to(const sm2_key *key, const EC_KEY *ec_key)
{
    const EC_POINT *point = EC_KEY_get0_public_key(ec_key);
    fn number = {{0}};
    int same;

    (void)get_private(&number, ec_key);
    same = CRYPTO_memcmp(&number, &key->number, sizeof(number)) == 0;
    OPENSSL_cleanse(&number, sizeof(number));
    if (point == NULL || key->public == NULL)
        return same && point == key->public;
    return same && EC_POINT_cmp(EC_KEY_get0_group(ec_key), point, key->public, NULL) == 0;
}

sm2_key *sm2_key_of(void *ec_key)
{
    sm2_key *key, *before;
    int kept;

    if (!CRYPTO_THREAD_read_lock(lock))
        return NULL;
    key = EC_KEY_get_ex_data(ec_key, place);
    if (key != NULL)
        sm2_key_share(key);
    CRYPTO_THREAD_unlock(lock);
    if (key != NULL && belongs_to(key, ec_key))
        return key;

    sm2_key_free(key);
    key = make(ec_key);
    if (key == NULL || !CRYPTO_THREAD_write_lock(lock))
        return key;
    before = EC_KEY_get_ex_data(ec_key, place);
    kept = EC_KEY_set_ex_data(ec_key, place, key);
    if (kept)
        sm2_key_share(key);
    CRYPTO_THREAD_unlock(lock);
    if (kept)
        sm2_key_free(before);
    return key;
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
