"""Encrypted SM2 keys: those of GmSSL, Tongsuo and BouncyCastle; ours for them; costly ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from damage import beginnings
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py import _der as der
from tongsuo_py import _pem, sm2
from tongsuo_py._binding import pbes, pkcs8
from tongsuo_py.exceptions import FormatError, PasswordError

Run = Callable[..., bytes]

BOUNCYCASTLE = Path(__file__).resolve().parent.parent / "vectors" / "bouncycastle"
PASSWORD = "1234"
DATA = b"data"
ENCRYPTIONS = get_args(sm2.KeyEncryption)

PBES2, PBKDF2 = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12"
SCRYPT = "1.3.6.1.4.1.11591.4.11"
HMAC_SM3, HMAC_SM3_OF_GMSSL = "1.2.156.10197.1.401.3.1", "1.2.156.10197.1.401.2"
SM4_CBC = der.sequence(der.oid("1.2.156.10197.1.104.2"), der.octets(bytes(16)))

every_encryption = pytest.mark.parametrize("encryption", ENCRYPTIONS)


def small(key: sm2.PrivateKey, encryption: str = "sm4-cbc") -> bytes:
    """An encrypted key that costs no time."""
    return pkcs8.encrypted_der(key._pkey, PASSWORD, encryption, iterations=2)


def with_algorithm(oid: str, *parameters: bytes) -> bytes:
    """An EncryptedPrivateKeyInfo with another algorithm, around no key."""
    return der.sequence(der.sequence(der.oid(oid), *parameters), der.octets(bytes(160)))


def pbkdf2(*parameters: bytes) -> bytes:
    derivation = der.sequence(der.oid(PBKDF2), der.sequence(der.octets(bytes(8)), *parameters))
    return with_algorithm(PBES2, der.sequence(derivation, SM4_CBC))


def scrypt(*numbers: int) -> bytes:
    parameters = der.sequence(der.octets(bytes(8)), *map(der.integer, numbers))
    derivation = der.sequence(der.oid(SCRYPT), parameters)
    return with_algorithm(PBES2, der.sequence(derivation, SM4_CBC))


@pytest.fixture(scope="module")
def encrypted(key: sm2.PrivateKey) -> dict[str, bytes]:
    """The key in each of our ways, as they are without a wish of one's own."""
    return {name: key.to_pem(PASSWORD, encryption=name) for name in ENCRYPTIONS}


class TestOurs:
    @every_encryption
    def test_we_read_them(
        self, key: sm2.PrivateKey, encrypted: dict[str, bytes], encryption: str
    ) -> None:
        assert encrypted[encryption].startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
        again = sm2.PrivateKey.from_pem(encrypted[encryption], PASSWORD)
        assert again.to_bytes() == key.to_bytes()

    @every_encryption
    def test_no_password_and_a_wrong_one(
        self, encrypted: dict[str, bytes], encryption: str
    ) -> None:
        with pytest.raises(PasswordError, match="a password is needed"):
            sm2.PrivateKey.from_pem(encrypted[encryption])
        with pytest.raises(PasswordError, match="is the password right"):
            sm2.PrivateKey.from_pem(encrypted[encryption], "12345")

    @pytest.mark.parametrize("encryption", ["aes-256-cbc", "sm4-cbc"])
    def test_tongsuo_reads_them(
        self, key: sm2.PrivateKey, encrypted: dict[str, bytes], encryption: str, run_openssl: Run
    ) -> None:
        command = ("pkey", "-pubout", "-in", "{k}", "-passin", f"pass:{PASSWORD}")
        assert run_openssl(*command, k=encrypted[encryption]) == key.public_key().to_pem()

    def test_how_the_one_for_tongsuo_is_encrypted(
        self, encrypted: dict[str, bytes], run_openssl: Run
    ) -> None:
        text = run_openssl("asn1parse", "-in", "{k}", k=encrypted["sm4-cbc"]).decode()
        for name in (":PBES2", ":PBKDF2", ":hmacWithSM3", ":sm4-cbc", f":{600_000:06X}"):
            assert name in text

    def test_gmssl_reads_the_one_for_it(
        self, key: sm2.PrivateKey, encrypted: dict[str, bytes], run_gmssl: Run, tmp_path: Path
    ) -> None:
        command = ("sm2sign", "-key", "{k}", "-pass", PASSWORD, "-in", "{d}", "-out", "{s}")
        signature = tmp_path / "signature"
        run_gmssl(*command[:-1], str(signature), k=encrypted["gmssl"], d=DATA)
        key.public_key().verify(signature.read_bytes(), DATA)

    def test_gmssl_reads_no_other(self, encrypted: dict[str, bytes], run_gmssl: Run) -> None:
        # If it ever does, there is no need for a form of its own.
        command = ("sm2sign", "-key", "{k}", "-pass", PASSWORD, "-in", "{d}")
        for encryption in ("aes-256-cbc", "sm4-cbc"):
            run_gmssl(*command, fails=True, k=encrypted[encryption], d=DATA)

    def test_sm4_needs_a_password(self, key: sm2.PrivateKey) -> None:
        for encryption in ("sm4-cbc", "gmssl"):
            with pytest.raises(ValueError, match=f'encryption="{encryption}" needs a password'):
                key.to_pem(encryption=encryption)  # type: ignore[arg-type]

    def test_sec1_has_no_encryption(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(ValueError, match="SEC1 keys are not encrypted"):
            key.to_der(PASSWORD, "sec1", "sm4-cbc")

    @pytest.mark.parametrize("name", ["aes", "SM4-CBC", "", None])
    def test_unknown_names(self, key: sm2.PrivateKey, name: Any) -> None:
        with pytest.raises(ValueError, match='"aes-256-cbc", "sm4-cbc", "gmssl"'):
            key.to_pem(PASSWORD, encryption=name)

    @given(password=st.text(min_size=1, max_size=50) | st.binary(min_size=1, max_size=50))
    @settings(max_examples=20)
    def test_any_password(self, password: str | bytes, key: sm2.PrivateKey) -> None:
        for encryption in ENCRYPTIONS:
            data = pkcs8.encrypted_der(key._pkey, password, encryption, iterations=1)
            assert sm2.PrivateKey.from_der(data, password).to_bytes() == key.to_bytes()


class TestOthers:
    def test_gmssls(self, run_gmssl: Run, tmp_path: Path) -> None:
        private, public = tmp_path / "private.pem", tmp_path / "public.pem"
        files = ("-out", str(private), "-pubout", str(public))
        run_gmssl("sm2keygen", "-pass", PASSWORD, *files)
        key = sm2.PrivateKey.from_pem(private.read_bytes(), PASSWORD)
        assert key.public_key() == sm2.PublicKey.from_pem(public.read_bytes())
        content = next(_pem.blocks(private.read_bytes())).decode()
        assert der.oid(HMAC_SM3_OF_GMSSL) in content
        assert sm2.PrivateKey.from_der(content, PASSWORD).to_bytes() == key.to_bytes()
        with pytest.raises(PasswordError, match="is the password right"):
            sm2.PrivateKey.from_pem(private.read_bytes(), "wrong")
        with pytest.raises(PasswordError, match="a password is needed"):
            sm2.PrivateKey.from_pem(private.read_bytes())

    @pytest.mark.parametrize(
        "options",
        [
            *(
                ("-v2", "sm4-cbc", "-v2prf", f"hmacWith{digest}")
                for digest in ("SM3", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512")
            ),
            ("-v2", "aes-128-cbc", "-v2prf", "hmacWithSM3"),
            ("-v2", "aes-192-cbc"),
            ("-v2", "des-ede3-cbc"),
            ("-v2", "aes-256-cbc", "-scrypt", "-scrypt_N", "1024"),
            ("-v1", "PBE-SHA1-3DES"),
        ],
        ids=lambda options: " ".join(options),
    )
    def test_tongsuos(
        self, key: sm2.PrivateKey, options: tuple[str, ...], run_openssl: Run
    ) -> None:
        command = ("pkcs8", "-topk8", "-in", "{k}", "-passout", f"pass:{PASSWORD}", "-iter", "2")
        if "-scrypt" in options:
            command = command[:-2]
        data = run_openssl(*command, *options, k=key.to_pem())
        assert sm2.PrivateKey.from_pem(data, PASSWORD).to_bytes() == key.to_bytes()
        with pytest.raises(PasswordError, match="a password is needed"):
            sm2.PrivateKey.from_pem(data)

    def test_one_with_the_curve_in_numbers(self, key: sm2.PrivateKey, run_openssl: Run) -> None:
        plain = run_openssl("ec", "-param_enc", "explicit", "-in", "{k}", k=key.to_pem())
        lock = ("pkcs8", "-topk8", "-in", "{k}", "-iter", "2", "-passout", f"pass:{PASSWORD}")
        data = run_openssl(*lock, k=plain)
        assert sm2.PrivateKey.from_pem(data, PASSWORD).to_bytes() == key.to_bytes()

    @pytest.mark.parametrize(
        "name",
        [
            "pkcs8.der",
            "sec1.pem",
            "sec1-aes.pem",
            "pkcs8-aes-sha256.pem",
            "pkcs8-3des-sha1.pem",
            "pkcs8-pkcs12-3des.pem",
        ],
    )
    def test_bouncycastles(self, name: str) -> None:
        data = (BOUNCYCASTLE / name).read_bytes()
        key = sm2.load_private_key(data, "password")
        assert key.public_key() == sm2.load_public_key((BOUNCYCASTLE / "public.pem").read_bytes())
        if "-" in name:
            with pytest.raises(PasswordError):
                sm2.load_private_key(data)


class TestCost:
    """A file cannot have us compute for as long as it likes."""

    @pytest.mark.parametrize(
        ("data", "found"),
        [
            (pbkdf2(der.integer(0)), "found 0"),
            (pbkdf2(der.integer(5_000_001)), "found 5000001"),
            (pbkdf2(der.integer(2**63)), f"found {2**63}"),
            (pbkdf2(der.integer(2**100_000)), "found one of 12501"),
            (pbkdf2(der.integer(-1)), "found a negative one"),
            (pbkdf2(der.integer(2**31 - 1), der.integer(16)), f"found {2**31 - 1}"),
            (scrypt(2**20, 8, 1), f"found {2**23}"),
            (scrypt(2**14, 1, 2**14), f"found {2**28}"),
            (scrypt(0, 8, 1), "found 0"),
            (scrypt(2**64, 2**64, 1), "found one of 9"),
            (
                with_algorithm(
                    "1.2.840.113549.1.12.1.3",
                    der.sequence(der.octets(bytes(8)), der.integer(2**31 - 1)),
                ),
                f"found {2**31 - 1}",
            ),
            (
                with_algorithm(
                    "1.2.840.113549.1.5.10",
                    der.sequence(der.octets(bytes(8)), der.integer(2**31 - 1)),
                ),
                f"found {2**31 - 1}",
            ),
        ],
        ids=range(12),
    )
    def test_is_bounded(self, data: bytes, found: str) -> None:
        for read, form in (
            (sm2.PrivateKey.from_der, data),
            (sm2.PrivateKey.from_pem, _pem.armour(data, "ENCRYPTED PRIVATE KEY")),
        ):
            with pytest.raises(FormatError, match=rf"expected .* at byte \d+, {found}") as caught:
                read(form, PASSWORD)
            assert not isinstance(caught.value, PasswordError)

    def test_the_bound_itself_is_allowed(self) -> None:
        data = pbkdf2(der.integer(pbes.MOST_ITERATIONS))
        assert pbes.encrypted_key(data, "it") == data
        data = scrypt(2**16, 8, 2**3)
        assert pbes.encrypted_key(data, "it") == data

    def test_a_costly_one_behind_another_block(self, key: sm2.PrivateKey) -> None:
        # Tongsuo would read on after a block that it cannot use.
        costly = _pem.armour(pbkdf2(der.integer(2**31 - 1)), "ENCRYPTED PRIVATE KEY")
        broken = key.to_pem().replace(b"\nMI", b"\nNI")
        with pytest.raises(FormatError):
            sm2.PrivateKey.from_pem(broken + costly, PASSWORD)
        with pytest.raises(FormatError, match="-----END PRIVATE KEY----- at byte"):
            sm2.PrivateKey.from_pem(b"-----BEGIN PRIVATE KEY-----\n" + costly, PASSWORD)
        # Nor is a line that is cut in pieces taken for several.
        hidden = key.to_pem()[:100] + b"x" * 254 + costly
        with pytest.raises(FormatError):
            sm2.PrivateKey.from_pem(hidden, PASSWORD)


class TestStructure:
    @every_encryption
    def test_cut_off_anywhere(self, key: sm2.PrivateKey, encryption: str) -> None:
        data = small(key, encryption)
        for part in beginnings(data):
            with pytest.raises(FormatError, match=r"expected .* at byte \d+, found") as caught:
                pbes.encrypted_key(part, "it")
            assert not isinstance(caught.value, PasswordError)
            with pytest.raises(FormatError):
                sm2.PrivateKey.from_der(part, PASSWORD)
        with pytest.raises(FormatError, match="the end at byte"):
            sm2.PrivateKey.from_der(data + b"\0", PASSWORD)

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            (with_algorithm(PBES2), "expected SEQUENCE at byte 16, found the end"),
            (with_algorithm(PBES2, der.null()), "expected SEQUENCE at byte 16, found NULL"),
            (pbkdf2(), "expected INTEGER at byte 43, found the end"),
            (pbkdf2(der.integer(1), der.null()), "expected the end at byte 46, found 2 more bytes"),
            (pbkdf2(der.integer(1), der.sequence()), "expected OBJECT IDENTIFIER at byte 48"),
            (scrypt(2, 1), "expected INTEGER at byte 49, found the end"),
            (der.sequence(der.sequence(der.oid(PBES2))), "expected SEQUENCE at byte 15"),
        ],
        ids=range(7),
    )
    def test_what_is_wrong_and_where(self, data: bytes, message: str) -> None:
        with pytest.raises(FormatError, match=f"^the DER private key: {message}"):
            sm2.PrivateKey.from_der(data, PASSWORD)

    def test_algorithms_that_tongsuo_does_not_know(self) -> None:
        for data in (
            with_algorithm("1.2.3.4", der.null()),
            with_algorithm(PBES2, der.sequence(der.sequence(der.oid("1.2.3.4")), SM4_CBC)),
            pbkdf2(der.integer(1), der.sequence(der.oid("1.2.3.4"))),
        ):
            with pytest.raises(FormatError):
                sm2.PrivateKey.from_der(data, PASSWORD)

    def test_what_tongsuo_reads_is_left_as_it_is(self, key: sm2.PrivateKey) -> None:
        for encryption in ("aes-256-cbc", "sm4-cbc"):
            data = small(key, encryption)
            assert pbes.encrypted_key(data, "it") == data

    def test_the_two_forms_are_made_of_each_other(self, key: sm2.PrivateKey) -> None:
        data = small(key, "gmssl")
        for_tongsuo = pbes.encrypted_key(data, "it")
        assert der.oid(HMAC_SM3) in for_tongsuo
        assert der.oid(HMAC_SM3_OF_GMSSL) not in for_tongsuo
        assert sm2.PrivateKey.from_der(for_tongsuo, PASSWORD).to_bytes() == key.to_bytes()

    @given(st.data())
    @settings(max_examples=150)
    def test_spoilt(self, key: sm2.PrivateKey, data: st.DataObject) -> None:
        spoilt = bytearray(small(key, data.draw(st.sampled_from(ENCRYPTIONS))))
        spoilt[data.draw(st.integers(0, 110))] = data.draw(st.integers(0, 255))
        try:
            again = sm2.PrivateKey.from_der(bytes(spoilt), PASSWORD)
        except FormatError:
            return
        assert again.to_bytes() == key.to_bytes()
