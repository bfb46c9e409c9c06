/* SM2 signatures for the provider (sm2_key.c, sm2_signature.c). */
#ifndef TSPY_ACCEL_SM2_H
#define TSPY_ACCEL_SM2_H

#include <openssl/core_dispatch.h>

/*
 * A key manager that keys of Tongsuo's own are handed to, and the signature operation. Both use the
 * default library context, which the provider is made for, and no context of the provider's.
 */
extern const OSSL_DISPATCH tspy_accel_sm2_key[];
extern const OSSL_DISPATCH tspy_accel_sm2_signature[];

#endif
