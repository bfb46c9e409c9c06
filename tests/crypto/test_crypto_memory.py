"""Nothing grows: every constructor and every failing path, ten thousand times.

Each path is run until nothing new is needed, and then 10,000 times more, or for as long as
``PATIENCE`` lasts (8.4 takes 2 ms to read a key). After that the process may not be larger by
1 MiB; and where the C library counts what is allocated, neither it nor Python may hold more than
before, so that a leak shows in a few hundred rounds too. No path may leave an error in OpenSSL's
queue.
"""

from __future__ import annotations

import ctypes
import gc
import io
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from resource import getpagesize
from typing import Any, ClassVar, NamedTuple

import pytest

from tongsuo_py import sm2, sm3, sm4, zuc
from tongsuo_py._binding import lib, pkcs8
from tongsuo_py._binding.library import TONGSUO_VERSION_INFO
from tongsuo_py._pem import armour

WARM_UP, TIMES = 200, 10_000
PATIENCE = 1.0  # seconds
ALLOWED_SIZE = 1024 * 1024  # 100 bytes for each of 10,000 times

KEY, IV, NONCE = bytes(16), bytes(16), bytes(12)
PRIVATE = sm2.PrivateKey.generate()
PUBLIC, OTHER = PRIVATE.public_key(), sm2.PrivateKey.generate()
PEM, DER, SEC1 = PRIVATE.to_pem(), PRIVATE.to_der(), PRIVATE.to_pem(format="sec1")
PUBLIC_PEM, PUBLIC_DER = PUBLIC.to_pem(), PUBLIC.to_der()
# One round, for ten thousand of the usual 600,000 would take half an hour.
LOCKED_DER = pkcs8.encrypted_der(PRIVATE._pkey, "x", iterations=1)
LOCKED_PEM = armour(LOCKED_DER, "ENCRYPTED PRIVATE KEY")
GMSSL_DER = pkcs8.encrypted_der(PRIVATE._pkey, "x", "gmssl", iterations=1)
ENVELOPED = sm2.PrivateKey.generate().to_enveloped(PUBLIC)
COMPRESSED, JWK = PUBLIC.to_bytes("compressed"), PRIVATE.to_jwk()
P256_DER = bytes.fromhex(
    "3059301306072a8648ce3d020106082a8648ce3d030107034200"
    "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)
SIGNATURE, RAW_SIGNATURE = PRIVATE.sign(b"data"), PRIVATE.sign(b"data", encoding="raw")
ITEMS = [(PUBLIC, SIGNATURE, b"data"), (PUBLIC, SIGNATURE, b"other"), (PUBLIC, b"", b"data")]
CIPHERTEXT = PUBLIC.encrypt(b"data")
ALTERED = CIPHERTEXT[:-1] + bytes((CIPHERTEXT[-1] ^ 1,))
GCM, CCM = sm4.GCM(KEY), sm4.CCM(KEY)
HASH, CODE = sm3.sm3(b"data"), sm3.hmac(KEY, b"data")


def stream(make: Callable[..., sm4.Stream], mode: sm4.Mode, data: bytes) -> bytes:
    one = make(KEY, mode)
    return one.update(data) + one.finalize()


def exchange(key: sm2.PrivateKey) -> sm2.KeyExchange:
    return sm2.KeyExchange(key, initiator=True, peer_key=PUBLIC)


def file_of(data: bytes) -> bytes:
    target = io.BytesIO()
    sm4.encrypt_file(io.BytesIO(data), target, key=KEY)
    return target.getvalue()


FILE = file_of(b"data")

WORKS: dict[str, Callable[[], Any]] = {
    "generate": sm2.PrivateKey.generate,
    "private from bytes": lambda: sm2.PrivateKey.from_bytes(b"\1" * 32),
    "private to bytes": PRIVATE.to_bytes,
    "private from PEM": lambda: sm2.PrivateKey.from_pem(PEM),
    "private from SEC1": lambda: sm2.PrivateKey.from_pem(SEC1),
    "private from DER": lambda: sm2.PrivateKey.from_der(DER),
    "private from locked PEM": lambda: sm2.PrivateKey.from_pem(LOCKED_PEM, "x"),
    "private from locked DER": lambda: sm2.PrivateKey.from_der(LOCKED_DER, "x"),
    "private to PEM": PRIVATE.to_pem,
    "private to SEC1": lambda: PRIVATE.to_der(format="sec1"),
    "private to DER": PRIVATE.to_der,
    "private to locked DER": lambda: pkcs8.encrypted_der(PRIVATE._pkey, "x", iterations=1),
    "private from GmSSL": lambda: sm2.PrivateKey.from_der(GMSSL_DER, "x"),
    "private to GmSSL": lambda: pkcs8.encrypted_der(PRIVATE._pkey, "x", "gmssl", iterations=1),
    "private found out": lambda: sm2.load_private_key(JWK),
    "enveloped": lambda: PRIVATE.to_enveloped(PUBLIC),
    "from enveloped": lambda: sm2.PrivateKey.from_enveloped(ENVELOPED, PRIVATE),
    "public compressed": lambda: sm2.PublicKey.from_bytes(COMPRESSED),
    "public from bytes": lambda: sm2.PublicKey.from_bytes(PUBLIC.to_bytes()),
    "public from PEM": lambda: sm2.PublicKey.from_pem(PUBLIC_PEM),
    "public from DER": lambda: sm2.PublicKey.from_der(PUBLIC_DER),
    "sign": lambda: PRIVATE.sign(b"data"),
    "sign in time": lambda: PRIVATE.sign(b"data", timed=True),
    "sign many": lambda: sm2.sign_many(PRIVATE, [b"data", "text"], threads=1),
    "sign many in threads": lambda: sm2.sign_many(PRIVATE, [b"data", "text"], threads=2),
    "verify many": lambda: sm2.verify_many(ITEMS, threads=1),
    "generate many": lambda: sm2.generate_many(3, threads=1),
    "generate many, used": lambda: sm2.generate_many(1, threads=1)[0].to_bytes(),
    "hash many": lambda: sm3.digest_many([b"data", "text", b"", bytes(400)], threads=1),
    "encrypt": lambda: PUBLIC.encrypt(b"data", "c1c3c2"),
    "convert a ciphertext": lambda: sm2.convert_ciphertext(CIPHERTEXT, "der", "c1c3c2-compressed"),
    "key exchange": lambda: exchange(PRIVATE).agree(PUBLIC.to_bytes(), 16),
    "hash": lambda: sm3.sm3(b"data").digest(),
    "hash copy": lambda: HASH.copy().digest(),
    "hmac": lambda: sm3.hmac(KEY, b"data").digest(),
    "hmac copy": lambda: CODE.copy().digest(),
    "new GCM": lambda: sm4.GCM(KEY).decrypt(NONCE, sm4.GCM(KEY).encrypt(NONCE, b"data")),
    "new CCM": lambda: sm4.CCM(KEY).decrypt(NONCE, sm4.CCM(KEY).encrypt(NONCE, b"data")),
    "stream": lambda: stream(sm4.encryptor, sm4.CBC(IV), b"data"),
    "stream not ended": lambda: sm4.encryptor(KEY, sm4.CTR(IV)).update(b"data"),
    "key": sm4.generate_key,
    "kdf": lambda: sm3.kdf(b"data", 40),
    "hkdf": lambda: sm3.hkdf(KEY, 40, info=b"data"),
    "pbkdf2": lambda: sm3.pbkdf2_hmac(b"data", IV, 1),
    "cmac": lambda: sm4.CMAC(KEY, b"data").copy().digest(),
    "cbc mac": lambda: sm4.cbc_mac(KEY, bytes(40)),
    "wrapped key": lambda: sm4.unwrap_key(KEY, sm4.wrap_key(KEY, bytes(24))),
    "file": lambda: sm4.decrypt_file(io.BytesIO(file_of(b"data")), io.BytesIO(), key=KEY),
    "eea3": lambda: zuc.eea3(KEY, 1, 2, 0, b"data", 29),
    "eia3": lambda: zuc.eia3(KEY, 1, 2, 0, b"data", 29),
}
if TONGSUO_VERSION_INFO >= (8, 5):
    WORKS["unit"] = lambda: sm4.encryptor(bytes(range(32)), sm4.XTS(IV)).update(bytes(50))

FAILS: dict[str, Callable[[], Any]] = {
    "private number 0": lambda: sm2.PrivateKey.from_bytes(bytes(32)),
    "private of wrong length": lambda: sm2.PrivateKey.from_bytes(bytes(31)),
    "private of wrong type": lambda: sm2.PrivateKey.from_bytes("text"),
    "no private PEM": lambda: sm2.PrivateKey.from_pem(b"no key"),
    "truncated private DER": lambda: sm2.PrivateKey.from_der(DER[:-1]),
    "private DER and more": lambda: sm2.PrivateKey.from_der(DER + b"\0"),
    "another's public key": lambda: sm2.PrivateKey.from_der(DER[:-65] + b"\4" + G),
    "no password": lambda: sm2.PrivateKey.from_pem(LOCKED_PEM),
    "wrong password": lambda: sm2.PrivateKey.from_pem(LOCKED_PEM, "wrong"),
    "wrong password, DER": lambda: sm2.PrivateKey.from_der(LOCKED_DER, "wrong"),
    "unusable password": lambda: PRIVATE.to_pem(""),
    "unknown format": lambda: PRIVATE.to_pem(format="x"),  # type: ignore[arg-type]
    "truncated GmSSL": lambda: sm2.PrivateKey.from_der(GMSSL_DER[:-1], "x"),
    "private not found out": lambda: sm2.load_private_key(b"no key"),
    "enveloped for another": lambda: sm2.PrivateKey.from_enveloped(ENVELOPED, OTHER),
    "truncated enveloped": lambda: sm2.PrivateKey.from_enveloped(ENVELOPED[:-1], PRIVATE),
    "wrong parity": lambda: sm2.PublicKey.from_bytes(bytes((COMPRESSED[0] + 4,)) + bytes(64)),
    "public off the curve": lambda: sm2.PublicKey.from_bytes(b"\4" + bytes(64)),
    "public of wrong length": lambda: sm2.PublicKey.from_bytes(b"\4"),
    "no public PEM": lambda: sm2.PublicKey.from_pem(PEM),
    "truncated public DER": lambda: sm2.PublicKey.from_der(PUBLIC_DER[:-1]),
    "another algorithm": lambda: sm2.PublicKey.from_der(P256_DER),
    "data of wrong type": lambda: PRIVATE.sign("text"),
    "ID too long": lambda: PRIVATE.sign(b"data", bytes(8192)),
    "unknown signature encoding": lambda: PRIVATE.sign(b"data", encoding="x"),  # type: ignore[arg-type]
    "wrong signature": lambda: PUBLIC.verify(SIGNATURE, b"other"),
    "wrong raw signature": lambda: PUBLIC.verify(RAW_SIGNATURE, b"other", encoding="raw"),
    "wrong form": lambda: sm2.convert_signature(SIGNATURE[:-1], "der", "raw"),
    "no signature": lambda: PUBLIC.verify(b"\x30\x00", b"data"),
    "nothing to encrypt": lambda: PUBLIC.encrypt(b""),
    "altered ciphertext": lambda: PRIVATE.decrypt(ALTERED),
    "no ciphertext": lambda: PRIVATE.decrypt(b"data"),
    "C1 off the curve": lambda: PRIVATE.decrypt(bytes(100), "c1c3c2-bare"),
    "altered ciphertext of any form": lambda: PRIVATE.decrypt(ALTERED, "auto"),
    "ciphertext of another form": lambda: sm2.convert_ciphertext(CIPHERTEXT, "c1c3c2", "der"),
    "undetected ciphertext": lambda: sm2.detect_ciphertext(b"\4" + bytes(100)),
    "no ephemeral key": lambda: exchange(PRIVATE).agree(bytes(65), 16),
    "unconfirmed key": lambda: exchange(PRIVATE).agree(PUBLIC.to_bytes(), 16).verify(b""),
    "hash of wrong type": lambda: sm3.sm3("text"),
    "hmac of wrong type": lambda: sm3.hmac(1),
    "GCM key of wrong length": lambda: sm4.GCM(bytes(15)),
    "GCM nonce of wrong length": lambda: GCM.encrypt(b"", b"data"),
    "GCM header of wrong type": lambda: GCM.encrypt(NONCE, b"data", 1),
    "GCM tag": lambda: GCM.decrypt(NONCE, bytes(20)),
    "GCM too short": lambda: GCM.decrypt(NONCE, b""),
    "CCM tag length": lambda: sm4.CCM(KEY, 5),
    "CCM nonce of wrong length": lambda: CCM.encrypt(b"", b"data"),
    "CCM too much data": lambda: CCM.encrypt(bytes(13), MUCH),
    "CCM tag": lambda: CCM.decrypt(NONCE, bytes(20)),
    "stream key of wrong length": lambda: sm4.encryptor(b"", sm4.ECB()),
    "stream mode of wrong type": lambda: sm4.encryptor(KEY, None),  # type: ignore[arg-type]
    "stream padding": lambda: stream(sm4.decryptor, sm4.ECB(), bytes(16)),
    "stream size": lambda: stream(sm4.decryptor, sm4.ECB(), bytes(15)),
    "stream buffer": lambda: sm4.encryptor(KEY, sm4.CTR(IV)).update_into(b"data", bytearray(3)),
    "CMAC code": lambda: sm4.CMAC(KEY, b"data").verify(bytes(16)),
    "wrapped key of another": lambda: sm4.unwrap_key(KEY, bytes(24)),
    "altered file": lambda: sm4.decrypt_file(io.BytesIO(FILE + b"x"), io.BytesIO(), key=KEY),
    "ZUC key of wrong length": lambda: zuc.eia3(b"", 1, 2, 0, b"data"),
}
G = sm2.PrivateKey.from_bytes(bytes(31) + b"\1").public_key().to_bytes()[1:]
MUCH = bytes(65_536)


class MallInfo2(ctypes.Structure):
    """struct mallinfo2 of glibc: ten counters, all of type size_t."""

    _fields_: ClassVar = [(name, ctypes.c_size_t) for name in "abcdefghij"]


MALLINFO2 = getattr(ctypes.CDLL(None), "mallinfo2", None)
if MALLINFO2 is not None:
    MALLINFO2.restype = MallInfo2


class Memory(NamedTuple):
    """What the process holds: its resident size, what C allocated, and Python's blocks."""

    size: int
    allocated: int
    blocks: int


def memory() -> Memory:
    gc.collect()
    size = int(Path("/proc/self/statm").read_text().split()[1]) * getpagesize()
    counters = MALLINFO2() if MALLINFO2 is not None else None
    allocated = counters.e + counters.h if counters else 0  # hblkhd, uordblks
    return Memory(size, allocated, sys.getallocatedblocks())


def repeat(call: Callable[[], Any], times: int) -> int:
    """How often it was done before patience ended."""
    deadline = time.monotonic() + PATIENCE
    for done in range(times):
        if time.monotonic() > deadline:
            return done
        call()
    assert lib.ERR_peek_error() == 0
    return times


def growth(call: Callable[[], Any]) -> str:
    """How the process grew, in words; nothing if it did not.

    A leak is there every time; a heap that the C library lays out anew is there once.
    """
    start = time.monotonic()
    repeat(call, WARM_UP)
    # What takes its time in C is done by two threads at once.
    threads = 2 if time.monotonic() - start > WARM_UP * 50e-6 else 1
    found = ""
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(repeat, [call] * threads, [WARM_UP] * threads))
        for _ in range(3):
            before = memory()
            times = sum(pool.map(repeat, [call] * threads, [TIMES // threads] * threads))
            after = memory()
            size, allocated, blocks = (new - old for new, old in zip(after, before, strict=True))
            grew = f"{times} times: {size} bytes, {allocated} of them allocated; {blocks} blocks"
            if (
                size < ALLOWED_SIZE
                and allocated < 20_000 + 8 * times
                and blocks < 200 + times // 10
            ):
                return ""
            found = f"{found}{grew}\n"
    return found


@pytest.mark.parametrize("name", WORKS)
def test_what_works(name: str) -> None:
    assert growth(WORKS[name]) == ""
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize("name", FAILS)
def test_what_fails(name: str) -> None:
    call = FAILS[name]

    def fail() -> None:
        try:
            call()
        except (
            ValueError,
            TypeError,
            sm2.InvalidSignature,
            sm2.InvalidConfirmation,
            sm4.InvalidTag,
        ):
            return
        raise AssertionError("it worked")

    fail()
    assert lib.ERR_peek_error() == 0
    assert growth(fail) == ""
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize("name", WORKS)
def test_nothing_waits_for_the_garbage_collector(name: str) -> None:
    # Keys and contexts are cleansed with the last reference, so there must be no cycles.
    WORKS[name]()
    gc.collect()
    gc.disable()
    try:
        WORKS[name]()
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("leak", [object, lambda: bytes(2000)])
def test_that_it_would_show(leak: Callable[[], object]) -> None:
    kept: list[object] = []
    assert growth(lambda: kept.append(leak()))


def test_that_a_leak_in_c_would_show() -> None:
    kept: list[Any] = []
    assert growth(lambda: kept.append(lib.BN_new()))
    for number in kept:
        lib.BN_free(number)
