/*
 * Our SM4 against Tongsuo's own, both through EVP in one process: whatever is done with a context,
 * both must answer the same.
 *
 *     differential MODE CASES SEED [ACCEL: 0 = AVX2, 1 = native]
 *
 * Modes: ecb cbc ctr gcm ccm xts, and tls-cbc tls-gcm tls-ccm for records. Ends with a line that
 * counts the cases, or at the first difference with 1 and what it was.
 */
#include "../../native/compat.h"

#include "../../native/accel.h"

#include <openssl/prov_ssl.h>

#define MOST 20000 /* bytes of a message */
#define ROOM (MOST + 512)

static uint64_t state;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static size_t below(size_t limit)
{
    return (size_t)(draw() >> 11) % limit;
}

static void fill(unsigned char *data, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++)
        data[i] = (unsigned char)(draw() >> 24);
}

/* Mostly short; the sizes at which code changes its ways come often. */
static size_t draw_size(size_t most)
{
    static const size_t edges[] = {0,   1,   15,  16,  17,  31,   32,   33,   48,   63,   64,    65,
                                   111, 112, 113, 127, 128, 129,  255,  256,  257,  511,  512,   513,
                                   575, 576, 640, 1023, 1024, 1025, 4095, 4096, 4097, 8191, 8192, 16384};
    size_t size;

    switch (below(8)) {
    case 0:
        size = edges[below(sizeof(edges) / sizeof(edges[0]))];
        break;
    case 1:
        size = below(below(16) == 0 ? MOST : 3000);
        break;
    default:
        size = below(300);
    }
    return size < most ? size : most;
}

static const char *mode;
static unsigned long number;

static void differ(const char *what)
{
    printf("%s: case %lu: %s\n", mode, number, what);
    exit(1);
}

/* The two sides. What one does the other does. */
static EVP_CIPHER *cipher[2];
static EVP_CIPHER_CTX *ctx[2];
static unsigned char input[MOST + 64], work[2][ROOM + 64], made[2][ROOM + 64];

static void same(int a, int b, const char *what)
{
    if (a != b)
        differ(what);
}

static void same_bytes(size_t size, const char *what)
{
    if (memcmp(made[0], made[1], size) != 0)
        differ(what);
}

static void compare_iv(void)
{
    unsigned char iv[2][16];
    int num[2], got[2], i;

    for (i = 0; i < 2; i++) {
        memset(iv[i], 0, 16);
        got[i] = EVP_CIPHER_CTX_get_updated_iv(ctx[i], iv[i], 16);
        num[i] = EVP_CIPHER_CTX_get_num(ctx[i]);
    }
    same(got[0], got[1], "updated IV is told by one");
    if (memcmp(iv[0], iv[1], 16) != 0)
        differ("updated IV");
    same(num[0], num[1], "number");
}

/* Now and then the context is copied, and the copy goes on. */
static void maybe_copy(int often)
{
    int i;

    if (below(often) != 0)
        return;
    for (i = 0; i < 2; i++) {
        EVP_CIPHER_CTX *copy = EVP_CIPHER_CTX_new();

        if (!EVP_CIPHER_CTX_copy(copy, ctx[i]))
            differ(i == 0 ? "Tongsuo's was not copied" : "ours was not copied");
        EVP_CIPHER_CTX_free(ctx[i]);
        ctx[i] = copy;
    }
}

/* `size` bytes in pieces, somewhere in memory, in place or not; the result is in `made`. */
static int update_in_pieces(size_t size, int *total)
{
    size_t from = below(64), to = below(64), done = 0;
    /* EVP allows it where a piece's output takes the very place of its input. */
    int in_place = below(2) && EVP_CIPHER_CTX_get_block_size(ctx[0]) == 1, i, ok[2], n[2];

    *total = 0;
    while (done < size) {
        size_t now = below(3) == 0 ? size - done : 1 + below(size - done);

        for (i = 0; i < 2; i++) {
            unsigned char *source = work[i] + from + (in_place ? *total : 0);

            memcpy(source, input + done, now);
            ok[i] = EVP_CipherUpdate(ctx[i], in_place ? source : made[i] + to + *total, &n[i],
                                     source, (int)now);
            if (in_place)
                memcpy(made[i] + to + *total, source, n[i] > 0 ? n[i] : 0);
        }
        same(ok[0], ok[1], "an update failed on one side");
        if (!ok[0])
            return -1;
        same(n[0], n[1], "bytes of an update");
        *total += n[0];
        done += now;
        maybe_copy(40);
    }
    memmove(made[0], made[0] + to, *total);
    memmove(made[1], made[1] + to, *total);
    same_bytes(*total, "data");
    return 0;
}

static void init(const unsigned char *key, const unsigned char *iv, int encrypts)
{
    int i, ok[2];

    for (i = 0; i < 2; i++)
        /* Named again, a cipher begins with a context that has no key. */
        ok[i] = EVP_CipherInit_ex(ctx[i], EVP_CIPHER_CTX_get0_cipher(ctx[i]) ? NULL : cipher[i],
                                  NULL, key, iv, encrypts);
    same(ok[0], ok[1], "init");
    if (!ok[0])
        differ("init failed");
}

static void stream_case(void)
{
    unsigned char key[32], iv[16];
    size_t size = draw_size(MOST);
    int total, i, ok[2], n[2], pads = (int)below(2);
    int messages = 1 + (int)below(3);

    fill(key, sizeof(key));
    fill(iv, sizeof(iv));
    if (below(4) == 0) /* a counter about to run over: its last bytes, but for the last one */
        memset(iv + below(16), 0xff, 1), memset(iv + below(12), 0xff, 4), memset(iv + 8, 0xff, 7);
    init(key, iv, (int)below(2));
    for (; messages > 0; messages--) {
        for (i = 0; i < 2; i++)
            EVP_CIPHER_CTX_set_padding(ctx[i], pads);
        fill(input, size);
        if (strcmp(mode, "xts") == 0) {
            int one, variant = (int)below(2);
            OSSL_PARAM params[] = {
                OSSL_PARAM_construct_utf8_string("xts_standard", variant ? "IEEE" : "GB", 0),
                OSSL_PARAM_END};

            for (i = 0; i < 2; i++) {
                EVP_CIPHER_CTX_set_params(ctx[i], params);
                ok[i] = EVP_CipherUpdate(ctx[i], made[i], &n[i], input, (int)size);
            }
            same(ok[0], ok[1], "unit");
            one = ok[0];
            if (one) {
                same(n[0], n[1], "bytes of a unit");
                same_bytes(n[0], "unit");
            }
            maybe_copy(10);
        } else {
            if (update_in_pieces(size, &total) == 0) {
                for (i = 0; i < 2; i++)
                    ok[i] = EVP_CipherFinal_ex(ctx[i], made[i], &n[i]);
                same(ok[0], ok[1], "final");
                if (ok[0]) {
                    same(n[0], n[1], "bytes of the end");
                    same_bytes(n[0], "the end");
                }
            }
            compare_iv();
        }
        /* With the IV it was given, or another. (Tongsuo's turns round with a key alone.) */
        fill(iv, sizeof(iv));
        if (below(3) == 0)
            init(key, iv, (int)below(2));
        else
            init(NULL, below(2) ? iv : NULL, -1);
        size = draw_size(MOST);
    }
}

static int control(int what, int size, void *data)
{
    int i, ok[2];

    for (i = 0; i < 2; i++)
        ok[i] = EVP_CIPHER_CTX_ctrl(ctx[i], what, size, data);
    same(ok[0], ok[1], "control");
    return ok[0];
}

static int get_tag(int size)
{
    int i, ok[2];

    for (i = 0; i < 2; i++)
        ok[i] = EVP_CIPHER_CTX_ctrl(ctx[i], EVP_CTRL_AEAD_GET_TAG, size, made[i]);
    same(ok[0], ok[1], "tag is told by one");
    if (ok[0])
        same_bytes(size, "tag");
    return ok[0];
}

static void header_in_pieces(const unsigned char *header, size_t size)
{
    size_t done = 0, now;
    int i, n, ok[2];

    for (; done < size; done += now) {
        now = below(2) ? size - done : 1 + below(size - done);
        for (i = 0; i < 2; i++)
            ok[i] = EVP_CipherUpdate(ctx[i], NULL, &n, header + done, (int)now);
        same(ok[0], ok[1], "header");
        maybe_copy(60);
    }
}

static void gcm_case(void)
{
    unsigned char key[16], iv[128], header[600], tag[16];
    size_t size = draw_size(MOST), header_size = draw_size(below(2) ? 0 : sizeof(header));
    int iv_size = below(2) ? 12 : 1 + (int)below(128), tag_size = 1 + (int)below(16);
    int total, i, n, ok[2];

    fill(key, sizeof(key));
    fill(iv, sizeof(iv));
    fill(header, sizeof(header));
    fill(input, size);
    init(key, NULL, 1);
    control(EVP_CTRL_AEAD_SET_IVLEN, iv_size, NULL);
    init(NULL, iv, 1);
    header_in_pieces(header, header_size);
    if (update_in_pieces(size, &total) != 0)
        differ("encryption failed");
    memcpy(input, made[0], size);
    for (i = 0; i < 2; i++)
        ok[i] = EVP_CipherFinal_ex(ctx[i], made[i], &n);
    same(ok[0], ok[1], "final");
    get_tag(tag_size);
    memcpy(tag, made[0], sizeof(tag));
    /* And back; in one of three cases with something altered. */
    init(below(2) ? key : NULL, iv, 0);
    if (below(3) == 0) {
        switch (below(3)) {
        case 0:
            tag[below(tag_size)] ^= 1 << below(8);
            break;
        case 1:
            if (size != 0)
                input[below(size)] ^= 1 << below(8);
            break;
        default:
            if (header_size != 0)
                header[below(header_size)] ^= 1 << below(8);
        }
    }
    header_in_pieces(header, header_size);
    if (update_in_pieces(size, &total) != 0)
        differ("decryption failed");
    control(EVP_CTRL_AEAD_SET_TAG, tag_size, tag);
    for (i = 0; i < 2; i++)
        ok[i] = EVP_CipherFinal_ex(ctx[i], made[i], &n);
    same(ok[0], ok[1], "one took a tag that the other refused");
    /* The IV is used up. */
    for (i = 0; i < 2; i++)
        ok[i] = EVP_CipherUpdate(ctx[i], made[i], &n, input, 16);
    same(ok[0], ok[1], "after the end");
}

static void ccm_case(void)
{
    unsigned char key[16], nonce[13], header[70000], tag[16];
    size_t size = draw_size(MOST);
    size_t header_size = below(4) ? draw_size(400) : below(500) ? 0 : 65270 + below(20);
    int nonce_size = 7 + (int)below(7), tag_size = 4 + 2 * (int)below(7);
    int announces = header_size != 0 || below(2), i, n[2], ok[2];

    fill(key, sizeof(key));
    fill(nonce, sizeof(nonce));
    fill(header, header_size);
    fill(input, size);
    init(NULL, NULL, 1);
    control(EVP_CTRL_AEAD_SET_IVLEN, nonce_size, NULL);
    control(EVP_CTRL_AEAD_SET_TAG, tag_size, NULL);
    init(key, nonce, 1);
    for (i = 0; i < 2 && announces; i++)
        ok[i] = EVP_CipherUpdate(ctx[i], NULL, &n[i], NULL, (int)size);
    if (announces)
        same(ok[0], ok[1], "size");
    for (i = 0; i < 2 && header_size != 0; i++)
        ok[i] = EVP_CipherUpdate(ctx[i], NULL, &n[i], header, (int)header_size);
    if (header_size != 0)
        same(ok[0], ok[1], "header");
    maybe_copy(20);
    for (i = 0; i < 2; i++)
        ok[i] = EVP_CipherUpdate(ctx[i], made[i], &n[i], input, (int)size);
    same(ok[0], ok[1], "encryption");
    if (!ok[0])
        return;
    same_bytes(size, "ciphertext");
    memcpy(input, made[0], size);
    for (i = 0; i < 2; i++)
        ok[i] = EVP_CipherFinal_ex(ctx[i], made[i], &n[i]);
    same(ok[0], ok[1], "final");
    memset(tag, 0, sizeof(tag));
    get_tag(tag_size);
    memcpy(tag, made[0], tag_size);
    if (below(3) == 0) {
        if (size != 0 && below(2))
            input[below(size)] ^= 1 << below(8);
        else
            tag[below(tag_size)] ^= 1 << below(8);
    }
    init(NULL, NULL, 0);
    control(EVP_CTRL_AEAD_SET_IVLEN, nonce_size, NULL);
    control(EVP_CTRL_AEAD_SET_TAG, tag_size, tag);
    init(key, nonce, 0);
    for (i = 0; i < 2 && announces; i++)
        EVP_CipherUpdate(ctx[i], NULL, &n[i], NULL, (int)size);
    for (i = 0; i < 2 && header_size != 0; i++)
        EVP_CipherUpdate(ctx[i], NULL, &n[i], header, (int)header_size);
    maybe_copy(20);
    for (i = 0; i < 2; i++) {
        memset(made[i], 0x5a, size);
        ok[i] = EVP_CipherUpdate(ctx[i], made[i], &n[i], input, (int)size);
    }
    same(ok[0], ok[1], "one took a tag that the other refused");
    same_bytes(size, "plaintext, or what is left after a wrong tag");
}

/* --- records, as libssl has them --- */

static void tls_cbc_case(void)
{
    static const unsigned versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, 0x0101};
    static const size_t macs[] = {0, 20, 32, 48, 64};
    unsigned version = versions[below(4)];
    size_t mac_size = macs[below(5)], size = draw_size(16384), iv_size, n;
    unsigned char key[16], iv[16], *mac[2];
    OSSL_PARAM params[3], got[2][2];
    int i, ok[2], out[2];

    params[0] = OSSL_PARAM_construct_uint(OSSL_CIPHER_PARAM_TLS_VERSION, &version);
    params[1] = OSSL_PARAM_construct_size_t(OSSL_CIPHER_PARAM_TLS_MAC_SIZE, &mac_size);
    params[2] = OSSL_PARAM_construct_end();
    iv_size = version == TLS1_VERSION ? 0 : 16;
    fill(key, sizeof(key));
    fill(iv, sizeof(iv));
    /* The explicit IV, data and MAC; libssl has put them there. */
    size += iv_size + mac_size;
    fill(input, size);
    init(key, iv, 1);
    for (i = 0; i < 2; i++) {
        EVP_CIPHER_CTX_set_params(ctx[i], params);
        memcpy(work[i], input, size);
    }
    if (below(3) == 0) { /* made here, with any end: a padding that is mostly wrong, sometimes long */
        n = (size + 16) / 16 * 16 + 16 * below(17);
        fill(work[0], n);
        if (below(2)) {
            unsigned char padding = (unsigned char)below(n < 256 ? n : 256);

            memset(work[0] + n - padding - 1, padding, padding + 1);
            if (below(4) == 0)
                work[0][n - 1 - below(padding + 1)] ^= 1 << below(8);
        }
        EVP_CIPHER_CTX_reset(ctx[0]);
        EVP_CipherInit_ex(ctx[0], cipher[0], NULL, key, iv, 1);
        EVP_CIPHER_CTX_set_padding(ctx[0], 0);
        EVP_CipherUpdate(ctx[0], work[0], &out[0], work[0], (int)n);
        memcpy(work[1], work[0], n);
        EVP_CIPHER_CTX_reset(ctx[0]);
    } else {
        for (i = 0; i < 2; i++)
            ok[i] = EVP_CipherUpdate(ctx[i], work[i], &out[i], work[i], (int)size);
        same(ok[0], ok[1], "sealing");
        same(out[0], out[1], "bytes sealed");
        n = out[0];
        if (memcmp(work[0], work[1], n) != 0)
            differ("sealed");
        if (below(4) == 0) {
            work[0][below(n)] ^= 1 << below(8);
            memcpy(work[1], work[0], n);
        }
    }
    init(key, iv, 0);
    for (i = 0; i < 2; i++) {
        EVP_CIPHER_CTX_set_padding(ctx[i], 1);
        EVP_CIPHER_CTX_set_params(ctx[i], params);
        ok[i] = EVP_CipherUpdate(ctx[i], work[i], &out[i], work[i], (int)n);
    }
    same(ok[0], ok[1], "opening");
    if (!ok[0])
        return;
    same(out[0], out[1], "bytes opened");
    if (memcmp(work[0] + iv_size, work[1] + iv_size, out[0]) != 0)
        differ("opened");
    if (mac_size == 0)
        return;
    for (i = 0; i < 2; i++) {
        got[i][0] = OSSL_PARAM_construct_octet_ptr(OSSL_CIPHER_PARAM_TLS_MAC, (void **)&mac[i],
                                                   mac_size);
        got[i][1] = OSSL_PARAM_construct_end();
        if (!EVP_CIPHER_CTX_get_params(ctx[i], got[i]))
            differ("no MAC");
    }
    /* Where the padding was wrong both MACs are random; else they are what the record has. */
    if (memcmp(mac[0], mac[1], mac_size) != 0
        && (memcmp(mac[0], work[0] + iv_size + out[0], mac_size) == 0
            || memcmp(mac[1], work[1] + iv_size + out[1], mac_size) == 0))
        differ("MAC");
}

/* The nonce that is with the record of this number, and both ways. */
static void tls_aead_case(int is_gcm)
{
    unsigned char key[16], fixed[12], header[EVP_AEAD_TLS1_AAD_LEN];
    int tag_size = is_gcm ? 16 : below(2) ? 8 : 16;
    size_t size = draw_size(16384), whole = 8 + size + tag_size;
    int i, ok[2], out[2], records = 1 + (int)below(3);

    fill(key, sizeof(key));
    fill(fixed, sizeof(fixed));
    init(is_gcm ? key : NULL, NULL, 1);
    if (is_gcm) {
        /* The whole IV: one that is drawn would differ. */
        control(EVP_CTRL_AEAD_SET_IV_FIXED, -1, fixed);
    } else {
        control(EVP_CTRL_AEAD_SET_IVLEN, 12, NULL);
        control(EVP_CTRL_AEAD_SET_TAG, tag_size, NULL);
        init(key, NULL, 1);
        control(EVP_CTRL_CCM_SET_IV_FIXED, 4, fixed);
    }
    for (; records > 0; records--) {
        fill(header, sizeof(header));
        header[11] = (unsigned char)((8 + size) >> 8);
        header[12] = (unsigned char)(8 + size);
        control(EVP_CTRL_AEAD_TLS1_AAD, sizeof(header), header);
        fill(input, whole);
        for (i = 0; i < 2; i++) {
            memcpy(work[i], input, whole);
            if (!is_gcm) /* CCM takes the number from the buffer, where it has just put it */
                memcpy(work[i], header, 8);
            ok[i] = EVP_Cipher(ctx[i], work[i], work[i], (unsigned)whole);
        }
        same(ok[0], ok[1], "sealing");
        if (memcmp(work[0], work[1], whole) != 0)
            differ("sealed");
    }
    init(is_gcm ? key : NULL, NULL, 0);
    if (is_gcm) {
        control(EVP_CTRL_AEAD_SET_IV_FIXED, 4, fixed);
    } else {
        control(EVP_CTRL_AEAD_SET_IVLEN, 12, NULL);
        control(EVP_CTRL_AEAD_SET_TAG, tag_size, NULL);
        init(key, NULL, 0);
        control(EVP_CTRL_CCM_SET_IV_FIXED, 4, fixed);
    }
    if (below(3) == 0)
        work[0][below(whole)] ^= 1 << below(8);
    if (below(20) == 0)
        whole = below(whole);
    memcpy(work[1], work[0], whole);
    header[11] = (unsigned char)(whole >> 8);
    header[12] = (unsigned char)whole;
    if (control(EVP_CTRL_AEAD_TLS1_AAD, sizeof(header), header) <= 0)
        return;
    for (i = 0; i < 2; i++)
        ok[i] = EVP_CipherUpdate(ctx[i], work[i], &out[i], work[i], (int)whole);
    same(ok[0], ok[1], "opening");
    if (ok[0])
        same(out[0], out[1], "bytes opened");
    if (whole > (size_t)8 + tag_size && memcmp(work[0] + 8, work[1] + 8, whole - 8 - tag_size) != 0)
        differ("opened");
}

int main(int argc, char **argv)
{
    unsigned long cases;
    char name[16] = "SM4-";
    size_t i;

    if (argc < 4)
        return 2;
    mode = argv[1];
    cases = strtoul(argv[2], NULL, 10);
    state = strtoull(argv[3], NULL, 10) * 0x9e3779b97f4a7c15 + 1;
    if ((tspy_accel_start(argc > 4 ? atoi(argv[4]) : 1) & TSPY_ACCEL_SM4) == 0) {
        printf("not in use: %s\n", tspy_accel_reason(TSPY_ACCEL_SM4));
        return 3;
    }
    OPENSSL_strlcat(name, strncmp(mode, "tls-", 4) == 0 ? mode + 4 : mode, sizeof(name));
    for (i = 4; name[i] != 0; i++)
        name[i] -= 'a' - 'A';
    cipher[0] = EVP_CIPHER_fetch(NULL, name, "provider=default");
    cipher[1] = EVP_CIPHER_fetch(NULL, name, "provider=tongsuo-py");
    if (cipher[0] == NULL || cipher[1] == NULL)
        differ("there is no such cipher");
    for (number = 0; number < cases; number++) {
        for (i = 0; i < 2; i++)
            if (ctx[i] == NULL)
                ctx[i] = EVP_CIPHER_CTX_new();
            /* (Of a CCM message that was refused, Tongsuo's keeps the size for the next one.) */
            else if (number % 2 == 0 || strncmp(mode, "tls-", 4) == 0 || strcmp(mode, "ccm") == 0)
                EVP_CIPHER_CTX_reset(ctx[i]);
        if (strcmp(mode, "gcm") == 0)
            gcm_case();
        else if (strcmp(mode, "ccm") == 0)
            ccm_case();
        else if (strcmp(mode, "tls-cbc") == 0)
            tls_cbc_case();
        else if (strncmp(mode, "tls-", 4) == 0)
            tls_aead_case(strcmp(mode, "tls-gcm") == 0);
        else
            stream_case();
        ERR_clear_error();
    }
    EVP_CIPHER_CTX_free(ctx[0]);
    EVP_CIPHER_CTX_free(ctx[1]);
    printf("%lu cases\n", number);
    return 0;
}
