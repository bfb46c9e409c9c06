"""The MAC over a PKCS #12 file: RFC 7292's own, and PBMAC1 (RFC 9579)."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable
from typing import Any

from tongsuo_py import _der
from tongsuo_py._binding import pbe, pbes
from tongsuo_py._der import INTEGER, Reader
from tongsuo_py._oids import PBKDF2
from tongsuo_py.pki.pkcs12 import identifiers as oid

_SALT = 16
_LONGEST_KEY = 64  # of PBMAC1, in bytes, as in OpenSSL; each 20 to 64 take all the rounds again


def check(data: bytes, mac: Reader, passwords: Iterable[bytes | None]) -> list[bytes | None]:
    """Those of the passwords under which the MAC of ``data`` is right; ``mac`` is the MacData."""
    info = mac.enter()
    algorithm = info.enter()
    at = algorithm.position
    kind = algorithm.oid()
    expected = info.octets()
    info.finish()
    salt = mac.octets()
    iterations = pbes.iterations(mac) if mac else 1
    mac.finish()
    compute: Callable[[bytes | None], bytes]
    if kind == oid.PBMAC1:
        compute = _pbmac1(data, algorithm.enter())
    elif kind in oid.DIGESTS:
        digest = oid.DIGESTS[kind]
        algorithm.no_parameters()

        def compute(password: bytes | None) -> bytes:
            return pbe.pkcs12_mac(data, password, digest, salt, iterations)

    else:
        algorithm.fail("the identifier of a known MAC", kind, at)
    return [password for password in passwords if hmac.compare_digest(compute(password), expected)]


def make(data: bytes, password: Any, digest: str, iterations: int) -> bytes:
    """The DER of a MacData for ``data``."""
    salt = os.urandom(_SALT)
    identifier = next(key for key, name in oid.DIGESTS.items() if name == digest)
    algorithm = _der.algorithm_identifier(identifier, _der.null())
    code = pbe.pkcs12_mac(data, password, digest, salt, iterations)
    return _der.sequence(
        _der.sequence(algorithm, _der.octets(code)), _der.octets(salt), _der.integer(iterations)
    )


def _pbmac1(data: bytes, parameters: Reader) -> Callable[[bytes | None], bytes]:
    """What computes the MAC by these parameters; the salt and rounds beside them are not used."""
    function, scheme = parameters.enter(), parameters.enter()
    parameters.finish()
    at = function.position
    kind = function.oid()
    if kind != PBKDF2:
        function.fail("PBKDF2", kind, at)
    settings = function.enter()
    salt = settings.octets()
    iterations = pbes.iterations(settings)
    at = settings.position
    size = settings.number() if settings.peek() == INTEGER else 0
    if not 1 <= size <= _LONGEST_KEY:
        settings.fail(f"a key of 1 to {_LONGEST_KEY} bytes", f"{size}", at)
    prf = _hmac(settings.enter()) if settings else "SHA1"
    digest = _hmac(scheme)
    return lambda password: pbe.pbmac1(data, password, digest, prf, salt, iterations, size)


def _hmac(algorithm: Reader) -> str:
    """The digest of the HMAC that an AlgorithmIdentifier names."""
    at = algorithm.position
    identifier = algorithm.oid()
    if identifier not in oid.HMACS:
        algorithm.fail("the identifier of a known HMAC", identifier, at)
    algorithm.no_parameters()
    return oid.HMACS[identifier]
