/*
 * SM3 (GB/T 32905) on the sixteen lanes of AVX-512. For processors where TSPY_ACCEL_SM3_LANES is in
 * use only.
 */
#ifndef TSPY_ACCEL_SM3_LANES_H
#define TSPY_ACCEL_SM3_LANES_H

#include <stddef.h>

/* Whether every lane gives the answers of GB/T 32905 on this processor. */
int tspy_sm3_lanes_are_right(void);

/* What is hashed: 32 bytes if `head` is not NULL, and `size` bytes after them. */
typedef struct {
    const unsigned char *head;
    const unsigned char *data;
    size_t size;
    unsigned char *digest; /* 32 bytes, for the result */
} tspy_sm3_message;

/*
 * Hash them all. A lane that is done with one goes on with the next, so that all are busy to the end
 * where the longest come first.
 */
void tspy_sm3_lanes(const tspy_sm3_message *messages, size_t count);

#endif
