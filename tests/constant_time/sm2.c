/* SM2 and SM3 by the acceleration: private keys and nonces are secret, and so may be what is hashed. */
#include "compat.h"

#include "accel.h"
#include "accel/sm2_lanes.h"
#include "accel/sm2_scheme.h"
#include "accel/sm3_lanes.h"
#include "stepper.h"

enum {
    NUMBER = 32,
    SIGNED = 2, /* by lanes; those that are left over do the same as the first one */
    MESSAGES = 17,
    MESSAGE = 100,
};

static const unsigned char digests[SIGNED * NUMBER] = {9, 8, 7};
static sm2_pair made;
static unsigned char out[MESSAGES * 65], keys[SIGNED * 65];
static signed char done[SIGNED];

static void sign(const unsigned char *secret)
{
    fn number, inverse;

    fn_from_bytes(&number, secret);
    sm2_signing_number(&inverse, &number);
    let_random_bytes_be(secret + NUMBER, NUMBER);
    sm2_sign(&made, digests, &inverse);
}

static void start_sm2(void)
{
    start();
    need(tspy_accel_parts() & TSPY_ACCEL_SM2, "what SM2 needs");
    must(sm2_scheme_start(), "tables");
}

static void start_sm2_lanes(void)
{
    start();
    need(tspy_accel_parts() & TSPY_ACCEL_SM2_LANES, "eight lanes");
}

static void start_sm3_lanes(void)
{
    start();
    need(tspy_accel_parts() & TSPY_ACCEL_SM3_LANES, "sixteen lanes");
}

static void sign_in_lanes(const unsigned char *secret)
{
    let_random_bytes_be(secret + NUMBER, SIGNED * NUMBER);
    tspy_sm2_lanes_sign(secret, digests, SIGNED, NULL, 0, out, done);
}

static void generate_in_lanes(const unsigned char *secret)
{
    let_random_bytes_be(secret, SIGNED * NUMBER);
    tspy_sm2_lanes_generate(SIGNED, out, keys);
}

static void hash_in_lanes(const unsigned char *secret)
{
    tspy_sm3_message messages[MESSAGES];

    for (int i = 0; i < MESSAGES; i++)
        messages[i] = (tspy_sm3_message){i % 2 ? secret : NULL, secret + i, MESSAGE, out + 32 * i};
    tspy_sm3_lanes(messages, MESSAGES);
}

const subject sm2_subjects[] = {
    {"SM2 signing", 2 * NUMBER, start_sm2, NULL, sign},
    {"SM2 signing in lanes", (1 + SIGNED) * NUMBER, start_sm2_lanes, NULL, sign_in_lanes},
    {"SM2 keys in lanes", SIGNED * NUMBER, start_sm2_lanes, NULL, generate_in_lanes},
    {"SM3 in lanes", MESSAGE + MESSAGES, start_sm3_lanes, NULL, hash_in_lanes},
    {NULL, 0, NULL, NULL, NULL},
};
