/* The end of a CBC record of TLS or TLCP (tls_cbc.c). */
#ifndef TSPY_ACCEL_TLS_CBC_H
#define TSPY_ACCEL_TLS_CBC_H

#include <stddef.h>

#define TLS_LONGEST_MAC 64

/*
 * Take padding and MAC off a decrypted record (RFC 5246, 6.2.3.2), in a time that depends on `*size`
 * alone. `*size` becomes that of the data; the MAC, `mac_size` bytes, goes to `mac`. Where the
 * padding is wrong the MAC is a random one, so that it is the MAC that fails, as for every altered
 * record. 0 only for what anybody can see to be wrong: a record that is too short; and, if it has
 * no MAC here (encrypt-then-MAC, RFC 7366), a wrong padding.
 */
int tls_cbc_open(const unsigned char *record, size_t *size, unsigned char *mac, size_t mac_size);

#endif
