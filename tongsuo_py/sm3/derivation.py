"""Keys derived from other secrets and from passwords, with SM3.

The results are secrets like what they were made of. None of these functions makes a weak secret
strong; ``pbkdf2_hmac`` alone is for passwords.
"""

from __future__ import annotations

from tongsuo_py._arguments import checked_number
from tongsuo_py._binding import lib
from tongsuo_py._binding.algorithms import SM3 as _SM3
from tongsuo_py._binding.buffers import INT_MAX, borrow, readable, secret, take, to_bytes
from tongsuo_py._binding.errors import check
from tongsuo_py.sm3.hashing import DIGEST_SIZE, SM3
from tongsuo_py.sm3.mac import HMAC

#: Bytes; the counter of ``kdf`` has 32 bits.
LONGEST_KDF = (2**32 - 1) * DIGEST_SIZE - 1
_LONGEST_HKDF = 255 * DIGEST_SIZE  # the counter has eight


def kdf(data: object, length: int) -> bytes:
    """The key derivation function of GB/T 32918.4 (5.4.3): ``length`` bytes made from ``data``.

    It is that of ANSI X9.63 with SM3 and no shared information. ``data`` is bytes-like;
    ``length`` is at least 1.
    """
    length = checked_number("length", length, 1, LONGEST_KDF)
    shared = SM3(data)
    blocks = []
    for counter in range(1, -(-length // DIGEST_SIZE) + 1):
        state = shared.copy()
        state.update(counter.to_bytes(4, "big"))
        blocks.append(state.digest())
    return b"".join(blocks)[:length]


def hkdf(key: object, length: int, *, salt: object = b"", info: object = b"") -> bytes:
    """HKDF (RFC 5869): ``length`` bytes, 1 to 8160, from a secret that need not be uniform.

    ``salt`` is no secret, and best random; ``info`` says what the result is for, so that one
    secret serves several purposes.
    """
    return hkdf_expand(hkdf_extract(key, salt), length, info)


def hkdf_extract(key: object, salt: object = b"") -> bytes:
    """The first half of HKDF: a pseudorandom key of 32 bytes."""
    for name, value in (("salt", salt), ("key", key)):
        readable(value, name)  # a mistake is told by the name it has here
    return HMAC(salt, key).digest()


def hkdf_expand(key: object, length: int, info: object = b"") -> bytes:
    """The second half of HKDF: ``length`` bytes, 1 to 8160, from a pseudorandom key.

    ``key`` is what ``hkdf_extract`` returned, or another uniformly random secret of at least 32
    bytes; ValueError for a shorter one.
    """
    length = checked_number("length", length, 1, _LONGEST_HKDF)
    size = len(readable(key, "key"))
    if size < DIGEST_SIZE:
        raise ValueError(f"a pseudorandom key has at least {DIGEST_SIZE} bytes, not {size}")
    start, purpose = HMAC(key), to_bytes(info, "info")
    blocks = [b""]
    for counter in range(1, -(-length // DIGEST_SIZE) + 1):
        code = start.copy()
        code.update(blocks[-1] + purpose + bytes((counter,)))
        blocks.append(code.digest())
    return b"".join(blocks)[:length]


def pbkdf2_hmac(password: object, salt: object, iterations: int, dklen: int | None = None) -> bytes:
    """PBKDF2 with HMAC-SM3 (RFC 8018): ``dklen`` bytes (32 if None) from a password.

    The arguments are those of ``hashlib.pbkdf2_hmac`` without the name of the hash. ``salt`` is
    random, 16 bytes or more; ``iterations`` (1 to 2³¹ - 1) is what one guess costs: 600,000 take
    about half a second. The call cannot be interrupted; check a number that came from outside.
    """
    iterations = checked_number("iterations", iterations, 1, INT_MAX)
    length = DIGEST_SIZE if dklen is None else checked_number("dklen", dklen, 1, INT_MAX)
    word, seed = readable(password, "password"), borrow(salt, "salt")
    for name, value in (("password", word), ("salt", seed)):
        if len(value) > INT_MAX:
            raise ValueError(f"{name} has at most {INT_MAX} bytes, not {len(value)}")
    with secret(length) as output:
        result = lib.PKCS5_PBKDF2_HMAC(
            word, len(word), seed, len(seed), iterations, _SM3, length, output
        )
        check(result, "PBKDF2 with HMAC-SM3 failed")
        return take(output)
