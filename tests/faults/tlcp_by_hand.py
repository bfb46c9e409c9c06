"""TLCP's suite ECC-SM2-SM4-GCM-SM3 in Python: a peer that can say whatever a test wants.

It follows GB/T 38636-2020 and uses nothing of ``tongsuo_py.ssl``. It checks little, since it is the
other side that is under test.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from tongsuo_py import pki, sm3, sm4, ssl

VERSION = b"\1\1"
SUITE = b"\xe0\x53"  # ECC_SM4_GCM_SM3
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
(CLIENT_HELLO, SERVER_HELLO, CERTIFICATE, SERVER_KEY_EXCHANGE) = (1, 2, 11, 12)
(CERTIFICATE_REQUEST, SERVER_HELLO_DONE, CERTIFICATE_VERIFY) = (13, 14, 15)
(CLIENT_KEY_EXCHANGE, FINISHED, HELLO_REQUEST) = (16, 20, 0)
WARNING, FATAL = 1, 2


def vector(data: bytes, size: int) -> bytes:
    """Data with its length in ``size`` bytes before it."""
    return len(data).to_bytes(size) + data


def message(kind: int, body: bytes, length: int | None = None) -> bytes:
    """A handshake message; ``length`` is what it says that its body has, if that is a lie."""
    return bytes([kind]) + (len(body) if length is None else length).to_bytes(3) + body


def record(kind: int, body: bytes, version: bytes = VERSION, length: int | None = None) -> bytes:
    """A record, of any size and kind."""
    return bytes([kind]) + version + (len(body) if length is None else length).to_bytes(2) + body


def prf(secret: bytes, label: bytes, seed: bytes, size: int) -> bytes:
    """GB/T 38636, 5.3: P_hash of TLS 1.2 with HMAC-SM3."""
    seed, out, a = label + seed, b"", label + seed
    while len(out) < size:
        a = sm3.hmac(secret, a).digest()
        out += sm3.hmac(secret, a + seed).digest()
    return out[:size]


class Direction:
    """The key of one direction, and the number of its next record."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self.gcm, self.salt, self.number = sm4.GCM(key), salt, 0

    def _additional(self, kind: int, size: int) -> bytes:
        return self.number.to_bytes(8) + bytes([kind]) + VERSION + size.to_bytes(2)

    def seal(self, kind: int, body: bytes) -> bytes:
        explicit = self.number.to_bytes(8)
        sealed = self.gcm.encrypt(self.salt + explicit, body, self._additional(kind, len(body)))
        self.number += 1
        return explicit + sealed

    def open(self, kind: int, body: bytes) -> bytes:
        explicit, sealed = body[:8], body[8:]
        additional = self._additional(kind, len(sealed) - 16)
        opened: bytes = self.gcm.decrypt(self.salt + explicit, sealed, additional)
        self.number += 1
        return opened


class Handmade:
    """One side made by hand, and ``theirs``: the other, an SSLObject of a context under test.

    ``say`` delivers and lets them answer; what they raise is in ``error``, what they read as data
    in ``data``; ``heard`` are the records that they sent, in the clear.
    """

    def __init__(self, context: Any, *, server_side: bool) -> None:
        self.to_them, self.from_them = ssl.MemoryBIO(), ssl.MemoryBIO()
        # Which side they are on.
        kwargs: Any = {"server_side": True} if server_side else {"server_hostname": "localhost"}
        self.theirs = context.wrap_bio(self.to_them, self.from_them, **kwargs)
        self.server_side = server_side
        self.error: Exception | None = None
        self.data = b""
        self.closed = False
        self.heard: list[tuple[int, bytes]] = []
        self.transcript = b""
        self.sending: Direction | None = None
        self.receiving: Direction | None = None
        self.random = os.urandom(32)
        self.their_random = b""
        self._stood = False
        self._keys: tuple[Direction, Direction] | None = None
        self._master = b""

    # ---- records ----

    def say(self, *said: bytes) -> None:
        """Deliver bytes as they are, and let them do what they do then."""
        self.to_them.write(b"".join(said))
        self.step()

    def say_record(self, kind: int, body: bytes) -> None:
        """A record, under our keys if there are any yet."""
        self.say(self.sealed(kind, body))

    def sealed(self, kind: int, body: bytes) -> bytes:
        return record(kind, body if self.sending is None else self.sending.seal(kind, body))

    def say_message(self, kind: int, body: bytes) -> None:
        """A handshake message in a record of its own, noted for the Finished."""
        self.say_record(HANDSHAKE, self.noted(kind, body))

    def noted(self, kind: int, body: bytes) -> bytes:
        said = message(kind, body)
        self.transcript += said
        return said

    def step(self) -> None:
        """Let them handshake and read until they want more, or say what is wrong."""
        while self.error is None and not self.closed:
            try:
                if not self._stood:
                    self.theirs.do_handshake()
                    self._stood = True
                data = self.theirs.read(1 << 16)
                self.closed = not data
                self.data += data
            except ssl.SSLWantReadError:
                break
            except Exception as error:
                self.error = error
        self._hear(self.from_them.read())

    def end(self) -> None:
        """The stream ends: now they must be over."""
        self.to_them.write_eof()
        self.step()
        assert self.error is not None or self.closed

    def _hear(self, said: bytes) -> None:
        while said:
            kind, size = said[0], int.from_bytes(said[3:5])
            assert said[1:3] == VERSION or kind == ALERT  # which may answer in the peer's version
            body, said = said[5 : 5 + size], said[5 + size :]
            if self.receiving is not None:
                body = self.receiving.open(kind, body)
            if kind == CHANGE_CIPHER_SPEC and self._keys is not None:
                self.receiving = self._keys[1]
            if kind == HANDSHAKE and body[0] != HELLO_REQUEST:
                self.transcript += body
            self.heard.append((kind, body))

    def message_of(self, kind: int) -> bytes:
        """The body of the handshake message of this kind that they sent."""
        for record_kind, body in self.heard:
            if record_kind == HANDSHAKE and body[0] == kind:
                return body[4:]
        raise AssertionError(f"no message {kind} among {self.heard}; they say {self.error!r}")

    @property
    def alert(self) -> tuple[int, int] | None:
        """The last alert that they sent."""
        alerts = [body for kind, body in self.heard if kind == ALERT]
        return (alerts[-1][0], alerts[-1][1]) if alerts else None

    # ---- keys ----

    def derive(self, premaster: bytes) -> None:
        """The keys for both directions; in use from the ChangeCipherSpec on."""
        client, server = self.random, self.their_random
        if not self.server_side:
            client, server = server, client
        self._master = prf(premaster, b"master secret", client + server, 48)
        block = prf(self._master, b"key expansion", server + client, 40)
        directions = Direction(block[:16], block[32:36]), Direction(block[16:32], block[36:40])
        self._keys = directions if self.server_side else (directions[1], directions[0])

    def say_change_cipher_spec(self) -> None:
        assert self._keys is not None
        self.say_record(CHANGE_CIPHER_SPEC, b"\1")
        self.sending = self._keys[0]

    def verify_data(self) -> bytes:
        label = b"client finished" if self.server_side else b"server finished"
        return prf(self._master, label, sm3.sm3(self.transcript).digest(), 12)

    def say_finished(self) -> None:
        self.say_message(FINISHED, self.verify_data())


class HandmadeClient(Handmade):
    """A client by hand, of a server under test that asks for no certificate."""

    def __init__(self, context: Any) -> None:
        super().__init__(context, server_side=True)

    def hello(self, suites: bytes = SUITE, extensions: bytes | None = None) -> bytes:
        body = VERSION + self.random + vector(b"", 1) + vector(suites, 2) + vector(b"\0", 1)
        return body if extensions is None else body + vector(extensions, 2)

    def key_exchange(self, premaster: bytes) -> bytes:
        """Under the encryption certificate, which is the second that the server sent."""
        listed = self.message_of(CERTIFICATE)[3:]
        first = int.from_bytes(listed[:3])
        rest = listed[3 + first :]
        size = int.from_bytes(rest[:3])
        certificate = pki.Certificate.from_der(rest[3 : 3 + size])
        return vector(certificate.public_key().encrypt(premaster, encoding="der"), 2)

    def read_hello(self) -> None:
        self.their_random = self.message_of(SERVER_HELLO)[2:34]

    def handshake(self) -> None:
        """All of it, as it should be."""
        self.say_message(CLIENT_HELLO, self.hello())
        self.read_hello()
        premaster = VERSION + os.urandom(46)
        self.derive(premaster)
        self.say_message(CLIENT_KEY_EXCHANGE, self.key_exchange(premaster))
        self.say_change_cipher_spec()
        self.say_finished()
        assert self.error is None
        assert len(self.message_of(FINISHED)) == 12


class HandmadeServer(Handmade):
    """A server by hand, for a client under test; ``pair`` is its certificates and keys."""

    def __init__(self, context: Any, pair: pki.CertificatePair) -> None:
        super().__init__(context, server_side=False)
        self.pair = pair
        self.step()
        self.their_random = self.message_of(CLIENT_HELLO)[2:34]

    def hello(self, suite: bytes = SUITE, version: bytes = VERSION) -> bytes:
        return version + self.random + vector(b"", 1) + suite + b"\0"

    def certificates(self, more: Iterable[bytes] = ()) -> bytes:
        listed = [self.pair.sign.to_der(), self.pair.enc.to_der(), *more]
        return vector(b"".join(vector(der, 3) for der in listed), 3)

    def key_exchange(self) -> bytes:
        signed = self.their_random + self.random + vector(self.pair.enc.to_der(), 3)
        return vector(self.pair.sign.private_key.sign(signed, encoding="der"), 2)

    def flight(self) -> list[tuple[int, bytes]]:
        """The four messages that answer a hello."""
        return [
            (SERVER_HELLO, self.hello()),
            (CERTIFICATE, self.certificates()),
            (SERVER_KEY_EXCHANGE, self.key_exchange()),
            (SERVER_HELLO_DONE, b""),
        ]

    def take_keys(self) -> None:
        """Read the client's key exchange, and from it the keys."""
        sealed = self.message_of(CLIENT_KEY_EXCHANGE)[2:]
        self.derive(self.pair.enc.private_key.decrypt(sealed, encoding="der"))

    def finish(self) -> None:
        """After the flight: everything that is left of the handshake."""
        self.say_change_cipher_spec()
        self.say_finished()

    def _hear(self, said: bytes) -> None:
        """The client sends its key exchange and its Finished at once."""
        while said:
            size = 5 + int.from_bytes(said[3:5])
            super()._hear(said[:size])
            said = said[size:]
            kind, body = self.heard[-1]
            if kind == HANDSHAKE and body[0] == CLIENT_KEY_EXCHANGE and self._keys is None:
                self.take_keys()

    def handshake(self) -> None:
        for kind, body in self.flight():
            self.say_message(kind, body)
        self.finish()
        assert self.error is None
