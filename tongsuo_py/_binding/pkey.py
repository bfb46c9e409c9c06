"""SM2 keys as EVP_PKEY: made, from a number or a point, and taken apart again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tongsuo_py._binding import errors, points
from tongsuo_py._binding.buffers import secret, take
from tongsuo_py._binding.handles import own_pkey, own_pkey_ctx
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py.exceptions import FormatError, TongsuoError

#: The signer's identity where nothing else was agreed on (GM/T 0009-2012).
DEFAULT_ID = b"1234567812345678"

#: What is wrong with a number that cannot be a private key.
OUT_OF_RANGE = "the number of an SM2 private key is from 1 to n - 2; this one's is not"

_SIZE = 32  # bytes of a number
_POINT_SIZE = 65
_NUMBER = ffi.typeof("unsigned char[32]")
_GROUP_KEY, _GROUP = ffi.new("char[]", b"group"), ffi.new("char[]", b"SM2")
_PUBLIC_KEY, _PRIVATE_KEY = ffi.new("char[]", b"pub"), ffi.new("char[]", b"priv")


def generate() -> Any:
    """A new key pair."""
    pkey = lib.EVP_PKEY_Q_keygen(ffi.NULL, ffi.NULL, b"SM2")
    return own_pkey(pkey, "could not generate an SM2 key")


def public(point: bytes) -> Any:
    """A public key from its point, 65 bytes. Raises FormatError for what is not on the curve."""
    return _import(ffi.from_buffer(point))


def private(number: Any) -> Any:
    """A key pair from its private number, 32 bytes in C. FormatError for one out of range."""
    big = points.number(number)
    if lib.BN_is_zero(big) or lib.BN_cmp(big, _N_MINUS_1) >= 0:
        raise FormatError(OUT_OF_RANGE)
    # Tongsuo does not work out the public key of one that is given to it.
    return _import_pair(big, points.encode(points.multiply_base(big)))


class Pair:
    """A key pair, and its public key in 65 bytes.

    Its EVP_PKEY may not be there yet: it is made when something needs it, which takes longer than
    everything else about a key that is made among many.
    """

    __slots__ = ("_number", "_pkey", "point")

    def __init__(self, pkey: Any) -> None:
        self.point = point_of(pkey)
        self._pkey, self._number = pkey, None

    @classmethod
    def of_numbers(cls, number: Any, point: Any) -> Pair:
        """The pair of a private number in 32 bytes of C, of which a copy is kept, and the public
        key that belongs to it; nothing of both is checked.
        """
        pair = cls.__new__(cls)
        pair.point = take(point, _POINT_SIZE)
        copy = ffi.new(_NUMBER)
        ffi.memmove(copy, number, _SIZE)
        pair._pkey, pair._number = None, ffi.gc(copy, _cleanse)
        return pair

    def pkey(self) -> Any:
        """The EVP_PKEY."""
        made, number = self._pkey, self._number
        if made is None:
            # Two threads may both make it; either is good.
            self._pkey = made = _import_pair(points.number(number), self.point)
            self._number = None
        return made


def require_sm2(pkey: Any) -> None:
    """Raise FormatError, which names the algorithm, unless this is an SM2 key."""
    if lib.EVP_PKEY_is_a(pkey, b"SM2") == 1:
        return
    name = lib.EVP_PKEY_get0_type_name(pkey)
    found = "unknown" if name == ffi.NULL else ffi.string(name).decode("ascii")
    if found == "EC":
        group, length = ffi.new("char[]", 80), ffi.new("size_t *")
        if lib.EVP_PKEY_get_utf8_string_param(pkey, b"group", group, len(group), length) == 1:
            found = f"EC on the curve {ffi.string(group).decode('ascii')}"
    errors.clear()
    raise FormatError(f"an SM2 key is needed, and this one's algorithm is {found}")


@contextmanager
def number_of(pkey: Any) -> Iterator[Any]:
    """The private key's 32 bytes in C, which are cleansed when the block ends."""
    number = points.private_number(pkey)
    with secret(_SIZE) as buffer:
        errors.check(lib.BN_bn2binpad(number, buffer, _SIZE), OUT_OF_RANGE, FormatError)
        yield buffer


def point_of(pkey: Any) -> bytes:
    """The public key, uncompressed whatever form it was read in."""
    point, length = ffi.new("unsigned char[]", _POINT_SIZE), ffi.new("size_t *")
    result = lib.EVP_PKEY_get_octet_string_param(
        pkey, b"encoded-pub-key", point, _POINT_SIZE, length
    )
    errors.check(result, "this SM2 key has no public key", FormatError)
    return take(point, length[0])


def prepared(pkey: Any, init: Callable[[Any], int]) -> Any:
    """A context for operations with a key, made ready for one kind of them by ``init``."""
    message = "could not prepare an operation with an SM2 key"
    context = own_pkey_ctx(lib.EVP_PKEY_CTX_new_from_pkey(ffi.NULL, pkey, ffi.NULL), message)
    errors.check(init(context), message)
    return context


def _import_pair(number: Any, point: bytes) -> Any:
    with secret(_SIZE) as native:
        errors.check(lib.BN_bn2nativepad(number, native, len(native)), OUT_OF_RANGE)
        return _import(ffi.from_buffer(point), native)


def _cleanse(number: Any) -> None:
    lib.OPENSSL_cleanse(number, _SIZE)


def _import(point: Any, number: Any = None) -> Any:
    """An EVP_PKEY from a point (65 bytes) and, for a private key, its number in native order."""
    params = ffi.new("OSSL_PARAM[4]")  # one that is all zero ends the list
    values = [(_GROUP_KEY, lib.OSSL_PARAM_UTF8_STRING, _GROUP, len(_GROUP) - 1)]
    values.append((_PUBLIC_KEY, lib.OSSL_PARAM_OCTET_STRING, point, len(point)))
    if number is not None:
        values.append((_PRIVATE_KEY, lib.OSSL_PARAM_UNSIGNED_INTEGER, number, len(number)))
    for param, (key, kind, data, size) in zip(params, values, strict=False):
        param.key, param.data_type, param.data, param.data_size = key, kind, data, size
    context = own_pkey_ctx(
        lib.EVP_PKEY_CTX_new_from_name(ffi.NULL, b"SM2", ffi.NULL), "this Tongsuo has no SM2"
    )
    message = "this is not a point of the SM2 curve"
    errors.check(lib.EVP_PKEY_fromdata_init(context), message, TongsuoError)
    holder = ffi.new("EVP_PKEY **")
    what = lib.EVP_PKEY_PUBLIC_KEY if number is None else lib.EVP_PKEY_KEYPAIR
    errors.check(lib.EVP_PKEY_fromdata(context, holder, what, params), message, FormatError)
    return own_pkey(holder[0], message)


def _n_minus_1() -> Any:
    octets = ffi.new("unsigned char[]", _SIZE)
    lib.BN_bn2binpad(lib.EC_GROUP_get0_order(points.CURVE), octets, _SIZE)
    octets[_SIZE - 1] -= 1  # n is odd
    return points.number(take(octets))


_N_MINUS_1 = _n_minus_1()
