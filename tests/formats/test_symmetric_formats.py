"""SM3, SM4 and ZUC: the same bytes from everybody."""

from __future__ import annotations

from collections.abc import Callable

import gmalg
import gmssl_pyx
import pytest
from cryptography.hazmat.decrepit.ciphers import modes as old_modes
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as c_hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from gmssl import sm3 as pure_sm3
from implementations import peer_sm4
from parties import Party, same_answer
from programs import Program

from tongsuo_py import sm3, sm4

Meet = Callable[..., None]

KEY, IV, NONCE = bytes(range(16)), bytes(range(100, 116)), bytes(range(50, 62))
DATA = b"The quick brown fox jumps over the lazy dog, and again and again." * 3
AAD = b"header"


def test_sm3(meet: Meet, native: Program, gm: Program) -> None:
    def theirs() -> bytes:
        digest = hashes.Hash(hashes.SM3())
        digest.update(DATA)
        return digest.finalize()

    def by_gmalg() -> bytes:
        digest = gmalg.SM3()
        digest.update(DATA)
        return digest.value()

    own = same_answer(lambda: sm3.sm3(DATA).digest())
    meet(
        "SM3", "digest", own.makes(), own,
        Tongsuo=same_answer(lambda: native("dgst", "-sm3", "-binary", stdin=DATA)),
        GmSSL=same_answer(lambda: gm("sm3", "-bin", stdin=DATA)),
        cryptography=same_answer(theirs),
        gmalg=same_answer(by_gmalg),
        gmssl=same_answer(lambda: bytes.fromhex(pure_sm3.sm3_hash(list(DATA)))),
        gmssl_pyx=same_answer(lambda: gmssl_pyx.sm3_hash(DATA)),
    )  # fmt: skip


def test_hmac(meet: Meet, native: Program, gm: Program) -> None:
    def theirs() -> bytes:
        code = c_hmac.HMAC(KEY, hashes.SM3())
        code.update(DATA)
        return code.finalize()

    options = ("-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}")
    own = same_answer(lambda: sm3.hmac(KEY, DATA).digest())
    meet(
        "SM3", "HMAC", own.makes(), own,
        Tongsuo=same_answer(lambda: native("dgst", "-sm3", "-binary", *options, stdin=DATA)),
        GmSSL=same_answer(lambda: gm("sm3hmac", "-key", KEY.hex(), "-bin", stdin=DATA)),
        cryptography=same_answer(theirs),
        gmssl_pyx=same_answer(lambda: gmssl_pyx.sm3_hmac(KEY, DATA)),
    )  # fmt: skip


def streamed(mode: sm4.Mode) -> Party:
    def through(make: Callable[..., sm4.Stream], data: bytes) -> bytes:
        stream = make(KEY, mode)
        return stream.update(data) + stream.finalize()

    return Party(lambda: through(sm4.encryptor, DATA), lambda data: through(sm4.decryptor, data))


def by_openssl(native: Program, name: str, *options: str) -> Party:
    command = ("enc", f"-sm4-{name}", "-K", KEY.hex(), *options)
    return Party(
        lambda: native(*command, stdin=DATA), lambda data: native(*command, "-d", stdin=data)
    )


def by_cryptography(mode: modes.Mode, *, padded: bool = False) -> Party:
    made = Cipher(algorithms.SM4(KEY), mode)

    def makes() -> bytes:
        pad = PKCS7(128).padder()
        data = pad.update(DATA) + pad.finalize() if padded else DATA
        encryptor = made.encryptor()
        return encryptor.update(data) + encryptor.finalize()

    def takes(data: bytes) -> bytes:
        decryptor = made.decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        unpad = PKCS7(128).unpadder()
        return unpad.update(plain) + unpad.finalize() if padded else plain

    return Party(makes, takes)


def by_gmssl(gm: Program, mode: str) -> Party:
    options = ("-key", KEY.hex(), "-iv", IV.hex())
    return Party(
        lambda: gm("sm4", f"-{mode}", "-encrypt", *options, stdin=DATA),
        lambda data: gm("sm4", f"-{mode}", "-decrypt", *options, stdin=data),
    )


def test_ecb(meet: Meet, native: Program) -> None:
    pure = Party(
        lambda: bytes(peer_sm4(KEY, True).crypt_ecb(DATA)),
        lambda data: bytes(peer_sm4(KEY, False).crypt_ecb(data)),
    )
    meet(
        "SM4", "ECB", DATA, streamed(sm4.ECB()),
        Tongsuo=by_openssl(native, "ecb"),
        cryptography=by_cryptography(modes.ECB(), padded=True),
        gmssl=pure,
    )  # fmt: skip


def test_cbc(meet: Meet, native: Program, gm: Program) -> None:
    pure = Party(
        lambda: bytes(peer_sm4(KEY, True).crypt_cbc(IV, DATA)),
        lambda data: bytes(peer_sm4(KEY, False).crypt_cbc(IV, data)),
    )
    pyx = Party(
        lambda: gmssl_pyx.sm4_cbc_padding_encrypt(KEY, IV, DATA),
        lambda data: gmssl_pyx.sm4_cbc_padding_decrypt(KEY, IV, data),
    )
    meet(
        "SM4", "CBC", DATA, streamed(sm4.CBC(IV)),
        Tongsuo=by_openssl(native, "cbc", "-iv", IV.hex()),
        GmSSL=by_gmssl(gm, "cbc"),
        cryptography=by_cryptography(modes.CBC(IV), padded=True),
        gmssl=pure,
        gmssl_pyx=pyx,
    )  # fmt: skip


def test_ctr(meet: Meet, native: Program, gm: Program) -> None:
    meet(
        "SM4", "CTR", DATA, streamed(sm4.CTR(IV)),
        Tongsuo=by_openssl(native, "ctr", "-iv", IV.hex()),
        GmSSL=by_gmssl(gm, "ctr"),
        cryptography=by_cryptography(modes.CTR(IV)),
        gmssl_pyx=Party(
            lambda: gmssl_pyx.sm4_ctr_encrypt(KEY, IV, DATA),
            lambda data: gmssl_pyx.sm4_ctr_decrypt(KEY, IV, data),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["CFB", "OFB"])
def test_feedback_modes(meet: Meet, native: Program, name: str) -> None:
    meet(
        "SM4", name, DATA, streamed(getattr(sm4, name)(IV)),
        Tongsuo=by_openssl(native, name.lower(), "-iv", IV.hex()),
        cryptography=by_cryptography(getattr(old_modes, name)(IV)),
    )  # fmt: skip


def test_gcm(meet: Meet, gm: Program) -> None:
    own = sm4.GCM(KEY)
    options = ("-gcm", "-key", KEY.hex(), "-iv", NONCE.hex(), "-aad_hex", AAD.hex())

    def encrypt() -> bytes:
        encryptor = Cipher(algorithms.SM4(KEY), modes.GCM(NONCE)).encryptor()
        encryptor.authenticate_additional_data(AAD)
        return encryptor.update(DATA) + encryptor.finalize() + encryptor.tag

    def decrypt(data: bytes) -> bytes:
        mode = modes.GCM(NONCE, data[-16:])
        decryptor = Cipher(algorithms.SM4(KEY), mode).decryptor()
        decryptor.authenticate_additional_data(AAD)
        return decryptor.update(data[:-16]) + decryptor.finalize()

    meet(
        "SM4", "GCM", DATA,
        Party(lambda: own.encrypt(NONCE, DATA, AAD), lambda data: own.decrypt(NONCE, data, AAD)),
        GmSSL=Party(
            lambda: gm("sm4", "-encrypt", *options, stdin=DATA),
            lambda data: gm("sm4", "-decrypt", *options, stdin=data),
        ),
        cryptography=Party(encrypt, decrypt),
        gmssl_pyx=Party(
            lambda: b"".join(gmssl_pyx.sm4_gcm_encrypt(KEY, NONCE, AAD, DATA)),
        ),
    )  # fmt: skip
