/* SEQUENCE { r INTEGER, s INTEGER }: so short that every length has one byte. */
#include "compat.h"

#include <string.h>

#include "sm2_forms.h"

#define SIZE 32 /* bytes of a number */
#define SEQUENCE 0x30
#define INTEGER 0x02

static unsigned char *put_number(unsigned char *der, const unsigned char number[SIZE])
{
    size_t zeros = 0, size;

    while (zeros < SIZE - 1 && number[zeros] == 0)
        zeros++;
    size = SIZE - zeros;
    *der++ = INTEGER;
    if (number[zeros] & 0x80) { /* which would be negative */
        *der++ = (unsigned char)(size + 1);
        *der++ = 0;
    } else
        *der++ = (unsigned char)size;
    memcpy(der, number + zeros, size);
    return der + size;
}

size_t tspy_sm2_to_der(const unsigned char *raw, unsigned char *der)
{
    unsigned char *end = put_number(put_number(der + 2, raw), raw + SIZE);

    der[0] = SEQUENCE;
    der[1] = (unsigned char)(end - der - 2);
    return (size_t)(end - der);
}

/* Where the number that begins at `der` ends; NULL if there is none. */
static const unsigned char *get_number(const unsigned char *der, const unsigned char *end,
                                       unsigned char number[SIZE])
{
    size_t size;

    if (end - der < 3 || der[0] != INTEGER)
        return NULL;
    size = der[1];
    der += 2;
    if (size == 0 || size > (size_t)(end - der) || der[0] & 0x80)
        return NULL;
    if (der[0] == 0 && size > 1) {
        if (!(der[1] & 0x80)) /* a zero that is not needed */
            return NULL;
        der++;
        size--;
    }
    if (size > SIZE)
        return NULL;
    memset(number, 0, SIZE - size);
    memcpy(number + SIZE - size, der, size);
    return der + size;
}

int tspy_sm2_from_der(const unsigned char *der, size_t size, unsigned char *raw)
{
    const unsigned char *end = der + size, *second;

    if (size < 2 || size > TSPY_SM2_LONGEST || der[0] != SEQUENCE || der[1] != size - 2)
        return 0;
    second = get_number(der + 2, end, raw);
    return second != NULL && get_number(second, end, raw + SIZE) == end;
}
