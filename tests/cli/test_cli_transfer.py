"""tongsuo-py server and client: data both ways, and how a session ends."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from command import (
    COMMAND,
    ESCAPE,
    NEEDS_IPV6,
    PATIENCE,
    Server,
    ended,
    environment,
    on_a_terminal,
    one_line,
    run,
    start,
    wait_until,
)

from tongsuo_py import ssl

BINARY = bytes(range(256)) * 300 + b"\r\n\0\x1a\x04"
LARGE = 20_000_000
SUITES = (
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "ECC-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-CBC-SM3",
)


@pytest.fixture
def pairs(trust: SimpleNamespace) -> SimpleNamespace:
    return SimpleNamespace(server=trust.dir / "server", client=trust.dir / "client")


def client(port: int, pair: Path, *more: object) -> list[object]:
    return ["client", "--port", port, "--pair", pair, *more]


@pytest.mark.parametrize("data", [b"hello\n", b"", BINARY], ids=["text", "nothing", "binary"])
def test_echo(pairs: SimpleNamespace, data: bytes) -> None:
    with Server("--pair", pairs.server, "--echo", "--once") as server:
        finished = run(*client(server.port, pairs.client, "--quiet"), data=data)
        assert (finished.returncode, finished.stdout, finished.stderr) == (0, data, b"")
        assert server.wait() == 0
        totals = server.wait_for("totals")
        assert (totals["received_bytes"], totals["sent_bytes"]) == (len(data), len(data))


@pytest.mark.parametrize("suite", SUITES)
def test_each_suite(pairs: SimpleNamespace, suite: str) -> None:
    with Server("--pair", pairs.server, "--echo", "--once") as server:
        finished = run(*client(server.port, pairs.client, "--suite", suite.lower()), data=b"x")
        assert finished.stdout == b"x"
        assert f"done: TLCP 1.1, {suite}, 128 bits" in finished.stderr.decode()
        assert server.wait_for("handshake")["suite"] == suite


def test_the_servers_suite_counts_too(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo", "--once", "--suite", SUITES[3]) as server:
        finished = run(*client(server.port, pairs.client, "--json"), data=b"x")
        events = [json.loads(line) for line in finished.stderr.splitlines()]
        assert [e["suite"] for e in events if e["event"] == "handshake"] == [SUITES[3]]


def test_both_forms_of_the_ecdhe_parameters(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo") as server:
        ecdhe = client(server.port, pairs.client, "--suite", SUITES[0], "-q", "--ecdhe")
        assert run(*ecdhe, "tongsuo", data=b"x").stdout == b"x"
        finished = run(*ecdhe, "standard", data=b"x")
        if ssl.TONGSUO_VERSION_INFO >= (8, 5):
            assert finished.stdout == b"x"
        else:
            assert finished.returncode == 2
            assert "needs Tongsuo 8.5" in one_line(finished.stderr)


def feed(stream: IO[bytes], data: bytes) -> threading.Thread:
    """Write in the background, then close."""

    def write() -> None:
        with stream:
            stream.write(data)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


def test_much_data_both_ways_at_once(pairs: SimpleNamespace) -> None:
    up, down = os.urandom(LARGE), os.urandom(LARGE + 12_345)
    with Server("--pair", pairs.server, "--once") as server:
        assert server.process.stdin is not None
        assert server.process.stdout is not None
        feeding = feed(server.process.stdin, down)
        with ThreadPoolExecutor() as pool:
            received = pool.submit(server.process.stdout.read)
            finished = run(*client(server.port, pairs.client, "-q"), data=up)
            got = received.result(PATIENCE)
        feeding.join()
        assert server.wait() == 0
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert hashlib.sha256(finished.stdout).digest() == hashlib.sha256(down).digest()
    assert hashlib.sha256(got).digest() == hashlib.sha256(up).digest()


def test_the_client_ends_first_and_still_gets_its_answer(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--once") as server:
        assert server.process.stdin is not None
        assert server.process.stdout is not None
        with ended(start(*client(server.port, pairs.client, "-q"))) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(b"question")
            process.stdin.close()
            assert server.process.stdout.read(8) == b"question"
            time.sleep(0.3)  # its close_notify has come long ago
            assert process.poll() is None
            server.process.stdin.write(BINARY)
            server.process.stdin.close()
            assert process.stdout.read() == BINARY
            assert process.wait(PATIENCE) == 0
        assert server.wait() == 0


def test_the_server_ends_first_and_still_gets_the_rest(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--once") as server:
        assert server.process.stdin is not None
        assert server.process.stdout is not None
        server.process.stdin.write(b"welcome")
        server.process.stdin.close()
        with ended(start(*client(server.port, pairs.client, "-q"))) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stdout.read(7) == b"welcome"
            time.sleep(0.3)
            assert process.poll() is None
            process.stdin.write(BINARY)
            process.stdin.close()
            assert server.process.stdout.read() == BINARY
            assert process.wait(PATIENCE) == 0
        assert server.wait() == 0


def test_several_clients_at_once(pairs: SimpleNamespace) -> None:
    number = 6
    with Server("--pair", pairs.server, "--echo", "--count", number) as server:
        processes = [start(*client(server.port, pairs.client, "-q")) for _ in range(number)]
        try:
            for index, process in enumerate(processes):
                assert process.stdin is not None
                process.stdin.write(b"%d first\n" % index)
                process.stdin.flush()
            # All are connected at the same time, and each gets its own.
            for index, process in enumerate(processes):
                assert process.stdout is not None
                assert process.stdout.readline() == b"%d first\n" % index
            for index, process in enumerate(processes):
                stdout, stderr = process.communicate(b"%d second\n" % index, PATIENCE)
                assert (process.returncode, stdout, stderr) == (0, b"%d second\n" % index, b"")
        finally:
            for process in processes:
                with ended(process):
                    pass
        assert server.wait() == 0
        assert sorted(e["client_number"] for e in server.named("closed")) == [1, 2, 3, 4, 5, 6]


def test_more_clients_than_there_may_be_files(pairs: SimpleNamespace) -> None:
    """The server says so, lets them wait, and serves on when some have gone."""
    most = 32

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

    with Server("--pair", pairs.server, "--echo", preexec_fn=limit) as server:
        with ExitStack() as idle:
            for _ in range(most):
                address = ("127.0.0.1", server.port)
                idle.enter_context(socket.create_connection(address, PATIENCE))
            message = server.wait_for("failed")["message"]
            assert message == "a client could not be accepted: Too many open files"
        finished = run(*client(server.port, pairs.client, "-q"), data=b"reading")
        assert (finished.returncode, finished.stdout) == (0, b"reading")


def test_standard_input_goes_to_one_client_after_the_other(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--count", 2) as server:
        assert server.process.stdin is not None
        assert server.process.stdout is not None
        first = start(*client(server.port, pairs.client, "-q"))
        server.wait_for("handshake")
        second = start(*client(server.port, pairs.client, "-q"))
        server.wait_for("handshake", 2)
        with ended(first), ended(second):
            assert first.stdin is not None
            assert first.stdout is not None
            assert second.stdin is not None
            second.stdin.write(b"from the second\n")
            second.stdin.flush()
            assert server.process.stdout.readline() == b"from the second\n"
            server.process.stdin.write(b"for the first\n")
            server.process.stdin.flush()
            assert first.stdout.readline() == b"for the first\n"
            server.process.stdin.close()
            assert first.communicate(timeout=PATIENCE) == (b"", b"")
            assert second.communicate(timeout=PATIENCE) == (b"", b"")
            assert (first.returncode, second.returncode) == (0, 0)
        assert server.wait() == 0


def test_files_keys_with_a_password_and_directories(
    trust: SimpleNamespace, pairs: SimpleNamespace, tmp_path: Path
) -> None:
    trust.client.save(tmp_path / "locked", password="opène")
    password = tmp_path / "password"
    password.write_text("opène\nnot this\n")
    files = [
        *("--sign-cert", pairs.server / "sign.pem", "--sign-key", pairs.server / "sign.key"),
        *("--enc-cert", pairs.server / "enc.pem", "--enc-key", pairs.server / "enc.key"),
        *("--ca", trust.dir / "ca"),
    ]
    with Server(*files, "--echo", "--count", 3) as server:
        locked = client(server.port, tmp_path / "locked", "-q")
        assert run(*locked, "--password-file", password, data=b"1").stdout == b"1"
        assert run(*locked, data=b"2", TONGSUO_PY_PASSWORD="opène").stdout == b"2"
        code, shown = on_a_terminal(
            locked,
            dialogue=[("keys: ", "opène\n".encode()), ("\n", b"3\n"), ("3\r\n3\r\n", b"\x04")],
        )
        assert "Password of the private keys:" in shown
        assert "opène" not in shown
        assert code == 0
        assert server.wait() == 0
        assert server.named("totals")[2]["received_bytes"] == 2


def test_one_file_for_certificate_and_key(
    trust: SimpleNamespace, pairs: SimpleNamespace, tmp_path: Path
) -> None:
    for role in ("sign", "enc"):
        parts = [(pairs.client / f"{role}.{kind}").read_bytes() for kind in ("key", "pem")]
        (tmp_path / f"{role}.both").write_bytes(b"".join(parts))
    files = ["--sign-cert", tmp_path / "sign.both", "--enc-cert", tmp_path / "enc.both"]
    with Server("--pair", pairs.server, "--echo", "--once") as server:
        arguments = ["client", "--port", server.port, *files, "--ca", trust.dir / "ca" / "ca.pem"]
        assert run(*arguments, "-q", data=b"x").stdout == b"x"


@pytest.mark.parametrize("mode", ["none", "optional"])
def test_a_client_without_certificates(
    trust: SimpleNamespace, pairs: SimpleNamespace, mode: str
) -> None:
    with Server("--pair", pairs.server, "--echo", "--once", "--verify", mode) as server:
        arguments = ["client", "--port", server.port, "--ca", trust.dir / "ca"]
        finished = run(*arguments, data=b"x")
        assert (finished.returncode, finished.stdout) == (0, b"x")
        assert server.wait_for("handshake")["suite"] == SUITES[2]
        assert [e["role"] for e in server.named("no_certificate")] == ["signing", "encryption"]


def test_a_server_that_is_not_verified(trust: SimpleNamespace, pairs: SimpleNamespace) -> None:
    stranger = trust.dir / "stranger"
    with Server("--pair", stranger, "--echo", "--once", "--verify", "none") as server:
        finished = run(*client(server.port, pairs.client, "--verify", "none"), data=b"x")
        assert (finished.returncode, finished.stdout) == (0, b"x")
        text = finished.stderr.decode()
        assert "WARNING: any server is accepted" in text
        assert "the server's signing certificate, NOT verified" in text


def test_the_name_of_the_server_can_be_another_than_the_host(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo", "--once") as server:
        finished = run(*client(server.port, pairs.client, "-q", "--server-name", "localhost"))
        assert (finished.returncode, finished.stderr) == (0, b"")


@pytest.mark.parametrize("host", ["localhost", pytest.param("::1", marks=NEEDS_IPV6)])
def test_names_and_ipv6(pairs: SimpleNamespace, host: str) -> None:
    with Server("--pair", pairs.server, "--echo", "--once", "--host", host) as server:
        arguments = client(server.port, pairs.client, "-q", "--host", host)
        assert run(*arguments, data=b"x").stdout == b"x"


def test_verbose_shows_each_message_and_no_steering_characters(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo", "--once") as server:
        finished = run(*client(server.port, pairs.client, "-v"), data=b"a\x1b[31mred")
        log = finished.stderr.decode()
        assert "sent        9 bytes  61 1b 5b 33 31 6d 72 65 64" in log
        assert "received    9 bytes" in log
        assert not ESCAPE.search(log)
        assert server.named("sent") == []  # it was not asked to


def test_keep_open_leaves_the_end_to_the_server(
    trust: SimpleNamespace, pairs: SimpleNamespace
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    trust.server.configure(context)
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        ended(
            start(*client(listener.getsockname()[1], pairs.client, "-q", "--keep-open"))
        ) as process,
    ):
        assert process.stdin is not None
        process.stdin.write(b"question")
        process.stdin.close()
        connection, _ = listener.accept()
        with context.wrap_socket(connection, server_side=True) as sock:
            assert sock.recv(100) == b"question"
            sock.settimeout(0.3)
            with pytest.raises(TimeoutError):
                sock.recv(100)
            sock.settimeout(PATIENCE)
            sock.sendall(b"answer")
            sock.unwrap()
        assert process.stdout is not None
        assert process.stdout.read() == b"answer"
        assert process.wait(PATIENCE) == 0


def test_idle_timeout(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--once", "--idle-timeout", "1.6") as server:
        with ended(start(*client(server.port, pairs.client, "-q"))) as process:
            assert process.stdin is not None
            for _ in range(4):  # longer than that in all, but never idle for so long
                time.sleep(0.5)
                process.stdin.write(b"x")
                process.stdin.flush()
            assert server.wait() == 1
            assert process.wait(PATIENCE) == 1
        assert "nothing moved for 1.6 s" in server.wait_for("failed")["message"]
        assert server.wait_for("totals")["received_bytes"] == 4


# ---- ends that are not in good order ----


def test_the_client_is_killed_in_mid_transfer(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--once") as server:
        assert server.process.stdout is not None
        with ended(start(*client(server.port, pairs.client, "-q"))) as process:
            assert process.stdin is not None
            process.stdin.write(b"begin")
            process.stdin.flush()
            assert server.process.stdout.read(5) == b"begin"
            process.kill()
            assert server.wait() == 1
        message = server.wait_for("failed")["message"]
        assert "without a close_notify" in message or "reset the connection" in message


def test_the_server_is_killed_in_mid_transfer(pairs: SimpleNamespace) -> None:
    with (
        Server("--pair", pairs.server, "--echo") as server,
        ended(start(*client(server.port, pairs.client, "-q"))) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(b"begin")
        process.stdin.flush()
        assert process.stdout.read(5) == b"begin"
        server.process.kill()
        assert process.wait(PATIENCE) == 1
        message = one_line(process.stderr.read())
        assert "without a close_notify" in message or "reset the connection" in message


def test_the_server_is_killed_while_much_is_sent(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server) as server:
        assert server.process.stdout is not None
        with ended(
            start(*client(server.port, pairs.client, "-q"), stdin=subprocess.PIPE)
        ) as process:
            assert process.stdin is not None
            assert process.stderr is not None
            blocked = threading.Thread(target=_write_until_it_breaks, args=(process.stdin,))
            blocked.start()
            server.process.stdout.read(100_000)
            server.process.kill()
            assert process.wait(PATIENCE) == 1
            blocked.join(PATIENCE)
            assert "error:" in one_line(process.stderr.read())


def _write_until_it_breaks(stream: IO[bytes]) -> None:
    try:
        for _ in range(1000):
            stream.write(bytes(100_000))
    except OSError:
        pass


def test_what_reads_the_clients_output_goes_away(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo") as server:
        with ended(start(*client(server.port, pairs.client, "-q"))) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            process.stdin.write(b"nobody will read the echo of this")
            process.stdin.flush()
            assert process.wait(PATIENCE) == 1
            assert one_line(process.stderr.read()).endswith(
                "standard output was closed by its reader"
            )
        server.wait_for("failed")
        assert server.process.poll() is None


def test_what_reads_the_servers_output_goes_away(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server) as server:
        assert server.process.stdout is not None
        server.process.stdout.close()
        finished = run(*client(server.port, pairs.client, "-q"), data=b"x")
        assert finished.returncode == 1
        assert server.wait() == 1
        assert "standard output was closed" in server.wait_for("error")["message"]


def test_standard_streams_that_are_closed_or_full(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo") as server:
        command = ["sh", "-c", 'exec "$@" ' + "{}", "sh", *_argv(server.port, pairs.client)]

        def shell(redirection: str) -> subprocess.CompletedProcess[bytes]:
            argv = [part.format(redirection) for part in command]
            return subprocess.run(
                argv,
                input=b"x",
                capture_output=True,
                env=environment(),
                timeout=PATIENCE,
                check=False,
            )

        for redirection, said in (
            (">&-", "standard output: Bad file descriptor"),
            (">/dev/full", "standard output: No space left on device"),
            ("<&-", "standard input: Bad file descriptor"),
        ):
            finished = shell(redirection)
            assert finished.returncode == 1
            assert said in one_line(finished.stderr)
        assert shell("2>&-").stdout == b"x"


def _argv(port: int, pair: Path) -> list[str]:
    return [*COMMAND, *map(str, client(port, pair, "-q"))]


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "terminated")],
)
def test_signals(pairs: SimpleNamespace, number: int, code: int, word: str) -> None:
    with Server("--pair", pairs.server, "--echo") as server:
        with ended(start(*client(server.port, pairs.client, "-q"))) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdin.write(b"x")
            process.stdin.flush()
            assert process.stdout.read(1) == b"x"
            process.send_signal(number)
            assert process.wait(PATIENCE) == code
            assert one_line(process.stderr.read()) == f"tongsuo-py client: {word}"
        assert "without a close_notify" in server.wait_for("failed")["message"]
        # The server, with a session that is open.
        with ended(start(*client(server.port, pairs.client, "-q"))) as process:
            server.wait_for("handshake", 2)
            server.process.send_signal(number)
            assert server.wait() == code
            assert process.wait(PATIENCE) == 1
        assert server.wait_for("stopped")["message"] == word
        assert "the server stops" in server.wait_for("failed", 2)["message"]


def test_stop_at_eof(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo", "--stop-at-eof") as server:
        assert run(*client(server.port, pairs.client, "-q"), data=b"x").stdout == b"x"
        assert server.process.poll() is None
        assert server.process.stdin is not None
        server.process.stdin.close()
        assert server.wait() == 0


def test_more_clients_than_allowed_wait(pairs: SimpleNamespace) -> None:
    with Server("--pair", pairs.server, "--echo", "--max-clients", 1) as server:
        with ended(start(*client(server.port, pairs.client, "-q"))) as first:
            server.wait_for("handshake")
            with ended(start(*client(server.port, pairs.client, "-q"))) as second:
                time.sleep(0.5)
                assert len(server.named("accepted")) == 1
                assert first.communicate(b"1", PATIENCE)[0] == b"1"
                assert second.communicate(b"2", PATIENCE)[0] == b"2"
        wait_until(lambda: len(server.named("closed")) == 2)
