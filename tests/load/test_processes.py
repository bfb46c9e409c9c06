"""Child processes: by fork, with the parent's contexts; by spawn and forkserver, with their own."""

from __future__ import annotations

import copy
import multiprocessing
import multiprocessing.forkserver
import multiprocessing.resource_tracker
import os
import pickle
import select
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from children import answer, answer_with_files, forked, talk
from peers import TIMEOUT, MemoryPair, Raised, exchange, receive, session, tcp_pair

from tongsuo_py import sm2

CHILDREN = 4
# Of a hello in its record: header (5), message type and length (4), version (2).
RANDOM = slice(11, 43)

pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


@pytest.fixture(scope="module", autouse=True)
def helper_processes() -> None:
    """Those of multiprocessing, which stay, and keep open what they need."""
    multiprocessing.resource_tracker.ensure_running()
    multiprocessing.forkserver.ensure_running()


def result(child: tuple[int, int]) -> bytes:
    """What a child of ``forked`` came to; it is killed if that takes too long."""
    number, pipe = child
    with open(pipe, "rb") as file:
        in_time = select.select([file], [], [], TIMEOUT)[0]
        if not in_time:
            os.kill(number, 9)
        data = file.read()
    status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    assert in_time, "the child hangs"
    assert status == 0
    return data


def in_children(work: Callable[[], bytes]) -> list[bytes]:
    return [result(child) for child in [forked(work) for _ in range(CHILDREN)]]


# ---- random numbers ----


def test_hellos_differ(contexts: Any) -> None:
    """Parent and children have the same generator, in the same state, when they part."""
    server, client = contexts.server(), contexts.client()

    def hellos() -> bytes:
        """The random bytes of a client's hello and of its server's."""
        pair = MemoryPair(server, client)
        randoms = []
        for end, out, target in (
            (pair.client, pair.client_out, pair.server_in),
            (pair.server, pair.server_out, pair.client_in),
        ):
            with Raised():
                end.do_handshake()
            record = out.read()
            randoms.append(record[RANDOM])
            target.write(record)
        return b"".join(randoms)

    hellos()  # so that it has been used
    children = [forked(hellos) for _ in range(CHILDREN)]
    both = [hellos(), *map(result, children)]
    randoms = [random[at : at + 32] for random in both for at in (0, 32)]
    assert {len(random) for random in randoms} == {32}
    assert len(set(randoms)) == 2 * (CHILDREN + 1)


def test_signatures_differ() -> None:
    """A number that two signatures share tells the private key."""
    key = sm2.PrivateKey.generate()

    def sign() -> bytes:
        return key.sign(b"message", encoding="raw")

    sign()
    signatures = [sign(), *in_children(sign), sign()]
    assert len({signature[:32] for signature in signatures}) == CHILDREN + 2
    for signature in signatures:
        key.public_key().verify(signature, b"message", encoding="raw")


def test_keys_differ() -> None:
    def make() -> bytes:
        return sm2.PrivateKey.generate().public_key().to_der()

    make()
    assert len({make(), *in_children(make), make()}) == CHILDREN + 2


# ---- servers ----


def test_a_server_with_forked_workers(contexts: Any) -> None:
    """Made before the fork: the context and the listening socket, which all of them share."""
    server, client = contexts.server(), contexts.client()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT)
        talking = 5

        def work() -> bytes:
            answer(server, listener, talking)
            return b"done"

        workers = [forked(work) for _ in range(CHILDREN)]
        answers = [talk(client, listener.getsockname()) for _ in range(talking * CHILDREN)]
        assert [result(worker) for worker in workers] == [b"done"] * CHILDREN
    numbers = {number.to_bytes(4, "big") for number, _ in workers}
    assert set(answers) == numbers


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(contexts: Any, trust: Any, method: str) -> None:
    server, client = contexts.server(), contexts.client()
    directory = str(trust.dir / ("server" if contexts.ntls else "server_cert"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TIMEOUT)
        processes = multiprocessing.get_context(method)
        if method == "fork":
            process = processes.Process(target=answer, args=(server, listener, 2))
        else:
            for copied in (pickle.dumps, copy.copy, copy.deepcopy):
                with pytest.raises(TypeError, match="cannot pickle 'SSLContext' object"):
                    copied(server)
            arguments = (directory, contexts.ntls, listener, 2)
            process = processes.Process(target=answer_with_files, args=arguments)
        process.start()
        try:
            number = (process.pid or 0).to_bytes(4, "big")
            assert [talk(client, listener.getsockname()) for _ in range(2)] == [number] * 2
            process.join(TIMEOUT)
            assert process.exitcode == 0
        finally:
            process.kill()
            process.join()
            process.close()


# ---- what other threads were at ----


class Halted:
    """A handshake in other threads that stands still, its server inside the connection."""

    def __init__(self, contexts: Any) -> None:
        self.server, self.client = contexts.server(), contexts.client()
        self.go_on = threading.Event()
        inside = threading.Event()

        def wait(*_: object) -> None:
            inside.set()
            self.go_on.wait(TIMEOUT)

        self.server.sni_callback = wait
        raw_server, raw_client = tcp_pair()
        self.accepted = self.server.wrap_socket(
            raw_server, server_side=True, do_handshake_on_connect=False
        )
        self.connected = self.client.wrap_socket(
            raw_client, server_hostname="localhost", do_handshake_on_connect=False
        )
        self.threads = [
            threading.Thread(target=end.do_handshake) for end in (self.accepted, self.connected)
        ]
        for thread in self.threads:
            thread.start()
        assert inside.wait(TIMEOUT)
        self.server.sni_callback = None

    def finish(self) -> None:
        self.go_on.set()
        for thread in self.threads:
            thread.join(TIMEOUT)
        with self.accepted, self.connected:
            exchange(self.accepted, self.connected, b"x" * 1000)


def test_a_fork_amid_another_threads_handshake(contexts: Any) -> None:
    """The child closes what it does not need, and has connections of its own."""
    halted = Halted(contexts)

    def work() -> bytes:
        with pytest.raises(OSError, match="Bad file descriptor"):
            halted.accepted.recv(1)  # that thread is not in this process
        halted.accepted.version()
        halted.accepted.close()
        halted.connected.close()
        for server, client in (
            (halted.server, halted.client),
            (contexts.server(), contexts.client()),
        ):
            pair = MemoryPair(server, client)
            pair.handshake()
            pair.send(pair.client, pair.server, b"data")
        return b"done"

    try:
        assert result(forked(work)) == b"done"
    finally:
        halted.finish()


def test_a_fork_amid_another_threads_write(contexts: Any) -> None:
    """A record may be half sent: the child cannot go on with it, the parent can."""
    size = 8_000_000
    with session(contexts.server(), contexts.client()) as (server, client):
        writer = threading.Thread(target=client.sendall, args=(b"x" * size,))
        writer.start()
        assert receive(server, 1) == b"x"  # it has begun, and waits until all is read

        def work() -> bytes:
            with pytest.raises(OSError, match="Bad file descriptor"):
                client.send(b"from the child")
            client.close()
            server.close()
            return b"done"

        assert result(forked(work)) == b"done"
        assert receive(server, size - 1) == b"x" * (size - 1)
        writer.join(TIMEOUT)
        exchange(server, client, b"y" * 1000)
