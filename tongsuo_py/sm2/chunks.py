"""Some tens of SM2 signatures or keys by one call of C, in which the GIL is free.

How C does them (native/sm2_batch.h) shows here only in what public keys are handed over as.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from tongsuo_py._batches import bare, merged
from tongsuo_py._binding import acceleration, ffi, lib
from tongsuo_py._binding.algorithms import SM3
from tongsuo_py._binding.buffers import borrow, secret, take
from tongsuo_py._binding.errors import check
from tongsuo_py._binding.messages import Messages, views
from tongsuo_py._binding.pkey import Pair
from tongsuo_py.exceptions import FormatError, InvalidSignature, TongsuoError
from tongsuo_py.sm2 import curve, hexadecimal, nonces, signature_formats, signatures
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey

_LANES = "SM2 batches"
# A group takes 100 microseconds, however full it is, and a signature of the provider 23 with a key
# that it knows already, 35 with another.
_GROUP, _FEWEST = 8, 4
_RAW = 2 * curve.SIZE
_HEX = "-hex"


def sign(
    key: PrivateKey, user_id: bytes | None, encoding: str, timed: bool, messages: Sequence[object]
) -> list[bytes | Exception]:
    """The signatures over the messages, or what is wrong with one."""
    data, errors = views(messages, bare)
    count = len(data)
    given = Messages(data, None if user_id is None else key._identity.head(user_id) * count)
    raw, results = ffi.new("unsigned char[]", _RAW * count), ffi.new("signed char[]", count)
    time = nonces.time_input() if timed else ffi.NULL
    operation = key._signers.take()
    failed = lib.tspy_sm2_sign(
        operation.context, given.struct, SM3, time, len(time) if timed else 0, raw, results
    )
    made: list[Any] = _encoded(raw, count, encoding)
    if failed:
        for place, result in enumerate(results):
            if result != lib.TSPY_SM2_DONE:
                made[place] = TongsuoError(signatures.NOT_SIGNED)
    else:
        key._signers.give(operation)
    return merged(made, errors)


def verify(user_id: bytes | None, encoding: str, items: Sequence[object]) -> list[Exception | None]:
    """For each (public key, signature, message) None, or what is wrong with it."""
    keys, given, data = [], [], []
    errors: dict[int, Exception] = {}
    for place, item in enumerate(items):
        try:
            key, signature, message = _parts(item)
            signature, view = _without_text(signature, encoding), borrow(message)
        except Exception as error:
            errors[place] = bare(error)
        else:
            keys.append(key)
            given.append(signature)
            data.append(view)
    in_lanes = _in_lanes(len(keys))
    pools = [key._verifiers for key in keys[in_lanes:]]
    operations = {pool: pool.take() for pool in set(pools)}
    verifiers = ffi.new("EVP_PKEY_CTX *[]", [operations[pool].context for pool in pools])
    points = b"".join([key._point for key in keys[:in_lanes]])
    heads = None if user_id is None else b"".join([key._identity.head(user_id) for key in keys])
    messages, sizes = Messages(data, heads), ffi.new("size_t[]", [*map(len, given)])
    octets, raw = b"".join(given), encoding.startswith("raw")
    results = ffi.new("signed char[]", len(keys))
    wrong = lib.tspy_sm2_verify(
        points, in_lanes, verifiers, messages.struct, SM3, octets, sizes, raw, results
    )
    if not wrong:
        for pool, operation in operations.items():
            pool.give(operation)
        return merged([None] * len(keys), errors)
    return merged([_judgement(result) for result in results], errors)


def generate(numbers: Sequence[object]) -> list[PrivateKey]:
    """As many new keys."""
    count = len(numbers)
    if not acceleration.in_use(_LANES):
        return [PrivateKey.generate() for _ in numbers]
    points = ffi.new("unsigned char[]", curve.POINT_SIZE * count)
    with secret(curve.SIZE * count) as private:
        check(lib.tspy_sm2_generate(count, private, points), "could not generate SM2 keys")
        return [
            PrivateKey._of_pair(
                Pair.of_numbers(private + curve.SIZE * place, points + curve.POINT_SIZE * place)
            )
            for place in range(count)
        ]


def _encoded(raw: Any, count: int, encoding: str) -> list[bytes]:
    """Signatures of C in this encoding."""
    if encoding.startswith("der"):
        ders = ffi.new("unsigned char[]", signature_formats.LONGEST_DER * count)
        places = ffi.new("size_t[]", 1 + count)
        lib.tspy_sm2_to_ders(raw, count, ders, places + 1)
        ends = ffi.unpack(places, 1 + count)
        octets = take(ders, ends[-1])
    else:
        ends, octets = [*range(0, _RAW * (count + 1), _RAW)], take(raw)
    made = [octets[start:end] for start, end in pairwise(ends)]
    if encoding.endswith(_HEX):
        return [signature.hex().encode("ascii") for signature in made]
    return made


def _parts(item: object) -> tuple[PublicKey, object, object]:
    if not (isinstance(item, tuple | list) and len(item) == 3 and isinstance(item[0], PublicKey)):
        raise TypeError("an item must be (sm2.PublicKey, signature, message)")
    return item[0], item[1], item[2]


def _without_text(signature: object, encoding: str) -> bytes:
    """A signature in DER or as r || s; InvalidSignature for one that is clearly none."""
    given = signature_formats.as_bytes(signature, encoding)
    if encoding.endswith(_HEX):
        try:
            given = hexadecimal.decode(given, "signature", "the signature")
        except FormatError:
            raise InvalidSignature(signatures.INVALID) from None
    if len(given) > signature_formats.LONGEST_DER:
        raise InvalidSignature(signatures.INVALID)
    return given


def _in_lanes(count: int) -> int:
    """How many of so many signatures are verified eight at a time: all, or whole groups of them."""
    if not acceleration.in_use(_LANES):
        return 0
    rest = count % _GROUP
    return count - rest if rest < _FEWEST else count


def _judgement(result: int) -> Exception | None:
    if result == lib.TSPY_SM2_DONE:
        return None
    if result == lib.TSPY_SM2_FAILED:
        return TongsuoError("could not hash the data of an SM2 signature")
    return InvalidSignature(signatures.INVALID)
