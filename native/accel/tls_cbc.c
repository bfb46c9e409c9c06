/*
 * Where padding and MAC of a record are must not show in the time that it takes, or in the memory
 * that is read: whoever alters records and measures would decrypt them (the attack Lucky Thirteen).
 * So all that may be padding is looked at, and all that may be MAC is copied, under masks.
 */
#include "../compat.h"

#include "tls_cbc.h"

/* The padding is at most 255 bytes and the one that tells how many. */
#define LONGEST_PADDING 256

/* A mask, all ones or none, from a comparison of numbers below the half of a size_t. */
static size_t below(size_t a, size_t b)
{
    return (size_t)0 - ((a - b) >> (8 * sizeof(size_t) - 1));
}

static size_t equal(size_t a, size_t b)
{
    return ~(below(a, b) | below(b, a));
}

/*
 * The compiler shall not find out that it is a mask, and branch on it. (As everywhere, this is what
 * compilers do today; tests/constant_time looks at what came out.)
 */
static size_t opaque(size_t mask)
{
    __asm__("" : "+r"(mask));
    return mask;
}

static size_t good_padding(const unsigned char *record, size_t size, size_t mac_size)
{
    size_t padding = record[size - 1];
    size_t looked_at = size < LONGEST_PADDING ? size : LONGEST_PADDING;
    size_t good = ~below(size, mac_size + 1 + padding);
    size_t i;

    for (i = 0; i < looked_at; i++)
        good &= below(padding, i) | equal(record[size - 1 - i], padding);
    return opaque(good);
}

/* Copy `size` bytes of `record`, from the secret place `start` on, which is not below `first`. */
static void copy_from(unsigned char *out, size_t size, const unsigned char *record, size_t first,
                      size_t end, size_t start)
{
    unsigned char turned[TLS_LONGEST_MAC] = {0}, other[TLS_LONGEST_MAC];
    size_t turn = 0, step, i, j;

    /* Written round and round, so that it begins at a secret place of the buffer ... */
    for (i = first, j = 0; i < end; i++, j = j + 1 == size ? 0 : j + 1) {
        size_t inside = opaque(~below(i, start) & below(i, start + size));

        turned[j] |= record[i] & (unsigned char)inside;
        turn |= j & equal(i, start);
    }
    /* ... and turned back by 1, 2, 4, ... places, or not. */
    for (step = 1; step < size; step <<= 1) {
        size_t turns = opaque((size_t)0 - ((turn & step) != 0));

        for (i = 0; i < size; i++)
            other[i] = turned[(i + step) % size];
        for (i = 0; i < size; i++)
            turned[i] = (unsigned char)((turned[i] & ~turns) | (other[i] & turns));
    }
    memcpy(out, turned, size);
    OPENSSL_cleanse(turned, sizeof(turned));
    OPENSSL_cleanse(other, sizeof(other));
}

int tls_cbc_open(const unsigned char *record, size_t *size, unsigned char *mac, size_t mac_size)
{
    unsigned char wrong[TLS_LONGEST_MAC];
    size_t whole = *size, good, end, i;

    if (mac_size > TLS_LONGEST_MAC || whole < mac_size + 1)
        return 0;
    good = good_padding(record, whole, mac_size);
    end = whole - (good & (record[whole - 1] + (size_t)1));
    if (mac_size == 0) {
        *size = end;
        return good != 0;
    }
    if (RAND_bytes(wrong, (int)mac_size) != 1)
        return 0;
    copy_from(mac, mac_size, record,
              whole > mac_size + LONGEST_PADDING ? whole - mac_size - LONGEST_PADDING : 0, whole,
              end - mac_size);
    for (i = 0; i < mac_size; i++)
        mac[i] = (unsigned char)((mac[i] & good) | (wrong[i] & ~good));
    *size = end - mac_size;
    return 1;
}
