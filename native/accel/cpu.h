/* The processor, as Intel's library sees it (cpu.c). */
#ifndef TSPY_ACCEL_CPU_H
#define TSPY_ACCEL_CPU_H

/*
 * Prepare the library; `native` is 0 if it may use nothing that is newer than AVX2. Returns the
 * parts (TSPY_ACCEL_...) that the processor and the system have the instructions for.
 */
unsigned tspy_accel_features(int native);

/* Whether code of ours may use AVX-512 with VPCLMULQDQ. */
int tspy_accel_wide(void);

/* The library's version. */
const char *tspy_accel_library_version(void);

#endif
