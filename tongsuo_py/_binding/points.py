"""Points of the curve sm2p256v1, and numbers modulo its order n: read, computed with, written.

All memory of numbers and points is cleansed when it is freed, since most of them are secrets.
Multiplication takes the same time for every number, as far as Tongsuo's own SM2 does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tongsuo_py._binding import errors
from tongsuo_py._binding.buffers import secret, take
from tongsuo_py._binding.handles import own_bn_ctx, own_secret_bignum, own_secret_point
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError

#: The curve, for as long as the process lives.
CURVE = errors.check_pointer(lib.EC_GROUP_new_by_curve_name(lib.NID_sm2), "no SM2 curve")

_ORDER = lib.EC_GROUP_get0_order(CURVE)
_SIZE = 32  # bytes of a coordinate
_NO_MEMORY = "no memory for a computation on the SM2 curve"
_FAILED = "a computation on the SM2 curve failed"


def decode(data: bytes) -> Any:
    """The point in one of the forms of GB/T 32918.1, 4.2.9; None if there is none in ``data``.

    That is 04 (uncompressed), 02 or 03 (compressed), 06 or 07 (both) and the coordinates, which are
    checked: less than p, on the curve, and with the y that the first byte announces. The point at
    infinity is refused.
    """
    point = _new_point()
    done = lib.EC_POINT_oct2point(CURVE, point, data, len(data), ffi.NULL)
    if done == 1 and not is_infinity(point):
        return point
    errors.clear()
    return None


def encode(point: Any) -> bytes:
    """A point that is no secret: 65 bytes, ``04 || x || y``."""
    with _encoded(point) as octets:
        return take(octets)


def is_infinity(point: Any) -> bool:
    """Whether this is the point at infinity, which has no coordinates."""
    return bool(lib.EC_POINT_is_at_infinity(CURVE, point))


def number(data: Any) -> Any:
    """A number from its bytes, big-endian: ``bytes`` or a buffer of C."""
    return _guarded(lib.BN_bin2bn(data, len(data), ffi.NULL))


def private_number(pkey: Any) -> Any:
    """The number that is the private half of a key. Raises FormatError where there is none."""
    holder = ffi.new("BIGNUM **")
    result = lib.EVP_PKEY_get_bn_param(pkey, b"priv", holder)
    errors.check(result, "this SM2 key has no private key", FormatError)
    return _guarded(holder[0])


def add_product(a: Any, b: Any, c: Any) -> Any:
    """The number a + b * c modulo n."""
    result, context = _guarded(lib.BN_new()), own_bn_ctx(lib.BN_CTX_new(), _NO_MEMORY)
    errors.check(lib.BN_mod_mul(result, b, c, _ORDER, context), _FAILED)
    errors.check(lib.BN_mod_add(result, result, a, _ORDER, context), _FAILED)
    return result


def add(p: Any, q: Any) -> Any:
    """The point P + Q."""
    result = _new_point()
    errors.check(lib.EC_POINT_add(CURVE, result, p, q, ffi.NULL), _FAILED)
    return result


def multiply_base(factor: Any) -> Any:
    """The point [factor]G, G being the base point."""
    result = _new_point()
    done = lib.EC_POINT_mul(CURVE, result, factor, ffi.NULL, ffi.NULL, ffi.NULL)
    errors.check(done, _FAILED)
    return result


def multiply(point: Any, factor: Any) -> Any:
    """The point [factor]P."""
    result = _new_point()
    done = lib.EC_POINT_mul(CURVE, result, ffi.NULL, point, factor, ffi.NULL)
    errors.check(done, _FAILED)
    return result


@contextmanager
def coordinates(point: Any, after: bytes = b"") -> Iterator[memoryview]:
    """x || y || ``after``, in memory that is cleansed when the block ends; x and y of 32 bytes."""
    with _encoded(point) as octets, secret(2 * _SIZE + len(after)) as memory:
        view = memoryview(ffi.buffer(memory))
        view[: 2 * _SIZE] = memoryview(ffi.buffer(octets))[1:]
        view[2 * _SIZE :] = after
        yield view


@contextmanager
def _encoded(point: Any) -> Iterator[Any]:
    form = lib.POINT_CONVERSION_UNCOMPRESSED
    with secret(1 + 2 * _SIZE) as octets:
        size = lib.EC_POINT_point2oct(CURVE, point, form, octets, len(octets), ffi.NULL)
        if size != len(octets):
            raise errors.failure(_FAILED)
        yield octets


def _new_point() -> Any:
    return own_secret_point(lib.EC_POINT_new(CURVE), _NO_MEMORY)


def _guarded(pointer: Any) -> Any:
    owned = own_secret_bignum(pointer, _NO_MEMORY)
    lib.BN_set_flags(owned, lib.BN_FLG_CONSTTIME)
    return owned
