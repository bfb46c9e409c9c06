"""What is fuzzed: a function of bytes, what it may raise, and what it starts from.

To add one, write a function here, and its seeds in ``seeds``. It may raise what its docstring in
the package names for bad input; everything else is a finding.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from fuzz import seeds
from tongsuo_py import pki, sm2, sm4, ssl
from tongsuo_py._ber import to_der as _ber_to_der
from tongsuo_py._der import Reader
from tongsuo_py._pem import blocks
from tongsuo_py.exceptions import DecryptionError, FormatError, InvalidSignature, InvalidTag
from tongsuo_py.pki import cms


@dataclass(frozen=True)
class Target:
    """``run`` takes any bytes; exceptions of the kinds ``allowed`` are its good right."""

    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    allowed: tuple[type[Exception], ...] = (FormatError,)

    def __call__(self, data: bytes) -> None:
        """Run it; what it must not raise comes through."""
        with suppress(*self.allowed):
            self.run(data)


def _elements(data: bytes) -> None:
    def walk(reader: Reader) -> None:
        while (tag := reader.peek()) is not None:
            if tag & 0x20:
                walk(reader.enter(tag))
            else:
                reader.element()

    walk(Reader(data, "the input"))


def _read(thing: Any) -> None:
    """Ask a certificate, request or revocation list everything."""
    thing.to_text()
    # Tongsuo takes some BER, too, and writes it as DER.
    der = thing.to_der()
    assert type(thing).from_der(der).to_der() == der
    for name in dir(thing):
        if not name.startswith("_"):
            getattr(thing, name)


def _certificate(data: bytes) -> None:
    certificate = pki.Certificate.from_der(data)
    # It may be one that is changed where no signature looks, but never one of another key.
    found = pki.verify_chain(certificate, roots=[seeds.authority().certificate])
    assert not found.ok or certificate.is_issued_by(seeds.authority().certificate)
    _read(certificate)


def _request(data: bytes) -> None:
    request = pki.Request.from_der(data)
    request.is_signed()
    _read(request)


def _revocation_list(data: bytes) -> None:
    crl = pki.CRL.from_der(data)
    crl.find(5)
    with suppress(InvalidSignature):
        crl.verify(seeds.authority().certificate)
    _read(crl)


def _register(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "register.jsonl").write_bytes(data)
        register = pki.Register(directory)
        assert len(register.revoked) <= len(register.issued)


def _verify(data: bytes) -> None:
    seeds.KEY.public_key().verify(data, seeds.MESSAGE)


def _convert_signature(data: bytes) -> None:
    for encoding in get_args(sm2.SignatureEncoding):
        with suppress(FormatError):
            raw = sm2.convert_signature(data, encoding, "raw")
            # Each signature has one form in it; only the case of hexadecimal digits is free.
            form = data.lower() if encoding.endswith("-hex") else data
            assert sm2.convert_signature(raw, "raw", encoding) == form


def _decrypt(data: bytes) -> None:
    for encoding in ("der", "c1c3c2", "c1c2c3-bare", "auto"):
        with suppress(sm2.DecryptionError):
            seeds.KEY.decrypt(data, encoding=encoding)


def _ciphertext_forms(data: bytes) -> None:
    for encoding in get_args(sm2.CiphertextEncoding):
        with suppress(FormatError):
            converted = sm2.convert_ciphertext(data, encoding, encoding)
            assert converted == (data.lower() if encoding.endswith("-hex") else data)
    sm2.detect_ciphertext(data)


def _key_exchange(data: bytes) -> None:
    peer = seeds.KEY.public_key()
    exchange = sm2.KeyExchange(seeds.KEY, initiator=True, peer_key=peer)
    exchange.agree(data, 16)


def _pem(data: bytes) -> None:
    for block in blocks(data):
        assert block.label.encode() in data[block.start : block.inside]
        block.decode()


def _private_key(data: bytes) -> None:
    key = sm2.load_private_key(data)
    assert sm2.load_private_key(key.to_pem()).to_bytes() == key.to_bytes()


def _public_key(data: bytes) -> None:
    key = sm2.load_public_key(data)
    assert sm2.load_public_key(key.to_bytes("compressed")) == key


def _enveloped_key(data: bytes) -> None:
    sm2.PrivateKey.from_enveloped(data, seeds.KEY)


def _sm4_file(data: bytes) -> None:
    """Under the seeds' key: it opens only if it is as one of them was written."""
    target = io.BytesIO()
    sm4.decrypt_file(io.BytesIO(data), target, key=bytes(sm4.KEY_SIZE))
    assert len(target.getvalue()) == len(data) - 77 - 16 * max(1, -(-(len(data) - 77) // 65_552))


def _pkcs12(data: bytes) -> None:
    """Keys and certificates come out only as they went in."""
    found = pki.load_pkcs12(data, seeds.PASSWORD, require_mac=False)
    for entry in found.entries:
        assert entry.private_key.public_key() == entry.public_key()


def _signed_message(data: bytes) -> None:
    """Whatever is not refused was signed by the seeds' signer."""
    assert cms.verify(data, roots=[seeds.authority().certificate]).content == seeds.MESSAGE


def _encrypted_message(data: bytes) -> None:
    with suppress(ValueError):
        cms.decrypt(data, seeds.pair())
    cms.decrypt_and_verify(data, seeds.pair(), roots=[seeds.authority().certificate])


def _pair(data: bytes) -> None:
    pki.load_pair(data, seeds.pair().enc.to_pem(), password=seeds.PASSWORD)


def _identify(data: bytes) -> None:
    for identity in pki.identify(data):
        assert str(identity)


def _ber(data: bytes) -> None:
    der = _ber_to_der(data, "the input")
    assert _ber_to_der(der, "the input") == der


def _handshake(kind: seeds.Kind) -> Callable[[bytes], None]:
    """The other side's first flight, from memory."""
    context = seeds.context(kind)
    server = kind != "client"

    def run(data: bytes) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        name = None if server else seeds.HOST
        connection = context.wrap_bio(incoming, outgoing, server_side=server, server_hostname=name)
        incoming.write(data)
        incoming.write_eof()
        connection.do_handshake()
        raise AssertionError("a handshake without the answers to what we sent")

    return run


ALL = {
    "der": Target(_elements, seeds.certificates),
    "pem": Target(_pem, seeds.private_keys_pem),
    "private_key": Target(_private_key, seeds.private_keys),
    "public_key": Target(_public_key, seeds.public_keys),
    "enveloped_key": Target(_enveloped_key, seeds.enveloped_keys, (FormatError, DecryptionError)),
    "private_key_der": Target(sm2.PrivateKey.from_der, seeds.private_keys_der),
    "private_key_pem": Target(sm2.PrivateKey.from_pem, seeds.private_keys_pem),
    "public_key_der": Target(sm2.PublicKey.from_der, seeds.public_keys_der),
    "public_key_point": Target(sm2.PublicKey.from_bytes, seeds.points),
    "signature_formats": Target(_convert_signature, seeds.signature_formats, ()),
    "signature": Target(_verify, seeds.signatures, (InvalidSignature,)),
    "ciphertext": Target(_decrypt, seeds.ciphertexts, ()),
    "ciphertext_forms": Target(_ciphertext_forms, seeds.ciphertexts),
    "key_exchange": Target(_key_exchange, seeds.points),
    "sm4_file": Target(_sm4_file, seeds.sm4_files, (ValueError, InvalidTag)),
    "certificate": Target(_certificate, seeds.certificates, (ValueError,)),
    "certificates_pem": Target(pki.load_certificates, seeds.certificates_pem),
    "certificate_request": Target(_request, seeds.requests, (ValueError,)),
    "revocation_list": Target(_revocation_list, seeds.revocation_lists, (ValueError,)),
    "register": Target(_register, seeds.registers),
    "pkcs12": Target(_pkcs12, seeds.pkcs12_files),
    "signed_message": Target(
        _signed_message, seeds.signed_messages, (FormatError, InvalidSignature)
    ),
    "encrypted_message": Target(
        _encrypted_message, seeds.encrypted_messages, (ValueError, InvalidSignature)
    ),
    "pair": Target(_pair, seeds.files_of_pairs),
    "identify": Target(_identify, seeds.things, ()),
    "ber": Target(_ber, seeds.streams),
    "tlcp_server": Target(_handshake("server"), seeds.client_hellos, (ssl.SSLError,)),
    "dual_server": Target(_handshake("dual"), seeds.client_hellos, (ssl.SSLError,)),
    "tlcp_client": Target(_handshake("client"), seeds.server_flights, (ssl.SSLError,)),
}
