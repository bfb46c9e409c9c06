"""What a file is: told where it is certain, all candidates where it is not."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import der
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from damage import grown
from hypothesis import given
from hypothesis import strategies as st
from samples import GMSSL, JAVA, MESSAGES, PAIR, ROOT, p12

from tongsuo_py import _pem, pki, sm2, sm4
from tongsuo_py._binding import lib
from tongsuo_py.pki import cms

KEY = sm2.PrivateKey.generate()
PUBLIC = KEY.public_key()
DATA = b"data"

# What it is, its algorithm, whether it is encrypted; and who wrote it.
DER = [
    ("private key", "SM2", False, KEY.to_der),
    ("private key", "SM2", False, lambda: KEY.to_der(format="sec1")),
    ("private key", None, True, lambda: KEY.to_der("x")),
    ("public key", "SM2", False, PUBLIC.to_der),
    ("certificate", "SM2", False, ROOT.certificate.to_der),
    ("certificate request", "SM2", False, lambda: pki.Request.create(KEY, "a.example").to_der()),
    ("revocation list", None, False, lambda: ROOT.issue_crl([], number=1).to_der()),
    ("PKCS #12 file", None, True, p12),
    ("PKCS #12 file", None, True, (JAVA / "sunjsse-pkcs12.p12").read_bytes),
    ("PKCS #12 file", None, True, (JAVA / "bc-pkcs12.p12").read_bytes),
    ("CMS message, signedData", None, False, lambda: cms.sign(DATA, PAIR.sign)),
    ("CMS message, signedData", None, False, (JAVA / "streamed.cms").read_bytes),
    (
        "CMS message, envelopedData",
        None,
        True,
        lambda: cms.encrypt(DATA, PAIR.enc, profile="pkcs7"),
    ),
    (
        "CMS message, signedAndEnvelopedData",
        None,
        True,
        lambda: cms.sign_and_encrypt(DATA, PAIR.sign, PAIR.enc),
    ),
    ("signature", "SM2 (or ECDSA)", False, lambda: KEY.sign(DATA)),
    ("ciphertext", "SM2", True, lambda: PUBLIC.encrypt(DATA)),
]
KEYS_AND_SUCH = [
    row for row in DER if row[0] in ("private key", "public key", "signature", "ciphertext")
]

FOREIGN: list[tuple[str, Callable[[], object]]] = [
    ("RSA", lambda: rsa.generate_private_key(65537, 1024)),
    ("EC", lambda: ec.generate_private_key(ec.SECP256R1())),
    ("Ed25519", ed25519.Ed25519PrivateKey.generate),
]


def identified(data: object) -> pki.Identity:
    (identity,) = pki.identify(data)
    return identity


class TestCertain:
    @pytest.mark.parametrize(("kind", "algorithm", "encrypted", "make"), DER)
    def test_der(
        self, kind: str, algorithm: str | None, encrypted: bool, make: Callable[[], bytes]
    ) -> None:
        data = make()
        found = identified(data)
        assert (found.kind, found.format, found.algorithm) == (kind, "DER", algorithm)
        assert found.encrypted == encrypted
        for text in (data.hex(), data.hex().upper() + "\n", data.hex().encode()):
            again = identified(text)
            assert (again.kind, again.format) == (kind, "hexadecimal")

    @pytest.mark.parametrize(
        ("text", "kind", "algorithm", "encrypted"),
        [
            (KEY.to_pem(), "private key", "SM2", False),
            (KEY.to_pem(format="sec1"), "private key", "SM2", False),
            ((GMSSL / "sign.key").read_bytes(), "private key", None, True),
            (PUBLIC.to_pem(), "public key", "SM2", False),
            (ROOT.certificate.to_pem(), "certificate", "SM2", False),
            ((GMSSL / "signed.pem").read_bytes(), "CMS message, signedData", None, False),
            (
                (MESSAGES / "gmssl_cn_certificates.p7b").read_bytes(),
                "CMS message, signedData",
                None,
                False,
            ),
        ],
        ids=["pkcs8", "sec1", "encrypted", "public", "certificate", "message", "certificates"],
    )
    def test_pem(self, text: bytes, kind: str, algorithm: str | None, encrypted: bool) -> None:
        for form in (text, text.decode(), b"a comment\n" + text):
            found = identified(form)
            assert (found.kind, found.format, found.algorithm) == (kind, "PEM", algorithm)
            assert found.encrypted == encrypted

    @pytest.mark.parametrize(
        ("options", "algorithm"),
        [
            (("-name", "SM2"), "SM2"),
            (("-name", "SM2", "-param_enc", "explicit"), "EC"),
            (("-name", "prime256v1"), "EC"),
        ],
        ids=["SM2", "explicit", "P-256"],
    )
    def test_a_curve_before_its_key(
        self, run_openssl: Callable[..., bytes], options: tuple[str, ...], algorithm: str
    ) -> None:
        curve, key = identified(run_openssl("ecparam", *options, "-genkey")).contents
        assert (curve.kind, curve.algorithm, curve.readable) == ("curve", algorithm, True)
        assert (key.kind, key.readable) == ("private key", True)

    def test_cfca(self) -> None:
        text = (MESSAGES / "cfca_key.pem").read_bytes()
        (block,) = _pem.blocks(text)
        for data, form in ((text, "PEM"), (block.body, "base64"), (block.decode(), "DER")):
            found = identified(data)
            assert (found.kind, found.format) == ("certificate with its key", form)
            assert found.encrypted

    def test_traditional_encryption(self) -> None:
        text = b"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X,00\n\nAAAA\n"
        found = identified(text + b"-----END EC PRIVATE KEY-----\n")
        assert (found.kind, found.encrypted, found.algorithm) == ("private key", True, "EC or SM2")

    def test_a_bundle(self) -> None:
        text = PAIR.sign.to_pem() + KEY.to_pem("x") + PAIR.enc.to_pem() + PUBLIC.to_pem()
        found = identified(text)
        assert [(one.kind, one.encrypted) for one in found.contents] == [
            ("certificate", False),
            ("private key", True),
            ("certificate", False),
            ("public key", False),
        ]
        assert "CN=a.example" in found.contents[0].details

    @pytest.mark.parametrize(("algorithm", "make"), FOREIGN)
    def test_keys_of_other_algorithms(self, algorithm: str, make: Callable[[], object]) -> None:
        key = make()
        private = key.private_bytes(  # type: ignore[attr-defined]
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        public = key.public_key().public_bytes(  # type: ignore[attr-defined]
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        for data, kind in ((private, "private key"), (public, "public key")):
            found = identified(data)
            assert (found.kind, found.algorithm) == (kind, algorithm)

    @pytest.mark.parametrize(("extra", "kind"), [({}, "public key"), ({"d": "x"}, "private key")])
    def test_jwk(self, extra: dict[str, str], kind: str) -> None:
        text = json.dumps({"kty": "EC", "crv": "SM2", "x": "", "y": "", **extra})
        found = identified(text)
        assert (found.kind, found.format, found.algorithm) == (kind, "JSON", "SM2")

    def test_a_file_under_sm4(self) -> None:
        target = io.BytesIO()
        sm4.encrypt_file(io.BytesIO(b"content"), target, key=sm4.generate_key())
        found = identified(target.getvalue())
        assert (found.kind, found.algorithm, found.encrypted) == ("file", "SM4", True)


class TestUncertain:
    def test_64_bytes(self) -> None:
        """A point without its 04 is as good a signature as any; most signatures are no point."""
        point = PUBLIC.to_bytes()[1:]
        kinds = [one.kind for one in pki.identify(point)]
        assert "signature" in kinds

    @pytest.mark.parametrize("begin", [b"", b"{", b" {", b"\x30\x1e"])
    def test_32_bytes(self, begin: bytes) -> None:
        """However they begin."""
        found = pki.identify(begin + bytes(range(1, 33 - len(begin))))
        assert {one.kind for one in found} == {"private key", "digest"}

    @pytest.mark.parametrize("prefix", [True, False])
    def test_orders_of_ciphertexts(self, prefix: bool) -> None:
        data = PUBLIC.encrypt(DATA, "c1c3c2" if prefix else "c1c3c2-bare")
        found = [one for one in pki.identify(data) if one.kind == "ciphertext"]
        end = "" if prefix else "-bare"
        assert {one.details for one in found} >= {f"c1c3c2{end}", f"c1c2c3{end}"}

    def test_a_point(self) -> None:
        (found,) = [one for one in pki.identify(PUBLIC.to_bytes()) if one.kind == "public key"]
        assert found.format == "raw bytes"


class TestNothing:
    @pytest.mark.parametrize(
        "data",
        [b"", b"hello", b"{}", b"{", b"[1]", b"0", b"0\x80", b'{"a":' + b"[" * 100_000],
        ids=range(8),
    )
    def test_unknown(self, data: bytes) -> None:
        assert pki.identify(data) == ()

    def test_broken_pem_is_said_to_be(self) -> None:
        cut = identified(ROOT.certificate.to_pem()[:100])
        assert "-----END CERTIFICATE-----" in cut.details
        bad = identified(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")
        assert bad.kind == "CERTIFICATE"
        assert "cannot be read" in bad.details
        letters = identified(b"-----BEGIN CERTIFICATE-----\nM*IB\n-----END CERTIFICATE-----\n")
        assert letters.kind == "CERTIFICATE"
        assert "cannot be read: " in letters.details
        for label in (b"CERTIFICATE", b" "):
            text = b"-----BEGIN %b-----\nProc-Type: 4,ENCRYPTED\n\n-----END %b-----\n"
            no_key = identified(text % (label, label))
            assert (no_key.kind, no_key.readable) == (label.decode(), False)
            assert "found a header" in no_key.details
        strange = identified(b"-----BEGIN RABBIT-----\nMAA=\n-----END RABBIT-----\n")
        assert "unknown kind" in strange.details
        for body in (b"", b"MAA=MAA=", b"BgUB"):
            bad_curve = b"-----BEGIN EC PARAMETERS-----\n%b\n-----END EC PARAMETERS-----\n" % body
            assert not identified(bad_curve).readable
        assert not any(each.readable for each in (cut, bad, letters, strange))
        assert identified(ROOT.certificate.to_pem()).readable

    def test_a_wrong_type(self) -> None:
        with pytest.raises(TypeError, match="bytes-like"):
            pki.identify(5)

    @given(st.binary(max_size=200))
    def test_anything(self, data: bytes) -> None:
        for prefix in (b"", b"\x30", b"\x30\x80", b"-----BEGIN X-----\n"):
            pki.identify(prefix + data)
        assert lib.ERR_peek_error() == 0

    @pytest.mark.parametrize(("kind", "algorithm", "encrypted", "make"), KEYS_AND_SUCH)
    def test_more_in_any_part(
        self, kind: str, algorithm: str | None, encrypted: bool, make: Callable[[], bytes]
    ) -> None:
        *inside, whole = grown(make())
        assert kind not in [one.kind for one in pki.identify(whole)]
        for data in inside:
            pki.identify(data)
        assert lib.ERR_peek_error() == 0

    @pytest.mark.parametrize(("kind", "algorithm", "encrypted", "make"), DER)
    def test_cut_off_anywhere(
        self, kind: str, algorithm: str | None, encrypted: bool, make: Callable[[], bytes]
    ) -> None:
        data = make()
        for size in range(0, len(data), 7):
            assert kind not in [
                one.kind for one in pki.identify(data[:size]) if one.format == "DER"
            ]
        assert lib.ERR_peek_error() == 0


def test_words() -> None:
    nameless = der.certificate(subject=der.name())
    assert str(identified(nameless)) == "EC certificate (DER): (no subject), issued by CN=issuer"
    assert str(identified(KEY.to_pem("x"))) == "encrypted private key (PEM): PKCS#8"
    assert str(identified(PUBLIC.encrypt(DATA))) == "SM2 ciphertext (DER)"


def test_no_secret_is_shown() -> None:
    shown = repr(pki.identify(KEY.to_der())) + repr(pki.identify(KEY.to_bytes()))
    assert KEY.to_bytes().hex() not in shown
    assert repr(KEY.to_bytes())[2:-1] not in shown
