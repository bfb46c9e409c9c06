"""The regular session: six steps, both sides authenticated, data both ways."""

from __future__ import annotations

import os

from tongsuo_py.cli.demonstration.programs import Program
from tongsuo_py.cli.demonstration.stage import Stage
from tongsuo_py.cli.demonstration.world import SERVER_NAME, World
from tongsuo_py.cli.failures import EXIT_OK
from tongsuo_py.pki import CertificatePair

MESSAGES = (
    b"meter-0001: 42.70 kWh at 230.1 V\n",
    "电表 0001:四十二点七千瓦时\n".encode(),
)
_BLOCK = 1024 * 1024


def play(stage: Stage, world: World, suite: str) -> str:
    """Run it and check it; returns the result in words."""
    stage.say(
        f"There is a CA ({world.ca.certificate.subject}), and for each side a pair of certificates "
        f"that it issued: one that signs, one that encrypts. They are in {world.directory}. Server "
        "and client are two processes; each wants to see the other's pair."
    )
    options = ["--suite", suite]
    server = stage.program(
        "server", *options, "--pair", world["server"], "--port", 0, "--echo", "--once",
        "--stop-at-eof",
    )  # fmt: skip
    port = server.wait_for("listening").fields["port"]
    client = stage.program(
        "client", *options, "--pair", world["client"], "--port", port, "--server-name", SERVER_NAME
    )
    for program in (client, server):
        program.wait_for("peer_certificate", 2)
    stage.show(server, client, steps=True)
    expected = _talk(stage, server, client)
    client.end_input()
    codes = client.wait_for_end(), server.wait_for_end()
    stage.show(server, client, steps=True)
    stage.gap()
    _check(stage, world, suite, server, client, expected)
    stage.check(codes == (EXIT_OK, EXIT_OK), "both programs ended with exit code 0")
    stage.no_other_lines(server, client)
    return (
        f"{suite}, both sides authenticated, {len(expected):,} bytes each way, ended in good order"
    )


def _talk(stage: Stage, server: Program, client: Program) -> bytes:
    """Send the messages one by one, each when the one before it has come back; then a block."""
    expected = b""
    for message in (*MESSAGES, os.urandom(_BLOCK)):
        expected += message
        client.write(message)
        client.wait_for_output(len(expected))
        for program in (server, client):
            program.wait_for_bytes("received", len(expected))
            program.wait_for_bytes("sent", len(expected))
        stage.show(server, client, steps=True)
    return expected


def _check(
    stage: Stage, world: World, suite: str, server: Program, client: Program, expected: bytes
) -> None:
    used = {program.only("handshake")["suite"] for program in (server, client)}
    stage.check(used == {suite}, f"both sides report the cipher suite {suite}")
    stage.check(
        _seen(client) == _issued(world.server) and _seen(server) == _issued(world.client),
        "each side saw the other's two certificates, as the CA issued them",
    )
    stage.check(
        client.output == expected, f"all {len(expected):,} bytes came back to the client unchanged"
    )
    sums = {
        program.only("totals")[f"{way}_bytes"]
        for program in (server, client)
        for way in ("sent", "received")
    }
    stage.check(sums == {len(expected)}, "both sides count the same bytes, both ways")
    stage.check(
        all(program.named("closed") and program.named("released") for program in (server, client)),
        "each side said and heard that nothing follows (close_notify), and released everything",
    )


def _seen(program: Program) -> list[tuple[object, ...]]:
    return [
        tuple(event.fields[name] for name in ("role", "subject", "issuer", "verified"))
        for event in program.named("peer_certificate")
    ]


def _issued(pair: CertificatePair) -> list[tuple[object, ...]]:
    return [
        ("signing", pair.sign.subject, pair.sign.issuer, True),
        ("encryption", pair.enc.subject, pair.enc.issuer, True),
    ]
