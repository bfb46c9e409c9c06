/* The signature algorithm around the points; what is modulo n is done lane by lane. */
#include "../compat.h"

#include <string.h>

#include "../drbg.h"
#include "sm2_lanes.h"
#include "sm2_lane_points.h"

enum {
    SIZE = 32, /* bytes of a number, or a digest */
    SIGNATURE = 2 * SIZE,
    MOST = TSPY_GROUPS * TSPY_LANES,
    SCRATCH = 16384, /* bytes of the stack on which called functions may have left secrets */
};

static const fn ONE = {{1}};

static int at_most(size_t count)
{
    return (int)(count < MOST ? count : MOST);
}

/* Overwrite what the functions called before have left on the stack. */
static __attribute__((noinline)) void wipe_stack(void)
{
    unsigned char scratch[SCRATCH];

    OPENSSL_cleanse(scratch, sizeof(scratch));
}

/* A number from 1 to n - 1 out of this thread's private generator; 0 if that gives none. */
static int draw(fn *number)
{
    unsigned char bytes[SIZE];
    int drawn;

    do {
        drawn = RAND_priv_bytes_ex(NULL, bytes, sizeof(bytes), 0) == 1;
        fn_from_bytes(number, bytes);
    } while (drawn && !fn_in_range(number));
    OPENSSL_cleanse(bytes, sizeof(bytes));
    return drawn;
}

/* From 32 bytes, whatever they are. */
static void read_reduced(fn *number, const unsigned char bytes[SIZE])
{
    fn whole;

    fn_from_bytes(&whole, bytes);
    fn_reduce(number, &whole, 0);
}

/* 1 / (1 + d), to multiply by; 0 if d is no private key. */
static int invert_key(fn *inverse, const unsigned char number[SIZE])
{
    int good;

    fn_from_bytes(inverse, number);
    good = fn_in_range(inverse);
    fn_reduce(inverse, inverse, 0);
    fn_add(inverse, inverse, &ONE);
    good &= !fn_is_zero(inverse);
    fn_invert(inverse, inverse);
    return good;
}

/*
 * With k the nonce and x the first coordinate of [k]G: r = e + x, and s = (k - r d) / (1 + d), which
 * is (k + r) / (1 + d) - r. `inverse` is what invert_key() gave. 0: another nonce is needed.
 */
static int make_signature(unsigned char signature[SIGNATURE], const fn *inverse, const fn *nonce,
                          const unsigned char x[SIZE], const unsigned char digest[SIZE])
{
    fn r, s, e;

    read_reduced(&r, x);
    read_reduced(&e, digest);
    fn_add(&r, &r, &e);
    fn_add(&s, nonce, &r);
    if (fn_is_zero(&r) || fn_is_zero(&s))
        return 0;
    fn_multiply(&s, &s, inverse);
    fn_subtract(&s, &s, &r);
    fn_to_bytes(signature, &r);
    fn_to_bytes(signature + SIZE, &s);
    return !fn_is_zero(&s);
}

/* Signatures with nonces that were drawn already, at most MOST. */
static void sign_some(const fn *inverse, const fn *nonces,
                      const unsigned char *digests, int count, unsigned char *signatures,
                      signed char *done)
{
    tspy_points products[TSPY_GROUPS];
    unsigned char x[SIZE];

    if (count == 0)
        return;
    tspy_points_multiply_base(products, nonces, count);
    tspy_points_make_affine(products, (count + TSPY_LANES - 1) / TSPY_LANES, 0);
    for (int i = 0; i < count; i++) {
        tspy_field_write(x, products[i / TSPY_LANES].x, i % TSPY_LANES);
        done[i] = (signed char)make_signature(signatures + SIGNATURE * i, inverse, &nonces[i], x,
                                              digests + SIZE * i);
    }
    OPENSSL_cleanse(products, sizeof(products));
    OPENSSL_cleanse(x, sizeof(x));
}

void tspy_sm2_lanes_sign(const unsigned char number[SIZE], const unsigned char *digests,
                         size_t count, const unsigned char *input, size_t input_size,
                         unsigned char *signatures, signed char *done)
{
    fn inverse, nonces[MOST];
    size_t next = 0;
    int drawing = invert_key(&inverse, number);

    memset(done, 0, count);
    while (drawing && next < count) {
        int some = at_most(count - next), drawn = 0;

        while (drawing && drawn < some) {
            drawing = (input == NULL
                       || tspy_add_input(RAND_get0_private(NULL), input, input_size))
                      && draw(&nonces[drawn]);
            drawn += drawing;
        }
        sign_some(&inverse, nonces, digests + SIZE * next, drawn, signatures + SIGNATURE * next,
                  done + next);
        next += (size_t)some;
    }
    OPENSSL_cleanse(&inverse, sizeof(inverse));
    OPENSSL_cleanse(nonces, sizeof(nonces));
    wipe_stack();
}

/* What is left to be verified, with the places of each: numbers that may belong to a signature. */
typedef struct {
    fn r[MOST], s[MOST], t[MOST];
    const unsigned char *keys[MOST];
    size_t places[MOST];
    int count;
} claims;

/* Add the signature at this place; not if it cannot be valid, whatever was signed. */
static void add_claim(claims *given, const unsigned char *signature, const unsigned char *key,
                      size_t place)
{
    int next = given->count;
    fn *r = &given->r[next], *s = &given->s[next], *t = &given->t[next];

    fn_from_bytes(r, signature);
    fn_from_bytes(s, signature + SIZE);
    if (!fn_in_range(r) || !fn_in_range(s))
        return;
    fn_add(t, r, s);
    if (fn_is_zero(t))
        return;
    given->keys[next] = key;
    given->places[next] = place;
    given->count++;
}

static void verify_some(claims *given, const unsigned char *digests, signed char *valid)
{
    int count = given->count, groups = (count + TSPY_LANES - 1) / TSPY_LANES;
    tspy_points sums[TSPY_GROUPS];
    unsigned infinite[TSPY_GROUPS];
    unsigned char x[SIZE];

    if (count == 0)
        return;
    for (int i = count; i < TSPY_LANES * groups; i++) { /* lanes that are left over */
        given->s[i] = given->s[0];
        given->t[i] = given->t[0];
        given->keys[i] = given->keys[0];
    }
    for (int i = 0; i < groups; i++) {
        int first = TSPY_LANES * i;

        tspy_points_add_products(&sums[i], given->s + first, given->t + first, given->keys + first);
        infinite[i] = tspy_points_infinite(&sums[i]);
    }
    tspy_points_make_affine(sums, groups, 0);
    for (int i = 0; i < count; i++) {
        size_t place = given->places[i];
        fn found, e;

        tspy_field_write(x, sums[i / TSPY_LANES].x, i % TSPY_LANES);
        read_reduced(&found, x);
        read_reduced(&e, digests + SIZE * place);
        fn_add(&found, &found, &e);
        valid[place] = !(infinite[i / TSPY_LANES] >> (i % TSPY_LANES) & 1)
                       && memcmp(&found, &given->r[i], sizeof(found)) == 0;
    }
    given->count = 0;
}

void tspy_sm2_lanes_verify(const unsigned char *keys, const unsigned char *digests,
                           const unsigned char *signatures, size_t count, signed char *valid)
{
    claims given;

    given.count = 0;
    for (size_t i = 0; i < count; i++) {
        valid[i] = 0;
        add_claim(&given, signatures + SIGNATURE * i, keys + TSPY_POINT * i, i);
        if (given.count == MOST)
            verify_some(&given, digests, valid);
    }
    verify_some(&given, digests, valid);
}

/* The public keys of at most MOST private ones. */
static void derive_some(const fn *numbers, int count, unsigned char *keys)
{
    tspy_points products[TSPY_GROUPS];

    tspy_points_multiply_base(products, numbers, count);
    tspy_points_make_affine(products, (count + TSPY_LANES - 1) / TSPY_LANES, 1);
    for (int i = 0; i < count; i++) {
        unsigned char *key = keys + TSPY_POINT * i;

        key[0] = POINT_CONVERSION_UNCOMPRESSED;
        tspy_field_write(key + 1, products[i / TSPY_LANES].x, i % TSPY_LANES);
        tspy_field_write(key + 1 + SIZE, products[i / TSPY_LANES].y, i % TSPY_LANES);
    }
}

int tspy_sm2_lanes_generate(size_t count, unsigned char *numbers, unsigned char *keys)
{
    fn drawn[MOST], next;
    int good = 1;

    for (size_t start = 0; good && start < count; start += MOST) {
        int some = at_most(count - start);

        for (int i = 0; good && i < some; i++) {
            do {
                good = draw(&drawn[i]);
                fn_reduce(&next, &drawn[i], 0);
                fn_add(&next, &next, &ONE);
            } while (good && fn_is_zero(&next)); /* n - 1 is no private key */
            fn_to_bytes(numbers + SIZE * (start + (size_t)i), &drawn[i]);
        }
        if (good)
            derive_some(drawn, some, keys + TSPY_POINT * start);
    }
    OPENSSL_cleanse(drawn, sizeof(drawn));
    OPENSSL_cleanse(&next, sizeof(next));
    wipe_stack();
    return good;
}

/* The example of GB/T 32918.5-2017, A.2: "message digest", signed by the default ID. */
static const unsigned char NUMBER[SIZE] =
    "\x39\x45\x20\x8F\x7B\x21\x44\xB1\x3F\x36\xE3\x8A\xC6\xD3\x9F\x95"
    "\x88\x93\x93\x69\x28\x60\xB5\x1A\x42\xFB\x81\xEF\x4D\xF7\xC5\xB8";
static const unsigned char KEY[TSPY_POINT] =
    "\x04\x09\xF9\xDF\x31\x1E\x54\x21\xA1\x50\xDD\x7D\x16\x1E\x4B\xC5\xC6"
    "\x72\x17\x9F\xAD\x18\x33\xFC\x07\x6B\xB0\x8F\xF3\x56\xF3\x50\x20"
    "\xCC\xEA\x49\x0C\xE2\x67\x75\xA5\x2D\xC6\xEA\x71\x8C\xC1\xAA\x60"
    "\x0A\xED\x05\xFB\xF3\x5E\x08\x4A\x66\x32\xF6\x07\x2D\xA9\xAD\x13";
static const unsigned char DIGEST[SIZE] =
    "\xF0\xB4\x3E\x94\xBA\x45\xAC\xCA\xAC\xE6\x92\xED\x53\x43\x82\xEB"
    "\x17\xE6\xAB\x5A\x19\xCE\x7B\x31\xF4\x48\x6F\xDF\xC0\xD2\x86\x40";
static const unsigned char NONCE[SIZE] =
    "\x59\x27\x6E\x27\xD5\x06\x86\x1A\x16\x68\x0F\x3A\xD9\xC0\x2D\xCC"
    "\xEF\x3C\xC1\xFA\x3C\xDB\xE4\xCE\x6D\x54\xB8\x0D\xEA\xC1\xBC\x21";
static const unsigned char EXPECTED[SIGNATURE] =
    "\xF5\xA0\x3B\x06\x48\xD2\xC4\x63\x0E\xEA\xC5\x13\xE1\xBB\x81\xA1"
    "\x59\x44\xDA\x38\x27\xD5\xB7\x41\x43\xAC\x7E\xAC\xEE\xE7\x20\xB3"
    "\xB1\xB6\xAA\x29\xDF\x21\x2F\xD8\x76\x31\x82\xBC\x0D\x42\x1C\xA1"
    "\xBB\x90\x38\xFD\x1F\x7F\x42\xD4\x84\x0B\x69\xC4\x85\xBB\xC1\xAA";

int tspy_sm2_lanes_are_right(void)
{
    enum { COUNT = TSPY_LANES };
    fn inverse, nonces[COUNT], numbers[COUNT];
    unsigned char digests[COUNT * SIZE], signatures[COUNT * SIGNATURE], keys[COUNT * TSPY_POINT];
    signed char results[COUNT];
    int right = invert_key(&inverse, NUMBER);

    for (int i = 0; i < COUNT; i++) {
        fn_from_bytes(&numbers[i], NUMBER);
        fn_from_bytes(&nonces[i], NONCE);
        memcpy(digests + SIZE * i, DIGEST, SIZE);
    }
    sign_some(&inverse, nonces, digests, COUNT, signatures, results);
    derive_some(numbers, COUNT, keys);
    for (int i = 0; i < COUNT; i++)
        right &= results[i] == 1 && memcmp(signatures + SIGNATURE * i, EXPECTED, SIGNATURE) == 0
                 && memcmp(keys + TSPY_POINT * i, KEY, TSPY_POINT) == 0;
    /* Every second one is not valid, and then the others. */
    for (int i = 0; i < COUNT; i++)
        digests[SIZE * i] ^= i & 1;
    tspy_sm2_lanes_verify(keys, digests, signatures, COUNT, results);
    for (int i = 0; i < COUNT; i++) {
        right &= results[i] == !(i & 1);
        digests[SIZE * i] ^= 1;
    }
    tspy_sm2_lanes_verify(keys, digests, signatures, COUNT, results);
    for (int i = 0; i < COUNT; i++)
        right &= results[i] == (i & 1);
    return right;
}
