"""What is fuzzed: a function of bytes, what it may raise, and what it starts from.

Everything that reads bytes from outside has its target here. To add one:

1. In ``seeds`` (or ``handshakes``), write a generator of good examples: each form that the format
   has, under KEY and PASSWORD where it takes a key, and with as few rounds as it can have where
   that is hashed. They decide how deep the fuzzer gets, since by itself it makes no signature.
2. Here, write a function that calls the reader and then asks for everything that can be asked of
   the result. Where there is a writer, assert that what was read is written the same.
3. Name both in ``ALL``, with the exceptions that the reader's docstring names for bad input. All
   others are findings, and so is an input that takes ten seconds or 2 GiB.

``python -m fuzz --only NAME`` tries it. An input that failed is kept in ``fuzz/findings``;
``python -m fuzz.one TARGET fuzz/findings/FILE`` runs that alone again. Mend the package, and put
the input into the tests of what was mended.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from fuzz import handshakes, seeds
from tongsuo_py import _ber, _pem, pki, sm2, sm4, ssl
from tongsuo_py._binding import pbes
from tongsuo_py._der import Reader
from tongsuo_py.cli.diagnosis.handshakes import certificates_in
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


@contextmanager
def _few_rounds() -> Iterator[None]:
    """A file may have a password hashed for seconds; here it is bounded to what takes none."""
    before = pbes.MOST_ITERATIONS, pbes.MOST_SCRYPT_WORK
    pbes.MOST_ITERATIONS = pbes.MOST_SCRYPT_WORK = 2**12
    try:
        yield
    finally:
        pbes.MOST_ITERATIONS, pbes.MOST_SCRYPT_WORK = before


def _elements(data: bytes) -> None:
    def walk(reader: Reader) -> None:
        while (tag := reader.peek()) is not None:
            if tag & 0x20:
                walk(reader.enter(tag))
            else:
                reader.element()

    walk(Reader(data, "the input"))


def _ber_to_der(data: bytes) -> None:
    der = _ber.to_der(data, "the input")
    assert _ber.to_der(der, "the output") == der


def _pem_blocks(data: bytes) -> None:
    for block in _pem.blocks(data):
        with suppress(FormatError):
            der = block.decode()
            (again,) = _pem.blocks(_pem.armour(der, block.label))
            assert (again.label, again.decode()) == (block.label, der)


def _read(thing: Any) -> None:
    """Ask a certificate, request or revocation list everything."""
    thing.to_text()
    # Tongsuo takes some BER, too, and writes it as DER.
    der = thing.to_der()
    assert type(thing).from_der(der).to_der() == der
    for name in dir(thing):
        if not name.startswith("_"):
            getattr(thing, name)


def _private_key(data: bytes) -> None:
    with _few_rounds():
        key = sm2.load_private_key(data, seeds.PASSWORD)
    assert sm2.load_private_key(key.to_der()).to_bytes() == key.to_bytes()


def _private_key_der(data: bytes) -> None:
    with _few_rounds():
        sm2.PrivateKey.from_der(data, seeds.PASSWORD)


def _private_key_pem(data: bytes) -> None:
    with _few_rounds():
        sm2.PrivateKey.from_pem(data, seeds.PASSWORD)


def _public_key(data: bytes) -> None:
    key = sm2.load_public_key(data)
    assert sm2.load_public_key(key.to_bytes()) == key


def _enveloped_key(data: bytes) -> None:
    sm2.PrivateKey.from_enveloped(data, seeds.KEY)


def _certificate(data: bytes) -> None:
    certificate, root = pki.Certificate.from_der(data), seeds.authority().certificate
    # It may be one that is changed where no signature looks, but never one of another key.
    found = pki.verify_chain(certificate, roots=[root], host=seeds.HOST, purpose="server")
    assert not found.ok or certificate.is_issued_by(root)
    str(pki.verify_chain(certificate, roots=[certificate]))
    _read(certificate)


def _request(data: bytes) -> None:
    request = pki.Request.from_der(data)
    request.is_signed()
    _read(request)
    seeds.authority().answer_pair(request)


def _crl(data: bytes) -> None:
    crl = pki.CRL.from_der(data)
    issuer, pair = seeds.authority().certificate, seeds.pair()
    with suppress(InvalidSignature):
        crl.verify(issuer)
    str(pki.verify_chain(pair.sign, roots=[issuer], crls=[crl]))
    _read(crl)
    given_back = pki.RevocationReason.REMOVE_FROM_CRL
    released = {entry.serial_number for entry in crl.revoked if entry.reason is given_back}
    for entry in crl.revoked:
        assert crl.is_revoked(entry.serial_number) or entry.serial_number in released
    crl.find(pair.sign)


def _pkcs12(data: bytes) -> None:
    with _few_rounds():
        found = pki.load_pkcs12(data, seeds.PASSWORD, require_mac=False)
    for entry in found.entries:
        assert entry.private_key.public_key() == entry.public_key()


def _signed_message(data: bytes) -> None:
    """Whatever is not refused was signed by the seeds' signer."""
    with suppress(FormatError):
        cms.certificates(data)
    with suppress(FormatError, InvalidSignature):
        cms.verify(data, roots=None)
    assert cms.verify(data, roots=[seeds.authority().certificate]).content == seeds.MESSAGE


def _encrypted_message(data: bytes) -> None:
    with suppress(FormatError, DecryptionError):
        cms.decrypt(data, seeds.KEY)
    cms.decrypt_and_verify(data, seeds.KEY, roots=[seeds.authority().certificate])


def _load_pair(data: bytes) -> None:
    with _few_rounds():
        pki.load_pair(data, password=seeds.PASSWORD)


def _cfca(data: bytes) -> None:
    with _few_rounds():
        pki.load_keyed(data, password=seeds.CFCA_PASSWORD)


def _identify(data: bytes) -> None:
    for identity in pki.identify(data):
        str(identity)


def _register(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as directory:
        (Path(directory) / "register.jsonl").write_bytes(data)
        register = pki.Register(directory)
        assert len(register.revoked) <= len(register.issued)


def _ca_data(data: bytes) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    context.load_verify_locations(cadata=data)
    context.get_ca_certs()


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


def _sm4_file(data: bytes) -> None:
    """Under the seeds' key: it opens only if it is as one of them was written."""
    target = io.BytesIO()
    sm4.decrypt_file(io.BytesIO(data), target, key=bytes(sm4.KEY_SIZE))
    assert len(target.getvalue()) == len(data) - 77 - 16 * max(1, -(-(len(data) - 77) // 65_552))


def _certificate_message(data: bytes) -> None:
    """As what ``tongsuo-py connect`` watches; the first byte says which version's."""
    body, newest = data[1:], data[:1] == b"\1"
    found = list(certificates_in(body, newest=newest))
    assert sum(map(len, found)) <= len(body)
    for der in found:
        with suppress(FormatError):
            pki.Certificate.from_der(der)


def _handshake(kind: handshakes.Kind) -> Callable[[bytes], None]:
    """The other side's first flight, from memory."""
    context = handshakes.context(kind)
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


def _session(data: bytes) -> None:
    """What a server's store has for the session that a client asks for."""
    place = data.find(b"\x04\x20") + 2  # where its ID is, if it is one
    id = data[place : place + 32].ljust(32, b"\0")
    incoming = ssl.MemoryBIO()
    server = handshakes.server_with(handshakes.Store({id: data}))
    incoming.write(handshakes.resuming_hello(id))
    # What is no session is told there, and the handshake goes on without.
    told: list[BaseException | None] = []
    before, sys.unraisablehook = sys.unraisablehook, lambda event: told.append(event.exc_value)
    try:
        server.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True).do_handshake()
    finally:
        sys.unraisablehook = before
        assert all(isinstance(error, ValueError) for error in told)


_CHECKED = (FormatError, InvalidSignature)

ALL = {
    "der": Target(_elements, seeds.certificates),
    "ber": Target(_ber_to_der, seeds.streams),
    "pem": Target(_pem_blocks, seeds.key_files),
    "private_key": Target(_private_key, seeds.private_keys),
    "private_key_der": Target(_private_key_der, seeds.private_keys_der),
    "private_key_pem": Target(_private_key_pem, seeds.private_keys_pem),
    "enveloped_key": Target(_enveloped_key, seeds.enveloped_keys, (FormatError, DecryptionError)),
    "public_key": Target(_public_key, seeds.public_keys),
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
    "request": Target(_request, seeds.requests, (ValueError, InvalidSignature)),
    "crl": Target(_crl, seeds.crls, (ValueError,)),
    "pkcs12": Target(_pkcs12, seeds.pkcs12_files),
    "signed_message": Target(_signed_message, seeds.messages, _CHECKED),
    "encrypted_message": Target(_encrypted_message, seeds.messages, (*_CHECKED, DecryptionError)),
    "load_pair": Target(_load_pair, seeds.key_files),
    "cfca": Target(_cfca, seeds.cfca_files),
    "identify": Target(_identify, seeds.anything, ()),
    "register": Target(_register, seeds.registers),
    # As in the standard library: a general name may be no UTF-8.
    "ca_data": Target(_ca_data, seeds.certificates_in_a_row, (ssl.SSLError, UnicodeDecodeError)),
    "session": Target(_session, handshakes.sessions, (ssl.SSLError,)),
    "certificate_message": Target(_certificate_message, handshakes.certificate_messages, ()),
    "tlcp_server": Target(_handshake("server"), handshakes.client_hellos, (ssl.SSLError,)),
    "dual_server": Target(_handshake("dual"), handshakes.client_hellos, (ssl.SSLError,)),
    "tlcp_client": Target(_handshake("client"), handshakes.server_flights, (ssl.SSLError,)),
}
