"""SM2 keys in every form, from and to the native openssl, cryptography and gmssl."""

from __future__ import annotations

import copy
import pickle
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from damage import beginnings, flipped, flips, grown
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py import sm2
from tongsuo_py._binding import ffi, lib, pkcs8
from tongsuo_py.exceptions import FormatError, PasswordError
from tongsuo_py.sm2 import curve

RunOpenssl = Callable[..., bytes]

N = int.from_bytes(curve.N, "big")
P = int.from_bytes(curve.P, "big")
PASSWORD = "wörd of a key"
NUMBERS = st.integers(1, N - 2)

PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


def from_number(number: int) -> sm2.PrivateKey:
    return sm2.PrivateKey.from_bytes(number.to_bytes(32, "big"))


def type_name(key: sm2.PrivateKey | sm2.PublicKey) -> bytes:
    name: bytes = ffi.string(lib.EVP_PKEY_get0_type_name(key._pkey))
    return name


@pytest.fixture(scope="module")
def encrypted(key: sm2.PrivateKey) -> bytes:
    return key.to_pem(PASSWORD)


class TestPrivateForms:
    def test_the_standards_key(self, key: sm2.PrivateKey, vectors: Callable[[str], Any]) -> None:
        assert key.public_key().to_bytes().hex() == vectors("sm2")["public_key"]
        assert key.to_bytes().hex() == vectors("sm2")["private_key"]

    def test_generated_keys_differ_and_belong_together(self) -> None:
        keys = [sm2.PrivateKey.generate() for _ in range(20)]
        assert (
            len({key.to_bytes() for key in keys}) == len({key.public_key() for key in keys}) == 20
        )
        for key in keys:
            assert sm2.PrivateKey.from_bytes(key.to_bytes()).public_key() == key.public_key()
            assert type_name(key) == type_name(key.public_key()) == b"SM2"

    def test_encrypted_forms(self, key: sm2.PrivateKey, encrypted: bytes) -> None:
        der = key.to_der(PASSWORD.encode())
        for again in (
            sm2.PrivateKey.from_pem(encrypted, PASSWORD),
            sm2.PrivateKey.from_pem(encrypted, lambda: bytearray(PASSWORD.encode())),
            sm2.PrivateKey.from_der(der, PASSWORD),
        ):
            assert again.to_bytes() == key.to_bytes()
            assert type_name(again) == b"SM2"
        assert key.to_bytes() not in der

    def test_two_encryptions_differ(self, key: sm2.PrivateKey, encrypted: bytes) -> None:
        assert key.to_pem(PASSWORD) != encrypted

    @pytest.mark.parametrize("number", [0, N - 1, N, N + 1, 2**256 - 1])
    def test_numbers_out_of_range(self, number: int) -> None:
        with pytest.raises(FormatError, match="from 1 to n - 2"):
            from_number(number)

    @pytest.mark.parametrize("number", [1, 2, N - 2])
    def test_the_ends_of_the_range(self, number: int) -> None:
        key = from_number(number)
        key.public_key().verify(key.sign(b"data"), b"data")

    @pytest.mark.parametrize("length", [0, 1, 31, 33, 64])
    def test_wrong_lengths(self, length: int) -> None:
        with pytest.raises(FormatError, match=f"expected 32 bytes, found {length}"):
            sm2.PrivateKey.from_bytes(bytes(length))

    def test_another_keys_public_key(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        mixed = key.to_der()[:-65] + other_key.public_key().to_bytes()
        with pytest.raises(FormatError, match="another key's public key"):
            sm2.PrivateKey.from_der(mixed)

    def test_less_or_more_of_any_part_is_refused(self, key: sm2.PrivateKey) -> None:
        for der in (key.to_der(), key.to_der(format="sec1")):
            for bad in (*beginnings(der), *grown(der)):
                with pytest.raises(FormatError, match=r"expected .* at byte \d+, found"):
                    sm2.PrivateKey.from_der(bad)
            with pytest.raises(FormatError, match="ends after"):
                sm2.PrivateKey.from_der(der + b"\0")

    def test_every_altered_bit_is_refused_or_harmless(self, key: sm2.PrivateKey) -> None:
        # What is left over are values that mean nothing: versions, tags, and another number with
        # its public key cannot come about by one bit.
        for altered in flips(key.to_der(), (0x01, 0x80)):
            try:
                again = sm2.PrivateKey.from_der(altered)
            except FormatError:
                continue
            assert again.to_bytes() == key.to_bytes()

    @given(st.binary(max_size=200))
    def test_random_bytes_are_refused(self, data: bytes) -> None:
        for read in (sm2.PrivateKey.from_der, sm2.PrivateKey.from_pem, sm2.PublicKey.from_der):
            with pytest.raises(FormatError):
                read(data)


class TestPasswords:
    def test_missing_and_wrong(self, key: sm2.PrivateKey, encrypted: bytes) -> None:
        with pytest.raises(PasswordError, match="password is needed"):
            sm2.PrivateKey.from_pem(encrypted)
        with pytest.raises(PasswordError, match="is the password right"):
            sm2.PrivateKey.from_pem(encrypted, "wrong")
        with pytest.raises(PasswordError, match="is the password right"):
            sm2.PrivateKey.from_der(key.to_der(PASSWORD), "wrong")

    def test_what_the_callable_raises_comes_out(self, encrypted: bytes) -> None:
        def ask() -> str:
            raise KeyError("nobody there")

        with pytest.raises(KeyError, match="nobody there"):
            sm2.PrivateKey.from_pem(encrypted, ask)

    def test_it_is_asked_for_only_where_needed(self, key: sm2.PrivateKey) -> None:
        def ask() -> str:
            raise AssertionError("not encrypted")

        assert sm2.PrivateKey.from_pem(key.to_pem(), ask).to_bytes() == key.to_bytes()

    @pytest.mark.parametrize("password", ["", b"", "p" * 1025])
    def test_unusable_ones(self, key: sm2.PrivateKey, password: str | bytes) -> None:
        with pytest.raises(ValueError, match="1 to 1024 bytes"):
            key.to_pem(password)

    def test_the_longest(self, key: sm2.PrivateKey) -> None:
        der = pkcs8.encrypted_der(key._pkey, "p" * 1024, iterations=1)
        assert sm2.PrivateKey.from_der(der, "p" * 1024).to_bytes() == key.to_bytes()

    @pytest.mark.parametrize("password", [1, ["x"], lambda: "x"])
    def test_of_a_wrong_type(self, key: sm2.PrivateKey, password: Any) -> None:
        with pytest.raises(TypeError, match="password must be str or bytes"):
            key.to_pem(password)

    def test_sec1_is_not_encrypted(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(ValueError, match="pkcs8"):
            key.to_pem(PASSWORD, format="sec1")
        with pytest.raises(ValueError, match="pkcs8"):
            key.to_der(PASSWORD, format="sec1")

    def test_unknown_format(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(ValueError, match='"pkcs8", "sec1"'):
            key.to_pem(format="pkcs1")  # type: ignore[arg-type]


class TestPublicForms:
    def test_round_trips(self, key: sm2.PrivateKey) -> None:
        public = key.public_key()
        assert sm2.PublicKey.from_pem(public.to_pem()) == public
        assert sm2.PublicKey.from_der(public.to_der()) == public
        assert sm2.PublicKey.from_bytes(bytearray(public.to_bytes())) == public
        assert pickle.loads(pickle.dumps(public)) == public
        assert type_name(sm2.PublicKey.from_pem(public.to_pem())) == b"SM2"

    def test_equality_and_hash(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        public = key.public_key()
        same = sm2.PublicKey.from_bytes(public.to_bytes())
        assert public == same
        assert hash(public) == hash(same)
        assert public != other_key.public_key()
        assert public != public.to_bytes()
        assert public.to_bytes().hex() in repr(public)

    def test_points_off_the_curve(self, key: sm2.PrivateKey) -> None:
        point = key.public_key().to_bytes()
        for position in (1, 32, 33, 64):
            with pytest.raises(FormatError, match="not a point"):
                sm2.PublicKey.from_bytes(flipped(point, position))
        with pytest.raises(FormatError, match="not a point"):
            sm2.PublicKey.from_bytes(b"\4" + bytes(64))

    def test_infinity(self, key: sm2.PrivateKey) -> None:
        algorithm = key.public_key().to_der()[2:23]
        der = bytes((0x30, len(algorithm) + 4)) + algorithm + b"\x03\x02\x00\x00"
        with pytest.raises(FormatError):
            sm2.PublicKey.from_der(der)

    def test_every_altered_byte_is_refused_or_harmless(self, key: sm2.PrivateKey) -> None:
        der = key.public_key().to_der()
        for altered in flips(der):
            try:
                again = sm2.PublicKey.from_der(altered)
            except FormatError:
                continue
            assert again == key.public_key()
        for bad in (*beginnings(der), *grown(der)):
            with pytest.raises(FormatError, match=r"expected .* at byte \d+, found"):
                sm2.PublicKey.from_der(bad)


class TestSecrets:
    def test_no_repr_and_no_error_shows_the_number(self, key: sm2.PrivateKey) -> None:
        number = key.to_bytes().hex()
        shown = [repr(key), str(key)]
        altered = key.to_der()[:-1] + b"\0"
        with pytest.raises(FormatError) as caught:
            sm2.PrivateKey.from_der(altered)
        shown += [str(caught.value), repr(caught.value), repr(caught.value.errors)]
        assert not [text for text in shown if number in text.lower()]

    @pytest.mark.parametrize("make", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_no_pickle_and_no_copy(self, key: sm2.PrivateKey, make: Callable[..., Any]) -> None:
        with pytest.raises(TypeError, match="not pickled"):
            make(key)

    @pytest.mark.parametrize("cls", [sm2.PrivateKey, sm2.PublicKey])
    def test_constructors_tell_the_way(self, cls: type) -> None:
        with pytest.raises(TypeError, match="from_pem"):
            cls()

    def test_the_public_half_has_no_private_one(self, key: sm2.PrivateKey) -> None:
        holder = ffi.new("BIGNUM **")
        assert lib.EVP_PKEY_get_bn_param(key.public_key()._pkey, b"priv", holder) == 0
        lib.ERR_clear_error()


class TestTypes:
    @pytest.mark.parametrize("value", [None, 1, "text", ["x"], object()])
    @pytest.mark.parametrize(
        "read",
        [
            sm2.PrivateKey.from_bytes,
            sm2.PrivateKey.from_pem,
            sm2.PrivateKey.from_der,
            sm2.PublicKey.from_bytes,
            sm2.PublicKey.from_pem,
            sm2.PublicKey.from_der,
        ],
    )
    def test_wrong_ones(self, read: Callable[[Any], Any], value: Any) -> None:
        with pytest.raises(TypeError, match="must be bytes-like"):
            read(value)

    def test_a_wrong_password(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(TypeError):
            sm2.PrivateKey.from_pem(key.to_pem(), 5)  # type: ignore[arg-type]


class TestOtherAlgorithms:
    @pytest.mark.parametrize(
        ("generate", "name"),
        [
            (lambda: rsa.generate_private_key(65537, 2048), "RSA"),
            (lambda: ec.generate_private_key(ec.SECP256R1()), "EC on the curve prime256v1"),
            (ed25519.Ed25519PrivateKey.generate, "ED25519"),
        ],
    )
    def test_are_named(self, generate: Callable[[], Any], name: str) -> None:
        private = generate()
        plain = serialization.NoEncryption()
        for encoding, read in ((PEM, sm2.PrivateKey.from_pem), (DER, sm2.PrivateKey.from_der)):
            data = private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain)
            with pytest.raises(FormatError, match=f"SM2 key is needed.* {name}$"):
                read(data)
        info = serialization.PublicFormat.SubjectPublicKeyInfo
        for encoding, load in ((PEM, sm2.PublicKey.from_pem), (DER, sm2.PublicKey.from_der)):
            with pytest.raises(FormatError, match=f"SM2 key is needed.* {name}$"):
                load(private.public_key().public_bytes(encoding, info))

    def test_the_wrong_kind_of_pem(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(FormatError):
            sm2.PrivateKey.from_pem(key.public_key().to_pem())
        with pytest.raises(FormatError):
            sm2.PublicKey.from_pem(key.to_pem())


class TestNativeOpenssl:
    def test_it_reads_ours(
        self, key: sm2.PrivateKey, encrypted: bytes, run_openssl: RunOpenssl
    ) -> None:
        public = key.public_key().to_pem()
        unlock = ("-passin", f"pass:{PASSWORD}")
        for data, extra in (
            (key.to_pem(), ()),
            (key.to_pem(format="sec1"), ()),
            (encrypted, unlock),
        ):
            assert run_openssl("pkey", "-pubout", "-in", "{k}", *extra, k=data) == public
        for der in (key.to_der(), key.to_der(format="sec1")):
            command = ("pkey", "-pubout", "-inform", "DER", "-in", "{k}")
            assert run_openssl(*command, k=der) == public
        assert run_openssl("pkey", "-pubin", "-in", "{k}", k=public) == public
        run_openssl("pkey", "-check", "-noout", "-in", "{k}", k=key.to_pem())

    def test_it_writes_the_same_bytes(self, key: sm2.PrivateKey, run_openssl: RunOpenssl) -> None:
        for form, command in (("pkcs8", ("pkcs8", "-topk8", "-nocrypt")), ("sec1", ("ec",))):
            data = key.to_pem(format=form)  # type: ignore[arg-type]
            assert run_openssl(*command, "-in", "{k}", k=data) == data
            der = (*command, "-outform", "DER")
            assert run_openssl(*der, "-in", "{k}", k=data) == key.to_der(format=form)  # type: ignore[arg-type]

    def test_how_ours_is_encrypted(self, encrypted: bytes, run_openssl: RunOpenssl) -> None:
        text = run_openssl("asn1parse", "-in", "{k}", k=encrypted).decode()
        names = re.findall(r"OBJECT +:(\S+)", text)
        assert names == ["PBES2", "PBKDF2", "hmacWithSHA256", "aes-256-cbc"]
        assert re.findall(r"INTEGER +:(\S+)", text) == [f"{600_000:06X}"]
        salt, iv, _data = re.findall(r"OCTET STRING +\[HEX DUMP\]:(\S+)", text)
        assert (len(salt), len(iv)) == (32, 32)

    def test_we_read_its_sec1_keys(self, key: sm2.PrivateKey, run_openssl: RunOpenssl) -> None:
        plain = key.to_pem(format="sec1")
        with_parameters = run_openssl("ecparam", "-name", "SM2") + plain
        locked = run_openssl("ec", "-aes128", "-passout", "pass:x", "-in", "{k}", k=plain)
        compressed = run_openssl("ec", "-conv_form", "compressed", "-in", "{k}", k=plain)
        bare = run_openssl("ec", "-no_public", "-in", "{k}", k=plain)
        explicit = run_openssl("ec", "-param_enc", "explicit", "-in", "{k}", k=plain)
        for data, password in (
            (with_parameters, None),
            (locked, "x"),
            (compressed, None),
            (bare, None),
            (explicit, None),
        ):
            again = sm2.PrivateKey.from_pem(data, password)
            assert again.to_bytes() == key.to_bytes()
            assert again.to_der() == key.to_der()

    @pytest.mark.parametrize("form", ["compressed", "hybrid", "uncompressed"])
    def test_we_read_its_public_keys(
        self, key: sm2.PrivateKey, run_openssl: RunOpenssl, form: str
    ) -> None:
        command = ("ec", "-pubin", "-conv_form", form, "-in", "{k}")
        data = run_openssl(*command, k=key.public_key().to_pem())
        assert sm2.PublicKey.from_pem(data) == key.public_key()
        assert sm2.PublicKey.from_pem(data).to_pem() == key.public_key().to_pem()


class TestCryptography:
    """It does not know the curve; but it says so only when it has decrypted the key."""

    def test_it_decrypts_ours(self, encrypted: bytes) -> None:
        with pytest.raises(UnsupportedAlgorithm, match=r"1\.2\.156\.10197\.1\.301"):
            serialization.load_pem_private_key(encrypted, PASSWORD.encode())
        # One wrong password in 256 leaves a padding that looks right, around no key.
        with pytest.raises(ValueError, match=r"Incorrect password|ASN\.1 parsing error"):
            serialization.load_pem_private_key(encrypted, b"wrong")

    def test_it_parses_ours(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(UnsupportedAlgorithm, match=r"1\.2\.156\.10197\.1\.301"):
            serialization.load_der_private_key(key.to_der(), None)
        with pytest.raises(UnsupportedAlgorithm, match=r"1\.2\.156\.10197\.1\.301"):
            serialization.load_der_public_key(key.public_key().to_der())


class TestThreads:
    def test_writing_one_key_in_many_threads(self, key: sm2.PrivateKey) -> None:
        # Tongsuo's encoders change the key for a moment, and would leave out the curve sometimes.
        ways: list[Callable[[], bytes]] = [
            key.to_der,
            key.to_pem,
            lambda: key.to_der(format="sec1"),
            lambda: key.to_pem(format="sec1"),
        ]
        wanted = [way() for way in ways]
        with ThreadPoolExecutor(4) as pool:
            for _ in range(50):
                assert list(pool.map(lambda way: way(), ways * 10)) == wanted * 10
