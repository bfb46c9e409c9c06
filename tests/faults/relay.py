"""A conversation over memory BIOs through a wire that does one thing wrong.

Nothing is left to chance or to the clock here: an end that waits for what never comes is met with
the end of the stream, as by a relay that gives up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tongsuo_py import ssl

QUESTION, ANSWER = b"a question, " * 6, b"the answer, " * 8
HEADER = 5  # of a record: content type, version, length
CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, DATA = 20, 21, 22, 23
ROUNDS = 200  # far more than any conversation takes
FLIPS = tuple(f"flip {bit}" for bit in range(8))


class Wire:
    """One direction: passes on what is said, as it is; keeps a copy in ``said``."""

    def __init__(self) -> None:
        self.said = bytearray()
        self.happened = False  # what this wire does wrong
        self.closed = False
        self.is_cut = False
        self.is_paused = False  # there is something that only waits for the next turn

    def carry(self, source: Any, target: Any) -> int:
        """Take what is there and deliver what becomes of it; how many bytes moved."""
        said = source.read()
        self.said += said
        if self.is_cut or self.closed:
            return 0
        delivered = self.pass_on(said)
        if delivered:
            target.write(delivered)
        return len(said) + len(delivered)

    def pass_on(self, data: bytes) -> bytes:
        return data

    def close(self, target: Any) -> None:
        """The stream ends here."""
        self.closed = True
        target.write_eof()


class FaultyWire(Wire):
    """A wire with one fault, at one offset of the stream.

    ``flip 0`` to ``flip 7``: that bit is inverted. ``repeat``, ``drop``: the byte comes twice, or
    not at all. ``swap``: it comes behind the next one. ``split``: it comes a turn later, and all
    that follows. ``cut``: nothing comes from there on.
    """

    def __init__(self, fault: str, offset: int) -> None:
        super().__init__()
        self.fault, self.offset = fault, offset
        self._held = b""
        self._passed = 0

    def pass_on(self, data: bytes) -> bytes:
        data, self._held, self.is_paused = self._held + data, b"", False
        at = self.offset - self._passed
        if self.happened or not 0 <= at < len(data):
            self._passed += len(data)
            return data
        before, byte, after = data[:at], data[at : at + 1], data[at + 1 :]
        if self.fault == "swap" and not after:
            self._passed += at
            self._held = byte
            return before
        self.happened = True
        self._passed += len(data)
        match self.fault.split():
            case ["flip", bit]:
                return before + bytes([byte[0] ^ 1 << int(bit)]) + after
            case ["repeat"]:
                return before + byte + byte + after
            case ["drop"]:
                return before + after
            case ["swap"]:
                self.happened = byte != after[:1]
                return before + after[:1] + byte + after[1:]
            case ["split"]:
                self._held, self.is_paused = byte + after, True
                return before
            case ["cut"]:
                self.is_cut = True
                return before
        raise AssertionError(self.fault)


Alter = Callable[[int, bytes], list[bytes]]  # a record and its number: what passes instead


class RecordWire(Wire):
    """A wire that cuts what is said into records, and passes on what ``alter`` makes of each."""

    def __init__(self, alter: Alter) -> None:
        super().__init__()
        self.alter = alter
        self.number = 0
        self._rest = b""

    def pass_on(self, data: bytes) -> bytes:
        self._rest += data
        passed = b""
        for _, record in list(records(self._rest)):
            self._rest = self._rest[len(record) :]
            altered = self.alter(self.number, record)
            self.happened |= altered != [record]
            self.number += 1
            passed += b"".join(altered)
        return passed


def records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Each whole record of a stream, and where it begins."""
    start = 0
    while start + HEADER <= len(stream):
        end = start + HEADER + int.from_bytes(stream[start + 3 : start + HEADER])
        if end > len(stream):
            return
        yield start, bytes(stream[start:end])
        start = end


# ---- what is said ----


@dataclass
class End:
    """What one end came to: what it received, and how it ended."""

    received: bytearray = field(default_factory=bytearray)
    stood: bool = False  # its handshake was done
    clean: bool = False  # it saw a close_notify
    told_end: bool = False  # a read returned b"", for whatever reason
    error: Exception | None = None


@dataclass
class Outcome:
    """Both ends of a conversation, and the wires: ``up`` leads to the server."""

    server: End
    client: End
    up: Wire
    down: Wire

    @property
    def errors(self) -> list[Exception]:
        return [end.error for end in (self.server, self.client) if end.error is not None]


def _retried(call: Callable[[], Any]) -> Iterator[None]:
    while True:
        try:
            call()
            return
        except ssl.SSLWantReadError:
            yield


def _receive(sslobject: Any, end: End, size: int) -> Iterator[None]:
    """Until ``size`` bytes are there, or the peer has said that no more will come."""

    def read() -> None:
        data = sslobject.read(size - len(end.received))
        end.received += data
        end.clean = not data

    while len(end.received) < size and not end.clean:
        yield from _retried(read)


def _serve(sslobject: Any, end: End) -> Iterator[None]:
    yield from _retried(sslobject.do_handshake)
    end.stood = True
    yield from _receive(sslobject, end, len(QUESTION))
    sslobject.write(ANSWER)
    yield from _receive(sslobject, end, len(QUESTION) + 1)
    yield from _retried(sslobject.unwrap)


def _ask(sslobject: Any, end: End) -> Iterator[None]:
    yield from _retried(sslobject.do_handshake)
    end.stood = True
    sslobject.write(QUESTION)
    yield from _receive(sslobject, end, len(ANSWER))
    yield from _retried(sslobject.unwrap)
    end.clean = True


def converse(contexts: tuple[Any, Any], up: Wire, down: Wire) -> Outcome:
    """A handshake, a question, its answer, and close_notify both ways, through the wires.

    An end that is over closes its connection; where nothing moves any more, both streams end.
    Raises AssertionError if somebody then still waits.
    """
    to_server, to_client, from_server, from_client = (ssl.MemoryBIO() for _ in range(4))
    server = contexts[0].wrap_bio(to_server, from_server, server_side=True)
    client = contexts[1].wrap_bio(to_client, from_client, server_hostname="localhost")
    outcome = Outcome(End(), End(), up, down)
    talking = [
        (_serve(server, outcome.server), outcome.server),
        (_ask(client, outcome.client), outcome.client),
    ]
    for _ in range(ROUNDS):
        for talk, end in list(talking):
            try:
                next(talk)
            except StopIteration:
                talking.remove((talk, end))
            except Exception as error:
                end.error, end.clean = error, False
                talking.remove((talk, end))
        moved = up.carry(from_client, to_server) + down.carry(from_server, to_client)
        if not talking:
            return outcome
        assert moved or not (up.closed and down.closed), "somebody waits for what cannot come"
        over = up.is_cut or down.is_cut or not moved
        waiting = [end for _, end in talking]
        if over or (outcome.client not in waiting and not up.is_paused):
            up.close(to_server)
        if over or (outcome.server not in waiting and not down.is_paused):
            down.close(to_client)
    raise AssertionError("they talk without end")


def undisturbed(contexts: tuple[Any, Any]) -> Outcome:
    """The conversation as it should be."""
    outcome = converse(contexts, Wire(), Wire())
    check(outcome, "undisturbed")
    assert outcome.errors == []
    return outcome


# ---- what must be true of it, whatever the wire did ----


def check(outcome: Outcome, what: object) -> None:
    """No wrong byte arrived, and both ends know how it ended: all in order, or an SSLError.

    So if there is no error, all of the data has arrived.
    """
    for end, message in ((outcome.server, QUESTION), (outcome.client, ANSWER)):
        assert message.startswith(end.received), what
        assert end.stood or not end.received, what
        assert end.clean != (end.error is not None), (what, end)
        if end.clean:
            assert end.received == message, what
        else:
            check_error(end.error, what)
            # Anybody may say close_notify as long as there are no keys; it is no end of data.
            assert not (end.stood and isinstance(end.error, ssl.SSLZeroReturnError)), what


def check_error(error: Any, what: object = None) -> None:
    """It is an SSLError that says what happened, in a word for programs and in one for people."""
    assert isinstance(error, ssl.SSLError), (what, error)
    assert not isinstance(error, ssl.SSLWantReadError | ssl.SSLWantWriteError), (what, error)
    if isinstance(error, ssl.SSLEOFError):
        assert "EOF occurred in violation of protocol" in str(error), (what, error)
    elif isinstance(error, ssl.SSLZeroReturnError):
        assert "connection has been closed (EOF)" in str(error), (what, error)
    else:
        assert error.library, (what, error)
        assert error.reason, (what, error)
        assert error.reason.lower().split("_")[-1] in str(error), (what, error)
