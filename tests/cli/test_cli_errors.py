"""What can go wrong with server and client: one clear line each, and the documented exit code."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from command import COMMAND, PATIENCE, Server, closed_port, environment, one_line, run

from tongsuo_py import ssl

LIMIT = "1"  # seconds for a handshake that does not come


@pytest.fixture(scope="module")
def world(trust: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """``trust`` with more pairs, each in a directory: expired, future, elsewhere, locked."""
    directory = tmp_path_factory.mktemp("errors")
    now, month = datetime.now(UTC), timedelta(days=30)
    names = ("localhost", "127.0.0.1")
    trust.ca.issue_pair(*names, not_before=now - 2 * month, not_after=now - month).save(
        directory / "expired"
    )
    trust.ca.issue_pair(*names, not_before=now + month, not_after=now + 2 * month).save(
        directory / "future"
    )
    trust.ca.issue_pair("elsewhere.example").save(directory / "elsewhere")
    trust.client.save(directory / "locked", password="right")
    (directory / "wrong").write_text("wrong\n")
    (directory / "empty").write_text("")
    (directory / "binary").write_bytes(b"\xff\xfe\n")
    (directory / "cut.pem").write_bytes((trust.dir / "server" / "sign.pem").read_bytes()[:300])
    return SimpleNamespace(
        here=directory,
        server=trust.dir / "server",
        client=trust.dir / "client",
        stranger=trust.dir / "stranger",
        ca=trust.dir / "ca",
        other_ca=trust.dir / "other_ca",
        pem=trust.dir / "server_cert" / "cert.pem",
        key=trust.dir / "server_cert" / "cert.key",
    )


def fails(code: int, *arguments: object, **env: str) -> str:
    """The one line on standard error of a command that ends with this code and writes no data."""
    finished = run(*arguments, **env)
    line = one_line(finished.stderr)
    assert finished.returncode == code, line
    assert finished.stdout == b""
    return line


# ---- the command line ----


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "tongsuo-py: error: the following arguments are required: COMMAND"),
        (["dance"], "invalid choice: 'dance'"),
        (["client", "--port", "x"], "argument --port: 'x' is not a port: 0 to 65535"),
        (["client", "--port", "65536"], "'65536' is not a port"),
        (["client", "--port", "0"], "port 0 is no server's"),
        (["client", "--timeout", "nan"], "'nan' is not a number of seconds"),
        (["client", "--timeout", "soon"], "'soon' is not a number of seconds"),
        (["client", "--suite", "AES128-SHA"], "unknown suite 'AES128-SHA'; TLCP has ECDHE-SM2-SM4"),
        (["client", "--veri", "none"], "unrecognized arguments: --veri none"),
        (["client", "-q", "-v"], "not allowed with argument"),
        (["server"], "a server needs a pair of certificates"),
        (["server", "--sign-cert", "a", "--enc-cert", "b"], "--verify required needs --ca"),
        (["server", "--count", "0"], "'0' is not a number from 1 up"),
        (["server", "--stop-at-eof"], "--stop-at-eof needs --echo"),
        (["server", "--pair", "/nowhere/at-all"], "/nowhere/at-all: no such directory (--pair)"),
        (["client", "--sign-cert", "a"], "--sign-cert needs --enc-cert too"),
        (["client", "--sign-cert", "a", "--pair", "b"], "--pair and --sign-cert exclude"),
        (["client", "-q", "--sign-cert", "/no/a", "--enc-cert", "b"], "/no/a: No such file"),
        (["client", "-q", "--ca", "/no/ca.pem"], "/no/ca.pem: No such file or directory"),
        (["client", "-q", "--ca", "/dev/null"], "no certificate could be read from /dev/null"),
        (["demo", "--dir", "/dev/null/x"], "Not a directory"),
    ],
)  # fmt: skip
def test_usage(arguments: list[str], said: str) -> None:
    assert said in fails(2, *arguments)


# ---- files, keys, passwords ----


def test_passwords(world: SimpleNamespace) -> None:
    locked = ["client", "-q", "--pair", world.here / "locked"]
    key = world.here / "locked" / "sign.key"
    wrong = "could not be decrypted: is the password right?"
    assert wrong in fails(2, *locked, "--password-file", world.here / "wrong")
    line = fails(2, *locked, TONGSUO_PY_PASSWORD="secret 7")
    assert wrong in line
    assert str(key) in line
    assert "secret 7" not in line
    assert "empty" in fails(2, *locked, "--password-file", world.here / "empty")
    assert "not text in UTF-8" in fails(2, *locked, "--password-file", world.here / "binary")
    assert "nothing: No such file" in fails(2, *locked, "--password-file", world.here / "nothing")


def test_no_terminal_to_ask_for_the_password(world: SimpleNamespace) -> None:
    finished = subprocess.run(
        [*COMMAND, "client", "-q", "--pair", world.here / "locked"],
        input=b"right\n",  # standard input is data, no password
        capture_output=True,
        env=environment(),
        start_new_session=True,
        check=False,
    )
    assert finished.returncode == 2
    assert "there is no terminal to ask for the password" in one_line(finished.stderr)


def server_with(world: SimpleNamespace, **changed: Path) -> list[object]:
    files = {
        "sign_cert": world.server / "sign.pem",
        "sign_key": world.server / "sign.key",
        "enc_cert": world.server / "enc.pem",
        "enc_key": world.server / "enc.key",
        **changed,
    }
    options: list[object] = ["--ca", world.ca]
    for name, path in files.items():
        options += [f"--{name.replace('_', '-')}", path]
    return ["server", "-q", "--port", 0, *options]


@pytest.mark.parametrize("role", ["sign", "enc"])
def test_a_key_of_another_certificate(world: SimpleNamespace, role: str) -> None:
    key = world.client / f"{role}.key"
    line = fails(2, *server_with(world, **{f"{role}_key": key}))
    assert f"the private key {key} is not that of the certificate {world.server}" in line


def test_certificates_for_something_else(world: SimpleNamespace) -> None:
    server = world.server
    swapped = server_with(
        world,
        sign_cert=server / "enc.pem",
        sign_key=server / "enc.key",
        enc_cert=server / "sign.pem",
        enc_key=server / "sign.key",
    )
    assert "signing certificate needs digitalSignature" in fails(2, *swapped)
    single = server_with(world, enc_cert=world.pem, enc_key=world.key)
    assert "encryption certificate needs keyEncipherment" in fails(2, *single)


def test_files_that_hold_something_else(world: SimpleNamespace) -> None:
    cut = world.here / "cut.pem"
    assert str(cut) in fails(2, *server_with(world, sign_cert=cut))
    key = world.server / "sign.key"
    assert f"{key}" in fails(2, *server_with(world, sign_cert=key))
    line = fails(2, *server_with(world, sign_key=world.server / "sign.pem"))
    assert "expected PRIVATE KEY" in line
    assert "Is a directory" in fails(2, *server_with(world, sign_key=world.server))


def test_an_expired_certificate_of_ones_own_is_a_warning(world: SimpleNamespace) -> None:
    for name, state in (("expired", "out of date since"), ("future", "not valid before")):
        with Server("--pair", world.here / name, "--echo") as server:
            assert [state in e["state"] for e in server.named("expired")] == [True, True]


# ---- addresses ----


def test_addresses(world: SimpleNamespace) -> None:
    client, server = ["client", "-q"], ["server", "-q", "--pair", world.server]
    with closed_port() as port:
        assert f"cannot connect to 127.0.0.1:{port}: connection refused" in fails(
            1, *client, "--port", port
        )
    assert "unknown host no.such.host.invalid: " in fails(
        1, *client, "--host", "no.such.host.invalid"
    )
    assert "is not a host name" in fails(2, *client, "--host", "x" * 70)
    assert "unknown host no.such.host.invalid: " in fails(
        1, *server, "--host", "no.such.host.invalid"
    )
    assert "cannot listen on 192.0.2.1:4433: " in fails(1, *server, "--host", "192.0.2.1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in fails(
            1, *server, "--port", port
        )


# ---- a client, and servers that are not what they should be ----


@contextmanager
def echoing(*arguments: object) -> Iterator[Server]:
    """A server that all the same takes the next client after one that fails."""
    with Server("--echo", *arguments) as server:
        yield server
        assert server.process.poll() is None
        assert not [e for e in server.named("failed") if "Traceback" in e["message"]]


@pytest.mark.parametrize(
    ("pair", "options", "said"),
    [
        ("stranger", [], "refused: it was not issued by a CA that is trusted here"),
        ("elsewhere", [], "IP address mismatch, certificate is not valid for '127.0.0.1'"),
        ("elsewhere", ["--server-name", "localhost"], "Hostname mismatch, certificate is not"),
        ("expired", [], "the server's certificate is refused: certificate has expired"),
        ("future", [], "the server's certificate is refused: certificate is not yet valid"),
    ],
)  # fmt: skip
def test_servers_that_are_refused(
    world: SimpleNamespace, pair: str, options: list[str], said: str
) -> None:
    place = world.stranger if pair == "stranger" else world.here / pair
    with echoing("--pair", place, "--ca", world.ca) as server:
        arguments = ["client", "-q", "--pair", world.client, "--port", server.port, *options]
        assert said in fails(1, *arguments)
        assert "the client refused: " in server.wait_for("failed")["message"]
        assert server.named("handshake") == []


Reply = Callable[[socket.socket], None]


def _sends(data: bytes) -> Reply:
    return lambda connection: connection.sendall(data)


def _resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _says_nothing(connection: socket.socket) -> None:
    connection.recv(1 << 16)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (_sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "the server does not speak TLCP"),
        (_sends(b"SSH-2.0-OpenSSH_9.9\r\n"), "the server does not speak TLCP"),
        (_sends(b"\x15\x01\x01\0\2\2\x28"), "the server refused: handshake failure"),
        (_sends(b""), "the server closed the connection during the handshake"),
        (_resets, "the server reset the connection"),
        (_says_nothing, f"the server did not finish the handshake within {LIMIT} s"),
    ],
    ids=["http", "ssh", "alert", "close", "reset", "silence"],
)
def test_servers_of_another_kind(world: SimpleNamespace, reply: Reply, said: str) -> None:
    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(PATIENCE)
            connection.recv(1 << 16)  # the client's hello
            reply(connection)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        arguments = ["client", "-q", "--pair", world.client, "--port", port, "--timeout", LIMIT]
        assert said in fails(1, *arguments)
        thread.join(PATIENCE)


def test_a_server_that_takes_no_connection() -> None:
    # Its queue is full, so connecting gets no answer at all.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = []
        for _ in range(4):
            waiting.append(socket.socket())
            waiting[-1].setblocking(False)
            waiting[-1].connect_ex(address)
        line = fails(1, "client", "-q", "--port", address[1], "--timeout", "0.5")
        for sock in waiting:
            sock.close()
    assert f"cannot connect to 127.0.0.1:{address[1]}: no answer within 0.5 s" in line


# ---- a server, and clients that are not what they should be ----


def test_clients_that_are_refused(world: SimpleNamespace) -> None:
    with echoing("--pair", world.server) as server:
        client = ["client", "-q", "--ca", world.ca, "--port", server.port]
        assert "the server refused: unknown ca" in fails(1, *client, "--pair", world.stranger)
        expired = run(*client, "--pair", world.here / "expired")
        assert b"the server refused: certificate expired" in expired.stderr
        line = fails(1, *client)
        assert "the server may want a client certificate pair: give --pair" in line
        said = [server.wait_for("failed", number)["message"] for number in (1, 2, 3)]
        assert "it was not issued by a CA that is trusted here" in said[0]
        assert "certificate has expired" in said[1]
        assert "the client sent no certificate pair" in said[2]
        finished = run(*client, "--pair", world.client, data=b"still there?")
        assert finished.stdout == b"still there?"


def test_no_suite_in_common(world: SimpleNamespace) -> None:
    with echoing("--pair", world.server, "--suite", "ECDHE-SM2-SM4-GCM-SM3") as server:
        client = ["client", "-q", "--pair", world.client, "--port", server.port]
        line = fails(1, *client, "--suite", "ECC-SM2-SM4-CBC-SM3")
        assert "the server refused: handshake failure" in line
        assert (
            "the client offers no cipher suite that is allowed here"
            in server.wait_for("failed")["message"]
        )


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", "does not speak TLCP: it sent a plain HTTP request"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "the client does not speak TLCP"),
        (b"\0" * 100, "the client does not speak TLCP"),
        (b"", "the client closed the connection during the handshake"),
        (None, "the client reset the connection"),
    ],
    ids=["http", "ssh", "zeros", "close", "reset"],
)
def test_clients_of_another_kind(world: SimpleNamespace, sent: bytes | None, said: str) -> None:
    with echoing("--pair", world.server, "--once") as server:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
            if sent is None:
                _resets(connection)
            else:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass
        failed = server.wait_for("failed")
        assert said in failed["message"]
        assert f"127.0.0.1:{connection_port(failed['message'])}" in failed["message"]
        # --once means a session: one who only knocks has not used it up.
        assert server.process.poll() is None


def connection_port(message: str) -> str:
    return message.partition("127.0.0.1:")[2].partition(":")[0]


def test_a_client_that_speaks_tls(world: SimpleNamespace) -> None:
    context = ssl.create_default_context(cafile=world.ca / "ca.pem")
    with echoing("--pair", world.server) as server:
        with (
            socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection,
            pytest.raises(ssl.SSLError),
        ):
            context.wrap_socket(connection, server_hostname="localhost")
        message = server.wait_for("failed")["message"]
        assert "the client speaks TLS and this server TLCP alone" in message
        assert "enable_ntls" not in message


def test_a_client_that_only_waits_does_not_keep_others_out(world: SimpleNamespace) -> None:
    with (
        echoing("--pair", world.server, "--timeout", "20") as server,
        socket.create_connection(("127.0.0.1", server.port), PATIENCE),
    ):
        server.wait_for("accepted")
        arguments = ["client", "-q", "--pair", world.client, "--port", server.port]
        assert run(*arguments, data=b"me").stdout == b"me"


def test_a_client_that_only_waits_is_sent_away(world: SimpleNamespace) -> None:
    with echoing("--pair", world.server, "--timeout", "0.5") as server:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
            assert connection.recv(10) == b""
        assert "did not finish the handshake within 0.5 s" in server.wait_for("failed")["message"]
