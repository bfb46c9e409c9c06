"""Three attacks that TLCP has to withstand, tried on the real programs."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py.cli.demonstration.programs import Program
from tongsuo_py.cli.demonstration.proxy import Altered, Proxy, Tamper, flip_a_bit
from tongsuo_py.cli.demonstration.stage import Note, Stage
from tongsuo_py.cli.demonstration.world import SERVER_NAME, World
from tongsuo_py.cli.failures import EXIT_OK, EXIT_SESSION, EXIT_USAGE

SECRET = b"meter-0001: password of the day is 7351\n"
FIRST, SECOND = b"pay 100 to meter-0001\n", b"pay 200 to meter-0002\n"

# Of the first steps there is nothing new to see.
_FAMILIAR = (
    "protocol", "suites", "verification", "own_certificate", "keys_match", "socket", "bound",
    "session", "peer_certificate",
)  # fmt: skip


@dataclass(frozen=True)
class Attack:
    """``play(stage, world, suite)`` tries it, checks what comes of it, and says it in words."""

    title: str
    play: Callable[[Stage, World, str], str]


def other_ca(stage: Stage, world: World, suite: str) -> str:
    """A server whose certificates another CA of the same name signed."""
    stage.say(
        "An impostor has a CA with the very name of ours, and with it has issued a pair for the "
        "server's name. The client has a secret to send."
    )
    server = stage.program(
        "server", "--suite", suite, "--pair", world["impostor"], "--ca", world["ca"], "--port", 0,
        "--echo", "--stop-at-eof",
    )  # fmt: skip
    client = _client(stage, world, suite, server.wait_for("listening").fields["port"])
    client.write(SECRET)
    client.end_input()
    client_code = client.wait_for_end()
    server.wait_for_any("failed", "closed")
    server.end_input()
    server_code = server.wait_for_end()
    stage.show(server, client, leave_out=_FAMILIAR)
    stage.check(
        _reasons(client, "error") == ["CERTIFICATE_VERIFY_FAILED"] and client_code == EXIT_SESSION,
        "the client refused the server's certificate, exit code 1",
    )
    stage.check(
        not client.named("handshake") and not client.named("sent") and client.output == b"",
        "the client sent nothing and received nothing",
    )
    stage.check(
        not server.named("handshake") and not server.named("received") and server_code == EXIT_OK,
        "the impostor's server got no session, and no byte of the secret",
    )
    stage.no_other_lines(server, client)
    return "refused by the client, nothing delivered"


def altered_record(stage: Stage, world: World, suite: str, tamper: Tamper = flip_a_bit) -> str:
    """A record that is altered on the way from the client to the server."""
    stage.say(
        "An attacker sits between the two, lets the handshake and a first message pass, and flips "
        "one bit of the second."
    )
    server = stage.program(
        "server", "--suite", suite, "--pair", world["server"], "--port", 0, "--once"
    )
    port = server.wait_for("listening").fields["port"]
    with Proxy(("127.0.0.1", port), tamper) as proxy:
        client = _client(stage, world, suite, proxy.port)
        client.write(FIRST)
        server.wait_for_output(len(FIRST))
        server.wait_for_bytes("received", len(FIRST))
        client.wait_for_bytes("sent", len(FIRST))
        stage.show(server, client, leave_out=_FAMILIAR)
        proxy.tamper_with_next()
        client.write(SECOND)
        server.wait_for_any("failed", "received", number=2)
        client.end_input()
        server.end_input()
        codes = server.wait_for_end(), client.wait_for_end()
        altered = proxy.altered or Altered(b"", b"", 0)
    excerpts = f"before  {_excerpt(altered.before)}\nafter   {_excerpt(altered.after)}"
    note = Note(altered.time, "attacker", "record", excerpts)
    stage.show(server, client, notes=[note], leave_out=(*_FAMILIAR, "released"))
    stage.check(
        altered.before != altered.after,
        "the record that the attacker passed on differs from the client's",
    )
    stage.check(
        server.output == FIRST and server.only("totals")["received_bytes"] == len(FIRST),
        "the server delivered the first message, and of the altered one nothing",
    )
    stage.check(
        _reasons(server, "failed") == ["DECRYPTION_FAILED_OR_BAD_RECORD_MAC"],
        "the server noticed (bad record mac) and ended the session",
    )
    stage.check(
        _reasons(client, "error") == ["SSLV3_ALERT_BAD_RECORD_MAC"],
        "the client was told by an alert",
    )
    stage.check(codes == (EXIT_SESSION, EXIT_SESSION), "both ended with exit code 1")
    stage.no_other_lines(server, client)
    return "noticed by the server, nothing of it delivered"


def wrong_key(stage: Stage, world: World, suite: str) -> str:
    """A key that does not belong to its certificate."""
    stage.say(
        "A thief has the server's certificates, which are no secret, but not its keys, and starts "
        "a server with keys of his own."
    )
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        port = reserved.getsockname()[1]
    files: list[str | Path] = []
    for role in ("sign", "enc"):
        files += [f"--{role}-cert", world["server"] / f"{role}.pem"]
        files += [f"--{role}-key", world["impostor"] / f"{role}.key"]
    server = stage.program(
        "server", "--suite", suite, *files, "--ca", world["ca"], "--port", port, "--echo",
        "--stop-at-eof",
    )  # fmt: skip
    server.wait_for_any("error", "listening")
    client = _client(stage, world, suite, port)
    client.write(SECRET)
    client.end_input()
    client_code = client.wait_for_end()
    server.end_input()
    server_code = server.wait_for_end()
    stage.show(server, client, leave_out=_FAMILIAR)
    stage.check(
        _reasons(server, "error") == ["KEY_VALUES_MISMATCH"] and server_code == EXIT_USAGE,
        "the server refused to load the key, exit code 2",
    )
    stage.check(
        not any(server.named(name) for name in ("socket", "bound", "listening")),
        "no socket was opened",
    )
    stage.check(
        not client.named("connected") and client.output == b"" and client_code == EXIT_SESSION,
        "a client finds nobody to talk to, and sends nothing",
    )
    stage.no_other_lines(server, client)
    return "refused when the key was loaded, nothing delivered"


def _client(stage: Stage, world: World, suite: str, port: int) -> Program:
    return stage.program(
        "client", "--suite", suite, "--pair", world["client"], "--port", port, "--server-name",
        SERVER_NAME,
    )  # fmt: skip


def _reasons(program: Program, name: str) -> list[str | None]:
    return [event.fields["reason"] for event in program.named(name)]


def _excerpt(record: bytes) -> str:
    """The header of a record, and the first bytes of what is encrypted in it."""
    return f"{record[:5].hex(' ')} .. .. {record[13:17].hex(' ')} .. .."


#: All attacks, in the order in which the demo shows them.
ALL = (
    Attack("a server whose certificates another CA signed", other_ca),
    Attack("a record that is altered on the way", altered_record),
    Attack("a key that does not belong to its certificate", wrong_key),
)
