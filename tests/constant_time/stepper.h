/* What is looked at, and by whom (stepper.c). */
#ifndef TSPY_STEPPER_H
#define TSPY_STEPPER_H

#include <stddef.h>

typedef struct {
    const char *name;
    size_t secret;                            /* bytes of it */
    void (*ready)(void);                      /* once; makes what is no secret */
    void (*load)(unsigned char *secret);      /* turns it into what is run with; NULL if it is that */
    void (*run)(const unsigned char *secret); /* looked at */
} subject;

/* Each ends with one that has no name. */
extern const subject control_subjects[], sm4_subjects[], sm2_subjects[];

/* Whether the code may use all that this processor has; else nothing that is newer than AVX2. */
extern int native;

/*
 * Start the acceleration, and let random bytes be those that were said: the same ones each time, or
 * of the secret.
 */
void start(void);
void let_random_bytes_be(const unsigned char *bytes, size_t size);

/* Stop with words: where something did not work; where this processor has not what it takes. */
void must(int worked, const char *what);
void need(int available, const char *what);

#endif
