/* SM4 by the acceleration: keys and data are secret, and the end of a record of CBC is. */
#include "compat.h"

#include <openssl/prov_ssl.h>

#include "stepper.h"

enum {
    KEY = 16,
    IV = 16,
    DATA = 37 * 16 + 5, /* what each of the library's ways of working is taken for */
    RECORD = 19 * 16,   /* longer than the longest padding */
    MAC = 32,
    TAG = 12, /* as CCM has it when nobody says otherwise */
};

static EVP_CIPHER_CTX *cipher;
static unsigned char out[2048], record[RECORD];

/* A context that has been used, as most have that a key is given to. */
static void prepare(const char *name, int encrypt)
{
    static const unsigned char any[2 * KEY + IV] = {1, 2, 3};
    EVP_CIPHER *found;
    int size;

    start();
    found = EVP_CIPHER_fetch(NULL, name, "provider=tongsuo-py");
    cipher = EVP_CIPHER_CTX_new();
    must(EVP_CipherInit_ex2(cipher, found, any, any, encrypt, NULL), name);
    EVP_CIPHER_CTX_set_padding(cipher, 0);
    if (EVP_CIPHER_get_mode(found) == EVP_CIPH_CCM_MODE)
        must(EVP_CipherUpdate(cipher, NULL, &size, NULL, sizeof(any)), name);
    must(EVP_CipherUpdate(cipher, out, &size, any, sizeof(any)), name);
}

/* The key, and then data: all of the secret that is left. */
static void crypt_data(const unsigned char *secret, size_t key, size_t data)
{
    static const unsigned char iv[IV] = {3, 2, 1};
    int size;

    must(EVP_CipherInit_ex2(cipher, NULL, secret, iv, -1, NULL), "a key");
    if (EVP_CIPHER_CTX_get_mode(cipher) == EVP_CIPH_CCM_MODE)
        must(EVP_CipherUpdate(cipher, NULL, &size, NULL, (int)data), "the size for CCM");
    must(EVP_CipherUpdate(cipher, out, &size, secret + key, (int)data), "encryption");
}

static void crypt_blocks(const unsigned char *secret)
{
    crypt_data(secret, KEY, DATA - DATA % 16);
}

static void crypt_bytes(const unsigned char *secret)
{
    crypt_data(secret, KEY, DATA);
}

static void crypt_sector(const unsigned char *secret)
{
    crypt_data(secret, 2 * KEY, DATA);
}

static void seal(const unsigned char *secret)
{
    unsigned char tag[TAG];
    int size;

    crypt_bytes(secret);
    must(EVP_EncryptFinal_ex(cipher, out, &size)
             && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_GET_TAG, sizeof(tag), tag),
         "a tag");
}

/* The tag is wrong, whatever the secret is: that it is tells nobody more than what all can see. */
static void open_with_tag(const unsigned char *secret)
{
    static unsigned char tag[TAG] = {1};
    int size;

    crypt_bytes(secret);
    must(EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag)
             && EVP_DecryptFinal_ex(cipher, out, &size) <= 0,
         "a wrong tag");
}

/* CCM wants the tag first, and gives no plaintext if it is wrong. */
static void open_ccm(const unsigned char *secret)
{
    static const unsigned char iv[IV] = {3, 2, 1};
    static unsigned char tag[TAG] = {1};
    int size;

    must(EVP_CipherInit_ex2(cipher, NULL, secret, iv, -1, NULL)
             && EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag)
             && EVP_CipherUpdate(cipher, NULL, &size, NULL, DATA)
             && EVP_CipherUpdate(cipher, out, &size, secret + KEY, DATA) <= 0,
         "a wrong tag");
}

static void ecb_encrypts(void) { prepare("SM4-ECB", 1); }
static void ecb_decrypts(void) { prepare("SM4-ECB", 0); }
static void cbc_encrypts(void) { prepare("SM4-CBC", 1); }
static void cbc_decrypts(void) { prepare("SM4-CBC", 0); }
static void ctr_encrypts(void) { prepare("SM4-CTR", 1); }
static void gcm_encrypts(void) { prepare("SM4-GCM", 1); }
static void gcm_decrypts(void) { prepare("SM4-GCM", 0); }
static void ccm_encrypts(void) { prepare("SM4-CCM", 1); }
static void xts_encrypts(void) { prepare("SM4-XTS", 1); }
static void xts_decrypts(void) { prepare("SM4-XTS", 0); }

static void ccm_decrypts(void)
{
    start();
    cipher = EVP_CIPHER_CTX_new();
    must(EVP_CipherInit_ex2(cipher, EVP_CIPHER_fetch(NULL, "SM4-CCM", "provider=tongsuo-py"), NULL,
                            NULL, 0, NULL),
         "SM4-CCM");
}

/* Of a plaintext, as a peer or an attacker has made it, the record. */
static void encrypt_record(unsigned char *secret)
{
    static const unsigned char key[KEY] = {7}, iv[IV] = {8};
    EVP_CIPHER_CTX *encryptor = EVP_CIPHER_CTX_new();
    int size;

    must(EVP_EncryptInit_ex2(encryptor, EVP_CIPHER_CTX_get0_cipher(cipher), key, iv, NULL)
             && EVP_CIPHER_CTX_set_padding(encryptor, 0)
             && EVP_EncryptUpdate(encryptor, secret, &size, secret, RECORD),
         "making a record");
    must(EVP_DecryptInit_ex2(cipher, NULL, key, iv, NULL), "a key");
}

static void decrypts_records(void)
{
    unsigned version = TLS1_2_VERSION;
    size_t mac = MAC;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_TLS_VERSION, &version),
                           OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_TLS_MAC_SIZE, &mac),
                           OSSL_PARAM_construct_end()};

    prepare("SM4-CBC", 0);
    EVP_CIPHER_CTX_set_padding(cipher, 1);
    must(EVP_CIPHER_CTX_set_params(cipher, params), "parameters of TLS");
}

static void open_record(const unsigned char *secret)
{
    int size;

    memcpy(record, secret, RECORD);
    must(EVP_DecryptUpdate(cipher, record, &size, record, RECORD), "opening a record");
}

const subject sm4_subjects[] = {
    {"SM4-ECB encryption", KEY + DATA, ecb_encrypts, NULL, crypt_blocks},
    {"SM4-ECB decryption", KEY + DATA, ecb_decrypts, NULL, crypt_blocks},
    {"SM4-CBC encryption", KEY + DATA, cbc_encrypts, NULL, crypt_blocks},
    {"SM4-CBC decryption", KEY + DATA, cbc_decrypts, NULL, crypt_blocks},
    {"SM4-CTR", KEY + DATA, ctr_encrypts, NULL, crypt_bytes},
    {"SM4-GCM encryption", KEY + DATA, gcm_encrypts, NULL, seal},
    {"SM4-GCM decryption", KEY + DATA, gcm_decrypts, NULL, open_with_tag},
    {"SM4-CCM encryption", KEY + DATA, ccm_encrypts, NULL, seal},
    {"SM4-CCM decryption", KEY + DATA, ccm_decrypts, NULL, open_ccm},
    {"SM4-XTS encryption", 2 * KEY + DATA, xts_encrypts, NULL, crypt_sector},
    {"SM4-XTS decryption", 2 * KEY + DATA, xts_decrypts, NULL, crypt_sector},
    {"a record of CBC", RECORD, decrypts_records, encrypt_record, open_record},
    {NULL, 0, NULL, NULL, NULL},
};
