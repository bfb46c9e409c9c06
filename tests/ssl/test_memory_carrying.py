"""What a connection takes from its incoming MemoryBIO, and when, and what it leaves there."""

from __future__ import annotations

import ssl as stdlib
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, Raised, queue_is_empty

from tongsuo_py import ssl

PLAIN = b"plain text behind it"


@pytest.fixture(params=["TLS 1.2", "TLS 1.3", "TLCP"])
def pair(request: pytest.FixtureRequest, tls: SimpleNamespace, tlcp: Any) -> MemoryPair:
    """A connection that stands."""
    if request.param == "TLCP":
        made = MemoryPair(tlcp.server("ECC-SM2-SM4-CBC-SM3"), tlcp.client(pair=False))
    else:
        version = getattr(stdlib.TLSVersion, request.param.replace(" ", "v").replace(".", "_"))
        made = MemoryPair(*_contexts(ssl, tls, version))
    made.handshake()
    return made


def _contexts(module: Any, tls: SimpleNamespace, version: Any = None) -> tuple[Any, Any]:
    server = module.SSLContext(stdlib.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    client = module.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(tls.ca)
    if version is not None:
        client.minimum_version = client.maximum_version = version
    return server, client


def _records(pair: MemoryPair, *messages: bytes) -> list[bytes]:
    """What the client writes for each of the messages."""
    written = []
    for message in messages:
        pair.client.write(message)
        written.append(pair.client_out.read())
    return written


def test_a_read_takes_one_record(pair: MemoryPair) -> None:
    messages = [b"a" * 10, b"b" * 3000, b"c", b"d" * 16384]
    records = _records(pair, *messages)
    left = b"".join(records)
    pair.server_in.write(left)
    for message, record in zip(messages, records, strict=True):
        assert pair.server.read(20000) == message
        left = left[len(record) :]
        assert pair.server_in.pending == len(left)
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.read(1)


def test_a_record_that_is_read_in_parts_is_taken_once(pair: MemoryPair) -> None:
    first, second = _records(pair, bytes(range(200)) * 20, b"next")
    pair.server_in.write(first + second)
    buffer = bytearray(1500)
    assert pair.server.read(1500) == (bytes(range(200)) * 20)[:1500]
    assert pair.server_in.pending == len(second)
    assert pair.server.pending() == 2500
    assert pair.server.read(1500, buffer) == 1500
    assert buffer == (bytes(range(200)) * 20)[1500:3000]
    assert pair.server.read(1500) == (bytes(range(200)) * 20)[3000:]
    assert pair.server_in.pending == len(second)
    assert pair.server.read(1500, buffer) == 4
    assert buffer[:4] == b"next"


def test_five_bytes_that_are_missing_are_no_header(pair: MemoryPair) -> None:
    """Even where they look like one: ciphertext does, now and then."""
    for _ in range(5000):
        (record,) = _records(pair, b"data")
        if record[-5] in range(20, 25) and any(record[-2:]):
            break
        pair.server_in.write(record)
        assert pair.server.read(10) == b"data"
    pair.server_in.write(record[:-5])
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.read(10)
    pair.server_in.write(record[-5:] + PLAIN)
    assert pair.server.read(10) == b"data"
    assert pair.server_in.read() == PLAIN


@pytest.mark.parametrize("into", [False, True])
@pytest.mark.parametrize("first", range(1, 12))
def test_a_close_notify_in_two_parts_and_what_follows(
    pair: MemoryPair, first: int, into: bool
) -> None:
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.unwrap()
    notify = pair.client_out.read()
    cut = len(notify) - first

    def read() -> Any:
        return pair.server.read(100, bytearray(100)) if into else pair.server.read(100)

    pair.server_in.write(notify[:cut])
    with pytest.raises(ssl.SSLWantReadError):
        read()
    # A content type and a length, so that a header would be believed.
    plain = b"\x17\x03\x03\x00\x09" + PLAIN
    pair.server_in.write(notify[cut:] + plain)
    for _ in range(3):
        assert not read()
    assert pair.server_in.read() == plain


@pytest.mark.parametrize("size", [*range(990, 1030), 1024 * 16 - 1, 1024 * 16, 1024 * 16 + 1])
def test_sizes_around_those_that_are_kept_apart(pair: MemoryPair, size: int) -> None:
    data = bytes(index % 251 for index in range(size))
    pair.send(pair.client, pair.server, data)
    pair.send(pair.server, pair.client, data)
    assert pair.client.write(memoryview(data)) == size
    pair.carry()
    buffer = bytearray(size)
    count = pair.server.read(size, buffer)
    assert buffer[:count] == data[:count]
    assert count == min(size, 16384)


def test_what_is_no_data_does_not_shorten_the_first_read(tls: SimpleNamespace) -> None:
    """The client meets the session tickets first, and then the data in the same call."""
    pair = MemoryPair(*_contexts(ssl, tls))
    pair.run(pair.client.do_handshake, pair.server.do_handshake)
    pair.server.write(b"z" * 9000)
    pair.carry()
    assert pair.client.read(262144) == b"z" * 9000


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\n\r\n", b"SSH-2.0-x\r\n", b"\x80\x2e\x01\x03\x01" + bytes(40)]
)
def test_what_is_no_record_stays_as_in_the_standard_library(
    tls: SimpleNamespace, said: bytes
) -> None:
    left = []
    for module in (ssl, stdlib):
        pair = MemoryPair(*_contexts(module, tls))
        pair.server_in.write(said)
        with pytest.raises(ssl.SSLError):
            pair.server.do_handshake()
        left.append(pair.server_in.read())
    assert left[0] == left[1]


def test_an_alert_that_cannot_be_written_leaves_no_error_behind(tls: SimpleNamespace) -> None:
    pair = MemoryPair(*_contexts(ssl, tls))
    pair.server_in.write(b"\x16\x03\x01\x00\x04\x02\x00\x00\x00")
    pair.server_out.write_eof()
    with pytest.raises(ssl.SSLError, match="cannot write"):
        pair.server.do_handshake()
    assert queue_is_empty()


def test_a_write_within_a_write_is_refused(tls: SimpleNamespace) -> None:
    """As a callback may try it: nothing of it may come between the records of the outer one."""
    refused: list[BaseException | None] = []

    def nested(conn: Any, direction: str, *_: Any) -> None:
        if direction == "write" and armed:
            armed.clear()
            with Raised() as caught:
                conn.write(b"inner")
            refused.append(caught.error)

    armed: list[bool] = []
    server, client = _contexts(ssl, tls)
    client._msg_callback = nested
    pair = MemoryPair(server, client)
    pair.handshake()
    for size in (5, 40000):
        armed.append(True)
        pair.send(pair.client, pair.server, b"o" * size)
    assert [type(error) for error in refused] == [RuntimeError, RuntimeError]


def test_a_read_asks_for_a_certificate_though_nothing_came(tls: SimpleNamespace) -> None:
    """What a server's read has to write is written, also where it has just found nothing."""
    server, client = _contexts(ssl, tls)
    client.post_handshake_auth = True
    client.load_cert_chain(tls.client)
    server.verify_mode = stdlib.CERT_REQUIRED
    server.post_handshake_auth = True
    server.load_verify_locations(tls.ca)
    pair = MemoryPair(server, client)
    pair.handshake()
    pair.send(pair.client, pair.server, b"data")
    for into in (None, bytearray(10)):
        with pytest.raises(ssl.SSLWantReadError):
            pair.server.read(10, into)
    assert not pair.server_out.pending
    pair.server.verify_client_post_handshake()
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.read(10)
    assert pair.server_out.pending
    pair.carry()
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.read(10)
    pair.send(pair.client, pair.server, b"with a certificate")
    assert pair.server.getpeercert()


def test_what_a_read_or_a_write_finds_written_is_carried(pair: MemoryPair) -> None:
    """Neither has written it; the short way through C must not pass over it."""
    (record,) = _records(pair, b"data")
    memory = pair.server._sslobj._memory
    memory.written = 3
    pair.server_in.write(record)
    assert pair.server.read(100) == b"data"
    assert len(pair.server_out.read()) == 3
    memory.written = 3
    assert pair.server.write(b"answer") == 6
    written = pair.server_out.read()
    pair.client_in.write(written[3:])
    assert pair.client.read(100) == b"answer"
    assert memory.written == 0


@pytest.mark.parametrize("size", [0, 1, 900, 1024, 1100, 16384, 16385, 50000])
def test_writes_of_every_size(pair: MemoryPair, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    pair.send(pair.client, pair.server, data[:size])
    pair.send(pair.server, pair.client, memoryview(bytearray(data))[:size])
