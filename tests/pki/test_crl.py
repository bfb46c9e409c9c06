"""Revocation lists: issued, read, asked, checked; against three other programs and in TLCP."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from damage import flips
from hypothesis import given, settings
from hypothesis import strategies as st
from native_words import native_words
from peers import handshake

from tongsuo_py import _der, pki, sm2, ssl
from tongsuo_py.exceptions import FormatError, InvalidSignature

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "requests"
KEY = sm2.PrivateKey.generate()
CA, OTHER_CA = pki.CA.create("Grid Root CA"), pki.CA.create("Other CA")
PAIR = CA.issue_pair("a.example", sign_key=KEY, enc_key=KEY)
MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
Reason = pki.RevocationReason

# What is written of each reason: "unspecified" by saying nothing (RFC 5280, 5.3.1).
REASONS = [reason for reason in Reason if reason is not Reason.REMOVE_FROM_CRL]
ENTRIES = [
    pki.RevokedCertificate(serial, MOMENT - timedelta(days=serial), reason)
    for serial, reason in enumerate([None, *REASONS], 10)
]
BEFORE = datetime.now(UTC).replace(microsecond=0)
LIST = CA.issue_crl([*ENTRIES, PAIR.enc], number=2**70, days=8)
AFTER = datetime.now(UTC)


def test_what_it_says() -> None:
    assert LIST.issuer == "CN=Grid Root CA"
    assert LIST.number == 2**70
    assert LIST.signature_algorithm == "SM2-with-SM3"
    assert LIST.next_update is not None
    assert LIST.next_update - LIST.this_update == timedelta(days=8)
    assert BEFORE <= LIST.this_update + timedelta(hours=1) <= AFTER  # dated back, for slow clocks
    found = {entry.serial_number: entry for entry in LIST.revoked}
    assert len(found) == len(ENTRIES) + 1
    for entry in ENTRIES:
        wanted = entry.reason or None
        assert found[entry.serial_number].date == entry.date
        assert found[entry.serial_number].reason == wanted
    assert BEFORE <= found[PAIR.enc.serial_number].date <= AFTER
    assert found[PAIR.enc.serial_number].reason is None
    assert repr(LIST) == f"<pki.CRL of 'CN=Grid Root CA', number {2**70}>"


def test_who_is_revoked() -> None:
    assert LIST.is_revoked(PAIR.enc)
    assert not LIST.is_revoked(PAIR.sign)
    assert LIST.is_revoked(10)
    assert not LIST.is_revoked(9)
    assert LIST.find(11) == pki.RevokedCertificate(11, MOMENT - timedelta(days=11), None)
    assert LIST.find(12) == pki.RevokedCertificate(
        12, MOMENT - timedelta(days=12), Reason.KEY_COMPROMISE
    )
    assert LIST.find(PAIR.sign) is None
    stranger = OTHER_CA.issue("a.example", key=KEY)
    with pytest.raises(ValueError, match="says nothing of the certificates of 'CN=Other CA'"):
        LIST.is_revoked(stranger)
    with pytest.raises(TypeError, match=r"a pki.Certificate is needed, not str"):
        LIST.is_revoked("10")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a serial number is not negative"):
        LIST.is_revoked(-1)


def test_what_is_taken_back_is_not_revoked() -> None:
    """An entry of a delta list, which we make none of."""
    hold = CA.issue_crl([pki.RevokedCertificate(5, MOMENT, Reason.CERTIFICATE_HOLD)], number=1)
    assert hold.is_revoked(5)
    reason = b"\x0a\x01%c"
    changed = hold.to_der().replace(
        reason % Reason.CERTIFICATE_HOLD, reason % Reason.REMOVE_FROM_CRL
    )
    taken_back = pki.CRL.from_der(changed)
    assert [entry.reason for entry in taken_back.revoked] == [Reason.REMOVE_FROM_CRL]
    assert taken_back.find(5) is None
    assert not taken_back.is_revoked(5)


def test_who_signed_it() -> None:
    LIST.verify(CA.certificate)
    namesake = pki.CA.create("Grid Root CA")
    for other in (OTHER_CA.certificate, namesake.certificate, PAIR.sign):
        with pytest.raises(InvalidSignature, match="not signed by"):
            LIST.verify(other)


def test_every_byte_is_signed() -> None:
    crl = CA.issue_crl(ENTRIES[:2], number=1)
    for changed in flips(crl.to_der()):
        try:
            altered = pki.CRL.from_der(changed)
        except FormatError:
            continue
        with pytest.raises(InvalidSignature):
            altered.verify(CA.certificate)


def test_an_empty_one(run_any_openssl: Callable[..., bytes]) -> None:
    crl = CA.issue_crl([], number=0)
    assert crl.revoked == ()
    assert crl.number == 0
    assert not crl.is_revoked(PAIR.sign)
    assert "No Revoked Certificates" in crl.to_text()
    assert crl.to_text().split() == native_words(run_any_openssl, "crl", crl.to_der())


def test_cryptography_reads_the_same() -> None:
    theirs = LIST.to_cryptography()
    assert theirs.last_update_utc == LIST.this_update
    assert theirs.next_update_utc == LIST.next_update
    number = theirs.extensions.get_extension_for_class(x509.CRLNumber)
    assert (number.critical, number.value.crl_number) == (False, 2**70)
    identifier = theirs.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert identifier.value.key_identifier == CA.certificate.subject_key_identifier
    assert len(theirs) == len(LIST.revoked)
    for entry in LIST.revoked:
        found = theirs.get_revoked_certificate_by_serial_number(entry.serial_number)
        assert found is not None
        assert found.revocation_date_utc == entry.date
        if entry.reason is None:
            assert list(found.extensions) == []
        else:
            reason = found.extensions.get_extension_for_class(x509.CRLReason).value.reason
            assert reason.value.upper() == entry.reason.name.replace("_", "")
    CA.private_key.public_key().verify(theirs.signature, theirs.tbs_certlist_bytes)
    assert pki.CRL.from_cryptography(theirs) == LIST


def test_native_openssl_verifies_it(
    run_any_openssl: Callable[..., bytes], run_openssl: Callable[..., bytes]
) -> None:
    command = ("crl", "-in", "{crl}", "-CAfile", "{ca}", "-verify", "-noout")
    for data in (LIST.to_pem(), LIST.to_der()):
        form = ("-inform", "PEM" if data.startswith(b"---") else "DER")
        run_any_openssl(*command, *form, crl=data, ca=CA.certificate.to_pem())
    assert LIST.to_text().split() == native_words(run_any_openssl, "crl", LIST.to_pem())
    # And by its verdict on certificates.
    verdict = ("verify", "-crl_check", "-CAfile", "{ca}", "-CRLfile", "{crl}", "{leaf}")
    files = {"ca": CA.certificate.to_pem(), "crl": LIST.to_pem()}
    run_any_openssl(*verdict, **files, leaf=PAIR.sign.to_pem())
    run_any_openssl(*verdict, **files, leaf=PAIR.enc.to_pem(), fails=True)


def test_gmssl_verifies_it(run_gmssl: Callable[..., bytes]) -> None:
    crl = CA.issue_crl([*ENTRIES[:3], PAIR.enc], number=5)
    command = ("crlverify", "-in", "{crl}", "-cacert", "{ca}")
    said = run_gmssl(*command, crl=crl.to_der(), ca=CA.certificate.to_pem())
    assert b"Verification success" in said
    text = run_gmssl("crlparse", "-in", "{crl}", crl=crl.to_der()).decode()
    digits = f"{PAIR.enc.serial_number:X}"
    # GmSSL writes whole bytes.
    assert f"userCertificate: {digits.zfill(len(digits) + len(digits) % 2)}\n" in text
    assert "CRLNumber: 5" in text


def test_one_of_gmssl() -> None:
    crl = pki.load_crl(VECTORS / "gmssl.crl")
    root, device = (
        pki.load_certificate(VECTORS / f"gmssl-{name}.pem") for name in ("ca", "device")
    )
    crl.verify(root)
    assert crl.number == 7
    assert crl.issuer == root.subject == "CN=GmSSL Root,O=Example,C=CN"
    entry = crl.find(device)
    assert entry is not None
    assert (entry.serial_number, entry.reason) == (device.serial_number, Reason.KEY_COMPROMISE)


def test_one_that_says_less() -> None:
    """No extensions, an odd reason, no word of the next one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Other")])
    builder = x509.CertificateRevocationListBuilder(name, MOMENT, MOMENT + timedelta(1))
    odd = x509.RevokedCertificateBuilder(7, MOMENT).add_extension(
        x509.UnrecognizedExtension(x509.CRLReason.oid, b"\x0a\x01\x07"), False
    )
    theirs = builder.add_revoked_certificate(odd.build()).sign(key, hashes.SHA256())
    crl = pki.CRL.from_cryptography(theirs)
    assert crl.number is None
    assert crl.signature_algorithm == "ecdsa-with-SHA256"
    assert crl.revoked == (pki.RevokedCertificate(7, MOMENT, None),)  # RFC 5280 has no reason 7
    reader = _der.Reader(theirs.tbs_certlist_bytes, "the list").only()
    version, algorithm, issuer, this_update, _ = (reader.element() for _ in range(5))
    signed = _der.sequence(version, algorithm, issuer, this_update, reader.rest())
    cut = pki.CRL.from_der(_der.sequence(signed, algorithm, _der.bits(theirs.signature)))
    assert cut.this_update == crl.this_update
    assert cut.next_update is None
    assert len(cut.revoked) == 1


def test_tlcp_refuses_what_is_revoked(trust: SimpleNamespace, tmp_path: Path) -> None:
    """Both certificates of a pair matter."""
    lists = {
        name: trust.ca.issue_crl(revoked, number=1)
        for name, revoked in {
            "nothing": [],
            "somebody else": [trust.client.sign],
            "sign": [trust.server.sign],
            "enc": [trust.server.enc],
        }.items()
    }
    outcomes = {}
    for name, crl in lists.items():
        path = tmp_path / f"{name}.crl"
        path.write_bytes(crl.to_pem())
        server, client = (
            ssl.SSLContext(protocol)
            for protocol in (ssl.PROTOCOL_NTLS_SERVER, ssl.PROTOCOL_NTLS_CLIENT)
        )
        trust.server.configure(server)
        trust.ca.configure_trust(client)
        client.load_verify_locations(path)
        client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
        ends = handshake(server, client)
        for end in ends:
            if not isinstance(end, BaseException):
                end.close()
        outcomes[name] = ends[1]
    for name in ("nothing", "somebody else"):
        assert isinstance(outcomes[name], ssl.SSLSocket)
    for name in ("sign", "enc"):
        assert isinstance(outcomes[name], ssl.SSLCertVerificationError)
        assert outcomes[name].verify_code == 23
        assert "certificate revoked" in str(outcomes[name])


def test_other_forms(tmp_path: Path) -> None:
    assert pki.CRL.from_pem(CA.certificate.to_pem() + LIST.to_pem()) == LIST
    assert pki.CRL.from_pem(LIST.to_pem().decode()) == LIST
    assert pki.CRL.from_der(bytearray(LIST.to_der())) == LIST
    assert pickle.loads(pickle.dumps(LIST)) == LIST
    path = tmp_path / "crl"
    for data in (LIST.to_pem(), LIST.to_der()):
        path.write_bytes(data)
        assert pki.load_crl(path) == LIST
    with pytest.raises(FormatError, match=r"no revocation list here: expected -----BEGIN X509 CRL"):
        pki.load_crl(CA.certificate.to_pem())


@given(
    st.dictionaries(
        st.integers(0, 2**159 - 1),
        st.tuples(
            st.datetimes(datetime(1950, 1, 1), datetime(9999, 1, 1)), st.sampled_from(REASONS)
        ),
        max_size=20,
    ),
    st.integers(0, 2**159 - 1),
)
@settings(max_examples=40, deadline=None)
def test_what_goes_in_comes_out(wanted: dict[int, tuple[datetime, Reason]], number: int) -> None:
    zone = timezone(timedelta(hours=8))
    entries = [
        pki.RevokedCertificate(serial, date.replace(tzinfo=UTC).astimezone(zone), reason)
        if date.year > 1950
        else pki.RevokedCertificate(serial, date.replace(tzinfo=UTC), reason)
        for serial, (date, reason) in wanted.items()
    ]
    crl = CA.issue_crl(entries, number=number)
    crl.verify(CA.certificate)
    assert crl.number == number
    assert {entry.serial_number: (entry.date, entry.reason) for entry in crl.revoked} == {
        serial: (date.replace(tzinfo=UTC, microsecond=0), reason or None)
        for serial, (date, reason) in wanted.items()
    }
    assert all(crl.find(serial) is not None for serial in wanted)


def test_a_ca_that_may_not_issue_one(run_openssl: Callable[..., bytes], tmp_path: Path) -> None:
    extensions = ("-addext", "keyUsage=critical,keyCertSign")
    command = ("req", "-x509", "-new", "-key", "{key}", "-subj", "/CN=x", "-sm3", "-out", "{out}")
    (tmp_path / "ca.key").write_bytes(KEY.to_pem())
    (tmp_path / "ca.pem").write_bytes(run_openssl(*command, *extensions, key=KEY.to_pem()))
    ca = pki.CA.load(tmp_path)
    with pytest.raises(ValueError, match="may not sign revocation lists: its key usage has no"):
        ca.issue_crl([], number=1)


def test_what_cannot_be_issued() -> None:
    entry = pki.RevokedCertificate(5, MOMENT)
    stranger = OTHER_CA.issue("a.example", key=KEY)
    for message, revoked, number in (
        ("from 0 to", [], -1),
        ("from 0 to", [], 2**159),
        ("is listed twice", [entry, entry], 1),
        ("is listed twice", [PAIR.sign, PAIR.sign], 1),
        ("was not issued by 'CN=Grid Root CA'", [stranger], 1),
        ("at most 20 octets", [pki.RevokedCertificate(-1, MOMENT)], 1),
        ("at most 20 octets", [pki.RevokedCertificate(2**159, MOMENT)], 1),
        ("delta lists", [pki.RevokedCertificate(1, MOMENT, Reason.REMOVE_FROM_CRL)], 1),
        ("must have a time zone", [pki.RevokedCertificate(1, MOMENT.replace(tzinfo=None))], 1),
    ):
        with pytest.raises(ValueError, match=message):
            CA.issue_crl(revoked, number=number)
    with pytest.raises(ValueError, match="days must be at least 1"):
        CA.issue_crl([], number=1, days=0)
    with pytest.raises(TypeError, match=r"a pki.RevokedCertificate or a pki.Certificate is needed"):
        CA.issue_crl([5], number=1)  # type: ignore[list-item]
