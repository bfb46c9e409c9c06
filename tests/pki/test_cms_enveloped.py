"""Encrypted messages: every shape that they come in, from ourselves and from others."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from asn1crypto import cms as asn1_cms
from damage import flipped, flips, grown, replaced
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    CA,
    GMSSL,
    MESSAGES,
    OTHER,
    PAIR,
    ROOT,
    gmssl_keyed,
    refused_everywhere,
)

from tongsuo_py import _der, _oids, pki, sm2, sm4
from tongsuo_py._binding import lib
from tongsuo_py.exceptions import DecryptionError, FormatError, InvalidSignature
from tongsuo_py.pki import cms
from tongsuo_py.pki.cms import profiles, recipients, structure

CONTENT = b"what is secret\n"
PROFILES = ["gm", "pkcs7", "gmssl"]
ROOTS = [ROOT.certificate]
FAILED = "^the message could not be decrypted$"


class TestRoundTrip:
    @pytest.mark.parametrize("profile", PROFILES)
    @pytest.mark.parametrize("by_key_identifier", [False, True])
    def test_shapes(self, profile: Any, by_key_identifier: bool) -> None:
        message = cms.encrypt(
            CONTENT, PAIR.enc, profile=profile, by_key_identifier=by_key_identifier
        )
        assert CONTENT not in message
        for recipient in (PAIR, PAIR.enc, PAIR.enc.private_key):
            assert cms.decrypt(message, recipient) == CONTENT
            assert cms.decrypt(cms.to_pem(message), recipient) == CONTENT

    def test_several_recipients(self) -> None:
        message = cms.encrypt(CONTENT, [OTHER.enc, PAIR.enc])
        for recipient in (OTHER, PAIR, OTHER.enc.private_key, PAIR.enc.private_key):
            assert cms.decrypt(message, recipient) == CONTENT

    @settings(max_examples=30, deadline=None)
    @given(data=st.binary(max_size=300))
    def test_any_content(self, data: bytes) -> None:
        assert cms.decrypt(cms.encrypt(data, PAIR.enc), PAIR) == data

    def test_never_the_same_twice(self) -> None:
        assert len({cms.encrypt(CONTENT, PAIR.enc)[-48:] for _ in range(5)}) == 5

    def test_signed_inside_encrypted(self) -> None:
        message = cms.encrypt(cms.sign(CONTENT, PAIR.sign), OTHER.enc)
        assert cms.verify(cms.decrypt(message, OTHER), roots=ROOTS).content == CONTENT


class TestStructure:
    """What ``asn1crypto`` finds in it."""

    def test_pkcs7(self) -> None:
        message = cms.encrypt(CONTENT, PAIR.enc, profile="pkcs7")
        info = asn1_cms.ContentInfo.load(message, strict=True)
        assert info["content_type"].native == "enveloped_data"
        enveloped = info["content"]
        (recipient,) = (one.chosen for one in enveloped["recipient_infos"])
        assert recipient["rid"].chosen["serial_number"].native == PAIR.enc.serial_number
        algorithm = recipient["key_encryption_algorithm"]["algorithm"]
        assert algorithm.dotted == "1.2.156.10197.1.301.3"
        key = PAIR.enc.private_key.decrypt(recipient["encrypted_key"].native)
        content = enveloped["encrypted_content_info"]
        assert content["content_type"].native == "data"
        assert content["content_encryption_algorithm"]["algorithm"].dotted == _oids.SM4_CBC
        iv = content["content_encryption_algorithm"]["parameters"].native
        stream = sm4.decryptor(key, sm4.CBC(iv))
        plain = stream.update(content["encrypted_content"].native) + stream.finalize()
        assert plain == CONTENT


class TestSignedAndEnveloped:
    @pytest.mark.parametrize("profile", PROFILES)
    def test_round_trip(self, profile: Any) -> None:
        message = cms.sign_and_encrypt(
            CONTENT, [PAIR.sign, OTHER.sign], [OTHER.enc, PAIR.enc], profile=profile
        )
        for recipient in (OTHER, PAIR.enc):
            found = cms.decrypt_and_verify(message, recipient, roots=ROOTS)
            assert found.content == CONTENT
            assert {one.certificate for one in found.signers} == {PAIR.sign, OTHER.sign}
            assert set(found.certificates) == {PAIR.sign, OTHER.sign, CA.certificate}

    def test_signed_by_nobody_that_is_trusted(self) -> None:
        stranger = pki.CA.create("Stranger").issue("stranger.example")
        message = cms.sign_and_encrypt(CONTENT, stranger, PAIR.enc)
        with pytest.raises(InvalidSignature, match="not trusted"):
            cms.decrypt_and_verify(message, PAIR, roots=ROOTS)

    def test_signature_of_something_else(self) -> None:
        """Nothing of the content comes out, though it decrypts."""
        one = cms.sign_and_encrypt(CONTENT, PAIR.sign, PAIR.enc)
        other = cms.sign_and_encrypt(b"other", PAIR.sign, PAIR.enc)
        infos = [structure.open_message(message, 4).content.only() for message in (one, other)]
        parts = [[reader.element() for _ in range(6)] for reader in infos]
        mixed = structure.content_info(
            profiles.profile_named("gm").kind(4), _der.sequence(*parts[0][:5], parts[1][5])
        )
        with pytest.raises(InvalidSignature):
            cms.decrypt_and_verify(mixed, PAIR, roots=ROOTS)

    def test_of_an_authority(self) -> None:
        """How www.gmcert.org sends an encryption key: 64 bytes, in SM4-ECB without padding."""
        message = (MESSAGES / "gmcert_signed_enveloped.pem").read_bytes()
        key = sm2.PrivateKey.from_pem((MESSAGES / "gmcert_sign.key").read_bytes())
        sent = sm2.PrivateKey.from_pem((MESSAGES / "gmcert_enc.key").read_bytes())
        found = cms.decrypt_and_verify(message, key, roots=None, padding=False)
        assert found.content == bytes(32) + sent.to_bytes()
        assert found.signers[0].certificate == found.certificates[0]
        with pytest.raises(DecryptionError, match=FAILED):
            cms.decrypt_and_verify(message, key, roots=None)


class TestMessagesOfOthers:
    def test_gmssl(self) -> None:
        data = (GMSSL / "enveloped.pem").read_bytes()
        assert cms.decrypt(data, gmssl_keyed("enc")) == b"a message for CMS\n"

    def test_cfca(self) -> None:
        """The recipient named by key identifier, SM4 without its mode."""
        data = (MESSAGES / "cfca_enveloped.pem").read_bytes()
        number = "f043481ce3ba1332cc266ae795f2a41f100e52e47ee560de15d9e014acab35c9"
        key = sm2.PrivateKey.from_bytes(bytes.fromhex(number))
        keyed = pki.KeyedCertificate.of(pki.load_certificate(data), key)
        assert cms.decrypt(data, keyed) == b"Hello World!"

    def test_the_key_as_c1c2c3(self) -> None:
        """CFCA's older way to write the encrypted key."""
        key, content = recipients.encrypt_content(CONTENT, "1.2.156.10197.6.1.4.2.1")
        encrypted = PAIR.enc.public_key().encrypt(key, "c1c2c3-bare")
        assert cms.decrypt(_enveloped(content, encrypted), PAIR) == CONTENT

    def test_content_in_pieces(self) -> None:
        """As BER has it, and as emmansun/gmsm writes it: octet strings under [0]."""
        key, content = recipients.encrypt_content(CONTENT, "1.2.156.10197.6.1.4.2.1")
        info = _der.Reader(content, "").only()
        head = info.element() + info.element()
        text = info.value(_der.context(0, constructed=False))
        for cuts in ([text], [text[:5], text[5:], b""]):
            pieces = _der.wrap(_der.context(0), *map(_der.octets, cuts))
            message = _enveloped(_der.sequence(head, pieces), PAIR.enc.public_key().encrypt(key))
            assert cms.decrypt(message, PAIR) == CONTENT

    @pytest.mark.parametrize("kind", ["ecb", "gcm", "bare", "bare with NULL", "bare with IV"])
    def test_other_modes(self, kind: str) -> None:
        key = sm4.generate_key()
        iv, parameters = b"i" * 16, b""
        if kind == "gcm":
            text = sm4.GCM(key).encrypt(iv[:12], CONTENT)
            name = _oids.SM4_GCM
            parameters = _der.sequence(_der.octets(iv[:12]), _der.integer(16))
        else:
            mode: sm4.Mode = sm4.CBC(iv) if kind == "bare with IV" else sm4.ECB()
            stream = sm4.encryptor(key, mode)
            text = stream.update(CONTENT) + stream.finalize()
            name = _oids.SM4_ECB if kind == "ecb" else _oids.SM4
            parameters = {"bare with NULL": _der.null(), "bare with IV": _der.octets(iv)}.get(
                kind, b""
            )
        message = _enveloped(_content(text, name, parameters), PAIR.enc.public_key().encrypt(key))
        assert cms.decrypt(message, PAIR) == CONTENT


class TestBadInput:
    MESSAGE = cms.encrypt(CONTENT, PAIR.enc)

    def test_cut_off_anywhere(self) -> None:
        refused_everywhere(self.MESSAGE, lambda data: cms.decrypt(data, PAIR), FormatError)

    def test_both_cut_off_anywhere(self) -> None:
        message = cms.sign_and_encrypt(CONTENT, PAIR.sign, PAIR.enc, certificates=())
        refused_everywhere(
            message, lambda data: cms.decrypt_and_verify(data, PAIR, roots=None), FormatError
        )

    def test_every_byte_altered(self) -> None:
        """Nothing but ValueErrors; what decrypts all the same was altered where CBC lets one."""
        for altered in flips(self.MESSAGE, (0xFF,)):
            try:
                cms.decrypt(altered, PAIR)
            except (FormatError, DecryptionError):
                continue
        assert lib.ERR_peek_error() == 0

    def test_more_at_the_end_of_every_part(self) -> None:
        """It is refused but as parameters of SM2, which are NULL elsewhere, and as a recipient."""
        read = 0
        for message in grown(self.MESSAGE):
            with suppress(FormatError):
                assert cms.decrypt(message, PAIR) == CONTENT
                read += 1
        assert read == 2

    @pytest.mark.parametrize(
        "identifier",
        [
            "1.2.156.10197.1.301.3",
            "1.2.156.10197.1.301.2",
            "1.2.156.10197.1.301",
            "1.2.840.10045.2.1",
        ],
    )
    def test_names_of_sm2(self, identifier: str) -> None:
        """All that are met for its encryption."""
        usual = _der.algorithm_identifier("1.2.156.10197.1.301.3")
        message = replaced(self.MESSAGE, usual, _der.algorithm_identifier(identifier))
        assert (message == self.MESSAGE) == identifier.endswith(".3")
        assert cms.decrypt(message, PAIR) == CONTENT

    def test_unprotected_attributes(self) -> None:
        """They are passed over (RFC 5652, 6.1)."""
        key = sm4.generate_key()
        content = _content(_cbc(key, CONTENT), _oids.SM4_CBC, _der.octets(bytes(16)))
        attributes = _der.wrap(_der.context(1), _der.sequence())
        message = _enveloped(content + attributes, PAIR.enc.public_key().encrypt(key))
        assert cms.decrypt(message, PAIR) == CONTENT

    def test_parameters_of_gcm(self) -> None:
        encrypted = PAIR.enc.public_key().encrypt(sm4.generate_key())
        nonce, size = _der.octets(bytes(12)), _der.integer(16)
        for parameters, text in (
            ((nonce, _der.integer(12)), "expected a tag of 16 bytes"),
            ((nonce, size, _der.null()), "expected the end"),
            ((size,), "expected OCTET STRING"),
        ):
            content = _content(bytes(32), _oids.SM4_GCM, _der.sequence(*parameters))
            with pytest.raises(FormatError, match=text):
                cms.decrypt(_enveloped(content, encrypted), PAIR)

    def test_content_that_is_elsewhere(self) -> None:
        content = _der.sequence(
            _der.oid("1.2.156.10197.6.1.4.2.1"),
            _der.algorithm_identifier(_oids.SM4_CBC, _der.octets(bytes(16))),
        )
        with pytest.raises(FormatError, match=r"the content is not in this message \(detached\)"):
            cms.decrypt(_enveloped(content, b""), PAIR)

    def test_a_recipient_without_a_key_identifier(self) -> None:
        recipient = gmssl_keyed("enc")
        with pytest.raises(ValueError, match="has no subject key identifier"):
            cms.encrypt(CONTENT, recipient, by_key_identifier=True)

    def test_one_error_for_everything(self) -> None:
        """A wrong key, a key of a wrong length, bad padding, half a block: all the same."""
        key = sm4.generate_key()
        good = _content(_cbc(key, CONTENT), _oids.SM4_CBC, _der.octets(bytes(16)))
        encrypt = PAIR.enc.public_key().encrypt
        no_padding = sm4.encryptor(key, sm4.CBC(bytes(16)), padding=False).update(bytes(32))

        cases = {
            "other recipient's key": _enveloped(good, OTHER.enc.public_key().encrypt(key)),
            "no ciphertext": _enveloped(good, b"nothing"),
            "altered": _enveloped(good, flipped(encrypt(key), -1)),
            "short key": _enveloped(good, encrypt(key[:15])),
            "long key": _enveloped(good, encrypt(key + b"\0")),
            "padding": _enveloped(
                _content(no_padding, _oids.SM4_CBC, _der.octets(bytes(16))), encrypt(key)
            ),
            "half a block": _enveloped(
                _content(_cbc(key, CONTENT)[:-8], _oids.SM4_CBC, _der.octets(bytes(16))),
                encrypt(key),
            ),
            "tag": _enveloped(
                _content(bytes(32), _oids.SM4_GCM, _der.sequence(_der.octets(bytes(12)))),
                encrypt(key),
            ),
        }
        for message in cases.values():
            with pytest.raises(DecryptionError, match=FAILED) as caught:
                cms.decrypt(message, PAIR)
            assert caught.value.__cause__ is None
            assert caught.value.errors == ()
        assert lib.ERR_peek_error() == 0

    def test_for_somebody_else(self) -> None:
        with pytest.raises(FormatError, match="not encrypted for this recipient"):
            cms.decrypt(self.MESSAGE, OTHER)
        with pytest.raises(DecryptionError, match=FAILED):
            cms.decrypt(self.MESSAGE, OTHER.enc.private_key)

    def test_other_algorithms(self) -> None:
        key = sm4.generate_key()
        encrypted = PAIR.enc.public_key().encrypt(key)
        aes = _content(bytes(32), "2.16.840.1.101.3.4.1.2", _der.octets(bytes(16)))
        with pytest.raises(FormatError, match=r"expected SM4.*2\.16\.840\.1\.101\.3\.4\.1\.2"):
            cms.decrypt(_enveloped(aes, encrypted), PAIR)
        good = _content(_cbc(key, CONTENT), _oids.SM4_CBC, _der.octets(bytes(16)))
        with pytest.raises(FormatError, match="or not with SM2"):
            cms.decrypt(_enveloped(good, encrypted, "1.2.840.113549.1.1.1"), PAIR)
        short_iv = _content(bytes(32), _oids.SM4_CBC, _der.octets(bytes(8)))
        with pytest.raises(FormatError, match="an OCTET STRING of 16 bytes"):
            cms.decrypt(_enveloped(short_iv, encrypted), PAIR)

    @pytest.mark.parametrize(
        ("recipients", "error", "text"),
        [
            ([], ValueError, "needs a recipient"),
            ([PAIR], TypeError, r"a pki\.Certificate is needed"),
            (PAIR.sign, ValueError, "key usage of this certificate is not encryption"),
        ],
    )
    def test_wrong_recipients(self, recipients: Any, error: type[Exception], text: str) -> None:
        with pytest.raises(error, match=text):
            cms.encrypt(CONTENT, recipients)

    def test_wrong_reader(self) -> None:
        with pytest.raises(TypeError, match="a recipient is a KeyedCertificate"):
            cms.decrypt(self.MESSAGE, b"key")  # type: ignore[arg-type]
        with pytest.raises(FormatError, match=r"expected envelopedData at byte .*signedData"):
            cms.decrypt(cms.sign(CONTENT, PAIR.sign), PAIR)


def _cbc(key: bytes, data: bytes) -> bytes:
    stream = sm4.encryptor(key, sm4.CBC(bytes(16)))
    return stream.update(data) + stream.finalize()


def _content(text: bytes, algorithm: str, parameters: bytes) -> bytes:
    return _der.sequence(
        _der.oid("1.2.156.10197.6.1.4.2.1"),
        _der.algorithm_identifier(algorithm, parameters),
        _der.wrap(_der.context(0, constructed=False), text),
    )


def _enveloped(
    content: bytes, encrypted_key: bytes, algorithm: str = profiles.SM2_ENCRYPTION
) -> bytes:
    """A message for PAIR, put together by hand."""
    recipient = _der.sequence(
        _der.integer(1),
        structure.issuer_and_serial(PAIR.enc),
        _der.algorithm_identifier(algorithm),
        _der.octets(encrypted_key),
    )
    body = _der.sequence(_der.integer(1), _der.set_of(recipient), content)
    return structure.content_info("1.2.156.10197.6.1.4.2.3", body)
