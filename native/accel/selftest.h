/* Known answers, before anything is trusted with a key (selftest.c). */
#ifndef TSPY_ACCEL_SELFTEST_H
#define TSPY_ACCEL_SELFTEST_H

/* Those of these parts (TSPY_ACCEL_...) that give the right answers. */
unsigned tspy_accel_selftest(unsigned parts);

#endif
