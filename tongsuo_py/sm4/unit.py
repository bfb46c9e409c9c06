"""SM4-XTS on a data unit that comes in pieces.

Tongsuo takes a unit in one piece. The blocks of a unit are encrypted under tweaks T, T·α, T·α², ...
in GF(2¹²⁸), where T is the encrypted number of the unit; so a later part of it is a unit of its
own, whose number is the decryption of the tweak that it begins with.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from tongsuo_py._binding import ffi, lib
from tongsuo_py._binding.buffers import take, to_bytes
from tongsuo_py._binding.errors import check, failure
from tongsuo_py._binding.parameters import Parameters
from tongsuo_py.sm4.key import BLOCK_SIZE, KEY_SIZE
from tongsuo_py.sm4.modes import ECB, XTS, Mode
from tongsuo_py.sm4.stream import _FAILED, _NULL, Stream, _begin, _update

_LARGEST_UNIT = 2**20 * BLOCK_SIZE  # IEEE 1619-2018, 5.1

# Bytes that are encrypted at once: the longer, the more work are the powers of α.
_PIECE = 16_384

_VARIANTS = {variant: Parameters(xts_standard=variant.upper()) for variant in ("ieee", "gb")}


class Unit(Stream):
    """A data unit through SM4-XTS, piece by piece.

    It gives out what it has when it knows that the last incomplete block is not part of it, which
    is 16 to 31 bytes later; these come from ``finalize``.
    """

    __slots__ = ("_done", "_rest", "_tweak", "_untweak")

    _done: int
    _rest: bytes
    _tweak: int
    _untweak: Stream

    _mode: XTS

    @classmethod
    def _start(cls, key: object, mode: Mode, padding: bool, encrypts: bool) -> Unit:
        assert isinstance(mode, XTS)
        unit = super()._start(key, mode, padding, encrypts)
        first, second = _halves(key)
        if compare_digest(first, second):
            raise ValueError("the two halves of an XTS key must differ")
        settings = _VARIANTS[mode.variant].list
        check(lib.EVP_CIPHER_CTX_set_params(unit._live(), settings), _FAILED)
        unit._done, unit._rest = 0, b""
        unit._tweak = _number(
            Stream._start(second, ECB(), False, True).update(mode.iv), mode.variant
        )
        unit._untweak = Stream._start(second, ECB(), False, False)
        return unit

    def _output_size(self, size: int) -> int:
        self._live()
        total = self._held + size
        if self._done + total > _LARGEST_UNIT:
            raise ValueError(
                f"a data unit of XTS has at most {_LARGEST_UNIT} bytes: use more units"
            )
        return max(total // BLOCK_SIZE - 1, 0) * BLOCK_SIZE

    def _process(self, target: Any, source: Any, size: int) -> None:
        out = self._output_size(size)
        memory = ffi.from_buffer(target) if type(target) is bytes else target
        data = self._rest + (source if type(source) is bytes else take(source, size))
        for start in range(0, out, _PIECE):
            self._transform(self._live(), memory + start, data[start : min(start + _PIECE, out)])
        self._rest = data[out:]
        self._held = len(self._rest)
        self._done += out

    def _last(self, context: Any, held: int) -> bytes:
        if held < BLOCK_SIZE:
            raise ValueError(f"a data unit of XTS has at least {BLOCK_SIZE} bytes, not {held}")
        rest = bytes(held)
        self._transform(context, rest, self._rest)
        check(lib.EVP_CIPHER_CTX_reset(context), _FAILED)
        self._untweak.finalize()
        return rest

    def _transform(self, context: Any, target: Any, data: bytes) -> None:
        """Whole blocks, or at the end of the unit 16 to 31 bytes."""
        number = self._untweak.update(_bytes(self._tweak, self._mode.variant))
        check(_begin(context, _NULL, _NULL, _NULL, number, self._encrypts), _FAILED)
        if _update(context, target, data, len(data)) < 0:
            raise failure(_FAILED)
        self._tweak = _times_alpha(self._tweak, len(data) // BLOCK_SIZE)


def _halves(key: object) -> tuple[bytes, bytes]:
    whole = to_bytes(key, "key")
    return whole[:KEY_SIZE], whole[KEY_SIZE:]


def _times_alpha(element: int, power: int) -> int:
    """``element`` · α^``power``, where α¹²⁸ = α⁷ + α² + α + 1; bit i is the coefficient of αⁱ."""
    element <<= power
    while high := element >> 128:
        element = element & (2**128 - 1) ^ high ^ high << 1 ^ high << 2 ^ high << 7
    return element


def _number(block: bytes, variant: str) -> int:
    """A block as an element of the field."""
    return int.from_bytes(block, "little") if variant == "ieee" else _reversed(block)


def _bytes(element: int, variant: str) -> bytes:
    if variant == "ieee":
        return element.to_bytes(BLOCK_SIZE, "little")
    return _reversed(element.to_bytes(BLOCK_SIZE, "big")).to_bytes(BLOCK_SIZE, "big")


def _reversed(block: bytes) -> int:
    """The bits of a block, the first one as the lowest (as in GCM)."""
    return int(f"{int.from_bytes(block, 'big'):0128b}"[::-1], 2)
