"""What the targets start from: good examples of each format, made by our writers and by others.

KEY, PASSWORD and the files of others are the same in every run: what an input makes a target do
does not depend on when that is. Certificates are new in each.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

from tongsuo_py import _der, _pem, pki, sm2, sm4
from tongsuo_py._binding import pkcs8
from tongsuo_py.pki import cms

KEY = sm2.PrivateKey.from_bytes(bytes(range(1, 33)))
MESSAGE = b"message"
HOST = "localhost"
PASSWORD = "password"  # noqa: S105 - no secret
CFCA_PASSWORD = "123456"  # noqa: S105 - of cfca_key.pem

_VECTORS = Path(__file__).resolve().parent.parent / "tests" / "vectors"


def vector(name: str) -> bytes:
    """A file that another program wrote."""
    return (_VECTORS / name).read_bytes()


def _der_of(name: str) -> bytes:
    """What is in the first block of such a file."""
    return next(_pem.blocks(vector(name))).decode()


@cache
def authority() -> pki.CA:
    """The CA of everything here."""
    return pki.CA.create("Fuzzed Root CA")


@cache
def pair() -> pki.CertificatePair:
    """A server's pair."""
    return authority().issue_pair(HOST, "127.0.0.1", role="server")


@cache
def keyed() -> pki.KeyedCertificate:
    """A certificate for KEY."""
    return authority().issue(HOST, key=KEY)


def private_keys_der() -> Iterator[bytes]:
    """PKCS#8, plain and encrypted, and SEC1."""
    yield KEY.to_der()
    yield KEY.to_der(format="sec1")
    for encryption in get_args(sm2.KeyEncryption):
        yield pkcs8.encrypted_der(KEY._pkey, PASSWORD, encryption, iterations=1)


def private_keys_pem() -> Iterator[bytes]:
    """The same, and what others write: the headers of RFC 1421, older ways to encrypt."""
    yield KEY.to_pem()
    yield KEY.to_pem(format="sec1")
    for encryption in get_args(sm2.KeyEncryption):
        encrypted = pkcs8.encrypted_der(KEY._pkey, PASSWORD, encryption, iterations=1)
        yield _pem.armour(encrypted, "ENCRYPTED PRIVATE KEY")
    for name in ("sec1-aes", "pkcs8-3des-sha1", "pkcs8-pkcs12-3des", "pkcs8-aes-sha256"):
        yield vector(f"bouncycastle/{name}.pem")


def private_keys() -> Iterator[bytes]:
    """All that is told apart by looking."""
    yield from private_keys_der()
    yield from private_keys_pem()
    yield json.dumps(KEY.to_jwk()).encode()
    yield KEY.to_hex().encode()
    yield KEY.to_bytes()


def enveloped_keys() -> Iterator[bytes]:
    """A key for KEY, and KEY for another."""
    other = sm2.PrivateKey.generate()
    yield other.to_enveloped(KEY.public_key())
    yield KEY.to_enveloped(other.public_key())


def public_keys_der() -> Iterator[bytes]:
    """SubjectPublicKeyInfo."""
    yield KEY.public_key().to_der()


def points() -> Iterator[bytes]:
    """A point of the curve in each form."""
    for form in get_args(sm2.PointForm):
        yield KEY.public_key().to_bytes(form)


def public_keys() -> Iterator[bytes]:
    """All that is told apart by looking."""
    key = KEY.public_key()
    yield from public_keys_der()
    yield from points()
    yield key.to_pem()
    yield json.dumps(key.to_jwk()).encode()
    yield key.to_hex().encode()
    yield keyed().to_pem()


def signatures() -> Iterator[bytes]:
    """Signatures of something else, so that none is good."""
    yield KEY.sign(b"other")


def signature_formats() -> Iterator[bytes]:
    """A signature in each encoding."""
    for encoding in get_args(sm2.SignatureEncoding):
        yield KEY.sign(MESSAGE, encoding=encoding)


def ciphertexts() -> Iterator[bytes]:
    """Ciphertexts for another key, so that none opens."""
    other = sm2.PrivateKey.generate().public_key()
    for encoding in get_args(sm2.CiphertextEncoding):
        yield other.encrypt(MESSAGE, encoding)


def certificates() -> Iterator[bytes]:
    """Of a CA, a pair, and one that signed itself."""
    yield authority().certificate.to_der()
    yield pair().sign.to_der()
    yield pair().enc.to_der()
    yield pki.self_signed("xn--fiqs8s.example", country="CN").to_der()
    yield _der_of("gmssl/sign.pem")


def certificates_in_a_row() -> Iterator[bytes]:
    """Certificates as DER, one after the other."""
    yield pair().sign.to_der() + authority().certificate.to_der()


def certificates_pem() -> Iterator[bytes]:
    """One, and two with other text between."""
    yield authority().certificate.to_pem()
    yield pair().sign.to_pem() + b"text\n" + authority().certificate.to_pem()


def requests() -> Iterator[bytes]:
    """Ours, GmSSL's and OpenSSL's."""
    yield pki.Request.create(KEY, HOST, "127.0.0.1", role="meter", country="CN").to_der()
    yield _der_of("requests/gmssl.pem")
    yield _der_of("requests/openssl.pem")


def crls() -> Iterator[bytes]:
    """Ours, with entries and without, and GmSSL's."""
    yield crl().to_der()
    yield authority().issue_crl([], number=0).to_der()
    yield vector("requests/gmssl.crl")


@cache
def crl() -> pki.CRL:
    """A list of the authority's, with each reason and without one."""
    reasons = [reason for reason in pki.RevocationReason if reason.name != "REMOVE_FROM_CRL"]
    now = authority().certificate.not_before
    entries = [pki.RevokedCertificate(2 + reason, now, reason) for reason in reasons]
    return authority().issue_crl([*entries, pair().sign], number=7)


def pkcs12_files() -> Iterator[bytes]:
    """A pair in both ways to encrypt, and one in which nothing is encrypted or authenticated."""
    yield pair().to_pkcs12(PASSWORD, iterations=1)
    yield pair().to_pkcs12(PASSWORD, encryption="sm4-cbc", iterations=1)
    certificate = _bag(3, _content("1.2.840.113549.1.9.22.1", _der.octets(keyed().to_der())))
    bags = certificate, _bag(1, KEY.to_der())
    safe = _der.sequence(*bags, _bag(6, _der.sequence(*bags)))
    data = "1.2.840.113549.1.7.1"
    safes = _der.octets(_der.sequence(_content(data, _der.octets(safe))))
    yield _der.sequence(_der.integer(3), _content(data, safes))


def _content(kind: str, value: bytes) -> bytes:
    return _der.sequence(_der.oid(kind), _der.wrap(_der.context(0), value))


def _bag(kind: int, value: bytes) -> bytes:
    """A bag of PKCS #12 with a name."""
    name = _der.set_of(_der.wrap(0x1E, "name".encode("utf-16-be")))
    attributes = _der.set_of(_der.sequence(_der.oid("1.2.840.113549.1.9.20"), name))
    identifier = _der.oid(f"1.2.840.113549.1.12.10.1.{kind}")
    return _der.sequence(identifier, _der.wrap(_der.context(0), value), attributes)


def streams() -> Iterator[bytes]:
    """BER: lengths left open, strings in pieces."""
    yield b"\x30\x80\x02\x01\x05\x24\x80\x04\x02ab\x04\x01c\x00\x00\x00\x00"
    yield vector("bouncycastle/streamed.cms")


def messages() -> Iterator[bytes]:
    """Of each kind and profile, signed by KEY and for KEY; and those of others."""
    recipient = authority().issue(HOST, key=KEY, profile="enc")
    for profile in get_args(cms.ProfileName):
        attributes = profile != "gmssl"
        yield cms.sign(MESSAGE, keyed(), attributes=attributes, crls=[crl()], profile=profile)
        yield cms.encrypt(MESSAGE, recipient, profile=profile)
        yield cms.sign_and_encrypt(MESSAGE, keyed(), recipient, profile=profile)
    yield cms.sign(MESSAGE, keyed(), detached=True)
    yield cms.to_pem(cms.encrypt(MESSAGE, recipient, by_key_identifier=True))
    yield vector("bouncycastle/streamed.cms")
    yield _der_of("cms/cfca_signed.pem")
    yield _der_of("cms/gmcert_signed_enveloped.pem")


def key_files() -> Iterator[bytes]:
    """What ``load_pair`` and ``load_keyed`` find their certificates and keys in."""
    halves = (pair().sign, pair().enc)
    yield b"".join(half.to_pem() + half.private_key.to_pem() for half in halves)
    yield b"".join((halves[0].to_pem(), *(half.private_key.to_pem() for half in halves)))
    yield from pkcs12_files()
    yield keyed().to_der()
    yield KEY.to_der()
    yield from cfca_files()


def cfca_files() -> Iterator[bytes]:
    """CFCA's key file as PEM, as DER and as base64."""
    pem = vector("cms/cfca_key.pem")
    block = next(_pem.blocks(pem))
    yield pem
    yield block.decode()
    yield block.body


def registers() -> Iterator[bytes]:
    """A register with an event of each kind."""
    with tempfile.TemporaryDirectory() as directory:
        register = pki.Register(directory)
        register.add(pair().sign, pair().enc)
        register.revoke(pair().enc, pki.RevocationReason.KEY_COMPROMISE)
        register.issue_crl(authority())
        yield (Path(directory) / "register.jsonl").read_bytes()


def anything() -> Iterator[bytes]:
    """One of everything, for what says of any file what it is."""
    for seeds in (private_keys, public_keys, enveloped_keys, signature_formats, ciphertexts):
        yield from seeds()
    for others in (certificates, requests, crls, messages, key_files, sm4_files):
        yield from others()


def sm4_files() -> Iterator[bytes]:
    """Encrypted files: empty, of one chunk and of two, under a key and a password."""
    for data in (b"", MESSAGE, bytes(70_000)):
        target = io.BytesIO()
        sm4.encrypt_file(io.BytesIO(data), target, key=bytes(sm4.KEY_SIZE))
        yield target.getvalue()
    target = io.BytesIO()
    sm4.encrypt_file(io.BytesIO(MESSAGE), target, password=PASSWORD, iterations=1)
    yield target.getvalue()
