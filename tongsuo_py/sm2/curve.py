"""The recommended curve of GB/T 32918.5-2017 (sm2p256v1) and its keys in DER, as constants."""

from __future__ import annotations

#: Bytes of a coordinate, a private key, and each half of a signature.
SIZE = 32

#: Bytes of an uncompressed point: 04, x, y.
POINT_SIZE = 1 + 2 * SIZE

#: The prime of the field.
P = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF")
#: The curve y² = x³ + ax + b.
A = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC")
B = bytes.fromhex("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93")
#: The order of the base point, and the point itself.
N = bytes.fromhex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123")
G = bytes.fromhex(
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0"
)

#: SubjectPublicKeyInfo (id-ecPublicKey, sm2p256v1) up to the point of 65 bytes.
SPKI_PREFIX = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D034200")
