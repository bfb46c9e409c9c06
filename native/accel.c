/* Switches the acceleration on, part by part: what the processor has, and what passes its check. */
#include "compat.h"

#include "accel.h"

#if TSPY_HAS_ACCEL
#include "accel/cpu.h"
#include "accel/provider.h"
#include "accel/selftest.h"

static unsigned parts;
static const char *reasons[4] = {"it was not switched on", "it was not switched on",
                                 "it was not switched on", "it was not switched on"};

static const char NO_FEATURES[] = "this processor lacks instructions that it needs";
static const char NOT_RIGHT[] = "the library failed its own check";
static const char NOT_LOADED[] = "the provider could not be loaded";

int tspy_accel_built(void)
{
    return 1;
}

unsigned tspy_accel_start(int instructions)
{
    unsigned usable = tspy_accel_features(instructions == TSPY_ACCEL_NATIVE);
    unsigned right = tspy_accel_selftest(usable);
    unsigned served = right & (TSPY_ACCEL_SM4 | TSPY_ACCEL_SM2);
    int loaded = served == 0 || tspy_accel_provide(served);
    int i;

    parts = loaded ? right : right & ~served;
    for (i = 0; i < 4; i++) {
        unsigned part = 1u << i;

        reasons[i] = parts & part   ? ""
                     : right & part  ? NOT_LOADED
                     : usable & part ? NOT_RIGHT
                                     : NO_FEATURES;
    }
    return parts;
}

unsigned tspy_accel_parts(void)
{
    return parts;
}

const char *tspy_accel_reason(unsigned part)
{
    int i;

    for (i = 0; i < 4; i++)
        if (part == 1u << i)
            return reasons[i];
    return "there is no such part";
}

const char *tspy_accel_version(void)
{
    return tspy_accel_library_version();
}
#else
int tspy_accel_built(void)
{
    return 0;
}

unsigned tspy_accel_start(int instructions)
{
    (void)instructions;
    return 0;
}

unsigned tspy_accel_parts(void)
{
    return 0;
}

const char *tspy_accel_reason(unsigned part)
{
    (void)part;
    return "it was not built in";
}

const char *tspy_accel_version(void)
{
    return "";
}
#endif
