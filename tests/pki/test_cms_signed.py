"""Signed messages: every shape that they come in, from ourselves and from others."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from damage import beginnings, flips, grown, replaced
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    CA,
    GMSSL,
    JAVA,
    MESSAGES,
    OTHER,
    PAIR,
    ROOT,
    gmssl_keyed,
    refused_everywhere,
)

from tongsuo_py import _der, _oids, pki
from tongsuo_py._binding import lib
from tongsuo_py.exceptions import FormatError, InvalidSignature
from tongsuo_py.pki import cms
from tongsuo_py.pki.cms import profiles

CONTENT = b"what is signed\n"
ROOTS = [ROOT.certificate]
SIGNER = PAIR.sign
MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)

SHAPES = [
    pytest.param({"profile": profile, "attributes": attributes, "detached": detached}, id=name)
    for profile in ("gm", "pkcs7", "gmssl")
    for attributes in (True, False)
    for detached in (True, False)
    if not (profile == "gmssl" and attributes)
    for name in [f"{profile}-{'with' if attributes else 'without'}-{'detached' * detached}"]
]


def verified(message: object, data: object | None = None, **options: Any) -> cms.Verified:
    return cms.verify(message, data, **{"roots": ROOTS, **options})


class TestRoundTrip:
    @pytest.mark.parametrize("shape", SHAPES)
    def test_shapes(self, shape: dict[str, Any]) -> None:
        time = MOMENT if shape["attributes"] else None
        message = cms.sign(CONTENT, SIGNER, signing_time=time, **shape)
        for form in (message, cms.to_pem(message), cms.to_pem(message, "CMS")):
            found = verified(form, CONTENT if shape["detached"] else None)
            assert found.content == CONTENT
            (signer,) = found.signers
            assert signer.certificate == SIGNER
            assert signer.signing_time == time
            assert set(found.certificates) == {SIGNER, CA.certificate}
            assert found.crls == ()

    @pytest.mark.parametrize("shape", SHAPES)
    def test_other_content_is_refused(self, shape: dict[str, Any]) -> None:
        if shape["detached"]:
            message = cms.sign(CONTENT, SIGNER, **shape)
            with pytest.raises(InvalidSignature):
                verified(message, CONTENT + b"!")
            with pytest.raises(FormatError, match="give it as data"):
                verified(message)
        else:
            message = cms.sign(CONTENT, SIGNER, **shape)
            with pytest.raises(InvalidSignature):
                verified(message.replace(CONTENT, CONTENT[::-1], 1))
            assert verified(message, CONTENT).content == CONTENT
            with pytest.raises(InvalidSignature, match="another content"):
                verified(message, CONTENT + b"!")

    @pytest.mark.parametrize("attributes", [True, False])
    def test_several_signers(self, attributes: bool) -> None:
        message = cms.sign(CONTENT, [SIGNER, OTHER.sign], attributes=attributes)
        found = verified(message)
        assert {one.certificate for one in found.signers} == {SIGNER, OTHER.sign}
        assert set(found.certificates) == {SIGNER, OTHER.sign, CA.certificate}

    def test_one_bad_signer_among_good_ones(self) -> None:
        stranger = pki.CA.create("Stranger").issue("stranger.example")
        with pytest.raises(InvalidSignature, match="not trusted"):
            verified(cms.sign(CONTENT, [SIGNER, stranger]))

    @settings(max_examples=30, deadline=None)
    @given(data=st.binary(max_size=300), attributes=st.booleans(), detached=st.booleans())
    def test_any_content(self, data: bytes, attributes: bool, detached: bool) -> None:
        message = cms.sign(data, SIGNER, attributes=attributes, detached=detached)
        assert verified(message, data if detached else None).content == data

    def test_another_id(self) -> None:
        message = cms.sign(CONTENT, SIGNER, user_id=b"Alice")
        assert verified(message, user_id=b"Alice").content == CONTENT
        with pytest.raises(InvalidSignature):
            verified(message)

    def test_without_z(self) -> None:
        message = cms.sign(CONTENT, SIGNER, attributes=False, user_id=None)
        assert verified(message, user_id=None).content == CONTENT
        with pytest.raises(InvalidSignature):
            verified(message)

    @pytest.mark.parametrize("year", [1950, 2049, 2050, 2120])
    def test_times(self, year: int) -> None:
        moment = MOMENT.replace(year=year)
        message = cms.sign(CONTENT, SIGNER, signing_time=moment)
        assert verified(message).signers[0].signing_time == moment

    def test_the_time_is_now_by_default(self) -> None:
        before = datetime.now(UTC).replace(microsecond=0)
        time = verified(cms.sign(CONTENT, SIGNER)).signers[0].signing_time
        assert time is not None
        assert before <= time <= datetime.now(UTC)


class TestStructure:
    """What ``asn1crypto`` finds in it."""

    @pytest.mark.parametrize("attributes", [True, False])
    def test_pkcs7(self, attributes: bool) -> None:
        message = cms.sign(CONTENT, SIGNER, profile="pkcs7", attributes=attributes)
        info = asn1_cms.ContentInfo.load(message, strict=True)
        assert info["content_type"].native == "signed_data"
        signed = info["content"]
        assert signed["version"].native == "v1"
        assert signed["encap_content_info"]["content_type"].native == "data"
        assert signed["encap_content_info"]["content"].native == CONTENT
        assert [one["algorithm"].dotted for one in signed["digest_algorithms"]] == [_oids.SM3]
        assert {one.chosen.dump() for one in signed["certificates"]} == {
            SIGNER.to_der(),
            CA.certificate.to_der(),
        }
        (signer,) = signed["signer_infos"]
        assert signer["sid"].chosen["serial_number"].native == SIGNER.serial_number
        assert signer["sid"].chosen["issuer"].native == {"common_name": "Test CA"}
        assert signer["signature_algorithm"]["algorithm"].dotted == profiles.SM2_WITH_SM3
        found = [one["type"].native for one in signer["signed_attrs"]]
        expected = ["content_type", "message_digest", "signing_time"] if attributes else []
        assert sorted(found) == expected
        SIGNER.public_key().verify(
            signer["signature"].native,
            signer["signed_attrs"].untag().dump() if attributes else CONTENT,
        )

    def test_gm_identifiers(self) -> None:
        message = cms.sign(CONTENT, SIGNER)
        for dotted in (
            "1.2.156.10197.6.1.4.2.1",
            "1.2.156.10197.6.1.4.2.2",
            "1.2.156.10197.1.301.1",
            "1.2.156.10197.1.401",
        ):
            assert _der.oid(dotted) in message
        assert _der.oid("1.2.840.113549.1.7")[2:] not in message


class TestTrust:
    MESSAGE = cms.sign(CONTENT, SIGNER)

    def test_unknown_root(self) -> None:
        other = pki.CA.create("Other Root CA").certificate
        with pytest.raises(InvalidSignature, match=r"certificate is not trusted: .*Test"):
            verified(self.MESSAGE, roots=[other])
        with pytest.raises(InvalidSignature, match="not trusted"):
            verified(self.MESSAGE, roots=[])
        assert cms.verify(self.MESSAGE, roots=None).content == CONTENT

    def test_roots_must_be_said(self) -> None:
        with pytest.raises(TypeError, match="roots"):
            cms.verify(self.MESSAGE)  # type: ignore[call-arg]

    def test_times(self) -> None:
        late = SIGNER.not_after + timedelta(days=1)
        with pytest.raises(InvalidSignature, match="expired"):
            verified(self.MESSAGE, at=late)
        assert verified(self.MESSAGE, at=late - timedelta(days=2)).content == CONTENT

    def test_a_certificate_for_encryption(self) -> None:
        message = cms.sign(CONTENT, PAIR.enc)
        with pytest.raises(InvalidSignature, match="not for signatures"):
            verified(message)

    def test_certificates_from_elsewhere(self) -> None:
        bare = cms.sign(CONTENT, SIGNER, certificates=())
        with pytest.raises(InvalidSignature, match="give it as certificates="):
            verified(bare)
        found = verified(bare, certificates=[OTHER.sign, SIGNER, CA.certificate])
        assert found.signers[0].certificate == SIGNER
        assert found.certificates == ()

    def test_the_wrong_certificate_by_that_name(self) -> None:
        """Same issuer and serial number, another key: it is the signature that counts."""
        impostor = cms.sign(CONTENT, SIGNER, certificates=[CA.certificate])
        assert impostor.count(SIGNER.to_der()) == 0
        with pytest.raises(InvalidSignature):
            verified(impostor, certificates=[OTHER.sign])

    def test_revocation(self) -> None:
        none, root_list = CA.issue_crl([], number=1), ROOT.issue_crl([], number=1)
        revoked = CA.issue_crl([SIGNER], number=2)
        assert verified(self.MESSAGE, crls=[none, root_list]).content == CONTENT
        with pytest.raises(InvalidSignature, match="revoked"):
            verified(self.MESSAGE, crls=[revoked, root_list])
        inside = cms.sign(CONTENT, SIGNER, crls=[none])
        assert verified(inside).crls == (none,)
        assert verified(inside, crls=[root_list]).content == CONTENT


class TestMessagesOfOthers:
    @pytest.mark.parametrize(
        "name", ["signed.cms", "signed-without-attributes.cms", "streamed.cms"]
    )
    def test_java(self, name: str) -> None:
        root = pki.load_certificate(JAVA / "root.pem")
        data = (JAVA / name).read_bytes()
        assert data[1] == 0x80  # BER
        found = cms.verify(data, roots=[root])
        assert found.content == b"a message from Java\n"
        assert found.signers[0].certificate.subject == "CN=java.example"
        assert (found.signers[0].signing_time is None) == ("without" in name)

    def test_gmssl(self) -> None:
        root = pki.load_certificate(GMSSL / "root.pem")
        signer = gmssl_keyed("sign")
        data = (GMSSL / "signed.pem").read_bytes()
        found = cms.verify(data, roots=[root], at=signer.not_before)
        assert found.content == b"a message for CMS\n"
        assert found.signers == (cms.Signer(signer, None),)

    def test_cfca(self) -> None:
        """A bank's, and one of those that leave Z out."""
        data = (MESSAGES / "cfca_signed.pem").read_bytes()
        found = cms.verify(data, roots=None)
        assert found.content == b"Z000022725Z00002272021-02-04 10:47:30.88211637480324508820641"
        assert found.signers[0].certificate.subject.startswith("CN=041@")
        data = (MESSAGES / "cfca_signed_without_z.pem").read_bytes()
        assert cms.verify(data, roots=None, user_id=None).content == b"abcd"
        with pytest.raises(InvalidSignature):
            cms.verify(data, roots=None)

    def test_certificates_alone(self) -> None:
        data = (MESSAGES / "gmssl_cn_certificates.p7b").read_bytes()
        root, middle = cms.certificates(data)
        assert middle.is_issued_by(root)
        with pytest.raises(InvalidSignature, match="nobody has signed"):
            cms.verify(data, b"", roots=None)


class TestBadInput:
    MESSAGE = cms.sign(CONTENT, SIGNER, certificates=[SIGNER])

    @pytest.mark.parametrize("attributes", [True, False])
    def test_cut_off_anywhere(self, attributes: bool) -> None:
        message = cms.sign(CONTENT, SIGNER, certificates=(), attributes=attributes)
        refused_everywhere(message, lambda data: cms.verify(data, roots=None), FormatError)

    def test_pem_cut_off_anywhere(self) -> None:
        for part in beginnings(cms.to_pem(self.MESSAGE).rstrip()):
            with pytest.raises(FormatError):
                cms.verify(part, roots=None)

    def test_java_cut_off_anywhere(self) -> None:
        data = (JAVA / "streamed.cms").read_bytes()
        refused_everywhere(data, lambda part: cms.verify(part, roots=None), FormatError)

    def test_more_at_the_end_of_every_part(self) -> None:
        """It is refused but as parameters of algorithms, or as a member of the message's sets."""
        read = 0
        for message in grown(self.MESSAGE):
            with suppress(FormatError, InvalidSignature):
                assert verified(message, certificates=[CA.certificate]).content == CONTENT
                read += 1
        assert read == 5

    @pytest.mark.parametrize(
        "identifier",
        [
            "1.2.156.10197.1.301.1",
            "1.2.156.10197.1.501",
            "1.2.156.10197.1.301",
            "1.2.840.10045.2.1",
        ],
    )
    def test_names_of_sm2(self, identifier: str) -> None:
        """All that are met for its signatures."""
        usual = _der.algorithm_identifier("1.2.156.10197.1.301.1")
        message = replaced(self.MESSAGE, usual, _der.algorithm_identifier(identifier))
        assert (message == self.MESSAGE) == identifier.endswith(".301.1")
        assert verified(message, certificates=[CA.certificate]).content == CONTENT

    @pytest.mark.parametrize(
        ("usual", "other", "text"),
        [
            ("1.2.156.10197.1.401", "2.16.840.1.101.3.4.2.1", "expected the digest SM3"),
            ("1.2.156.10197.1.301.1", "1.2.840.10045.4.3.2", "expected an SM2 signature"),
        ],
        ids=["SHA-256", "ECDSA"],
    )
    def test_other_algorithms(self, usual: str, other: str, text: str) -> None:
        found = _der.algorithm_identifier(other)
        message = replaced(self.MESSAGE, _der.algorithm_identifier(usual), found)
        with pytest.raises(FormatError, match=rf"{text} at byte \d+, found {other}"):
            cms.verify(message, roots=None)

    def test_every_bit_altered(self) -> None:
        """A message that was altered is refused, or says the same as before."""
        for altered in flips(self.MESSAGE):
            try:
                found = verified(altered, certificates=[CA.certificate])
            except (FormatError, InvalidSignature):
                continue
            assert found.content == CONTENT
            assert [one.certificate for one in found.signers] == [SIGNER]
        assert lib.ERR_peek_error() == 0

    @pytest.mark.parametrize(
        ("message", "found"),
        [
            (b"", "the end"),
            (b"hello", "the tag 68"),
            (SIGNER.to_der(), "SEQUENCE"),
            (SIGNER.to_pem(), "found CERTIFICATE"),
            (b"-----BEGIN CMS-----\n*\n-----END CMS-----\n", "byte 2a"),
            (cms.encrypt(b"x", PAIR.enc), "envelopedData"),
        ],
        ids=["nothing", "text", "DER", "PEM", "no base64", "another kind"],
    )
    def test_something_else(self, message: bytes, found: str) -> None:
        with pytest.raises(FormatError, match=rf"expected .* found .*{found}|{found}"):
            verified(message)

    def test_text_is_refused(self) -> None:
        with pytest.raises(TypeError, match="bytes-like"):
            verified("message")
        with pytest.raises(TypeError, match="bytes-like"):
            cms.sign("text", SIGNER)  # type: ignore[arg-type]

    def test_attributes_cannot_pass_for_content(self) -> None:
        """Both are signed in the same way, and the sender chooses which one it is."""
        infos = asn1_cms.ContentInfo.load(cms.sign(CONTENT, SIGNER, profile="pkcs7"))["content"]
        (info,) = infos["signer_infos"]
        attributes = info["signed_attrs"].untag().dump()
        forged = cms.sign(attributes, SIGNER, attributes=False)
        with pytest.raises(InvalidSignature, match="signed attributes of another message"):
            verified(forged)

    @pytest.mark.parametrize(
        ("members", "error", "text"),
        [
            ("content type", FormatError, "expected a content type and a message digest"),
            ("digest", FormatError, "expected a content type and a message digest"),
            ("twice", FormatError, "expected each attribute once"),
            ("other type", InvalidSignature, "another type of content"),
            ("no time", FormatError, "expected a time in UTC"),
            ("time of one digit", FormatError, "expected a time in UTC"),
            ("thirteenth month", FormatError, "expected a time in UTC"),
        ],
    )
    def test_wrong_attributes(
        self, members: str, error: type[Exception], text: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Rightly signed, but not what they should be."""
        from tongsuo_py.pki.cms import signers

        kind = _der.sequence(
            _der.oid(profiles.CONTENT_TYPE),
            _der.set_of(_der.oid("1.2.156.10197.6.1.4.2.1" + ".9" * (members == "other type"))),
        )
        digest = _der.sequence(
            _der.oid(profiles.MESSAGE_DIGEST),
            _der.set_of(_der.octets(signers.Content("1.2", CONTENT).digest())),
        )

        def at(text: bytes) -> bytes:
            moment = _der.set_of(_der.wrap(_der.UTC_TIME, text))
            return _der.sequence(_der.oid(profiles.SIGNING_TIME), moment)

        attributes = {
            "content type": [digest],
            "digest": [kind],
            "twice": [kind, digest, digest],
            "other type": [kind, digest],
            "no time": [kind, digest, at(b"yesterday")],
            "time of one digit": [kind, digest, at(b"26111203Z")],
            "thirteenth month": [kind, digest, at(b"261301000000Z")],
        }[members]
        monkeypatch.setattr(signers, "_attributes", lambda *_: b"".join(attributes))
        message = cms.sign(CONTENT, SIGNER)
        monkeypatch.undo()
        with pytest.raises(error, match=text):
            verified(message)

    @pytest.mark.parametrize(
        ("arguments", "error", "text"),
        [
            ({"signers": []}, ValueError, "needs a signer"),
            ({"signers": [CA.certificate]}, TypeError, "a signer is a KeyedCertificate"),
            ({"signers": SIGNER, "profile": "cfca"}, ValueError, '"gm", "pkcs7", "gmssl"'),
            ({"signers": SIGNER, "profile": "gmssl"}, ValueError, "attributes=False"),
            (
                {"signers": SIGNER, "attributes": False, "signing_time": MOMENT},
                ValueError,
                "leave signing_time out",
            ),
            (
                {"signers": SIGNER, "signing_time": MOMENT.replace(tzinfo=None)},
                ValueError,
                "signing_time",
            ),
        ],
    )
    def test_wrong_arguments(
        self, arguments: dict[str, Any], error: type[Exception], text: str
    ) -> None:
        with pytest.raises(error, match=text):
            cms.sign(CONTENT, **arguments)

    def test_wrong_label(self) -> None:
        with pytest.raises(ValueError, match='label must be one of "PKCS7", "CMS"'):
            cms.to_pem(self.MESSAGE, "MESSAGE")


def test_a_message_of_some_size() -> None:
    content = bytes(3_000_000)
    assert verified(cms.sign(content, SIGNER)).content == content
