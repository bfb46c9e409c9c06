/* A key, as the key manager makes it and signatures use it (sm2_key.c). */
#ifndef TSPY_ACCEL_SM2_KEY_H
#define TSPY_ACCEL_SM2_KEY_H

#include "sm2_points.h"

typedef struct {
    _Atomic int references;
    int has_public, has_private;
    sm2_point point;
    unsigned char octets[64]; /* the point's coordinates, as they are hashed */
    fn inverse;               /* of the private number what signing needs: 1 / (1 + d) */
    _Atomic unsigned verified;
    _Atomic(sm2_table *) table;
} sm2_key;

/* Another reference to it. */
sm2_key *sm2_key_share(sm2_key *key);
void sm2_key_free(void *key);

/* The table for one more verification, or NULL for one without. */
const sm2_table *sm2_key_table(sm2_key *key);

#endif
