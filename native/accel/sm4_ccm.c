/*
 * SM4-CCM as OpenSSL calls it: the size, the associated data and the message, each at once; and
 * records of TLS 1.2 (RFC 6655). It answers as Tongsuo's own does.
 */
#include "../compat.h"

#include <openssl/core_names.h>

#include "ccm.h"
#include "ciphers.h"

typedef struct {
    ccm ccm;
    unsigned char nonce[15];
    size_t length_size, tag_size;
    unsigned char tag[CCM_LONGEST_TAG]; /* the one expected; what is made is computed when asked for */
    int encrypts, has_key, has_nonce, has_size, has_tag;
    unsigned char header[EVP_AEAD_TLS1_AAD_LEN]; /* of a record */
    int has_header;
} context;

static int fail(int reason)
{
    ERR_raise(ERR_LIB_PROV, reason);
    return 0;
}

static size_t nonce_size(const context *c)
{
    return 15 - c->length_size;
}

static void *new(void *provider)
{
    context *c = OPENSSL_zalloc(sizeof(*c));

    (void)provider;
    if (c != NULL) {
        c->length_size = 8;
        c->tag_size = 12;
    }
    return c;
}

static void release(void *vc)
{
    OPENSSL_clear_free(vc, sizeof(context));
}

static void *copy(void *vc)
{
    context *c = OPENSSL_memdup(vc, sizeof(context));

    if (c != NULL && c->has_key && !sm4_moved(&c->ccm.key)) {
        release(c);
        return NULL;
    }
    return c;
}

static int start(context *c, size_t size)
{
    c->has_size = ccm_start(&c->ccm, c->nonce, c->length_size, c->tag_size, size);
    return c->has_size;
}

/* The message; decrypted, it is there only with the right tag. */
static int crypt(context *c, const unsigned char *in, unsigned char *out, size_t size,
                 const unsigned char *expected)
{
    unsigned char tag[CCM_LONGEST_TAG];

    if (ccm_crypt(&c->ccm, in, out, size, c->encrypts)
        && (c->encrypts
            || (ccm_tag(&c->ccm, tag) && CRYPTO_memcmp(tag, expected, c->tag_size) == 0)))
        return 1;
    if (!c->encrypts)
        OPENSSL_cleanse(out, size);
    return 0;
}

/* --- records --- */

static int set_header(context *c, const unsigned char *header, size_t size)
{
    size_t overhead = EVP_CCM_TLS_EXPLICIT_IV_LEN + (c->encrypts ? 0 : c->tag_size);

    if (!tspy_cipher_copy_header(c->header, header, size, overhead))
        return 0;
    c->has_header = 1;
    return 1;
}

/* In place. The number of the record, which its header begins with, is the nonce's second part. */
static int record(context *c, unsigned char *out, size_t *out_size, const unsigned char *in,
                  size_t size)
{
    size_t overhead = EVP_CCM_TLS_EXPLICIT_IV_LEN + c->tag_size;
    unsigned char *data = out + EVP_CCM_TLS_EXPLICIT_IV_LEN, tag[CCM_LONGEST_TAG];

    if (in == NULL || in != out || size < overhead || c->length_size != 3)
        return 0;
    size -= overhead;
    if (c->encrypts)
        memcpy(out, c->header, EVP_CCM_TLS_EXPLICIT_IV_LEN);
    memcpy(c->nonce + EVP_CCM_TLS_FIXED_IV_LEN, out, EVP_CCM_TLS_EXPLICIT_IV_LEN);
    if (!start(c, size) || !ccm_header(&c->ccm, c->header, sizeof(c->header))
        || !crypt(c, data, data, size, data + size))
        return 0;
    *out_size = size;
    if (c->encrypts) {
        if (!ccm_tag(&c->ccm, tag))
            return 0;
        memcpy(data + size, tag, c->tag_size);
        *out_size = size + overhead;
    }
    return 1;
}

/* --- messages --- */

static int message(context *c, unsigned char *out, const unsigned char *in, size_t size)
{
    if (!c->has_size && !start(c, size))
        return 0;
    if (c->encrypts) {
        c->has_tag = crypt(c, in, out, size, NULL);
        return c->has_tag;
    }
    if (!c->has_tag || !crypt(c, in, out, size, c->tag))
        return 0;
    c->has_nonce = c->has_tag = c->has_size = 0;
    return 1;
}

static int work(context *c, unsigned char *out, size_t *out_size, const unsigned char *in,
                size_t size)
{
    int done;

    *out_size = 0;
    if (!c->has_key)
        return 0;
    if (c->has_header)
        return record(c, out, out_size, in, size);
    if (in == NULL && out != NULL)
        return 1;
    if (!c->has_nonce)
        return 0;
    if (out != NULL)
        done = message(c, out, in, size);
    else if (in == NULL)
        done = start(c, size);
    else
        done = (c->has_size || size == 0) && ccm_header(&c->ccm, in, size);
    if (done)
        *out_size = size;
    return done;
}

static int update(void *vc, unsigned char *out, size_t *out_size, size_t room,
                  const unsigned char *in, size_t size)
{
    if (room < size)
        return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
    return work(vc, out, out_size, in, size) ? 1 : fail(PROV_R_CIPHER_OPERATION_FAILED);
}

/* An empty message may come without an update of its own (and does not, in Tongsuo 8.4). */
static int final(void *vc, unsigned char *out, size_t *out_size, size_t room)
{
    context *c = vc;
    unsigned char nothing = 0;

    (void)out;
    (void)room;
    *out_size = 0;
    if (!c->has_key)
        return 0;
    if (c->has_header || !c->has_nonce || (c->encrypts && c->has_tag))
        return 1;
    return message(c, &nothing, &nothing, 0);
}

static int all_at_once(void *vc, unsigned char *out, size_t *out_size, size_t room,
                       const unsigned char *in, size_t size)
{
    if (in == NULL)
        return final(vc, out, out_size, room);
    if (room < size)
        return fail(PROV_R_OUTPUT_BUFFER_TOO_SMALL);
    if (!work(vc, out, out_size, in, size))
        return 0;
    *out_size = size;
    return 1;
}

/* --- parameters --- */

static int set_tag(context *c, const OSSL_PARAM *p)
{
    if (p->data_type != OSSL_PARAM_OCTET_STRING)
        return fail(PROV_R_FAILED_TO_GET_PARAMETER);
    if (p->data_size % 2 != 0 || p->data_size < 4 || p->data_size > CCM_LONGEST_TAG)
        return fail(PROV_R_INVALID_TAG_LENGTH);
    if (p->data != NULL) {
        if (c->encrypts)
            return fail(PROV_R_TAG_NOT_NEEDED);
        memcpy(c->tag, p->data, p->data_size);
        c->has_tag = 1;
    }
    c->tag_size = p->data_size;
    return 1;
}

static int set_nonce_size(context *c, const OSSL_PARAM *p)
{
    size_t size;

    if (!OSSL_PARAM_get_size_t(p, &size))
        return fail(PROV_R_FAILED_TO_GET_PARAMETER);
    if (size < 7 || size > CCM_LONGEST_NONCE)
        return fail(PROV_R_INVALID_IV_LENGTH);
    if (size != nonce_size(c)) {
        c->length_size = 15 - size;
        c->has_nonce = 0; /* one of another size is not the one that was meant */
    }
    return 1;
}

static int set_params(void *vc, const OSSL_PARAM params[])
{
    context *c = vc;
    const OSSL_PARAM *p;

    if ((p = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_AEAD_TAG)) != NULL && !set_tag(c, p))
        return 0;
    if ((p = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_AEAD_IVLEN)) != NULL
        && !set_nonce_size(c, p))
        return 0;
    if ((p = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD)) != NULL
        && (p->data_type != OSSL_PARAM_OCTET_STRING || !set_header(c, p->data, p->data_size)))
        return fail(PROV_R_INVALID_DATA);
    if ((p = OSSL_PARAM_locate_const(params, OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED)) != NULL) {
        if (p->data_type != OSSL_PARAM_OCTET_STRING || p->data_size != EVP_CCM_TLS_FIXED_IV_LEN)
            return fail(PROV_R_INVALID_IV_LENGTH);
        memcpy(c->nonce, p->data, p->data_size);
    }
    return 1;
}

static int give_tag(context *c, OSSL_PARAM *p)
{
    unsigned char tag[CCM_LONGEST_TAG];

    if (!c->encrypts || !c->has_tag)
        return fail(PROV_R_TAG_NOT_SET);
    if (p->data_type != OSSL_PARAM_OCTET_STRING || p->data_size != c->tag_size)
        return fail(PROV_R_FAILED_TO_SET_PARAMETER);
    if (!ccm_tag(&c->ccm, tag) || !OSSL_PARAM_set_octet_string(p, tag, c->tag_size))
        return 0;
    c->has_tag = c->has_nonce = c->has_size = 0;
    return 1;
}

static int get_ctx_params(void *vc, OSSL_PARAM params[])
{
    context *c = vc;
    OSSL_PARAM *p;

    for (p = params; p->key != NULL; p++)
        if ((strcmp(p->key, OSSL_CIPHER_PARAM_IVLEN) == 0
             && !OSSL_PARAM_set_size_t(p, nonce_size(c)))
            || (strcmp(p->key, OSSL_CIPHER_PARAM_KEYLEN) == 0
                && !OSSL_PARAM_set_size_t(p, SM4_BLOCK))
            || (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TAGLEN) == 0
                && !OSSL_PARAM_set_size_t(p, c->tag_size))
            || (strcmp(p->key, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD) == 0
                && !OSSL_PARAM_set_size_t(p, c->tag_size))
            || ((strcmp(p->key, OSSL_CIPHER_PARAM_IV) == 0
                 || strcmp(p->key, OSSL_CIPHER_PARAM_UPDATED_IV) == 0)
                && !OSSL_PARAM_set_octet_string(p, c->nonce, nonce_size(c))
                && !OSSL_PARAM_set_octet_ptr(p, c->nonce, nonce_size(c))))
            return fail(PROV_R_FAILED_TO_SET_PARAMETER);
    p = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TAG);
    return p == NULL || give_tag(c, p);
}

static int init(context *c, const unsigned char *key, size_t key_size, const unsigned char *iv,
                size_t iv_size, const OSSL_PARAM params[], int encrypts)
{
    c->encrypts = encrypts;
    if (iv != NULL) {
        if (iv_size != nonce_size(c))
            return fail(PROV_R_INVALID_IV_LENGTH);
        memcpy(c->nonce, iv, iv_size);
        c->has_nonce = 1;
        c->has_size = 0;
    }
    if (key != NULL) {
        if (key_size != SM4_BLOCK)
            return fail(PROV_R_INVALID_KEY_LENGTH);
        if (!sm4_set_key(&c->ccm.key, key))
            return fail(PROV_R_KEY_SETUP_FAILED);
        c->has_key = 1;
    }
    return set_params(c, params);
}

static int get_params(OSSL_PARAM params[])
{
    return tspy_cipher_get_params(params, EVP_CIPH_CCM_MODE, CIPHER_AEAD | CIPHER_OWN_IV, SM4_BLOCK,
                                  1, 12);
}

TSPY_CIPHER(tspy_accel_sm4_ccm, tspy_cipher_tagged_gettable, tspy_cipher_tagged_settable);
