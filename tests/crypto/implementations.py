"""What the tests of the algorithms are done with.

The pure-Python packages ``gmssl`` and ``gmalg`` with their traps avoided, independent SM2 and SM4;
data in pieces; and everything that is bytes-like.
"""

from __future__ import annotations

from array import array
from itertools import pairwise

import gmalg
from gmssl import sm2 as _sm2
from gmssl import sm4 as _sm4

from tongsuo_py import sm2, sm4


def peer_sm2(
    public: sm2.PublicKey, private: sm2.PrivateKey | None = None, order: str = "c1c3c2"
) -> _sm2.CryptSM2:
    peer = _sm2.CryptSM2(
        private_key=private.to_bytes().hex() if private else "",
        public_key="",
        mode=1 if order == "c1c3c2" else 0,
    )
    # Its constructor would strip every leading 0 and 4, those of the coordinate too.
    peer.public_key = public.to_bytes()[1:].hex()
    return peer


def gmalg_signature(peer: gmalg.SM2, data: bytes) -> bytes:
    """r || s, of both of which gmalg leaves leading zeros out: one in 128 would be too short."""
    return b"".join(number.rjust(32, b"\0") for number in peer.sign(data))


def peer_point(number: int) -> bytes:
    """The public key of a private one, uncompressed."""
    peer = _sm2.CryptSM2("", "")
    return b"\4" + bytes.fromhex(peer._kg(number, peer.ecc_table["g"]))


def peer_sm4(key: bytes, encrypt: bool) -> _sm4.CryptSM4:
    peer = _sm4.CryptSM4()
    peer.set_key(key, _sm4.SM4_ENCRYPT if encrypt else _sm4.SM4_DECRYPT)
    return peer


def through(one: sm4.Stream, data: bytes, cuts: list[int] | None = None) -> bytes:
    """All of ``data`` through one of our streams, cut at these places, by both ways in turn."""
    edges = sorted({0, len(data), *(cut for cut in cuts or () if cut < len(data))})
    result = b""
    for index, (start, end) in enumerate(pairwise(edges)):
        piece = memoryview(data)[start:end]
        if index % 2:
            buffer = bytearray(end - start + 31)
            result += buffer[: one.update_into(piece, buffer)]
        else:
            result += one.update(piece)
    return result + one.finalize()


BYTES_LIKE = {
    "bytearray": bytearray,
    "memoryview": memoryview,
    "array": lambda data: array("B", data),
    "array of words": lambda data: memoryview(bytearray(data)).cast(
        "H" if len(data) % 2 == 0 else "b"
    ),
    "two dimensions": lambda data: memoryview(data).cast("B", (1, len(data))),
}
