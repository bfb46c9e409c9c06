"""Certificates, requests and revocation lists, as DER, as PEM and in words.

What a party finds in one is the names, after it checked the signature if it can.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asn1crypto.crl
import asn1crypto.csr
import asn1crypto.pem
import asn1crypto.x509
import OpenSSL.crypto
import pytest
from cryptography import x509
from native_words import native_words
from parties import Artefact, Party, a_file
from programs import Program

from tongsuo_py import pki, sm2

Meet = Callable[..., None]

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "requests"
PASSWORD = "1234"
KEY = sm2.PrivateKey.generate()
CA = pki.CA.create("Root")
LEAF = CA.issue(common_name="device.example", key=KEY)
REQUEST = pki.Request.create(KEY, common_name="device.example")
SERIAL = LEAF.serial_number
CRL = CA.issue_crl([pki.RevokedCertificate(SERIAL, datetime(2026, 5, 4, tzinfo=UTC))], number=1)

#: What everybody finds: whose certificate it is and whose it was issued by; who asks; what is
#: revoked by whom.
NAMES, ASKS, REVOKED = ("device.example", "Root"), "device.example", ("Root", {SERIAL})


def der(artefact: Artefact) -> bytes:
    """The DER in an artefact, as asn1crypto reads its PEM."""
    assert isinstance(artefact, bytes)
    if asn1crypto.pem.detect(artefact):
        _, _, artefact = asn1crypto.pem.unarmor(artefact)
    return artefact


def common_name(name: x509.Name) -> str:
    """The only attribute that cryptography finds in a name."""
    (attribute,) = name
    assert attribute.oid == x509.NameOID.COMMON_NAME
    return str(attribute.value)


class Native:
    """Tongsuo's ``openssl``, in one of the encodings."""

    def __init__(self, run: Program, form: str) -> None:
        self._run = run
        self._form = form
        self._ca = {
            "ca": CA.certificate.to_pem(),
            "cakey": CA.private_key.to_pem(),
            "key": KEY.to_pem(),
        }

    def certificates(self) -> Party:
        return Party(
            lambda: self._run(
                *("x509", "-req", "-in", "{request}", "-CA", "{ca}", "-CAkey", "{cakey}", "-sm3"),
                *("-days", "9", "-outform", self._form),
                request=REQUEST.to_pem(),
                **self._ca,
            ),
            self._read_certificate,
        )

    def requests(self) -> Party:
        return Party(
            lambda: self._run(
                *("req", "-new", "-sm3", "-key", "{key}", "-subj", "/CN=device.example"),
                *("-outform", self._form),
                **self._ca,
            ),
            lambda artefact: self._name(
                "req", "-verify", "-verify", "-in", "{it}", "-subject", it=artefact
            ),
        )

    def lists(self, folder: Path) -> Party:
        def makes() -> bytes:
            database = folder / "index.txt"
            database.write_text(f"R\t270101000000Z\t260504000000Z\t{SERIAL:040X}\tunknown\t/CN=x\n")
            (folder / "ca.cnf").write_text(
                f"[ca]\ndefault_ca = this\n[this]\ndatabase = {database}\ndefault_md = sm3\n"
            )
            pem = self._run(
                *("ca", "-gencrl", "-config", str(folder / "ca.cnf"), "-crldays", "9"),
                *("-keyfile", "{cakey}", "-cert", "{ca}"),
                **self._ca,
            )
            return self._run("crl", "-in", "{it}", "-outform", self._form, it=pem)

        def takes(artefact: Artefact) -> object:
            given = ("crl", "-in", "{it}", "-CAfile", "{ca}", "-noout")
            self._run(*given, "-verify", it=artefact, **self._ca)
            text = self._run(*given, "-text", it=artefact, **self._ca).decode()
            serials = [line.split(": ")[1] for line in text.splitlines() if "Serial Number" in line]
            return self._name(*given[:-1], "-issuer", it=artefact), {int(n, 16) for n in serials}

        return Party(makes, takes)

    def _read_certificate(self, artefact: Artefact) -> object:
        self._run("verify", "-CAfile", "{ca}", "{it}", it=artefact, **self._ca)
        return tuple(
            self._name("x509", "-in", "{it}", side, it=artefact) for side in ("-subject", "-issuer")
        )

    def _name(self, *arguments: str, **files: Artefact) -> str:
        options = ("-noout", "-nameopt", "RFC2253")
        printed = self._run(*arguments, *options, **self._ca | files).decode()
        return printed.strip().partition("CN=")[2]


class GmSSL:
    """GmSSL's ``gmssl``: certificates and requests as PEM, lists as DER."""

    def __init__(self, run: Program) -> None:
        self._run = run
        self._files = {
            "ca": CA.certificate.to_pem(),
            "cakey": CA.private_key.to_pem(PASSWORD, encryption="gmssl"),
            "key": KEY.to_pem(PASSWORD, encryption="gmssl"),
        }
        self._signs = ("-cacert", "{ca}", "-key", "{cakey}", "-pass", PASSWORD, "-out", "{out}")

    def certificates(self) -> Party:
        def makes() -> bytes:
            options = ("-days", "9", "-key_usage", "digitalSignature", "-serial_len", "12")
            given = {"request": REQUEST.to_pem(), **self._files}
            return self._run("reqsign", "-in", "{request}", *options, *self._signs, **given)

        def takes(artefact: Artefact) -> object:
            given = {"it": artefact, **self._files}
            said = self._run("certverify", "-in", "{it}", "-cacert", "{ca}", **given)
            assert b"Verification success" in said
            text = self._run("certparse", "-in", "{it}", **given).decode()
            issuer, subject = (line for line in text.splitlines() if "commonName" in line)
            return subject.split(": ")[1], issuer.split(": ")[1]

        return Party(makes, takes)

    def requests(self) -> Party:
        def makes() -> bytes:
            options = ("-CN", "device.example", "-key", "{key}", "-pass", PASSWORD, "-out", "{out}")
            return self._run("reqgen", *options, **self._files)

        def takes(artefact: Artefact) -> object:
            # It verifies a request before it signs a certificate.
            given = {"request": artefact, **self._files}
            self._run("reqsign", "-in", "{request}", "-days", "9", *self._signs, **given)
            text = self._run("reqparse", "-in", "{request}", **given).decode()
            (name,) = (line for line in text.splitlines() if "commonName" in line)
            return name.split(": ")[1]

        return Party(makes, takes)

    def lists(self) -> Party:
        def makes() -> bytes:
            given = ("certrevoke", "-in", "{leaf}", "-reason", "keyCompromise", "-out", "{out}")
            revoked = self._run(*given, leaf=LEAF.to_pem())
            options = ("-crl_num", "5", "-gen_authority_key_id", *self._signs)
            return self._run("crlgen", "-in", "{revoked}", *options, revoked=revoked, **self._files)

        def takes(artefact: Artefact) -> object:
            given = {"it": artefact, **self._files}
            said = self._run("crlverify", "-in", "{it}", "-cacert", "{ca}", **given)
            assert b"Verification success" in said
            text = self._run("crlparse", "-in", "{it}", **given).decode()
            values = dict(line.strip().split(": ", 1) for line in text.splitlines() if ": " in line)
            return values["commonName"], {int(values["userCertificate"], 16)}

        return Party(makes, takes)


@pytest.fixture(scope="module")
def by_gmssl(run_gmssl: Program) -> GmSSL:
    return GmSSL(run_gmssl)


def our_certificates(makes: Callable[[], bytes], read: Callable[[Any], pki.Certificate]) -> Party:
    def takes(artefact: Artefact) -> object:
        certificate = read(artefact)
        assert certificate.is_issued_by(CA.certificate)
        assert certificate.public_key() == KEY.public_key()
        return (
            certificate.subject.removeprefix("CN="),
            certificate.issuer.removeprefix("CN="),
        )

    return Party(makes, takes)


def our_requests(makes: Callable[[], bytes], read: Callable[[Any], pki.Request]) -> Party:
    def takes(artefact: Artefact) -> object:
        request = read(artefact)
        assert request.is_signed()
        return request.subject.split(",")[0].removeprefix("CN=")

    return Party(makes, takes)


def our_lists(makes: Callable[[], bytes], read: Callable[[Any], pki.CRL]) -> Party:
    def takes(artefact: Artefact) -> object:
        crl = read(artefact)
        crl.verify(CA.certificate)
        return crl.issuer.removeprefix("CN="), {each.serial_number for each in crl.revoked}

    return Party(makes, takes)


def read_by_cryptography(artefact: Artefact) -> object:
    certificate = x509.load_der_x509_certificate(der(artefact))
    return common_name(certificate.subject), common_name(certificate.issuer)


def handed_to_pyopenssl(artefact: Artefact) -> object:
    """It says nothing of names any more; what it took in comes out again."""
    made = OpenSSL.crypto.load_certificate(OpenSSL.crypto.FILETYPE_ASN1, der(artefact))
    certificate = pki.Certificate.from_pyopenssl(made)
    assert made.get_serial_number() == certificate.serial_number
    return certificate.subject.removeprefix("CN="), certificate.issuer.removeprefix("CN=")


def read_by_asn1crypto(artefact: Artefact) -> object:
    certificate = asn1crypto.x509.Certificate.load(der(artefact), strict=True)
    return certificate.subject.native["common_name"], certificate.issuer.native["common_name"]


OTHERS = {
    "cryptography": Party(takes=read_by_cryptography),
    "pyOpenSSL": Party(takes=handed_to_pyopenssl),
    "asn1crypto": Party(takes=read_by_asn1crypto),
}


class TestCertificates:
    def test_der(self, meet: Meet, run_openssl: Program) -> None:
        ours = our_certificates(LEAF.to_der, pki.Certificate.from_der)
        native = Native(run_openssl, "DER").certificates()
        meet("certificate", "DER", NAMES, ours, Tongsuo=native, **OTHERS)

    def test_pem(self, meet: Meet, run_openssl: Program, by_gmssl: GmSSL) -> None:
        meet(
            "certificate", "PEM", NAMES, our_certificates(LEAF.to_pem, pki.Certificate.from_pem),
            Tongsuo=Native(run_openssl, "PEM").certificates(),
            GmSSL=by_gmssl.certificates(),
            **OTHERS,
        )  # fmt: skip

    def test_text(self, meet: Meet, run_openssl: Program) -> None:
        as_text(meet, run_openssl, "certificate", "x509", LEAF)


class TestRequests:
    @staticmethod
    def others() -> dict[str, Party]:
        def by_cryptography(artefact: Artefact) -> object:
            return common_name(x509.load_der_x509_csr(der(artefact)).subject)

        def by_asn1crypto(artefact: Artefact) -> object:
            request = asn1crypto.csr.CertificationRequest.load(der(artefact), strict=True)
            return request["certification_request_info"]["subject"].native["common_name"]

        return {
            "cryptography": Party(takes=by_cryptography),
            "asn1crypto": Party(takes=by_asn1crypto),
        }

    def test_der(self, meet: Meet, run_openssl: Program) -> None:
        ours = our_requests(REQUEST.to_der, pki.Request.from_der)
        native = Native(run_openssl, "DER").requests()
        meet("certificate request", "DER", ASKS, ours, Tongsuo=native, **self.others())

    def test_pem(self, meet: Meet, run_openssl: Program, by_gmssl: GmSSL) -> None:
        ours = our_requests(REQUEST.to_pem, pki.Request.from_pem)
        meet(
            "certificate request", "PEM", ASKS, ours,
            Tongsuo=Native(run_openssl, "PEM").requests(),
            GmSSL=by_gmssl.requests(),
            **self.others(),
        )  # fmt: skip

    def test_an_empty_id(self, meet: Meet) -> None:
        ours = Party(takes=our_requests(REQUEST.to_pem, pki.Request.from_pem).takes)
        kept = a_file((VECTORS / "openssl.pem").read_bytes())
        meet("certificate request", "signed with an empty ID", ASKS, ours, OpenSSL=kept)

    def test_text(self, meet: Meet, run_openssl: Program) -> None:
        as_text(meet, run_openssl, "certificate request", "req", REQUEST)


class TestRevocationLists:
    @staticmethod
    def others() -> dict[str, Party]:
        def by_cryptography(artefact: Artefact) -> object:
            crl = x509.load_der_x509_crl(der(artefact))
            return common_name(crl.issuer), {each.serial_number for each in crl}

        def by_asn1crypto(artefact: Artefact) -> object:
            crl = asn1crypto.crl.CertificateList.load(der(artefact), strict=True)
            revoked = crl["tbs_cert_list"]["revoked_certificates"]
            return crl.issuer.native["common_name"], {
                each["user_certificate"].native for each in revoked
            }

        return {
            "cryptography": Party(takes=by_cryptography),
            "asn1crypto": Party(takes=by_asn1crypto),
        }

    def test_der(self, meet: Meet, run_openssl: Program, by_gmssl: GmSSL, tmp_path: Path) -> None:
        meet(
            "revocation list", "DER", REVOKED, our_lists(CRL.to_der, pki.CRL.from_der),
            Tongsuo=Native(run_openssl, "DER").lists(tmp_path),
            GmSSL=by_gmssl.lists(),
            **self.others(),
        )  # fmt: skip

    def test_pem(self, meet: Meet, run_openssl: Program, tmp_path: Path) -> None:
        ours = our_lists(CRL.to_pem, pki.CRL.from_pem)
        native = Native(run_openssl, "PEM").lists(tmp_path)
        meet("revocation list", "PEM", REVOKED, ours, Tongsuo=native, **self.others())

    def test_text(self, meet: Meet, run_openssl: Program) -> None:
        as_text(meet, run_openssl, "revocation list", "crl", CRL)


def test_an_answered_request(meet: Meet, run_openssl: Program, by_gmssl: GmSSL) -> None:
    """The way of GM's CAs; what the others see of it is the pair."""

    def makes() -> bytes:
        answer = CA.answer_pair(pki.Request.from_pem(REQUEST.to_pem()))
        pair = answer.accept(KEY, CA.certificate)
        return pair.sign.to_pem() + pair.enc.to_pem()

    def both(read: Callable[[Artefact], object]) -> Party:
        def takes(pair: Artefact) -> object:
            sign, enc = pki.load_certificates(pair)
            found = {read(each.to_pem()) for each in (sign, enc)}
            (names,) = found
            return names

        return Party(takes=takes)

    ours = our_certificates(makes, lambda pem: pki.load_certificates(pem)[0])
    parties = {
        "Tongsuo": Native(run_openssl, "PEM").certificates(),
        "GmSSL": by_gmssl.certificates(),
    }
    takers = {name: both(party.takes) for name, party in parties.items() if party.takes}
    meet("certificate pair", "answer to a request (GM/T 0015)", NAMES, ours, **takers)


def as_text(meet: Meet, run: Program, what: str, command: str, thing: Any) -> None:
    """In words: what we print is what they print of the same thing."""
    words = thing.to_text().split()
    native = Party(takes=lambda _: native_words(run, command, thing.to_der()))
    meet(what, "in words", words, Party(makes=thing.to_text), Tongsuo=native)
