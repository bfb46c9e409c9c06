"""What is fuzzed: a function of bytes, what it may raise, and what it starts from.

To add one, write a function here, and its seeds in ``seeds``. It may raise what its docstring in
the package names for bad input; everything else is a finding.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import get_args

from fuzz import seeds
from tongsuo_py import pki, sm2, sm4, ssl
from tongsuo_py._der import Reader
from tongsuo_py.exceptions import FormatError, InvalidSignature, InvalidTag


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


def _certificate(data: bytes) -> None:
    certificate = pki.Certificate.from_der(data)
    for name in dir(certificate):
        if not name.startswith("_"):
            getattr(certificate, name)
    certificate.to_text()
    # Tongsuo takes some BER, too, and writes it as DER.
    der = certificate.to_der()
    assert pki.Certificate.from_der(der).to_der() == der


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
    "tlcp_server": Target(_handshake("server"), seeds.client_hellos, (ssl.SSLError,)),
    "dual_server": Target(_handshake("dual"), seeds.client_hellos, (ssl.SSLError,)),
    "tlcp_client": Target(_handshake("client"), seeds.server_flights, (ssl.SSLError,)),
}
