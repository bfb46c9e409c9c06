"""Encryption under a password (RFC 8018): what Tongsuo must be helped with, or kept from.

How often a password is hashed is written in the file. A hostile one could have that go on for
hours, so there is a bound: ``MOST_ITERATIONS`` for PBKDF2 and the older schemes, and
``MOST_SCRYPT_WORK`` for the product N * r * p of scrypt (RFC 7914), each a few seconds' work.
"""

from __future__ import annotations

from tongsuo_py._der import (
    INTEGER,
    SEQUENCE,
    Reader,
    algorithm_identifier,
    integer,
    null,
    octets,
    sequence,
)
from tongsuo_py._oids import HMAC_SM3, HMAC_SM3_OF_GMSSL, PBES2, PBKDF2

MOST_ITERATIONS = 5_000_000
MOST_SCRYPT_WORK = 2**22

_SCRYPT = "1.3.6.1.4.1.11591.4.11"
# PBES1 (RFC 8018) and PKCS #12's own: a salt and an iteration count are all their parameters.
_OLDER = ("1.2.840.113549.1.5.", "1.2.840.113549.1.12.1.")


def encrypted_key(data: bytes, what: str) -> bytes:
    """An EncryptedPrivateKeyInfo (RFC 5958) in the form that Tongsuo reads.

    Raises FormatError for one that is malformed, and for one that would take too long to open.
    """
    outer = Reader(data, what).only()
    algorithm = algorithm_for_tongsuo(outer.enter())
    content = outer.octets()
    outer.finish()
    return sequence(algorithm, octets(content))


def algorithm_for_tongsuo(algorithm: Reader) -> bytes:
    """The AlgorithmIdentifier whose inside is given, in the form that Tongsuo reads.

    Raises FormatError for one that is malformed, and for one that would take too long to compute.
    What is not known here is left as it is, for Tongsuo to judge.
    """
    name = algorithm.oid()
    if name == PBES2:
        parameters = algorithm.enter()
        derivation = _derivation(parameters.enter())
        scheme = parameters.element()
        parameters.finish()
        rest = sequence(derivation, scheme)
    elif name.startswith(_OLDER) and algorithm.peek() == SEQUENCE:
        values = algorithm.enter()
        salt, count = values.octets(), iterations(values)
        values.finish()
        rest = sequence(octets(salt), integer(count))
    else:
        return algorithm_identifier(name, algorithm.rest())
    algorithm.finish()
    return algorithm_identifier(name, rest)


def encrypted_key_for_gmssl(data: bytes) -> bytes:
    """A key encrypted with PBES2 and HMAC-SM3, as GmSSL 3.1 writes it and wants to read it.

    The length of the key, 16 bytes, is told; and HMAC-SM3 has GmSSL's identifier and no NULL.
    """
    outer = Reader(data, "the encrypted key").only()
    algorithm = outer.enter()
    algorithm.oid()
    parameters = algorithm.enter()
    derivation = parameters.enter()
    derivation.oid()
    values = derivation.enter()
    told = values.element(), values.element(), integer(16), algorithm_identifier(HMAC_SM3_OF_GMSSL)
    derivation_for_gmssl = algorithm_identifier(PBKDF2, sequence(*told))
    scheme = algorithm_identifier(PBES2, sequence(derivation_for_gmssl, parameters.rest()))
    return sequence(scheme, outer.rest())


def _derivation(reader: Reader) -> bytes:
    """A KeyDerivationFunc, with Tongsuo's identifier of HMAC-SM3 where it has GmSSL's."""
    name = reader.oid()
    if name == PBKDF2:
        parameters = _pbkdf2(reader.enter())
    elif name == _SCRYPT:
        parameters = _scrypt(reader.enter())
    else:
        return algorithm_identifier(name, reader.rest())
    reader.finish()
    return algorithm_identifier(name, parameters)


def _pbkdf2(values: Reader) -> bytes:
    salt, count = values.octets(), iterations(values)
    length = values.element() if values.peek() == INTEGER else b""
    function = values.optional(SEQUENCE)
    values.finish()
    if function is None:
        prf = b""
    elif (name := function.oid()) == HMAC_SM3_OF_GMSSL:
        function.no_parameters()
        prf = algorithm_identifier(HMAC_SM3, null())
    else:
        prf = algorithm_identifier(name, function.rest())
    return sequence(octets(salt), integer(count), length, prf)


def _scrypt(values: Reader) -> bytes:
    salt, begin = values.octets(), values.position
    n, r, p = (values.number() for _ in "Nrp")
    if not 1 <= n * r * p <= MOST_SCRYPT_WORK:
        values.fail(f"scrypt with N * r * p from 1 to {MOST_SCRYPT_WORK}", f"{n * r * p}", begin)
    length = values.element() if values.peek() == INTEGER else b""
    values.finish()
    return sequence(octets(salt), integer(n), integer(r), integer(p), length)


def iterations(values: Reader) -> int:
    """The number of rounds that comes next. FormatError for 0, and for more than the bound."""
    begin = values.position
    count = values.number()
    if not 1 <= count <= MOST_ITERATIONS:
        values.fail(f"1 to {MOST_ITERATIONS} iterations", f"{count}", begin)
    return count
