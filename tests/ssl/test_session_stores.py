"""Sessions kept outside of the context: in memory, in Redis, and in stores that fail."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair
from redis_process import RedisProcess
from resuming import PROTOCOLS, VERSIONS, Connected, Maker, new_session, resumes
from server_process import ServerProcess, visit

from tongsuo_py import ssl

TIMEOUT = 7200  # seconds, of a session


class Recording(ssl.MemorySessionStore):
    """Keeps count of the calls."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, bytes]] = []
        self.timeouts: list[int] = []
        self.threads: set[int] = set()

    def get(self, id: bytes, /) -> Any:
        self.calls.append(("get", id))
        return super().get(id)

    def put(self, id: bytes, data: bytes, timeout: int, /) -> None:
        self.calls.append(("put", id))
        self.timeouts.append(timeout)
        super().put(id, data, timeout)

    def remove(self, id: bytes, /) -> None:
        self.calls.append(("remove", id))
        super().remove(id)


@pytest.fixture
def reported(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """What goes to sys.unraisablehook."""
    caught: list[BaseException] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: caught.append(report.exc_value))
    return caught


def server_with(make: Maker, store: Any, **kwargs: Any) -> Any:
    server = make.server(**kwargs)
    server.session_store = store
    return server


# ------------------------------------------------------------------------------ servers that share


@pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])
@pytest.mark.parametrize("takes_tickets", [True, False], ids=["", "client without tickets"])
def test_two_servers_with_one_store(make: Maker, mutual: bool, takes_tickets: bool) -> None:
    store, client = Recording(), make.client(tickets=takes_tickets)
    one, other = (server_with(make, store, mutual=mutual) for _ in range(2))
    first = Connected(one, client)
    second = Connected(other, client, first.session)
    assert not first.reused
    assert second.reused
    assert second.client.version() == VERSIONS[make.protocol]
    assert second.server.getpeercert(True) == first.server.getpeercert(True)
    assert second.server.get_peer_enc_cert(True) == first.server.get_peer_enc_cert(True)
    if mutual:
        assert second.server.getpeercert() == first.server.getpeercert() != {}
        assert (second.server.get_peer_enc_cert() is not None) == (make.protocol == "TLCP")
    assert [name for name, _ in store.calls if name != "put"] == ["get"]
    assert set(store.timeouts) == {TIMEOUT}
    assert all(len(id) == 32 for _, id in store.calls)
    assert resumes(one, client, second.session)


def test_there_is_no_other_place(make: Maker) -> None:
    store, client = ssl.MemorySessionStore(), make.client()
    server = server_with(make, store)
    kept = new_session(server, client)
    assert resumes(server, client, kept)
    server.session_store = ssl.MemorySessionStore()
    assert not resumes(server, client, kept)
    server.session_store = store
    assert resumes(server, client, kept)


def test_sessions_from_before_there_was_a_store(make: Maker) -> None:
    server, client = make.server(tickets=False), make.client()
    kept = new_session(server, client)
    assert resumes(server, client, kept)
    store = Recording()
    server.session_store = store
    assert not resumes(server, client, kept)
    assert ("remove", kept.id) not in store.calls  # it never was the store's


def test_a_store_that_is_taken_away(make: Maker) -> None:
    store = Recording()
    server, client = server_with(make, store), make.client()
    kept = new_session(server, client)
    assert server.session_store is store
    server.session_store = None
    assert server.session_store is None
    store.calls.clear()
    assert not resumes(server, client, kept)
    assert resumes(server, client, new_session(server, client))  # the context has its own again
    assert store.calls == []
    server.session_store = None  # once more is no error


def test_the_sessions_outlive_the_server(make: Maker) -> None:
    # When a context goes, Tongsuo clears its caches; that of all servers is not its own.
    store, client = Recording(), make.client()
    kept = new_session(server_with(make, store), client)
    assert resumes(server_with(make, store), client, kept)
    assert "remove" not in {name for name, _ in store.calls}


def test_an_unclean_end_does_not_remove_it(make: Maker) -> None:
    store, client = Recording(), make.client()
    server = server_with(make, store)
    pair = Connected(server, client)
    kept = pair.session
    del pair
    assert "remove" not in {name for name, _ in store.calls}
    assert resumes(server, client, kept)


def test_tickets_are_off_with_a_store_and_can_be_on(make: Maker) -> None:
    store = Recording()
    server, client = make.server(), make.client()
    assert not server.options & ssl.OP_NO_TICKET
    server.session_store = store
    assert server.options & ssl.OP_NO_TICKET
    server.options &= ~ssl.OP_NO_TICKET
    kept = new_session(server, client)
    assert store.calls == []  # the client has it all in its ticket
    assert resumes(server, client, kept)
    without = make.client(tickets=False)
    if make.protocol != "TLS 1.3":  # where each client takes tickets
        kept = new_session(server, without)
        assert [name for name, _ in store.calls] == ["put"]
        assert resumes(server, without, kept)


def test_servers_that_verify_clients_otherwise(make: Maker) -> None:
    store, client = ssl.MemorySessionStore(), make.client()
    lax, strict = server_with(make, store), server_with(make, store, mutual=True)
    kept = new_session(lax, client)
    assert not resumes(strict, client, kept)
    without = make.client(certificate=False)
    kept = new_session(lax, without)
    with pytest.raises(ssl.SSLError, match="certificate"):
        resumes(strict, without, kept)


def test_a_session_of_tls_12_for_a_hello_of_tls_13(
    tls: SimpleNamespace, trust: SimpleNamespace, reported: Any
) -> None:
    # Both are found by an ID of 32 bytes. The store gives what an older version has put.
    makers = [Maker(protocol, tls, trust) for protocol in ("TLS 1.2", "TLS 1.3")]
    old_store, store = ssl.MemorySessionStore(), Recording()
    new_session(server_with(makers[0], old_store), makers[0].client())
    server, client = server_with(makers[1], store), makers[1].client()
    kept = new_session(server, client)
    (old_id,) = old_store._entries
    data = old_store.get(old_id)
    assert data is not None
    for name, id in list(store.calls):
        assert name == "put"
        store.put(id, data.replace(old_id, id), TIMEOUT)
    assert not resumes(server, client, kept)
    assert reported == []


def test_tls_and_tlcp_with_one_store(tls: SimpleNamespace, trust: SimpleNamespace) -> None:
    store = ssl.MemorySessionStore()
    makers = [Maker(protocol, tls, trust) for protocol in PROTOCOLS]
    servers = [server_with(make, store, mutual=True) for make in makers]
    clients = [make.client() for make in makers]
    kept = [new_session(*ends) for ends in zip(servers, clients, strict=True)]
    for ends in zip(servers, clients, kept, strict=True):
        assert resumes(*ends)


def test_the_store_of_the_context_that_was_asked_first(make: Maker) -> None:
    first_store, second_store, client = Recording(), Recording(), make.client()
    first, second = server_with(make, first_store), server_with(make, second_store)

    def choose(connection: Any, name: str, context: Any) -> None:
        connection.context = second

    first.sni_callback = choose
    kept = new_session(first, client)
    assert resumes(first, client, kept)
    assert second_store.calls == []


# ------------------------------------------------------------------------------ stores that fail


class Faulty(ssl.MemorySessionStore):
    """Does what the test wants where a session is asked for, put or removed."""

    def __init__(self, **what: Any) -> None:
        super().__init__()
        self._what = what

    def get(self, id: bytes, /) -> Any:
        data = super().get(id)
        return self._what["get"](data) if "get" in self._what else data

    def put(self, id: bytes, data: bytes, timeout: int, /) -> None:
        super().put(id, data, timeout)
        if "put" in self._what:
            self._what["put"](data)

    def remove(self, id: bytes, /) -> None:
        super().remove(id)
        if "remove" in self._what:
            self._what["remove"](None)


def fail(_: Any) -> Any:
    raise ConnectionError("the store is not there")


ANSWERS = {
    "empty": lambda data: b"",
    "one byte": lambda data: b"\x30",
    "truncated": lambda data: data[:-1],
    "half": lambda data: data[: len(data) // 2],
    "something behind": lambda data: data + b"\0",
    "twice": lambda data: data + data,
    "text of another program": lambda data: b'{"session": 1}',
    "zeros": lambda data: bytes(len(data)),
    "another tag": lambda data: b"\x31" + data[1:],
    "another length": lambda data: data[:2] + bytes([data[2] ^ 1]) + data[3:],
    "a version from the future": lambda data: data.replace(b"\2\1\1\2", b"\2\1\2\2", 1),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_store_that_returns_garbage(make: Maker, answer: str, reported: Any) -> None:
    server, client = server_with(make, Faulty(get=ANSWERS[answer])), make.client()
    kept = new_session(server, client)
    assert not resumes(server, client, kept)
    assert [type(error) for error in reported] == [ValueError]
    assert "store returned" in str(reported[0])


@pytest.mark.parametrize("wrong", [1, "text", ["list"], object()], ids=range(4))
def test_a_store_that_returns_no_bytes(make: Maker, wrong: Any, reported: Any) -> None:
    server, client = server_with(make, Faulty(get=lambda data: wrong)), make.client()
    assert not resumes(server, client, new_session(server, client))
    assert [type(error) for error in reported] == [TypeError]


@pytest.mark.parametrize("kind", [bytearray, memoryview])
def test_a_store_that_returns_other_bytes(make: Maker, kind: Any) -> None:
    server, client = server_with(make, Faulty(get=kind)), make.client()
    assert resumes(server, client, new_session(server, client))


def test_a_store_that_returns_another_session(make: Maker, reported: Any) -> None:
    store, client = ssl.MemorySessionStore(), make.client()
    server = server_with(make, store)
    other = new_session(server, client)
    data = [store.get(id) for id in store._entries]
    server.session_store = Faulty(get=lambda _: data[0])
    kept = new_session(server, client)
    assert other.id != kept.id
    assert not resumes(server, client, kept)
    assert [str(error) for error in reported] == [
        "the session store returned something else than this session"
    ]


def test_every_bit_of_a_stored_session_flipped(tls: Any, trust: Any, reported: Any) -> None:
    # Whoever writes the store can be anyone; but what is merely broken must not break us.
    make = Maker("TLCP", tls, trust)
    stored: list[bytes] = []
    place = SimpleNamespace(bit=0)

    def flip(_: Any) -> bytes:
        changed = bytearray(stored[0])
        changed[place.bit // 8] ^= 1 << place.bit % 8
        return bytes(changed)

    server, client = server_with(make, Faulty(put=stored.append, get=flip)), make.client()
    kept = new_session(server, client)
    for place.bit in range(0, len(stored[0]) * 8, 3):
        pair = MemoryPair(server, client, session=kept)
        try:
            pair.handshake()
        except (ssl.SSLError, EOFError):
            continue
        pair.send(pair.client, pair.server, b"data")
    assert {type(error) for error in reported} == {ValueError}


def test_a_store_that_raises_where_a_session_is_asked_for(make: Maker, reported: Any) -> None:
    server, client = server_with(make, Faulty(get=fail)), make.client()
    assert not resumes(server, client, new_session(server, client))
    assert [str(error) for error in reported] == ["the store is not there"]


def test_a_store_that_raises_where_a_session_is_put(make: Maker, reported: Any) -> None:
    server, client = server_with(make, Faulty(put=fail)), make.client()
    new_session(server, client)
    assert {str(error) for error in reported} == {"the store is not there"}


def test_a_store_that_raises_where_a_session_is_removed(make: Maker, reported: Any) -> None:
    store = Faulty(remove=fail, get=lambda data: aged(data))
    server, client = server_with(make, store), make.client()
    assert not resumes(server, client, new_session(server, client))
    expected = [] if make.protocol == "TLS 1.3" else ["the store is not there"]
    assert [str(error) for error in reported] == expected


def test_an_interruption_is_not_swallowed(make: Maker, reported: Any) -> None:
    def interrupt(_: Any) -> Any:
        raise KeyboardInterrupt

    server, client = server_with(make, Faulty(get=interrupt)), make.client()
    kept = new_session(server, client)
    pair = MemoryPair(server, client, session=kept)
    with pytest.raises(KeyboardInterrupt):
        pair.handshake()
    assert reported == []


def aged(data: bytes, seconds: int = TIMEOUT + 1) -> bytes:
    """The stored session, made some time ago: its time is the field with the tag [1]."""
    at = data.index(b"\xa1\x06\x02\x04") + 4
    made = int.from_bytes(data[at : at + 4], "big")
    return data[:at] + (made - seconds).to_bytes(4, "big") + data[at + 4 :]


def test_a_session_whose_time_is_over(make: Maker) -> None:
    ages = [TIMEOUT - 60, TIMEOUT + 1]
    store = Recording()
    server, client = server_with(make, store), make.client()
    kept = new_session(server, client)
    id = store.calls[-1][1]
    for id in {id for name, id in store.calls if name == "put"}:
        store.put(id, aged(store.get(id), ages[0]), TIMEOUT)
    assert resumes(server, client, kept)
    for id in {id for name, id in store.calls if name == "put"}:
        store.put(id, aged(store.get(id), 61), TIMEOUT)
    store.calls.clear()
    assert not resumes(server, client, kept)
    removed = [id for name, id in store.calls if name == "remove"]
    assert removed == ([] if make.protocol == "TLS 1.3" else [kept.id])


def test_stores_are_exchanged_while_connections_are_made(make: Maker) -> None:
    server, client = make.server(), make.client()
    stop = threading.Event()
    exchanges = 0

    def exchange() -> None:
        nonlocal exchanges
        while not stop.is_set():
            server.session_store = ssl.MemorySessionStore()
            server.session_store = None
            exchanges += 1

    thread = threading.Thread(target=exchange)
    thread.start()
    try:
        kept = None
        for _ in range(200):
            pair = Connected(server, client, kept)
            pair.send(pair.client, pair.server, b"data")
            kept = pair.session
    finally:
        stop.set()
        thread.join()
    assert exchanges > 10


def test_a_slow_store_holds_up_nobody_else(make: Maker) -> None:
    entered, leave = threading.Event(), threading.Event()

    def wait(data: bytes) -> bytes:
        entered.set()
        assert leave.wait(20)
        return data

    server, client = server_with(make, Faulty(get=wait)), make.client()
    kept = new_session(server, client)
    result: list[bool] = []
    thread = threading.Thread(target=lambda: result.append(resumes(server, client, kept)))
    thread.start()
    try:
        assert entered.wait(20)
        new_session(server, client)
        assert result == []
    finally:
        leave.set()
        thread.join()
    assert result == [True]


def test_a_session_that_fails_is_removed(old_pair: Any) -> None:
    store, server, client = old_pair
    kept = new_session(server, client)
    pair = MemoryPair(server, client, session=kept)
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.do_handshake()
    pair.carry()
    with pytest.raises(ssl.SSLWantReadError):
        pair.server.do_handshake()
    # A client that knows the ID and nothing of the secret.
    pair.server_in.write(b"\x14\3\3\0\1\1" + b"\x16\3\3\0\x28" + bytes(40))
    with pytest.raises(ssl.SSLError, match="bad record mac"):
        pair.server.do_handshake()
    assert store.calls[-1] == ("remove", kept.id)
    assert not resumes(server, client, kept)


@pytest.fixture
def old_pair(tls: SimpleNamespace, trust: SimpleNamespace) -> Any:
    """A store, a server that uses it, and a client, of TLS 1.2."""
    make, store = Maker("TLS 1.2", tls, trust), Recording()
    return store, server_with(make, store), make.client()


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("wrong", [1, object(), {}, "redis://"], ids=range(4))
def test_something_else_than_a_store(make: Maker, wrong: Any) -> None:
    server = make.server()
    with pytest.raises(TypeError, match="methods get, put and remove"):
        server.session_store = wrong
    assert server.session_store is None
    assert not server.options & ssl.OP_NO_TICKET


def test_a_store_for_a_client(make: Maker) -> None:
    client = make.client()
    assert client.session_store is None
    for value in (ssl.MemorySessionStore(), None):
        with pytest.raises(ValueError, match="for servers"):
            client.session_store = value


# ------------------------------------------------------------------------------ in memory


def test_memory_keeps_what_it_is_given() -> None:
    store = ssl.MemorySessionStore()
    assert store.get(b"one") is None
    store.put(b"one", b"1", 10)
    store.put(b"two", b"2", 10)
    assert (store.get(b"one"), store.get(b"two"), len(store)) == (b"1", b"2", 2)
    store.put(b"one", b"11", 10)
    assert (store.get(b"one"), len(store)) == (b"11", 2)
    store.remove(b"one")
    store.remove(b"one")
    assert (store.get(b"one"), store.get(b"two"), len(store)) == (None, b"2", 1)


def test_memory_forgets_in_time() -> None:
    store = ssl.MemorySessionStore()
    store.put(b"over", b"1", 0)
    store.put(b"short", b"2", 1)
    assert store.get(b"over") is None
    assert store.get(b"short") == b"2"
    deadline = time.monotonic() + 20
    while store.get(b"short") is not None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(store) == 0


def test_memory_is_bounded() -> None:
    store = ssl.MemorySessionStore(limit=3)
    for id in (b"1", b"2", b"3"):
        store.put(id, id, 10)
    store.put(b"1", b"again", 10)  # the newest now
    store.put(b"4", b"4", 10)
    assert [store.get(id) for id in (b"1", b"2", b"3", b"4")] == [b"again", None, b"3", b"4"]
    assert len(store) == 3
    for limit in (0, -1):
        with pytest.raises(ValueError, match="at least 1"):
            ssl.MemorySessionStore(limit)


def test_memory_from_many_threads() -> None:
    store = ssl.MemorySessionStore(limit=50)
    errors: list[BaseException] = []

    def use(number: int) -> None:
        try:
            for turn in range(500):
                id = bytes([number, turn % 20])
                store.put(id, id, 10)
                assert store.get(id) in (id, None)
                store.remove(id)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=use, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(store) == 0


# ------------------------------------------------------------------------------ in Redis


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """A real Redis server on a Unix socket."""
    with RedisProcess(tmp_path_factory.mktemp("redis")) as process:
        yield process


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_three_processes_with_redis(
    protocol: str, redis: RedisProcess, tls: SimpleNamespace, trust: SimpleNamespace
) -> None:
    client = Maker(protocol, tls, trust).client()
    with (
        ServerProcess(protocol, tls, trust, redis=redis.socket) as one,
        ServerProcess(protocol, tls, trust, redis=redis.socket) as two,
    ):
        visits = [visit(client, one)]
        visits.append(visit(client, two, visits[-1].session))
        with ServerProcess(protocol, tls, trust, redis=redis.socket) as three:
            visits.append(visit(client, three, visits[-1].session))
        visits.append(visit(client, one, visits[-1].session))  # the third is gone, its work not
    assert [entry.reused for entry in visits] == [False, True, True, True]
    assert len({(entry.certificate, entry.enc_certificate) for entry in visits}) == 1
    assert visits[0].certificate
    assert bool(visits[0].enc_certificate) == (protocol == "TLCP")


def test_what_is_in_redis(make: Maker, redis: RedisProcess) -> None:
    with redis.client() as database:
        store = ssl.RedisSessionStore(database, "meters: ")
        server, client = server_with(make, store), make.client()
        kept = new_session(server, client)
        keys = database.keys(b"meters: *")
        assert keys
        assert all(len(key) == len("meters: ") + 32 for key in keys)
        assert all(TIMEOUT - 60 < database.ttl(key) <= TIMEOUT for key in keys)
        if make.protocol != "TLS 1.3":
            assert keys == [b"meters: " + kept.id]
        assert resumes(server, client, kept)
        for key in keys:
            store.remove(key[len("meters: ") :])
        assert not resumes(server, client, kept)
        database.flushall()


def test_redis_is_as_good_as_memory(redis: RedisProcess) -> None:
    with redis.client() as database:
        store = ssl.RedisSessionStore(database, b"\0prefix\xff")
        id = bytes(range(32))
        assert store.get(id) is None
        store.put(id, b"1", 10)
        store.put(id, b"\0\xff", 0)
        assert store.get(id) == b"\0\xff"
        assert 0 < database.ttl(b"\0prefix\xff" + id) <= 1
        store.remove(id)
        store.remove(id)
        assert store.get(id) is None


def test_redis_goes_away(
    make: Maker, tmp_path_factory: pytest.TempPathFactory, reported: Any
) -> None:
    with RedisProcess(tmp_path_factory.mktemp("redis")) as process, process.client() as database:
        server = server_with(make, ssl.RedisSessionStore(database))
        client = make.client()
        kept = new_session(server, client)
        assert resumes(server, client, kept)
        assert reported == []
        process.kill()
        assert not resumes(server, client, kept)
    assert {type(error).__name__ for error in reported} == {"ConnectionError"}
