"""Algorithms as their standards write them, over the block and stream ciphers of other packages.

For what no other package has whole: SM4 is that of OpenSSL 4, through ``cryptography``, ZUC that
of the pure-Python ``gmalg``.
"""

from __future__ import annotations

import os

import gmalg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC


def ccm(key: bytes, nonce: bytes, data: bytes, header: bytes | None, tag: int) -> bytes:
    """CCM as RFC 3610 describes it; the tag comes last."""
    size = 15 - len(nonce)
    flags = (0x40 if header else 0) + 8 * ((tag - 2) // 2) + size - 1
    blocks = bytes((flags,)) + nonce + len(data).to_bytes(size, "big")
    if header:
        blocks += len(header).to_bytes(2, "big") + header
        blocks += bytes(-len(blocks) % 16)
    blocks += data + bytes(-len(data) % 16)
    cbc = Cipher(algorithms.SM4(key), modes.CBC(bytes(16))).encryptor()
    mac = cbc.update(blocks)[-16:][:tag]
    counter = bytes((size - 1,)) + nonce + bytes(size)
    ctr = Cipher(algorithms.SM4(key), modes.CTR(counter)).encryptor()
    sealed_mac = ctr.update(mac + bytes(16 - tag))[:tag]
    return ctr.update(data) + sealed_mac


def xts(key: bytes, tweak: bytes, data: bytes, variant: str, decrypt: bool = False) -> bytes:
    """XTS as IEEE 1619 and GB/T 17964 write it, block by block."""

    def ecb(half: bytes, block: bytes, back: bool) -> bytes:
        cipher = Cipher(algorithms.SM4(half), modes.ECB())
        return (cipher.decryptor() if back else cipher.encryptor()).update(block)

    def doubled(block: bytes) -> bytes:
        if variant == "ieee":
            number = int.from_bytes(block, "little") << 1
            return (number ^ (number >> 128) * (1 << 128 | 0x87)).to_bytes(16, "little")
        number = int.from_bytes(block, "big")
        return (number >> 1 ^ (number & 1) * (0xE1 << 120)).to_bytes(16, "big")

    def one(block: bytes, mask: bytes) -> bytes:
        masked = bytes(a ^ b for a, b in zip(block, mask, strict=True))
        return bytes(a ^ b for a, b in zip(ecb(key[:16], masked, decrypt), mask, strict=True))

    masks = [ecb(key[16:], tweak, False)]
    whole, rest = divmod(len(data), 16)
    for _ in range(whole):
        masks.append(doubled(masks[-1]))
    blocks = [data[16 * i : 16 * i + 16] for i in range(whole)]
    if not rest:
        return b"".join(map(one, blocks, masks))
    # The last whole block gives the incomplete one what it lacks.
    last, after = (masks[-1], masks[-2]) if decrypt else (masks[-2], masks[-1])
    stolen = one(blocks[-1], last)
    end = data[16 * whole :]
    return b"".join(map(one, blocks[:-1], masks)) + one(end + stolen[rest:], after) + stolen[:rest]


def cbc_mac(key: bytes, data: bytes, padding: int) -> bytes:
    """The last block of OpenSSL 4's CBC over what ISO/IEC 9797-1 has done to the data."""
    head = (8 * len(data)).to_bytes(16, "big") if padding == 3 else b""
    data += b"\x80" if padding == 2 else b""
    data += bytes(-len(data) % 16) or (b"" if data else bytes(16))
    cbc = Cipher(algorithms.SM4(key), modes.CBC(bytes(16))).encryptor()
    return cbc.update(head + data)[-16:]


def wrap_key(wrapping_key: bytes, key: bytes, padding: bool) -> bytes:
    """RFC 3394 (2.2.1) and RFC 5649 (4.1) as they are written."""
    ecb = Cipher(algorithms.SM4(wrapping_key), modes.ECB()).encryptor()
    first = b"\xa6" * 8
    if padding:
        first = b"\xa6\x59\x59\xa6" + len(key).to_bytes(4, "big")
        key += bytes(-len(key) % 8)
        if len(key) == 8:
            return ecb.update(first + key)
    steps = [key[i : i + 8] for i in range(0, len(key), 8)]
    count = 0
    for _ in range(6):
        for i, step in enumerate(steps):
            count += 1
            block = ecb.update(first + step)
            first = (int.from_bytes(block[:8], "big") ^ count).to_bytes(8, "big")
            steps[i] = block[8:]
    return first + b"".join(steps)


def _keystream(key: bytes, iv: bytes, words: int) -> int:
    generator = gmalg.ZUC(key, iv)
    return int.from_bytes(b"".join(generator.generate() for _ in range(words)), "big")


def eea3(key: bytes, numbers: tuple[int, int, int], data: bytes, bits: int) -> bytes:
    """TS 35.221, 3, over gmalg's ZUC."""
    count, bearer, direction = numbers
    half = count.to_bytes(4, "big") + bytes((bearer << 3 | direction << 2, 0, 0, 0))
    words, size = -(-bits // 32), -(-bits // 8)
    stream = _keystream(key, half * 2, words).to_bytes(4 * words, "big")
    sealed = int.from_bytes(bytes(a ^ b for a, b in zip(data[:size], stream, strict=False)), "big")
    spare = 8 * size - bits
    return (sealed >> spare << spare).to_bytes(size, "big")


def eia3(key: bytes, numbers: tuple[int, int, int], data: bytes, bits: int) -> bytes:
    """TS 35.221, 4, over gmalg's ZUC."""
    count, bearer, direction = numbers
    iv = bytearray((count.to_bytes(4, "big") + bytes((bearer << 3, 0, 0, 0))) * 2)
    iv[8] ^= direction << 7
    iv[14] ^= direction << 7
    words = -(-bits // 32) + 2
    stream = _keystream(key, bytes(iv), words)

    def word(position: int) -> int:
        return stream >> 32 * words - 32 - position & 0xFFFFFFFF

    code = word(bits) ^ word(32 * (words - 1))
    for position in range(bits):
        if data[position // 8] >> 7 - position % 8 & 1:
            code ^= word(position)
    return code.to_bytes(4, "big")


_HEADER, _CHUNK, _TAG = 77, 65_536, 16  # bytes of a file


def _file_key(header: bytes, secret: bytes) -> tuple[bytes, bytes]:
    if header[8]:
        rounds = int.from_bytes(header[9:13], "big")
        secret = PBKDF2HMAC(hashes.SM3(), 32, header[13:45], rounds).derive(secret)
    material = HKDF(hashes.SM3(), 48, header[13:45], header[:45]).derive(secret)
    return material[:16], material[16:]


def encrypt_file(data: bytes, secret: bytes, iterations: int) -> bytes:
    """What docs/sm4-file.md describes; under a password if there are iterations."""
    header = b"SM4FILE\1" + bytes((iterations > 0,)) + iterations.to_bytes(4, "big")
    header += os.urandom(32)
    key, check = _file_key(header, secret)
    result = header + check
    pieces = [data[i : i + _CHUNK] for i in range(0, len(data), _CHUNK)] or [b""]
    for number, piece in enumerate(pieces):
        nonce = number.to_bytes(11, "big") + bytes((number == len(pieces) - 1,))
        state = Cipher(algorithms.SM4(key), modes.GCM(nonce)).encryptor()
        result += state.update(piece) + state.finalize() + state.tag
    return result


def decrypt_file(sealed: bytes, secret: bytes) -> bytes:
    assert sealed[:8] == b"SM4FILE\1"
    key, check = _file_key(sealed[:_HEADER], secret)
    assert sealed[45:_HEADER] == check
    body, result = sealed[_HEADER:], b""
    pieces = [body[i : i + _CHUNK + _TAG] for i in range(0, len(body), _CHUNK + _TAG)]
    for number, piece in enumerate(pieces):
        nonce = number.to_bytes(11, "big") + bytes((number == len(pieces) - 1,))
        cipher = Cipher(algorithms.SM4(key), modes.GCM(nonce, piece[-_TAG:]))
        state = cipher.decryptor()
        result += state.update(piece[:-_TAG]) + state.finalize()
    return result
