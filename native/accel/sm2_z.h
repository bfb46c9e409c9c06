/* Z of GB/T 32918.2-2016, 5.5: the digest of who signs (sm2_z.c). */
#ifndef TSPY_ACCEL_SM2_Z_H
#define TSPY_ACCEL_SM2_Z_H

#include <openssl/evp.h>

#define SM2_Z_SIZE 32

/*
 * Z for a public key's coordinates and an ID; with NULL, the default one. `md` is SM3. 0, and an
 * error, for an ID that is too long.
 */
int sm2_make_z(unsigned char z[SM2_Z_SIZE], const EVP_MD *md, const unsigned char *id,
               size_t id_size, const unsigned char coordinates[64]);

#endif
