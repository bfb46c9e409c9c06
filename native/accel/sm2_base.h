/* Secret multiples of the SM2 curve's base point, in constant time (sm2_base.c). */
#ifndef TSPY_ACCEL_SM2_BASE_H
#define TSPY_ACCEL_SM2_BASE_H

#include "sm2_order.h"

/* Make the table. Once, before anything else here. */
void sm2_base_start(void);

/* x of k G, modulo n, for k from 1 to n - 1. 0 for k = 6 and k = n - 6, which it cannot do. */
int sm2_base_x(fn *x, const fn *k);

#endif
