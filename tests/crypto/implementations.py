"""The pure-Python package ``gmssl`` with its traps avoided: an independent SM2 and SM4."""

from __future__ import annotations

from array import array

from gmssl import sm2 as _sm2
from gmssl import sm4 as _sm4

from tongsuo_py import sm2


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


def peer_point(number: int) -> bytes:
    """The public key of a private one, uncompressed."""
    peer = _sm2.CryptSM2("", "")
    return b"\4" + bytes.fromhex(peer._kg(number, peer.ecc_table["g"]))


def peer_sm4(key: bytes, encrypt: bool) -> _sm4.CryptSM4:
    peer = _sm4.CryptSM4()
    peer.set_key(key, _sm4.SM4_ENCRYPT if encrypt else _sm4.SM4_DECRYPT)
    return peer


BYTES_LIKE = {
    "bytearray": bytearray,
    "memoryview": memoryview,
    "array": lambda data: array("B", data),
    "array of words": lambda data: memoryview(bytearray(data)).cast(
        "H" if len(data) % 2 == 0 else "b"
    ),
    "two dimensions": lambda data: memoryview(data).cast("B", (1, len(data))),
}
