/* A key as signatures use it, and the key manager (sm2_key.c). */
#ifndef TSPY_ACCEL_SM2_KEY_H
#define TSPY_ACCEL_SM2_KEY_H

#include <openssl/ec.h>

#include "sm2_scheme.h"

typedef struct {
    _Atomic int references;
    int has_private;
    EC_POINT *public; /* as it is in the EC_KEY; or NULL */
    sm2_point point;
    unsigned char octets[64]; /* the point's coordinates, as they are hashed */
    fn number;                /* d, and of it what signing needs: */
    fn inverse;               /* 1 / (1 + d) */
    _Atomic unsigned verified;
    _Atomic(sm2_table *) table;
} sm2_key;

/*
 * A reference to what belongs to a key of the key manager's, which is an EC_KEY of Tongsuo's. NULL
 * if it is on another curve, or without memory.
 */
sm2_key *sm2_key_of(void *ec_key);

/* Another reference to it. */
sm2_key *sm2_key_share(sm2_key *key);
void sm2_key_free(sm2_key *key);

/* The table for one more verification, or NULL for one without. */
const sm2_table *sm2_key_table(sm2_key *key);

#endif
