"""Message authentication codes with SM4: CMAC and CBC-MAC (GB/T 15852.1-2020)."""

from __future__ import annotations

from tongsuo_py._binding import ffi
from tongsuo_py._binding.buffers import borrow
from tongsuo_py._binding.mac import Mac, prepared
from tongsuo_py.sm4.encryption import encryptor
from tongsuo_py.sm4.key import BLOCK_SIZE, key_view
from tongsuo_py.sm4.modes import CBC

_PIECE = 65_536  # bytes whose ciphertext is kept at once; whole blocks


class CMAC(Mac):
    """SM4-CMAC (NIST SP 800-38B; algorithm 5 of GB/T 15852.1), for data of any length.

    ``key`` has 16 bytes, ``data`` is the first input; the code has 16. Check a code from outside
    with ``verify``, which raises InvalidTag.
    """

    __slots__ = ()

    name = "cmac-sm4"
    digest_size = BLOCK_SIZE
    block_size = BLOCK_SIZE

    _prepared = prepared("CMAC", cipher="SM4-CBC")

    def __init__(self, key: object, data: object = b"") -> None:
        key_view(key)
        super().__init__(key, data)


def cbc_mac(key: object, data: object, *, padding: int = 1) -> bytes:
    """CBC-MAC (algorithm 1 of GB/T 15852.1): a code of 16 bytes. UNSAFE for data of varying length.

    With ``padding`` 1 and 2, whoever has seen codes can make more, for longer data, unless all
    data under this key has the same length. Prefer ``CMAC``.

    ``padding`` is the standard's method: 1 fills up with zeros (and cannot tell data from the same
    data with zeros after it), 2 with a one bit and zeros, 3 with zeros and puts the length in bits
    before the data. Protocols that cut the code take its first bytes.
    """
    if padding not in (1, 2, 3):
        raise ValueError(f"padding must be method 1, 2 or 3, not {padding!r}")
    key_view(key)
    view = borrow(data)
    size = len(view)
    stream = encryptor(key, CBC(bytes(BLOCK_SIZE)), padding=False)
    if padding == 3:
        stream.update((8 * size).to_bytes(BLOCK_SIZE, "big"))
    whole = size // BLOCK_SIZE * BLOCK_SIZE
    memory, scratch = memoryview(ffi.buffer(view)), bytearray(min(whole, _PIECE))
    count = 0
    for start in range(0, whole, _PIECE):
        count = stream.update_into(memory[start : min(start + _PIECE, whole)], scratch)
    end = bytes(memory[whole:]) + (b"\x80" if padding == 2 else b"")
    if end or not size:  # data without a byte is one block of zeros
        return stream.update(end.ljust(BLOCK_SIZE, b"\0"))
    return bytes(scratch[count - BLOCK_SIZE : count])
