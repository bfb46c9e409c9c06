/*
 * Our SM2 signatures beside Tongsuo's own, both through EVP in one process: what one signs the
 * other verifies, and about everything else both must say the same.
 *
 *     sm2_signatures digests|data|encodings|keys|threads CASES INSTRUCTIONS
 *
 * Ends with a line that counts the cases, or at the first difference with 1 and where it was.
 */
#include "../../native/compat.h"

#include <openssl/proverr.h>
#include <openssl/provider.h>

#include "../../native/accel.h"

#define LONGEST 72
#define E 32

/* For properties that a digest is fetched with too, which only Tongsuo has. */
#define OURS "?provider=tongsuo-py"
#define THEIRS "provider=default"

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("case %d, line %d: %s\n", number, __LINE__, #condition); \
            ERR_print_errors_fp(stdout); \
            exit(1); \
        } \
    } while (0)

static _Thread_local int number; /* of the case */

static size_t below(size_t limit)
{
    unsigned drawn;

    RAND_bytes((unsigned char *)&drawn, sizeof(drawn));
    return drawn % limit;
}

static const char *either(void)
{
    return below(2) ? OURS : THEIRS;
}

static EVP_PKEY *new_key(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");

    CHECK(key != NULL);
    return key;
}

static EVP_PKEY *public_half(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    const unsigned char *in;
    int size = i2d_PUBKEY(key, &der);
    EVP_PKEY *half;

    in = der;
    half = d2i_PUBKEY(NULL, &in, size);
    OPENSSL_free(der);
    CHECK(half != NULL);
    return half;
}

static EVP_PKEY_CTX *ready(EVP_PKEY *key, const char *whose, int (*init)(EVP_PKEY_CTX *))
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, whose);

    CHECK(ctx != NULL && init(ctx) == 1);
    return ctx;
}

/* The result; `size` is that of the buffer before, and of the signature then. */
static int sign(EVP_PKEY *key, const char *whose, unsigned char *signature, size_t *size,
                const unsigned char *e, size_t e_size)
{
    EVP_PKEY_CTX *ctx = ready(key, whose, EVP_PKEY_sign_init);
    int result = EVP_PKEY_sign(ctx, signature, size, e, e_size);

    EVP_PKEY_CTX_free(ctx);
    return result;
}

static int verify(EVP_PKEY *key, const char *whose, const unsigned char *signature, size_t size,
                  const unsigned char *e, size_t e_size)
{
    EVP_PKEY_CTX *ctx = ready(key, whose, EVP_PKEY_verify_init);
    int result = EVP_PKEY_verify(ctx, signature, size, e, e_size);

    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    return result;
}

/* What both say. */
static int both(EVP_PKEY *key, const unsigned char *signature, size_t size, const unsigned char *e,
                size_t e_size)
{
    int ours = verify(key, OURS, signature, size, e, e_size);
    int theirs = verify(key, THEIRS, signature, size, e, e_size);

    CHECK(ours == theirs);
    return ours;
}

static void digests(int cases)
{
    unsigned char e[E], signature[LONGEST + 1], damaged[LONGEST + 1];
    EVP_PKEY *key = NULL, *half = NULL;
    EVP_PKEY_CTX *ctx = NULL;
    size_t size;

    for (; number < cases; number++) {
        if (number % 20 == 0) {
            EVP_PKEY_CTX_free(ctx);
            EVP_PKEY_free(key);
            EVP_PKEY_free(half);
            key = new_key();
            half = public_half(key);
            ctx = ready(key, either(), EVP_PKEY_sign_init);
        }
        RAND_bytes(e, sizeof(e));
        if (number % 20 < 2)
            memset(e, number % 20 ? 255 : 0, sizeof(e));
        CHECK(EVP_PKEY_sign(ctx, NULL, &size, e, E) == 1 && size == LONGEST);
        CHECK(EVP_PKEY_sign(ctx, signature, &size, e, E) == 1);
        CHECK(both(half, signature, size, e, E) == 1);
        CHECK(both(key, signature, size, e, E) == 1);

        memcpy(damaged, signature, size);
        damaged[below(size)] ^= (unsigned char)(1 << below(8));
        CHECK(both(half, damaged, size, e, E) < 1);
        e[below(E)] ^= (unsigned char)(1 << below(8));
        CHECK(both(half, signature, size, e, E) == 0);
        CHECK(both(half, signature, size, e, below(E)) == 0);
        size = below(LONGEST);
        CHECK(sign(key, OURS, signature, &size, e, E) == 0);
        CHECK(ERR_GET_REASON(ERR_peek_error()) == PROV_R_OUTPUT_BUFFER_TOO_SMALL);
        ERR_clear_error();
        size = LONGEST;
        CHECK(sign(key, OURS, signature, &size, e, below(E)) == 0);
        CHECK(ERR_GET_REASON(ERR_peek_error()) == PROV_R_INVALID_DIGEST_LENGTH);
        ERR_clear_error();
        CHECK(sign(half, OURS, signature, &size, e, E) == 0);
        CHECK(ERR_GET_REASON(ERR_peek_error()) == PROV_R_NOT_A_PRIVATE_KEY);
        ERR_clear_error();
    }
}

/* DER, written by hand: what a number can look like, and what it cannot. */
static size_t put_integer(unsigned char *out, const BIGNUM *value, int zeros, int negative)
{
    size_t length = (size_t)BN_num_bytes(value), head = 2;

    out[0] = 2;
    if (BN_num_bits(value) % 8 == 0 && !negative)
        zeros++;
    length += (size_t)zeros;
    if (length >= 128) {
        out[1] = 0x81;
        head = 3;
    }
    out[head - 1] = (unsigned char)length;
    memset(out + head, 0, (size_t)zeros);
    BN_bn2bin(value, out + head + zeros);
    return head + length;
}

static size_t put_signature(unsigned char *out, const BIGNUM *r, const BIGNUM *s)
{
    unsigned char content[400];
    size_t size = put_integer(content, r, below(30) == 0, below(30) == 0), head = 2;

    size += put_integer(content + size, s, below(30) == 0, below(30) == 0);
    if (below(30) == 0) /* something behind it, inside */
        content[size++] = (unsigned char)below(256);
    out[0] = 0x30;
    if (size >= 128 || below(30) == 0) {
        out[1] = 0x81;
        head = 3;
    }
    if (size >= 256 || below(30) == 0) {
        out[1] = 0x82;
        out[2] = (unsigned char)(size >> 8);
        head = 4;
    }
    out[head - 1] = (unsigned char)size;
    memcpy(out + head, content, size);
    if (below(30) == 0)
        out[0] = (unsigned char)below(256);
    if (below(30) == 0)
        out[1] = (unsigned char)below(256);
    return head + size;
}

static void encodings(int cases)
{
    unsigned char e[E], signature[LONGEST], other[800];
    BIGNUM *n = NULL, *choices[11];
    const BIGNUM *r, *s;
    EVP_PKEY *key = new_key();
    ECDSA_SIG *read = NULL;
    const unsigned char *in = signature;
    size_t size = LONGEST, made, i, j;

    RAND_bytes(e, sizeof(e));
    CHECK(sign(key, THEIRS, signature, &size, e, E) == 1);
    CHECK((read = d2i_ECDSA_SIG(NULL, &in, (long)size)) != NULL);
    ECDSA_SIG_get0(read, &r, &s);
    EVP_PKEY_get_bn_param(key, "order", &n);
    for (i = 0; i < 11; i++)
        choices[i] = BN_new();
    BN_copy(choices[0], r);
    BN_copy(choices[1], s);
    BN_one(choices[3]); /* [2] is 0 */
    BN_copy(choices[4], n);
    BN_sub(choices[5], n, BN_value_one());
    BN_add(choices[6], n, BN_value_one());
    BN_set_bit(choices[7], 256);
    BN_sub(choices[8], choices[7], BN_value_one());
    BN_sub(choices[9], n, r); /* r + s = n */
    BN_set_bit(choices[10], 1500);

    for (i = 0; i < size; i++) {
        memcpy(other, signature, size);
        CHECK(both(key, signature, i, e, E) < 1);
        for (j = 0; j < 8; j++) {
            other[i] = (unsigned char)(signature[i] ^ 1 << j);
            CHECK(both(key, other, size, e, E) < 1);
        }
    }
    for (; number < cases; number++) {
        i = below(3) ? 0 : below(11);
        j = below(3) ? 1 : below(11);
        made = put_signature(other, choices[i], choices[j]);
        if (below(30) == 0)
            other[made++] = 0;
        CHECK(both(key, other, made, e, E) < 1
              || (made == size && memcmp(other, signature, size) == 0));
    }
}

/* The signature of data, in pieces; with an ID where `id_size` is not 0. */
static size_t sign_data(EVP_PKEY *key, const char *whose, const unsigned char *data, size_t size,
                        const unsigned char *id, size_t id_size, unsigned char *signature)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new(), *copy = EVP_MD_CTX_new();
    EVP_PKEY_CTX *ctx;
    unsigned char algorithm[16], name[16];
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string("algorithm-id", algorithm, sizeof(algorithm)),
        OSSL_PARAM_construct_utf8_string("digest", (char *)name, sizeof(name)),
        OSSL_PARAM_construct_end()};
    size_t first = below(size + 1), made;

    CHECK(EVP_DigestSignInit_ex(digest, &ctx, below(2) ? "SM3" : NULL, NULL, whose, key, NULL)
          == 1);
    CHECK(EVP_MD_is_a(EVP_MD_CTX_get0_md(digest), "SM3"));
    CHECK(EVP_PKEY_CTX_get_params(ctx, params) == 1 && params[0].return_size == 12);
    CHECK(memcmp(algorithm, "\x30\x0a\x06\x08\x2a\x81\x1c\xcf\x55\x01\x83\x75", 12) == 0);
    CHECK(strcmp((char *)name, "SM3") == 0);
    CHECK(id_size == 0 || EVP_PKEY_CTX_set1_id(ctx, id, (int)id_size) == 1);
    CHECK(EVP_DigestSignUpdate(digest, data, first) == 1);
    CHECK(EVP_PKEY_CTX_set1_id(ctx, "too late", 8) < 1);
    ERR_clear_error();
    CHECK(EVP_MD_CTX_copy_ex(copy, digest) == 1);
    CHECK(EVP_DigestSignUpdate(digest, "not in the copy", 15) == 1);
    CHECK(EVP_DigestSignUpdate(copy, data + first, size - first) == 1);
    CHECK(EVP_DigestSignFinal(copy, NULL, &made) == 1 && made == LONGEST);
    CHECK(EVP_DigestSignFinal(copy, signature, &made) == 1);
    made = LONGEST; /* it can be asked again */
    CHECK(EVP_DigestSignFinal(copy, signature, &made) == 1);
    EVP_MD_CTX_free(digest);
    EVP_MD_CTX_free(copy);
    return made;
}

static int verify_data(EVP_PKEY *key, const char *whose, const unsigned char *data, size_t size,
                       const unsigned char *id, size_t id_size, const unsigned char *signature,
                       size_t signature_size)
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *ctx;
    int result;

    CHECK(EVP_DigestVerifyInit_ex(digest, &ctx, NULL, NULL, whose, key, NULL) == 1);
    CHECK(id_size == 0 || EVP_PKEY_CTX_set1_id(ctx, id, (int)id_size) == 1);
    result = EVP_DigestVerify(digest, signature, signature_size, data, size);
    EVP_MD_CTX_free(digest);
    ERR_clear_error();
    return result;
}

static void data(int cases)
{
    static const size_t id_sizes[] = {0, 1, 16, 23, 8190};
    unsigned char message[3000], id[8191], signature[LONGEST];
    EVP_PKEY *key = NULL;
    EVP_MD_CTX *digest;
    EVP_PKEY_CTX *ctx;
    size_t size, made, id_size;

    RAND_bytes(message, sizeof(message));
    RAND_bytes(id, sizeof(id));
    for (; number < cases; number++) {
        if (number % 10 == 0) {
            EVP_PKEY_free(key);
            key = new_key();
        }
        size = number % 10 == 1 ? 0 : below(sizeof(message));
        id_size = below(2) ? below(200) : id_sizes[below(5)];
        made = sign_data(key, either(), message, size, id, id_size, signature);
        CHECK(verify_data(key, OURS, message, size, id, id_size, signature, made) == 1);
        CHECK(verify_data(key, THEIRS, message, size, id, id_size, signature, made) == 1);
        CHECK(verify_data(key, OURS, message, size, id, id_size + 1, signature, made) < 1);
        CHECK(verify_data(key, OURS, message, size + 1, id, id_size, signature, made) == 0);
        CHECK(verify_data(key, OURS, message, size, id, id_size, signature, made - 1)
              == verify_data(key, THEIRS, message, size, id, id_size, signature, made - 1));
    }
    for (int i = 0; i < 2; i++) { /* an ID too long, another digest; and no Z at all */
        const char *whose = i ? OURS : THEIRS;
        OSSL_PARAM without[] = {OSSL_PARAM_construct_utf8_string("sm2-za", "no", 0),
                                OSSL_PARAM_construct_end()};
        digest = EVP_MD_CTX_new();
        CHECK(EVP_DigestSignInit_ex(digest, &ctx, NULL, NULL, whose, key, NULL) == 1);
        CHECK(EVP_PKEY_CTX_set1_id(ctx, id, 8191) == 1);
        CHECK(EVP_DigestSignUpdate(digest, id, 1) < 1);
        CHECK(ERR_GET_REASON(ERR_peek_error()) == 111);
        CHECK(EVP_MD_CTX_reset(digest) == 1);
        CHECK(EVP_DigestSignInit_ex(digest, &ctx, "SHA256", NULL, whose, key, NULL) < 1);
        CHECK(EVP_MD_CTX_reset(digest) == 1);
        CHECK(EVP_DigestSignInit_ex(digest, &ctx, "SM3", NULL, whose, key, without) == 1);
        made = LONGEST;
        CHECK(EVP_DigestSign(digest, signature, &made, id, 8000) == 1);
        CHECK(EVP_Digest(id, 8000, message, NULL, EVP_sm3(), NULL) == 1);
        CHECK(both(key, signature, made, message, E) == 1);
        EVP_MD_CTX_free(digest);
        ctx = ready(key, whose, EVP_PKEY_sign_init);
        CHECK(EVP_PKEY_CTX_set1_id(ctx, id, 5) < 1); /* a digest has no ID */
        CHECK(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sm3()) == 1);
        CHECK(EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) < 1);
        EVP_PKEY_CTX_free(ctx);
        ERR_clear_error();
    }
}

/* A key from its parts; a part may be NULL. */
static EVP_PKEY *from_parts(const unsigned char *point, const BIGNUM *private, const char *form)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    OSSL_PARAM params[5];
    unsigned char words[40];
    EVP_PKEY *key = NULL;
    int i = 0;

    params[i++] = OSSL_PARAM_construct_utf8_string("group", "SM2", 0);
    params[i++] = OSSL_PARAM_construct_utf8_string("point-format", (char *)form, 0);
    if (point != NULL)
        params[i++] = OSSL_PARAM_construct_octet_string("pub", (void *)point, 65);
    if (private != NULL) {
        BN_bn2nativepad(private, words, sizeof(words));
        params[i++] = OSSL_PARAM_construct_BN("priv", words, sizeof(words));
    }
    params[i] = OSSL_PARAM_construct_end();
    CHECK(EVP_PKEY_fromdata_init(ctx) == 1);
    CHECK(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) == 1);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

/*
 * Sign and verify with both, a key that has both halves; and a copy with another's public half.
 * (One that has verified before it is changed goes on as it was, where EVP has handed a copy of it
 * over: EVP finds that copy again, although it counts the changes.)
 */
static void use(EVP_PKEY *key)
{
    unsigned char e[E], signature[LONGEST], octets[65];
    EVP_PKEY *other = new_key(), *copy = EVP_PKEY_dup(key);
    EVP_PKEY *half = public_half(key);
    size_t size = LONGEST, length;

    RAND_bytes(e, sizeof(e));
    CHECK(sign(key, OURS, signature, &size, e, E) == 1);
    CHECK(both(key, signature, size, e, E) == 1);
    CHECK(EVP_PKEY_eq(key, copy) == 1 && EVP_PKEY_eq(half, key) == 1);
    CHECK(EVP_PKEY_get_octet_string_param(other, "encoded-pub-key", octets, 65, &length) == 1);
    CHECK(EVP_PKEY_set1_encoded_public_key(copy, octets, length) == 1);
    CHECK(both(copy, signature, size, e, E) == 0);
    size = LONGEST;
    CHECK(sign(other, OURS, signature, &size, e, E) == 1);
    CHECK(both(copy, signature, size, e, E) == 1);
    EVP_PKEY_free(other);
    EVP_PKEY_free(copy);
    EVP_PKEY_free(half);
}

/* A key is encrypted to, and decrypts, by Tongsuo's own code. */
static void encrypt(EVP_PKEY *key)
{
    EVP_PKEY_CTX *to = ready(key, NULL, EVP_PKEY_encrypt_init);
    EVP_PKEY_CTX *from = ready(key, NULL, EVP_PKEY_decrypt_init);
    unsigned char encrypted[300], decrypted[200];
    size_t size = sizeof(encrypted), decrypted_size = sizeof(decrypted);

    CHECK(EVP_PKEY_encrypt(to, encrypted, &size, (unsigned char *)"data", 4) == 1);
    CHECK(EVP_PKEY_decrypt(from, decrypted, &decrypted_size, encrypted, size) == 1);
    CHECK(decrypted_size == 4 && memcmp(decrypted, "data", 4) == 0);
    EVP_PKEY_CTX_free(to);
    EVP_PKEY_CTX_free(from);
}

static void keys(int cases)
{
    static const char *const forms[] = {"uncompressed", "compressed", "hybrid"};
    unsigned char e[E], octets[65], signature[LONGEST];
    BIGNUM *d = NULL, *n = NULL;
    EVP_PKEY *key = new_key(), *made;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    size_t size;

    RAND_bytes(e, sizeof(e));
    for (; number < cases; number++) {
        EVP_PKEY_get_bn_param(key, "priv", &d);
        EVP_PKEY_get_bn_param(key, "order", &n);
        CHECK(EVP_PKEY_get_octet_string_param(key, "encoded-pub-key", octets, 65, &size) == 1);
        made = from_parts(octets, d, forms[number % 3]);
        use(made);
        encrypt(made);
        EVP_PKEY_free(made);

        made = from_parts(NULL, d, forms[0]); /* signs, but knows nothing to verify with */
        size = LONGEST;
        CHECK(sign(made, OURS, signature, &size, e, E) == 1);
        CHECK(both(key, signature, size, e, E) == 1);
        CHECK(verify(made, OURS, signature, size, e, E) == 0);
        CHECK(EVP_DigestSignInit_ex(digest, NULL, "SM3", NULL, OURS, made, NULL) == 1);
        size = LONGEST;
        CHECK(EVP_DigestSign(digest, signature, &size, e, E) < 1);
        CHECK(ERR_GET_REASON(ERR_peek_error()) == PROV_R_NOT_A_PUBLIC_KEY);
        ERR_clear_error();
        EVP_MD_CTX_reset(digest);
        EVP_PKEY_free(made);

        BN_sub(d, n, BN_value_one()); /* 1 + d is 0: Tongsuo tries on forever */
        made = from_parts(octets, d, forms[0]);
        size = LONGEST;
        CHECK(sign(made, OURS, signature, &size, e, E) == 0);
        CHECK(ERR_GET_REASON(ERR_peek_error()) == PROV_R_NOT_A_PRIVATE_KEY);
        ERR_clear_error();
        EVP_PKEY_free(made);

        /* As after another provider was loaded: nothing fetched, and then ours is first. */
        CHECK(EVP_set_default_properties(NULL, "?tongsuopy.accel=yes"));
        size = LONGEST;
        CHECK(sign(key, NULL, signature, &size, e, E) == 1);
        EVP_PKEY_free(key);
        key = new_key();
        use(key);
        encrypt(key);
    }
}

static EVP_PKEY *shared;

static void *in_a_thread(void *cases)
{
    unsigned char e[E], signature[LONGEST];
    size_t size;

    for (; number < *(int *)cases; number++) {
        RAND_bytes(e, sizeof(e));
        size = LONGEST;
        CHECK(sign(shared, either(), signature, &size, e, E) == 1);
        CHECK(verify(shared, either(), signature, size, e, E) == 1);
        e[0] ^= 1;
        CHECK(verify(shared, either(), signature, size, e, E) == 0);
    }
    return NULL;
}

static void threads(int cases)
{
    pthread_t ids[8];

    for (int round = 0; round < 10; round++) {
        int each = cases / 80;
        shared = new_key();
        for (int i = 0; i < 8; i++)
            CHECK(pthread_create(&ids[i], NULL, in_a_thread, &each) == 0);
        for (int i = 0; i < 8; i++)
            CHECK(pthread_join(ids[i], NULL) == 0);
        EVP_PKEY_free(shared);
    }
    number = cases;
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        void (*run)(int cases);
    } all[] = {{"digests", digests}, {"data", data}, {"encodings", encodings},
               {"keys", keys},       {"threads", threads}};
    EVP_SIGNATURE *ours;

    if (count != 4 || !(tspy_accel_start(atoi(arguments[3])) & TSPY_ACCEL_SM2))
        return 1;
    ours = EVP_SIGNATURE_fetch(NULL, "SM2", NULL);
    CHECK(strcmp(OSSL_PROVIDER_get0_name(EVP_SIGNATURE_get0_provider(ours)), "tongsuo-py") == 0);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (strcmp(arguments[1], all[i].name) == 0)
            all[i].run(atoi(arguments[2]));
    CHECK(ERR_peek_error() == 0);
    printf("%d cases\n", number);
    return 0;
}
