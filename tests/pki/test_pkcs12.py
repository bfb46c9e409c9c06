"""PKCS #12: written and read again, and read as other programs write it."""

from __future__ import annotations

from itertools import islice, product
from typing import Any

import pytest
from damage import flips, grown
from programs import Program
from samples import (
    CA,
    GMSSL,
    JAVA,
    OTHER,
    PAIR,
    PASSWORD,
    ROOT,
    ROUNDS,
    assert_same,
    p12,
    refused_everywhere,
)

from tongsuo_py import _der, pki
from tongsuo_py._binding import lib, pbe, pbes
from tongsuo_py._oids import PBKDF2
from tongsuo_py.exceptions import FormatError, PasswordError
from tongsuo_py.pki.pkcs12 import identifiers as oid
from tongsuo_py.pki.pkcs12 import reading

SINGLE = CA.issue("www.example")


class TestRoundTrip:
    @pytest.mark.parametrize("encryption", ["aes-256-cbc", "sm4-cbc"])
    @pytest.mark.parametrize("password", ["a password", b"\xff\x00", bytearray(b"x"), "密码"])
    def test_single(self, encryption: Any, password: Any) -> None:
        data = SINGLE.to_pkcs12(password, name="名字", encryption=encryption, iterations=ROUNDS)
        found = pki.load_pkcs12(data, password)
        assert found.entries == (SINGLE,)
        assert found.names == ("名字",)
        assert found.certificates == (CA.certificate, ROOT.certificate)
        assert found.private_keys == ()
        (entry,) = found.entries
        assert entry.private_key.to_bytes() == SINGLE.private_key.to_bytes()
        assert entry.chain == SINGLE.chain
        assert entry.root == SINGLE.root

    def test_pair(self) -> None:
        found = pki.load_pkcs12(p12(), PASSWORD)
        assert found.entries == (PAIR.sign, PAIR.enc)
        assert found.names == ("sign", "enc")
        assert_same(pki.load_pair(p12(), password=PASSWORD), PAIR)

    def test_self_signed(self) -> None:
        own = pki.self_signed("own.example")
        found = pki.load_pkcs12(own.to_pkcs12("x", iterations=ROUNDS), "x")
        assert found.entries == (own,)
        assert found.entries[0].root == own
        assert found.names == (None,)
        assert found.certificates == ()

    def test_the_default_costs_a_guess_enough(self) -> None:
        data = SINGLE.to_pkcs12("x")
        assert data.count(_der.integer(600_000)) == 3  # certificates, key, MAC
        assert pki.load_pkcs12(data, "x").entries == (SINGLE,)

    def test_the_password_may_be_asked_for(self) -> None:
        assert pki.load_pkcs12(p12(), lambda: PASSWORD.encode()).names == ("sign", "enc")

    def test_from_a_file(self, tmp_path: Any) -> None:
        path = tmp_path / "pair.p12"
        path.write_bytes(p12())
        assert pki.load_pkcs12(path, PASSWORD).names == ("sign", "enc")
        with pytest.raises(PasswordError, match=r"pair\.p12: .*is the password right"):
            pki.load_pkcs12(str(path), "wrong")
        with pytest.raises(FileNotFoundError):
            pki.load_pkcs12(tmp_path / "none.p12", PASSWORD)


class TestFilesOfOthers:
    """Java writes BER: lengths that end somewhere, strings in pieces."""

    @pytest.mark.parametrize("name", ["bc-pkcs12-3des-3des.p12", "sunjsse-pkcs12.p12"])
    def test_java(self, name: str) -> None:
        found = pki.load_pkcs12(JAVA / name, PASSWORD)
        assert set(found.names) == {"signature", "encryption"}
        pair = pki.load_pair(JAVA / name, password=PASSWORD)
        assert pair.sign == found.entries[found.names.index("signature")]
        assert pair.enc == found.entries[found.names.index("encryption")]
        assert pair.root == pki.load_certificate(JAVA / "root.pem") or name.startswith("bc")

    def test_an_algorithm_that_is_not_there(self) -> None:
        with pytest.raises(FormatError, match=r"does not have.*1\.2\.840\.113549\.1\.12\.1\.6"):
            pki.load_pkcs12(JAVA / "bc-pkcs12.p12", PASSWORD)


SHA = ["sha1", "sha224", "sha256", "sha384", "sha512"]


@pytest.mark.parametrize(
    ("kind", "digest"),
    [*product(["its own"], [*SHA, "sm3"]), *product(["PBMAC1"], SHA)],
)
def test_every_mac_of_openssl(run_openssl: Program, kind: str, digest: str) -> None:
    command = ("pkcs12", "-export", "-nokeys", "-certpbe", "NONE", "-in", "{cert}", "-out", "{out}")
    options = ["-macalg", digest, "-iter", "1", "-passout", f"pass:{PASSWORD}"]
    if kind == "PBMAC1":
        options += ["-pbmac1_pbkdf2", "-pbmac1_pbkdf2_md", digest]
    data = run_openssl(*command, *options, cert=ROOT.certificate.to_pem())
    assert pki.load_pkcs12(data, PASSWORD).certificates == (ROOT.certificate,)
    with pytest.raises(PasswordError, match="is the password right"):
        pki.load_pkcs12(data, "wrong")


class TestPBMAC1:
    """The MAC of RFC 9579, as Tongsuo writes it."""

    @pytest.fixture
    def file(self, run_openssl: Program) -> bytes:
        return run_openssl(
            *("pkcs12", "-export", "-in", "{cert}", "-inkey", "{key}", "-out", "{out}"),
            *("-pbmac1_pbkdf2", "-macsaltlen", "8", "-iter", "1", "-passout", f"pass:{PASSWORD}"),
            cert=SINGLE.to_pem(),
            key=SINGLE.private_key.to_pem(),
        )

    def test_it_is_read(self, file: bytes) -> None:
        assert _der.oid(oid.PBMAC1) in file
        assert pki.load_pkcs12(file, PASSWORD).entries == (SINGLE,)

    def test_a_wrong_password(self, file: bytes) -> None:
        with pytest.raises(PasswordError, match="is the password right"):
            pki.load_pkcs12(file, "wrong")

    @pytest.mark.parametrize(
        ("usual", "text"),
        [(PBKDF2, "expected PBKDF2 "), ("1.2.840.113549.2.9", "identifier of a known HMAC")],
    )
    def test_other_functions(self, file: bytes, usual: str, text: str) -> None:
        begin, found, end = file.rpartition(_der.oid(usual))
        assert found
        with pytest.raises(FormatError, match=text):
            pki.load_pkcs12(begin + found[:-1] + b"\x63" + end, PASSWORD)

    def test_a_key_that_takes_too_long(self, file: bytes) -> None:
        begin, _, end = file.rpartition(_der.integer(32))
        with pytest.raises(FormatError, match=r"expected a key of 1 to 64 bytes .*, found 65"):
            pki.load_pkcs12(begin + _der.integer(65) + end, PASSWORD)


class TestPasswords:
    @pytest.mark.parametrize("password", ["wrong", "", b"a passwor", "a password\0"])
    def test_wrong(self, password: Any) -> None:
        with pytest.raises(PasswordError, match="is the password right, and the file whole"):
            pki.load_pkcs12(p12(), password)

    def test_missing(self) -> None:
        with pytest.raises(PasswordError, match="a password is needed"):
            pki.load_pkcs12(p12())

    def test_of_a_wrong_type(self) -> None:
        with pytest.raises(TypeError, match="string or callable"):
            pki.load_pkcs12(p12(), 5)  # type: ignore[arg-type]

    @pytest.mark.parametrize("password", ["", b"x" * 1025])
    def test_that_nobody_should_have(self, password: Any) -> None:
        with pytest.raises(ValueError, match="1 to 1024 bytes"):
            PAIR.to_pkcs12(password)

    def test_none_and_an_empty_one(self) -> None:
        """Some programs mean the one and write the other."""
        for code in (None, b""):
            data = _without_secrets(b"" if code is None else code, terminated=code is not None)
            for password in (None, "", b""):
                assert pki.load_pkcs12(data, password).certificates == (ROOT.certificate,)


class TestBadInput:
    def test_cut_off_anywhere(self) -> None:
        refused_everywhere(p12(), lambda data: pki.load_pkcs12(data, PASSWORD), FormatError)

    def test_every_byte_altered(self) -> None:
        """Almost all of it is under the MAC; no alteration gives other certificates or keys."""
        data = p12()
        for altered in islice(flips(data), 0, None, 3):
            try:
                found = pki.load_pkcs12(altered, PASSWORD)
            except FormatError:
                continue
            # A NULL or an identifier's parameters that nobody looks at.
            assert found.entries == (PAIR.sign, PAIR.enc)
        assert lib.ERR_peek_error() == 0

    def test_more_at_the_end_of_every_part(self) -> None:
        refused = 0
        for data in (*grown(p12()), *grown(_without_mac(p12()))):
            with pytest.raises(FormatError, match=r"expected .* at byte \d+, found"):
                pki.load_pkcs12(data, PASSWORD, require_mac=False)
            refused += 1
        assert refused == 9

    def test_more_at_the_end_of_a_bag(self) -> None:
        reader = _der.Reader(_bag(), "").only()
        kind, value, attributes = reader.element(), reader.element(), _der.set_of()
        whole = _der.sequence(kind, value, attributes)
        for bag in (_bag(), whole):
            found = pki.load_pkcs12(_file(_safe(bag)), PASSWORD, require_mac=False)
            assert found.certificates == (ROOT.certificate,)
        for bag in (*grown(_bag()), _der.sequence(kind, value, attributes, _der.null())):
            with pytest.raises(FormatError, match=r"expected .* at byte \d+, found"):
                pki.load_pkcs12(_file(_safe(bag)), PASSWORD, require_mac=False)

    def test_no_mac(self) -> None:
        data = _without_mac(p12())
        with pytest.raises(FormatError, match=r"has no MAC.*require_mac=False"):
            pki.load_pkcs12(data, PASSWORD)
        found = pki.load_pkcs12(data, PASSWORD, require_mac=False)
        assert found.entries == (PAIR.sign, PAIR.enc)

    def test_no_mac_and_a_wrong_password(self) -> None:
        data = _without_mac(p12())
        for number in range(50):  # of 256 wrong keys one leaves what looks like padding
            with pytest.raises(PasswordError, match="is the password right"):
                pki.load_pkcs12(data, f"wrong {number}", require_mac=False)

    def test_what_a_wrong_password_may_leave(self) -> None:
        """Padding that looks right, around nonsense; with a MAC it cannot be the password."""
        content = pbe.encrypt(b"nonsense", PASSWORD.encode(), "aes-256-cbc", ROUNDS)
        encrypted = _der.sequence(
            _der.oid(oid.DATA), content.algorithm, _der.wrap(0x80, content.ciphertext)
        )
        safe = _content(oid.ENCRYPTED_DATA, _der.sequence(_der.integer(0), encrypted))
        with pytest.raises(PasswordError, match="is the password right"):
            pki.load_pkcs12(_file(safe), PASSWORD, require_mac=False)
        with pytest.raises(
            FormatError, match=r"\(safe 1\), decrypted: expected SEQUENCE"
        ) as caught:
            pki.load_pkcs12(_file(safe, mac=PASSWORD), PASSWORD)
        assert not isinstance(caught.value, PasswordError)

    def test_a_safe_of_another_kind(self) -> None:
        safe = _content(oid.SIGNED_DATA, _der.sequence())
        with pytest.raises(FormatError, match="expected data, or data encrypted by a password"):
            pki.load_pkcs12(_file(safe), PASSWORD, require_mac=False)

    def test_bags_in_bags(self) -> None:
        def nested(levels: int) -> bytes:
            bag = _bag()
            for _ in range(levels):
                inside = _der.wrap(_der.context(0), _der.sequence(bag))
                bag = _der.sequence(_der.oid(oid.NESTED_BAG), inside)
            return _file(_safe(bag))

        found = pki.load_pkcs12(nested(8), PASSWORD, require_mac=False)
        assert found.certificates == (ROOT.certificate,)
        with pytest.raises(FormatError, match="expected fewer bags in bags at byte"):
            pki.load_pkcs12(nested(9), PASSWORD, require_mac=False)

    def test_another_version(self) -> None:
        with pytest.raises(FormatError, match="expected version 3 at byte 4, found 2"):
            pki.load_pkcs12(p12().replace(b"\2\1\3", b"\2\1\2", 1), PASSWORD)
        with pytest.raises(FormatError, match="expected an INTEGER of at most 8 bytes at byte 4"):
            pki.load_pkcs12(_der.sequence(_der.integer(b"\1" * 5000)), PASSWORD)

    @pytest.mark.parametrize(
        "data",
        [b"", b"0", b"hello", SINGLE.to_der(), SINGLE.private_key.to_der()],
        ids=["nothing", "one byte", "text", "certificate", "key"],
    )
    def test_something_else(self, data: bytes) -> None:
        with pytest.raises(FormatError, match=r"PKCS #12 file: expected .* at byte \d+, found "):
            pki.load_pkcs12(data, PASSWORD)

    def test_signed_instead_of_protected(self) -> None:
        data = _pfx(_der.oid(oid.SIGNED_DATA))
        with pytest.raises(FormatError, match="expected data that a password protects"):
            pki.load_pkcs12(data, PASSWORD)

    def test_rounds_without_end(self) -> None:
        data = p12()
        assert data.endswith(_der.integer(ROUNDS))
        mac_rounds = _der.integer(pbes.MOST_ITERATIONS + 1)
        hostile = _last_integer_replaced(data, mac_rounds)
        with pytest.raises(FormatError, match=f"expected 1 to {pbes.MOST_ITERATIONS} iterations"):
            pki.load_pkcs12(hostile, PASSWORD)

    def test_more_keys_than_anybody_has(self) -> None:
        entries = [pki.pkcs12.Entry(None, SINGLE, SINGLE.private_key)] * reading.MOST_ENCRYPTED
        data = pki.pkcs12.write(entries, (), "x", "aes-256-cbc", ROUNDS)
        with pytest.raises(FormatError, match="at most 64 encrypted parts"):
            pki.load_pkcs12(data, "x")

    def test_a_key_that_is_not_sm2(self) -> None:
        with pytest.raises(FormatError, match="SM2"):
            pki.load_pkcs12(_with_p256_key(), "x")

    @pytest.mark.parametrize(
        ("argument", "value", "text"),
        [
            ("encryption", "gmssl", 'must be one of "aes-256-cbc", "sm4-cbc"'),
            ("encryption", None, "must be one of"),
            ("iterations", 0, "1 to 5000000"),
            ("iterations", 5_000_001, "1 to 5000000"),
        ],
    )
    def test_wrong_arguments(self, argument: str, value: Any, text: str) -> None:
        with pytest.raises(ValueError, match=text):
            PAIR.to_pkcs12("x", **{argument: value})


def test_a_certificate_of_somebody_else_and_a_key_alone() -> None:
    """What belongs to nothing is told apart."""
    entry = pki.pkcs12.Entry("no match", OTHER.sign, SINGLE.private_key)
    data = pki.pkcs12.write([entry], (), "x", "aes-256-cbc", ROUNDS)
    found = pki.load_pkcs12(data, "x")
    assert found.entries == ()
    assert found.certificates == (OTHER.sign,)
    assert [key.to_bytes() for key in found.private_keys] == [SINGLE.private_key.to_bytes()]


def test_no_key_is_shown() -> None:
    number = PAIR.sign.private_key.to_bytes()
    shown = repr(pki.load_pkcs12(p12(), PASSWORD))
    assert number.hex() not in shown
    assert repr(number) not in shown
    assert "private_keys" not in shown


def test_not_a_file_of_gmssl() -> None:
    """GmSSL has no PKCS #12; what it has is said to be something else."""
    with pytest.raises(FormatError, match="expected SEQUENCE at byte 0"):
        pki.load_pkcs12(GMSSL / "sign.key", "1234")


def _pfx(*parts: bytes) -> bytes:
    return _der.sequence(_der.integer(3), _der.sequence(*parts))


def _without_mac(data: bytes) -> bytes:
    outer = _der.Reader(data, "").only()
    return _der.sequence(outer.element(), outer.element())


def _last_integer_replaced(data: bytes, integer: bytes) -> bytes:
    outer = _der.Reader(data, "").only()
    version, safe = outer.element(), outer.element()
    mac = outer.enter()
    return _der.sequence(version, safe, _der.sequence(mac.element(), mac.element(), integer))


def _content(kind: str, content: bytes) -> bytes:
    """A ContentInfo, or what looks the same."""
    return _der.sequence(_der.oid(kind), _der.wrap(_der.context(0), content))


def _bag() -> bytes:
    """A certificate."""
    certificate = _content(oid.X509_CERTIFICATE, _der.octets(ROOT.certificate.to_der()))
    return _content(oid.CERTIFICATE_BAG, certificate)


def _safe(*bags: bytes) -> bytes:
    """Bags in the clear."""
    return _content(oid.DATA, _der.octets(_der.sequence(*bags)))


def _file(*safes: bytes, mac: str | None = None) -> bytes:
    """A file put together by hand; with a MAC under this password, if one is given."""
    data = _der.sequence(*safes)
    code = pki.pkcs12.mac.make(data, mac.encode(), "SHA256", ROUNDS) if mac else b""
    return _der.sequence(_der.integer(3), _content(oid.DATA, _der.octets(data)), code)


def _without_secrets(password: bytes, *, terminated: bool) -> bytes:
    """A file with one certificate in the clear, whose MAC is under no password or an empty one."""
    safes = _der.sequence(_safe(_bag()))
    mac = pki.pkcs12.mac.make(safes, password if terminated else None, "SHA256", ROUNDS)
    return _der.sequence(_der.integer(3), _content(oid.DATA, _der.octets(safes)), mac)


def _with_p256_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12

    return pkcs12.serialize_key_and_certificates(
        None,
        ec.generate_private_key(ec.SECP256R1()),
        None,
        None,
        serialization.BestAvailableEncryption(b"x"),
    )
