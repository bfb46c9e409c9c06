"""SM3, SM4 and ZUC: the same bytes from everybody."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import gmalg
import gmssl_pyx
import pytest
import written_out
from cryptography.hazmat.decrepit.ciphers import modes as old_modes
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as c_hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.padding import PKCS7
from gmssl import sm3 as pure_sm3
from implementations import peer_sm4
from known_answers import example
from parties import TABLE_85, Party, a_file, same_answer
from programs import Program

from tongsuo_py import sm3, sm4, zuc
from tongsuo_py._binding.library import TONGSUO_VERSION_INFO

Meet = Callable[..., None]

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
IS_85 = TONGSUO_VERSION_INFO >= (8, 5)

KEY, IV, NONCE = bytes(range(16)), bytes(range(100, 116)), bytes(range(50, 62))
DATA = b"The quick brown fox jumps over the lazy dog, and again and again." * 3
AAD = b"header"


def test_sm3(meet: Meet, run_openssl: Program, run_gmssl: Program) -> None:
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
        Tongsuo=same_answer(lambda: run_openssl("dgst", "-sm3", "-binary", stdin=DATA)),
        GmSSL=same_answer(lambda: run_gmssl("sm3", "-bin", stdin=DATA)),
        cryptography=same_answer(theirs),
        gmalg=same_answer(by_gmalg),
        gmssl=same_answer(lambda: bytes.fromhex(pure_sm3.sm3_hash(list(DATA)))),
        gmssl_pyx=same_answer(lambda: gmssl_pyx.sm3_hash(DATA)),
    )  # fmt: skip


def test_hmac(meet: Meet, run_openssl: Program, run_gmssl: Program) -> None:
    def theirs() -> bytes:
        code = c_hmac.HMAC(KEY, hashes.SM3())
        code.update(DATA)
        return code.finalize()

    options = ("-mac", "HMAC", "-macopt", f"hexkey:{KEY.hex()}")
    own = same_answer(lambda: sm3.hmac(KEY, DATA).digest())
    meet(
        "SM3", "HMAC", own.makes(), own,
        Tongsuo=same_answer(lambda: run_openssl("dgst", "-sm3", "-binary", *options, stdin=DATA)),
        GmSSL=same_answer(lambda: run_gmssl("sm3hmac", "-key", KEY.hex(), "-bin", stdin=DATA)),
        cryptography=same_answer(theirs),
        gmssl_pyx=same_answer(lambda: gmssl_pyx.sm3_hmac(KEY, DATA)),
    )  # fmt: skip


def by_native_kdf(run_openssl: Program, name: str, size: int, **options: object) -> Party:
    """Tongsuo's ``openssl kdf``; bytes are given in hexadecimal."""
    arguments = ["-kdfopt", "digest:SM3"]
    for option, value in options.items():
        shown = f"hex{option}:{value.hex()}" if isinstance(value, bytes) else f"{option}:{value}"
        arguments += ["-kdfopt", shown]
    command = ("kdf", "-keylen", str(size), "-binary", *arguments, name)
    return same_answer(lambda: run_openssl(*command))


def test_kdf(meet: Meet, run_openssl: Program) -> None:
    row = example("bouncycastle/symmetric", "kdf", 4)
    secret, size = row["secret"], len(row["derived"])
    own = same_answer(lambda: sm3.kdf(secret, size))
    meet(
        "SM3", "KDF of GB/T 32918.4", own.makes(), own,
        Tongsuo=by_native_kdf(run_openssl, "X963KDF", size, key=secret),
        BouncyCastle=a_file(row["derived"]),
        cryptography=same_answer(lambda: X963KDF(hashes.SM3(), size, None).derive(secret)),
        gmssl_pyx=same_answer(lambda: gmssl_pyx.sm3_kdf(secret, size)),
    )  # fmt: skip


def test_hkdf(meet: Meet, run_openssl: Program) -> None:
    row = example("bouncycastle/symmetric", "hkdf", 1)
    secret, salt, info, size = row["secret"], row["salt"], row["info"], len(row["derived"])
    own = same_answer(lambda: sm3.hkdf(secret, size, salt=salt, info=info))
    meet(
        "SM3", "HKDF", own.makes(), own,
        Tongsuo=by_native_kdf(run_openssl, "HKDF", size, key=secret, salt=salt, info=info),
        BouncyCastle=a_file(row["derived"]),
        cryptography=same_answer(lambda: HKDF(hashes.SM3(), size, salt, info).derive(secret)),
    )  # fmt: skip


def test_pbkdf2(meet: Meet, run_openssl: Program, run_gmssl: Program) -> None:
    word, salt, rounds, size = b"password", IV, 10_000, 32
    own = same_answer(lambda: sm3.pbkdf2_hmac(word, salt, rounds, size))
    options = ("-pass", "password", "-salt", salt.hex(), "-iter", str(rounds), "-outlen", str(size))
    theirs = PBKDF2HMAC(hashes.SM3(), size, salt, rounds).derive(word)
    meet(
        "SM3", "PBKDF2", own.makes(), own,
        Tongsuo=by_native_kdf(
            run_openssl, "PBKDF2", size, **{"pass": word}, salt=salt, iter=rounds
        ),
        GmSSL=same_answer(lambda: run_gmssl("pbkdf2", *options, "-bin")),
        cryptography=same_answer(lambda: theirs),
    )  # fmt: skip


def streamed(mode: sm4.Mode, key: bytes = KEY, plaintext: bytes = DATA) -> Party:
    def through(make: Callable[..., sm4.Stream], data: bytes) -> bytes:
        stream = make(key, mode)
        return stream.update(data) + stream.finalize()

    return Party(
        lambda: through(sm4.encryptor, plaintext), lambda data: through(sm4.decryptor, data)
    )


def by_openssl(run_openssl: Program, name: str, *options: str) -> Party:
    command = ("enc", f"-sm4-{name}", "-K", KEY.hex(), *options)
    return Party(
        lambda: run_openssl(*command, stdin=DATA),
        lambda data: run_openssl(*command, "-d", stdin=data),
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


def by_gmssl(run_gmssl: Program, mode: str) -> Party:
    options = ("-key", KEY.hex(), "-iv", IV.hex())
    return Party(
        lambda: run_gmssl("sm4", f"-{mode}", "-encrypt", *options, stdin=DATA),
        lambda data: run_gmssl("sm4", f"-{mode}", "-decrypt", *options, stdin=data),
    )


def test_ecb(meet: Meet, run_openssl: Program) -> None:
    pure = Party(
        lambda: bytes(peer_sm4(KEY, True).crypt_ecb(DATA)),
        lambda data: bytes(peer_sm4(KEY, False).crypt_ecb(data)),
    )
    meet(
        "SM4", "ECB", DATA, streamed(sm4.ECB()),
        Tongsuo=by_openssl(run_openssl, "ecb"),
        cryptography=by_cryptography(modes.ECB(), padded=True),
        gmssl=pure,
    )  # fmt: skip


def test_cbc(meet: Meet, run_openssl: Program, run_gmssl: Program) -> None:
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
        Tongsuo=by_openssl(run_openssl, "cbc", "-iv", IV.hex()),
        GmSSL=by_gmssl(run_gmssl, "cbc"),
        cryptography=by_cryptography(modes.CBC(IV), padded=True),
        gmssl=pure,
        gmssl_pyx=pyx,
    )  # fmt: skip


def test_ctr(meet: Meet, run_openssl: Program, run_gmssl: Program) -> None:
    meet(
        "SM4", "CTR", DATA, streamed(sm4.CTR(IV)),
        Tongsuo=by_openssl(run_openssl, "ctr", "-iv", IV.hex()),
        GmSSL=by_gmssl(run_gmssl, "ctr"),
        cryptography=by_cryptography(modes.CTR(IV)),
        gmssl_pyx=Party(
            lambda: gmssl_pyx.sm4_ctr_encrypt(KEY, IV, DATA),
            lambda data: gmssl_pyx.sm4_ctr_decrypt(KEY, IV, data),
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["CFB", "OFB"])
def test_feedback_modes(meet: Meet, run_openssl: Program, name: str) -> None:
    meet(
        "SM4", name, DATA, streamed(getattr(sm4, name)(IV)),
        Tongsuo=by_openssl(run_openssl, name.lower(), "-iv", IV.hex()),
        cryptography=by_cryptography(getattr(old_modes, name)(IV)),
    )  # fmt: skip


def test_gcm(meet: Meet, run_gmssl: Program) -> None:
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
            lambda: run_gmssl("sm4", "-encrypt", *options, stdin=DATA),
            lambda data: run_gmssl("sm4", "-decrypt", *options, stdin=data),
        ),
        cryptography=Party(encrypt, decrypt),
        gmssl_pyx=Party(
            lambda: b"".join(gmssl_pyx.sm4_gcm_encrypt(KEY, NONCE, AAD, DATA)),
        ),
    )  # fmt: skip


def test_ccm(meet: Meet) -> None:
    row = example("sm4", "aead", 1)
    key, nonce, plain, header = (
        row[field] for field in ("key", "nonce", "plaintext", "associated_data")
    )
    own = sm4.CCM(key)
    meet(
        "SM4", "CCM", plain,
        Party(
            lambda: own.encrypt(nonce, plain, header),
            lambda data: own.decrypt(nonce, data, header),
        ),
        cryptography=same_plaintext(plain, lambda: written_out.ccm(key, nonce, plain, header, 16)),
        **{"RFC 8998": a_file(row["ciphertext"] + row["tag"])},
    )  # fmt: skip


def same_plaintext(plaintext: bytes, encrypt: Callable[[], bytes]) -> Party:
    """A party that only encrypts, always in the same way: what it did not make, it cannot read."""

    def takes(ciphertext: object) -> bytes:
        assert ciphertext == encrypt()
        return plaintext

    return Party(encrypt, takes)


@pytest.mark.skipif(not IS_85, reason="Tongsuo 8.4 has no SM4-XTS")
@pytest.mark.parametrize("number", [0, 1], ids=["GB", "IEEE"])
def test_xts(meet: Meet, number: int) -> None:
    row = example("sm4", "xts", number)
    key, tweak, plain, variant = (row[name] for name in ("key", "tweak", "plaintext", "variant"))
    source = {"gb": "GB/T 17964", "ieee": "OpenSSL"}[variant]
    meet(
        "SM4", f"XTS, {variant.upper()}", plain, streamed(sm4.XTS(tweak, variant), key, plain),
        TABLE_85,
        cryptography=Party(
            lambda: written_out.xts(key, tweak, plain, variant),
            lambda data: written_out.xts(key, tweak, data, variant, decrypt=True),
        ),
        **{source: a_file(row["ciphertext"])},
    )  # fmt: skip


def test_cmac(meet: Meet, run_openssl: Program) -> None:
    row = example("sm4", "cmac", 0)
    key, data = row["key"], row["data"]

    def theirs() -> bytes:
        code = CMAC(algorithms.SM4(key))
        code.update(data)
        return code.finalize()

    options = (
        "-cipher",
        "SM4-CBC",
        "-macopt",
        f"hexkey:{key.hex()}",
        "-binary",
        "-in",
        "{message}",
    )
    own = same_answer(lambda: sm4.CMAC(key, data).digest())
    meet(
        "SM4", "CMAC", own.makes(), own,
        Tongsuo=same_answer(lambda: run_openssl("mac", *options, "CMAC", message=data)),
        **{"GB/T 15852.1": a_file(row["code"])},
        cryptography=same_answer(theirs),
    )  # fmt: skip


@pytest.mark.parametrize("number", [3, 4, 5], ids=["1", "2", "3"])
def test_cbc_mac(meet: Meet, number: int) -> None:
    row = example("sm4", "cbc_mac", number)
    key, data, padding = row["key"], row["data"], row["padding"]
    own = same_answer(lambda: sm4.cbc_mac(key, data, padding=padding)[:8])
    meet(
        "SM4", f"CBC-MAC, padding {padding}", own.makes(), own,
        **{"GB/T 15852.1": a_file(row["code"])},
        cryptography=same_answer(lambda: written_out.cbc_mac(key, data, padding)[:8]),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "rows", "padding"),
    [("RFC 3394", "wrapped", False), ("RFC 5649", "wrapped_with_padding", True)],
    ids=["RFC 3394", "RFC 5649"],
)
def test_wrapped_keys(meet: Meet, name: str, rows: str, padding: bool) -> None:
    row = example("bouncycastle/symmetric", rows, 2)
    wrapping_key, key = row["wrapping_key"], row["key"]
    meet(
        "SM4", f"wrapped key, {name}", key,
        Party(
            lambda: sm4.wrap_key(wrapping_key, key, padding=padding),
            lambda data: sm4.unwrap_key(wrapping_key, data, padding=padding),
        ),
        BouncyCastle=a_file(row["wrapped"]),
        cryptography=same_plaintext(
            key, lambda: written_out.wrap_key(wrapping_key, key, padding)
        ),
    )  # fmt: skip


@pytest.mark.parametrize("secret", ["key", "password"])
def test_encrypted_files(meet: Meet, secret: str) -> None:
    given = KEY if secret == "key" else b"password"
    iterations = 0 if secret == "key" else 1000
    options = {secret: given}

    def makes() -> bytes:
        target = io.BytesIO()
        more = {} if secret == "key" else {"iterations": iterations}
        sm4.encrypt_file(io.BytesIO(DATA), target, **options, **more)
        return target.getvalue()

    def takes(data: bytes) -> bytes:
        target = io.BytesIO()
        sm4.decrypt_file(io.BytesIO(data), target, **options)
        return target.getvalue()

    meet(
        "SM4", f"encrypted file, {secret}", DATA, Party(makes, takes),
        cryptography=Party(
            lambda: written_out.encrypt_file(DATA, given, iterations),
            lambda data: written_out.decrypt_file(data, given),
        ),
    )  # fmt: skip


def test_eea3(meet: Meet, run_openssl: Program, run_gmssl: Program) -> None:
    row = example("zuc", "eea3", 1)
    key, plain = row["key"], row["plaintext"]
    numbers = row["count"], row["bearer"], row["direction"]
    own = Party(lambda: zuc.eea3(key, *numbers, plain), lambda data: zuc.eea3(key, *numbers, data))
    short = initial(*numbers)
    whole = (short + bytes(3)) * 2
    command = ("enc", "-zuc-128-eea3", "-K", key.hex(), "-iv", short.hex())
    meet(
        "ZUC", "128-EEA3", plain, own,
        Tongsuo=Party(
            lambda: run_openssl(*command, stdin=plain),
            lambda data: run_openssl(*command, stdin=data),
        ),
        GmSSL=Party(
            lambda: run_gmssl("zuc", "-key", key.hex(), "-iv", whole.hex(), stdin=plain),
            lambda data: run_gmssl("zuc", "-key", key.hex(), "-iv", whole.hex(), stdin=data),
        ),
        **{"TS 35.223": a_file(row["ciphertext"])},
        gmalg=Party(
            lambda: written_out.eea3(key, numbers, plain, 8 * len(plain)),
            lambda data: written_out.eea3(key, numbers, data, 8 * len(data)),
        ),
    )  # fmt: skip


def initial(count: int, bearer: int, direction: int) -> bytes:
    return count.to_bytes(4, "big") + bytes((bearer << 3 | direction << 2,))


def test_eia3(meet: Meet, run_openssl: Program) -> None:
    # Tongsuo's program takes whole bytes; the messages in the standard do not end with one.
    row = example("zuc", "eia3", 2)
    key, data, bits = row["key"], row["data"], row["bits"]
    numbers = row["count"], row["bearer"], row["direction"]
    own = same_answer(lambda: zuc.eia3(key, *numbers, data, bits))
    meet(
        "ZUC", "128-EIA3", own.makes(), own,
        **{"TS 35.223": a_file(row["code"])},
        gmalg=same_answer(lambda: written_out.eia3(key, numbers, data, bits)),
    )  # fmt: skip
    options = ("-macopt", f"hexkey:{key.hex()}", "-macopt", f"hexiv:{initial(*numbers).hex()}")
    whole = run_openssl("mac", *options, "-binary", "-in", "{message}", "EIA3", message=data)
    assert whole == zuc.eia3(key, *numbers, data)
