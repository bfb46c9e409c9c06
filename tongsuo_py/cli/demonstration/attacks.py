"""Three attacks that TLCP has to withstand, tried on the real programs."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from tongsuo_py.cli.demonstration.programs import Program
from tongsuo_py.cli.demonstration.proxy import Altered, Proxy, Tamper, flip_a_bit
from tongsuo_py.cli.demonstration.stage import Note, Stage
from tongsuo_py.cli.demonstration.world import SERVER_NAME, World
from tongsuo_py.cli.failures import EXIT_OK, EXIT_SESSION, EXIT_USAGE

SECRET = b"meter-0001: password of the day is 7351\n"
FIRST, SECOND = b"pay 100 to meter-0001\n", b"pay 200 to meter-0002\n"

# Of the first steps nothing new is to be seen any more.
_FAMILIAR = ("protocol", "suites", "own_certificate", "keys_match", "socket", "bound", "session")


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
    with Program(
        "server",
        "--echo",
        "--stop-at-eof",
        "--port",
        0,
        "--suite",
        suite,
        "--pair",
        world["impostor"],
        "--ca",
        world["ca"],
    ) as server:
        port = server.wait_for("listening").fields["port"]
        with Program(
            "client",
            "--port",
            port,
            "--suite",
            suite,
            "--server-name",
            SERVER_NAME,
            "--pair",
            world["client"],
        ) as client:
            client.write(SECRET)
            code = client.wait_for_end()
            server.wait_for("failed")
            server.end_input()
            server_code = server.wait_for_end()
            stage.show(server, client, leave_out=(*_FAMILIAR, "verification"))
            error = client.only("error")
            stage.check(
                error["reason"] == "CERTIFICATE_VERIFY_FAILED" and code == EXIT_SESSION,
                "the client refused the server's certificate, exit code 1",
            )
            stage.check(
                not client.named("handshake") and not client.named("sent") and client.output == b"",
                "the client sent nothing and received nothing",
            )
            stage.check(
                not server.named("handshake")
                and not server.named("received")
                and server_code == EXIT_OK,
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
    with Program(
        "server", "--once", "--port", 0, "--suite", suite, "--pair", world["server"]
    ) as server:
        port = server.wait_for("listening").fields["port"]
        with (
            Proxy(("127.0.0.1", port), tamper) as proxy,
            Program(
                "client",
                "--port",
                proxy.port,
                "--suite",
                suite,
                "--server-name",
                SERVER_NAME,
                "--pair",
                world["client"],
            ) as client,
        ):
            client.wait_for("peer_certificate", 2)
            client.write(FIRST)
            server.wait_for_output(len(FIRST))
            server.wait_for_bytes("received", len(FIRST))
            client.wait_for_bytes("sent", len(FIRST))
            stage.show(server, client, leave_out=(*_FAMILIAR, "verification", "peer_certificate"))
            proxy.tamper_with_next()
            client.write(SECOND)
            codes = server.wait_for_end(), client.wait_for_end()
            altered = proxy.altered or Altered(b"", b"", 0)
            note = Note(
                altered.time,
                "attacker",
                "record",
                f"before  {_excerpt(altered.before)}\nafter   {_excerpt(altered.after)}",
            )
            stage.show(server, client, notes=[note], leave_out=("released",))
            stage.check(
                altered.before != altered.after,
                "the record that the attacker passed on differs from the client's",
            )
            stage.check(
                server.output == FIRST and server.only("totals")["received_bytes"] == len(FIRST),
                "the server delivered the first message, and of the altered one nothing",
            )
            failed = server.named("failed")
            stage.check(
                [event.fields["reason"] for event in failed]
                == ["DECRYPTION_FAILED_OR_BAD_RECORD_MAC"],
                "the server noticed (bad record mac) and ended the session",
            )
            stage.check(
                client.only("error")["reason"] == "SSLV3_ALERT_BAD_RECORD_MAC",
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
    with Program(
        "server", "--echo", "--once", "--stop-at-eof", "--port", port, "--suite", suite,
        "--ca", world["ca"],
        "--sign-cert", world["server"] / "sign.pem", "--sign-key", world["impostor"] / "sign.key",
        "--enc-cert", world["server"] / "enc.pem", "--enc-key", world["impostor"] / "enc.key",
    ) as server:  # fmt: skip
        server_code = server.wait_for_end()
        with Program(
            "client",
            "--port",
            port,
            "--suite",
            suite,
            "--server-name",
            SERVER_NAME,
            "--pair",
            world["client"],
        ) as client:
            client.write(SECRET)
            client_code = client.wait_for_end()
            stage.show(server, client, leave_out=(*_FAMILIAR, "verification"))
            error = server.only("error")
            stage.check(
                error["reason"] == "KEY_VALUES_MISMATCH" and server_code == EXIT_USAGE,
                "the server refused to load the key, exit code 2",
            )
            stage.check(
                not any(server.named(name) for name in ("socket", "bound", "listening")),
                "no socket was opened",
            )
            stage.check(
                client_code == EXIT_SESSION
                and not client.named("connected")
                and client.output == b"",
                "a client finds nobody to talk to, and sends nothing",
            )
            stage.no_other_lines(server, client)
    return "refused when the key was loaded, nothing delivered"


def _excerpt(record: bytes) -> str:
    """The header of a record, and the first bytes of what is encrypted in it."""
    return f"{record[:5].hex(' ')} .. .. {record[13:17].hex(' ')} .. .."


#: All attacks, in the order in which the demo shows them.
ALL = (
    Attack("a server whose certificates another CA signed", other_ca),
    Attack("a record that is altered on the way", altered_record),
    Attack("a key that does not belong to its certificate", wrong_key),
)
