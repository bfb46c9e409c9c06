/* The provider (provider.c): what of it EVP and libssl find. */
#ifndef TSPY_ACCEL_PROVIDER_H
#define TSPY_ACCEL_PROVIDER_H

#include <openssl/core_dispatch.h>

/*
 * Load the provider with these parts (TSPY_ACCEL_SM4, TSPY_ACCEL_SM2) beside Tongsuo's own, and
 * have it preferred. 0 if that failed; then Tongsuo's own are used alone.
 */
int tspy_accel_provide(unsigned parts);

#endif
