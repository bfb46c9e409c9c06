/* An SM2 signature, written and read as DER, with one form for each. */
#include <string.h>

#include "sm2_der.h"

#define INTEGER 0x02
#define SEQUENCE 0x30

static unsigned char *write_integer(unsigned char *out, const fn *number)
{
    unsigned char bytes[33] = {0}; /* with a zero in front, so that it is not negative */
    size_t zeros = 0;

    fn_to_bytes(bytes + 1, number);
    while (zeros < 32 && bytes[zeros] == 0 && bytes[zeros + 1] < 0x80)
        zeros++;
    *out++ = INTEGER;
    *out++ = (unsigned char)(33 - zeros);
    memcpy(out, bytes + zeros, 33 - zeros);
    return out + 33 - zeros;
}

size_t sm2_write_der(unsigned char der[SM2_LONGEST_DER], const sm2_pair *signature)
{
    unsigned char *end = write_integer(write_integer(der + 2, &signature->r), &signature->s);

    der[0] = SEQUENCE;
    der[1] = (unsigned char)(end - der - 2);
    return (size_t)(end - der);
}

/*
 * The content of the element of this type that the bytes up to `end` begin with, and its length;
 * `in` moves on to what follows. NULL if there is none, or the length is not in its shortest form;
 * lengths beyond two bytes are not read, as by Tongsuo.
 */
static const unsigned char *element(const unsigned char **in, const unsigned char *end, int type,
                                    size_t *size)
{
    const unsigned char *at = *in;
    size_t left = (size_t)(end - at), length, more;

    if (left < 2 || at[0] != type)
        return NULL;
    length = at[1];
    at += 2;
    left -= 2;
    if (length >= 0x80) {
        more = length - 0x80;
        if (more < 1 || more > 2 || left < more)
            return NULL;
        length = more == 1 ? at[0] : (size_t)at[0] << 8 | at[1];
        if (length < (more == 1 ? 0x80u : 0x100u))
            return NULL;
        at += more;
        left -= more;
    }
    if (left < length)
        return NULL;
    *in = at + length;
    *size = length;
    return at;
}

/* As sm2_read_der does, one of the two numbers. */
static int read_integer(fn *number, const unsigned char **in, const unsigned char *end)
{
    unsigned char bytes[32] = {0};
    size_t size;
    const unsigned char *content = element(in, end, INTEGER, &size);

    if (content == NULL || size == 0 || content[0] >= 0x80)
        return -1;
    if (content[0] == 0 && size > 1) {
        content++;
        size--;
        if (content[0] < 0x80)
            return -1;
    }
    if (size > sizeof(bytes))
        return 0;
    memcpy(bytes + sizeof(bytes) - size, content, size);
    fn_from_bytes(number, bytes);
    return fn_in_range(number);
}

int sm2_read_der(sm2_pair *signature, const unsigned char *der, size_t size)
{
    const unsigned char *in = der, *content, *end;
    size_t length;
    int r, s;

    content = element(&in, der + size, SEQUENCE, &length);
    if (content == NULL || in != der + size)
        return -1;
    end = content + length;
    r = read_integer(&signature->r, &content, end);
    s = r < 0 ? -1 : read_integer(&signature->s, &content, end);
    if (s < 0 || content != end)
        return -1;
    return r & s;
}
