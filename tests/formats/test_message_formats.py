"""PKCS #12, CMS and PKCS #7: certificates with their keys, signed and encrypted messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from parties import Artefact, Party, a_file
from programs import Program

from tongsuo_py import pki, sm2
from tongsuo_py.pki import cms

Meet = Callable[..., None]

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
PASSWORD = "a password"
CONTENT = b"a message from Java\n"  # what the kept files have, so that all have it
SECRET = b"a message for CMS\n"


@pytest.fixture(scope="module")
def pair() -> pki.CertificatePair:
    return pki.CA.create("Root").issue_pair("a.example", role="meter")


class TestPKCS12:
    """The content is the certificates that came with their keys."""

    @staticmethod
    def ours(make: Callable[[], bytes]) -> Party:
        def takes(file: Artefact) -> object:
            assert isinstance(file, bytes)
            return {one.to_pem() for one in pki.load_pkcs12(file, PASSWORD).entries}

        return Party(make, takes)

    @staticmethod
    def run_openssl(run_openssl: Program, *options: str, **files: bytes) -> Party:
        def takes(file: Artefact) -> object:
            text = run_openssl(
                "pkcs12", "-in", "{p12}", "-passin", f"pass:{PASSWORD}", "-noenc", p12=file
            )
            found = pki.load_certificates(text)
            keys = text.split(b"-----BEGIN PRIVATE KEY-----")[1:]
            public = {
                sm2.PrivateKey.from_pem(b"-----BEGIN PRIVATE KEY-----" + key).public_key()
                for key in keys
            }
            return {one.to_pem() for one in found if one.public_key() in public}

        def makes() -> bytes:
            return run_openssl(
                "pkcs12", "-export", "-passout", f"pass:{PASSWORD}", *options, "-out", "{out}",
                **files,
            )  # fmt: skip

        return Party(makes if options else None, takes)

    def test_single(self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program) -> None:
        sign = pair.sign
        meet(
            "PKCS #12", "a certificate with its key", {sign.to_pem()},
            self.ours(lambda: sign.to_pkcs12(PASSWORD, name="name", iterations=2048)),
            Tongsuo=self.run_openssl(
                run_openssl, "-in", "{cert}", "-inkey", "{key}", "-name", "name",
                cert=sign.chain_to_pem(), key=sign.private_key.to_pem(),
            ),
        )  # fmt: skip

    def test_older_encryption(
        self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program
    ) -> None:
        sign = pair.sign
        reads = Party(None, self.ours(lambda: b"").takes)
        older = ("-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES", "-macalg", "sha1")
        meet(
            "PKCS #12", "with 3DES and SHA-1", {sign.to_pem()}, reads,
            Tongsuo=Party(
                self.run_openssl(
                    run_openssl, "-in", "{cert}", "-inkey", "{key}", *older,
                    cert=sign.chain_to_pem(), key=sign.private_key.to_pem(),
                ).makes
            ),
        )  # fmt: skip

    def test_pbmac1(self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program) -> None:
        """RFC 9579, which only Tongsuo 8.5 writes, and both versions read with our help."""
        sign = pair.sign
        party = self.run_openssl(
            run_openssl, "-in", "{cert}", "-inkey", "{key}", "-pbmac1_pbkdf2",
            cert=sign.chain_to_pem(), key=sign.private_key.to_pem(),
        )  # fmt: skip
        reads = Party(None, self.ours(lambda: b"").takes)
        content = {sign.to_pem()}
        meet("PKCS #12", "with PBMAC1", content, reads, Tongsuo=Party(party.makes))

    @pytest.mark.parametrize("encryption", ["aes-256-cbc", "sm4-cbc"])
    def test_pair(
        self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program, encryption: Any
    ) -> None:
        name = {"aes-256-cbc": "AES and SHA-256", "sm4-cbc": "SM4 and SM3"}[encryption]
        meet(
            "PKCS #12", f"a TLCP pair, with {name}", {pair.sign.to_pem(), pair.enc.to_pem()},
            self.ours(
                lambda: pair.to_pkcs12(PASSWORD, encryption=encryption, iterations=2048)
            ),
            Tongsuo=self.run_openssl(run_openssl),
        )  # fmt: skip

    def test_java(self, meet: Meet) -> None:
        """BouncyCastle's file, in BER."""
        root = pki.load_certificate(VECTORS / "bouncycastle" / "root.pem")
        file = (VECTORS / "bouncycastle" / "bc-pkcs12-3des-3des.p12").read_bytes()

        def takes(artefact: Artefact) -> object:
            assert isinstance(artefact, bytes)
            pair = pki.load_pair(artefact, password=PASSWORD)
            assert pair.sign.is_issued_by(root)
            return pair.sign.subject, pair.enc.subject

        names = ("CN=java.example", "CN=java.example")
        meet(
            "PKCS #12", "a TLCP pair, as BER", names, Party(None, takes), BouncyCastle=a_file(file)
        )


def test_cfca_key(meet: Meet) -> None:
    def takes(file: Artefact) -> object:
        assert isinstance(file, bytes)
        return pki.load_keyed(file, password="123456").public_key().to_bytes()

    file = (VECTORS / "cms" / "cfca_key.pem").read_bytes()
    point = bytes.fromhex(
        "0495510badce29f70be07df6e2b0ce75be124a56c08e82435e72b4aa6c17679f455"
        "a6892aadde2a6b7a58ca7b0e10ca78d3811ff27e9f728cd80d53c1b9a6461db"
    )
    name = "a certificate with its key (.sm2)"
    meet("CFCA", name, point, Party(None, takes), CFCA=a_file(file))


class TestSigned:
    @staticmethod
    def ours(pair: pki.CertificatePair, roots: list[pki.Certificate], **shape: Any) -> Party:
        def takes(message: Artefact) -> object:
            assert isinstance(message, bytes)
            user_id = shape.get("user_id", sm2.DEFAULT_ID)
            return cms.verify(message, roots=roots, user_id=user_id).content

        return Party(lambda: cms.sign(CONTENT, pair.sign, **shape), takes)

    @staticmethod
    def run_openssl(run_openssl: Program, pair: pki.CertificatePair, *options: str) -> Party:
        files = {
            "cert": pair.sign.to_pem(),
            "key": pair.sign.private_key.to_pem(),
            "content": CONTENT,
        }
        assert pair.root is not None
        root = pair.root.to_pem()
        return Party(
            lambda: run_openssl(
                "cms", "-sign", "-binary", "-nodetach", "-md", "sm3", "-in", "{content}",
                "-signer", "{cert}", "-inkey", "{key}", "-outform", "DER", *options,
                "-out", "{out}", **files,
            ),
            lambda message: run_openssl(
                "cms", "-verify", "-binary", "-inform", "DER", "-in", "{message}",
                "-CAfile", "{root}", "-purpose", "any", message=message, root=root,
            ),
        )  # fmt: skip

    def test_pkcs7(self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program) -> None:
        assert pair.root is not None
        java = pki.load_certificate(VECTORS / "bouncycastle" / "root.pem")
        meet(
            "signedData", "identifiers of PKCS #7", CONTENT,
            self.ours(pair, [pair.root, java], profile="pkcs7"),
            Tongsuo=self.run_openssl(run_openssl, pair),
            BouncyCastle=a_file((VECTORS / "bouncycastle" / "signed.cms").read_bytes()),
        )  # fmt: skip

    @pytest.mark.parametrize("z", [True, False])
    def test_gm(self, meet: Meet, pair: pki.CertificatePair, z: bool) -> None:
        """As CFCA's toolkit has it."""
        file = (VECTORS / "cms" / f"cfca_signed{'' if z else '_without_z'}.pem").read_bytes()
        user_id = sm2.DEFAULT_ID if z else None

        def takes(message: Artefact) -> object:
            return cms.verify(message, roots=None, user_id=user_id).content

        content = takes(file)

        def makes() -> bytes:
            return cms.sign(content, pair.sign, attributes=False, user_id=user_id)

        meet(
            "signedData", f"identifiers of GM/T 0010{'' if z else ', without Z'}", content,
            Party(makes, takes), CFCA=a_file(file),
        )  # fmt: skip

    def test_without_attributes(self, meet: Meet, pair: pki.CertificatePair) -> None:
        java = pki.load_certificate(VECTORS / "bouncycastle" / "root.pem")
        file = (VECTORS / "bouncycastle" / "signed-without-attributes.cms").read_bytes()
        assert pair.root is not None
        meet(
            "signedData", "identifiers of PKCS #7, without attributes", CONTENT,
            self.ours(pair, [pair.root, java], profile="pkcs7", attributes=False),
            BouncyCastle=a_file(file),
        )  # fmt: skip

    def test_without_z(self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program) -> None:
        assert pair.root is not None
        meet(
            "signedData", "identifiers of PKCS #7, without attributes and Z", CONTENT,
            self.ours(pair, [pair.root], profile="pkcs7", attributes=False, user_id=None),
            Tongsuo=self.run_openssl(run_openssl, pair, "-noattr"),
        )  # fmt: skip

    def test_streamed(self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program) -> None:
        assert pair.root is not None
        java = pki.load_certificate(VECTORS / "bouncycastle" / "root.pem")
        ours = self.ours(pair, [pair.root, java])
        meet(
            "signedData", "identifiers of PKCS #7, as BER", CONTENT, Party(None, ours.takes),
            Tongsuo=Party(self.run_openssl(run_openssl, pair, "-stream").makes),
            BouncyCastle=a_file((VECTORS / "bouncycastle" / "streamed.cms").read_bytes()),
        )  # fmt: skip

    def test_gmssl(self, meet: Meet, pair: pki.CertificatePair, run_gmssl: Program) -> None:
        assert pair.root is not None
        ours = self.ours(pair, [pair.root], profile="gmssl", attributes=False)
        certificate = pair.sign.to_pem()
        key = pair.sign.private_key.to_pem("1234", encryption="gmssl")
        meet(
            "signedData", "identifiers of GM/T 0010, GmSSL's way", CONTENT,
            Party(lambda: cms.to_pem(ours.makes(), "CMS"), ours.takes),  # type: ignore
            GmSSL=Party(
                lambda: run_gmssl(
                    "cmssign", "-key", "{key}", "-pass", "1234", "-cert", "{cert}",
                    "-in", "{content}", "-out", "{out}",
                    key=key, cert=certificate, content=CONTENT,
                ),
                lambda message: run_gmssl(
                    "cmsverify", "-in", "{message}", "-out", "{out}", message=message
                ),
            ),
        )  # fmt: skip


class TestEnveloped:
    @staticmethod
    def ours(recipient: cms.Recipient, pair: pki.CertificatePair, **shape: Any) -> Party:
        return Party(
            lambda: cms.to_pem(cms.encrypt(SECRET, pair.enc, **shape), "CMS"),
            lambda message: cms.decrypt(message, recipient),
        )

    def test_pkcs7(self, meet: Meet, pair: pki.CertificatePair, run_openssl: Program) -> None:
        files = {"key": pair.enc.private_key.to_pem(), "cert": pair.enc.to_pem()}
        meet(
            "envelopedData", "identifiers of PKCS #7", SECRET,
            self.ours(pair, pair, profile="pkcs7"),
            Tongsuo=Party(
                None,
                lambda message: run_openssl(
                    "cms", "-decrypt", "-binary", "-inform", "PEM", "-in", "{message}",
                    "-inkey", "{key}", "-recip", "{cert}", message=message, **files,
                ),
            ),
        )  # fmt: skip

    def test_gmssl(self, meet: Meet, pair: pki.CertificatePair, run_gmssl: Program) -> None:
        certificate = pair.enc.to_pem()
        key = pair.enc.private_key.to_pem("1234", encryption="gmssl")
        meet(
            "envelopedData", "identifiers of GM/T 0010, GmSSL's way", SECRET,
            self.ours(pair, pair, profile="gmssl"),
            GmSSL=Party(
                lambda: run_gmssl(
                    "cmsencrypt", "-rcptcert", "{cert}", "-in", "{content}", "-out", "{out}",
                    cert=certificate, content=SECRET,
                ),
                lambda message: run_gmssl(
                    "cmsdecrypt", "-key", "{key}", "-pass", "1234", "-cert", "{cert}",
                    "-in", "{message}", "-out", "{out}",
                    key=key, cert=certificate, message=message,
                ),
            ),
        )  # fmt: skip

    def test_gm(self, meet: Meet) -> None:
        """As emmansun/gmsm writes it for CFCA."""
        file = (VECTORS / "cms" / "cfca_enveloped.pem").read_bytes()
        number = "f043481ce3ba1332cc266ae795f2a41f100e52e47ee560de15d9e014acab35c9"
        key = sm2.PrivateKey.from_bytes(bytes.fromhex(number))
        recipient = pki.KeyedCertificate.of(pki.load_certificate(file), key)

        def makes() -> bytes:
            return cms.encrypt(b"Hello World!", recipient, by_key_identifier=True)

        meet(
            "envelopedData", "identifiers of GM/T 0010", b"Hello World!",
            Party(makes, lambda message: cms.decrypt(message, recipient)), gmsm=a_file(file),
        )  # fmt: skip

    def test_signed_and_enveloped(self, meet: Meet) -> None:
        """As www.gmcert.org sends an encryption key."""
        folder = VECTORS / "cms"
        key = sm2.PrivateKey.from_pem((folder / "gmcert_sign.key").read_bytes())
        sent = sm2.PrivateKey.from_pem((folder / "gmcert_enc.key").read_bytes())

        def takes(message: Artefact) -> object:
            return cms.decrypt_and_verify(message, key, roots=None, padding=False).content[32:]

        file = (folder / "gmcert_signed_enveloped.pem").read_bytes()
        meet(
            "signedAndEnvelopedData", "identifiers of GM/T 0010", sent.to_bytes(),
            Party(None, takes), gmcert=a_file(file),
        )  # fmt: skip
