/* SM2 signatures for the provider (sm2_key.c, sm2_signature.c). */
#ifndef TSPY_ACCEL_SM2_H
#define TSPY_ACCEL_SM2_H

#include <openssl/core_dispatch.h>
#include <openssl/provider.h>

/*
 * The key manager and the signature operation. Both use the default library context, which the
 * provider is made for, and no context of the provider's.
 */
extern OSSL_DISPATCH tspy_accel_sm2_key[];
extern const OSSL_DISPATCH tspy_accel_sm2_signature[];

/* Once, before either is used; `tongsuo` is the default provider, loaded. 0 if that failed. */
int tspy_accel_sm2_ready(const OSSL_PROVIDER *tongsuo);

#endif
