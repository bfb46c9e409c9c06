/* Montgomery's multiplication for the order of the SM2 curve (GB/T 32918.5). */
#include "sm2_lane_order.h"

typedef unsigned __int128 wide;

static const tspy_number ORDER = {0x53BBF40939D54123, 0x7203DF6B21C6052B, 0xFFFFFFFFFFFFFFFF,
                                  0xFFFFFFFEFFFFFFFF};
static const uint64_t ORDER_INVERSE = 0x327F9E8872350975; /* -1/n modulo 2^64 */
/* 2^512 modulo n. */
static const tspy_number SQUARE = {0x901192AF7C114F20, 0x3464504ADE6FA2FA, 0x620FC84C3AFFE0D4,
                                   0x1EB5E412A22B3D3B};

/* number - n, and whether that was less than zero, with `carry` as the fifth limb. */
static uint64_t minus_order(tspy_number difference, const tspy_number number, uint64_t carry)
{
    uint64_t borrow = 0;

    for (int i = 0; i < 4; i++) {
        wide step = (wide)number[i] - ORDER[i] - borrow;

        difference[i] = (uint64_t)step;
        borrow = (uint64_t)(step >> 64) & 1;
    }
    return borrow & ~carry & 1;
}

/* What is below 2n, with its fifth limb, brought below n. */
static void reduce(tspy_number number, uint64_t carry)
{
    tspy_number less;
    uint64_t keep = 0 - minus_order(less, number, carry);

    for (int i = 0; i < 4; i++)
        number[i] = (number[i] & keep) | (less[i] & ~keep);
}

static void read_limbs(tspy_number number, const unsigned char bytes[32])
{
    for (int i = 0; i < 4; i++) {
        const unsigned char *from = bytes + 8 * (3 - i);

        number[i] = 0;
        for (int j = 0; j < 8; j++)
            number[i] = number[i] << 8 | from[j];
    }
}

void tspy_order_read_reduced(tspy_number number, const unsigned char bytes[32])
{
    read_limbs(number, bytes);
    reduce(number, 0); /* 2^256 is below 2n */
}

void tspy_order_write(unsigned char bytes[32], const tspy_number number)
{
    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)(number[3 - i / 8] >> (56 - 8 * (i % 8)));
}

int tspy_order_read(tspy_number number, const unsigned char bytes[32])
{
    tspy_number less;

    read_limbs(number, bytes);
    return (int)minus_order(less, number, 0) & ~tspy_order_is_zero(number);
}

int tspy_order_is_zero(const tspy_number a)
{
    uint64_t any = a[0] | a[1] | a[2] | a[3];

    return (int)(1 ^ ((any | (0 - any)) >> 63));
}

int tspy_order_equal(const tspy_number a, const tspy_number b)
{
    tspy_number different = {a[0] ^ b[0], a[1] ^ b[1], a[2] ^ b[2], a[3] ^ b[3]};

    return tspy_order_is_zero(different);
}

void tspy_order_add(tspy_number sum, const tspy_number a, const tspy_number b)
{
    uint64_t carry = 0;

    for (int i = 0; i < 4; i++) {
        wide step = (wide)a[i] + b[i] + carry;

        sum[i] = (uint64_t)step;
        carry = (uint64_t)(step >> 64);
    }
    reduce(sum, carry);
}

void tspy_order_subtract(tspy_number difference, const tspy_number a, const tspy_number b)
{
    uint64_t borrow = 0, carry = 0;

    for (int i = 0; i < 4; i++) {
        wide step = (wide)a[i] - b[i] - borrow;

        difference[i] = (uint64_t)step;
        borrow = (uint64_t)(step >> 64) & 1;
    }
    for (int i = 0; i < 4; i++) {
        wide step = (wide)difference[i] + (ORDER[i] & (0 - borrow)) + carry;

        difference[i] = (uint64_t)step;
        carry = (uint64_t)(step >> 64);
    }
}

void tspy_order_multiply(tspy_number product, const tspy_number a, const tspy_number b)
{
    uint64_t t[6] = {0};

    for (int i = 0; i < 4; i++) {
        uint64_t factor, carry = 0;
        wide step;

        for (int j = 0; j < 4; j++) {
            step = (wide)a[j] * b[i] + t[j] + carry;
            t[j] = (uint64_t)step;
            carry = (uint64_t)(step >> 64);
        }
        step = (wide)t[4] + carry;
        t[4] = (uint64_t)step;
        t[5] = (uint64_t)(step >> 64);

        /* Add what makes the lowest limb zero, and drop it. */
        factor = t[0] * ORDER_INVERSE;
        step = (wide)factor * ORDER[0] + t[0];
        carry = (uint64_t)(step >> 64);
        for (int j = 1; j < 4; j++) {
            step = (wide)factor * ORDER[j] + t[j] + carry;
            t[j - 1] = (uint64_t)step;
            carry = (uint64_t)(step >> 64);
        }
        step = (wide)t[4] + carry;
        t[3] = (uint64_t)step;
        t[4] = t[5] + (uint64_t)(step >> 64);
    }
    for (int i = 0; i < 4; i++)
        product[i] = t[i];
    reduce(product, t[4]);
}

void tspy_order_invert(tspy_number inverse, const tspy_number a)
{
    /* a^(n - 2), every bit of which is known to all. */
    static const tspy_number EXPONENT = {0x53BBF40939D54121, 0x7203DF6B21C6052B,
                                         0xFFFFFFFFFFFFFFFF, 0xFFFFFFFEFFFFFFFF};
    tspy_number base, power;

    tspy_order_multiply(base, a, SQUARE); /* a * 2^256 */
    for (int i = 0; i < 4; i++)
        power[i] = base[i];
    for (int bit = 254; bit >= 0; bit--) {
        tspy_order_multiply(power, power, power);
        if (EXPONENT[bit / 64] >> (bit % 64) & 1)
            tspy_order_multiply(power, power, base);
    }
    for (int i = 0; i < 4; i++)
        inverse[i] = power[i];
}
