/* What is looked at, and by whom (stepper.c). */
#ifndef TSPY_STEPPER_H
#define TSPY_STEPPER_H

#include <stddef.h>

typedef struct {
    const char *name;
    size_t secret;                              /* bytes of it */
    void (*ready)(void);                        /* once; makes what is no secret */
    void (*load)(const unsigned char *secret);  /* may be NULL; not looked at */
    void (*run)(const unsigned char *secret);   /* looked at */
} subject;

/* Each ends with one that has no name. */
extern const subject control_subjects[], accel_subjects[];

/* Whether the code may use all that this processor has; else nothing that is newer than AVX2. */
extern int native;

/* Stop with words, if something that has to work does not. */
void must(int worked, const char *what);

#endif
