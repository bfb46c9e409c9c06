"""The standard library's ``ssl`` beside ours: the same program over both, in turn, in one process.

Started by ``python -m benchmarks`` (``run``), which gives the standard library's OpenSSL a
configuration: Python has no function that chooses its TLS 1.3 suites. Ours reads none, and is told.
"""

from __future__ import annotations

import argparse
import json
import os
import ssl
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.timing import measure
from benchmarks.tls_side import TlsSide, streamed
from tongsuo_py import ssl as ours

SUITE = "TLS_AES_128_GCM_SHA256"
TLCP_SUITE = "ECC-SM2-SM4-GCM-SM3"
CURVE = "prime256v1"
CONFIGURATION = f"""\
openssl_conf = settings
[settings]
ssl_conf = modules
[modules]
system_default = suites
[suites]
Ciphersuites = {SUITE}
"""

HANDSHAKES = (
    ("handshake-memory", 0),
    ("handshake-sockets", 0),
    ("handshake-asyncio", 0),
    ("resumed-memory", 0),
    ("resumed-sockets", 0),
)
TRANSFERS = (
    ("records-memory", 64),
    ("records-memory", 16384),
    ("records-socket", 64),
    ("records-socket", 16384),
    ("stream-threads", 16384),
    ("stream-asyncio", 64),
    ("stream-asyncio", 65536),
    ("echo-asyncio", 64),
)


def target(operation: str, size: int) -> float | None:
    """The part of the standard library's speed that ours has to reach."""
    if "asyncio" in operation and not operation.startswith("handshake"):
        return 0.9
    if size == 0:
        return 1.0
    return 0.95 if size == 16384 else None


@dataclass
class Row:
    """An operation in one variant: nanoseconds for a call, each side's best round.

    ``speed`` is ours to the standard library's, the median of the rounds' own ratios, ``spread``
    the middle half of them, and ``cpu`` their median by the processor's clock, which leaves out
    what other programs took. None where ours is alone.
    """

    variant: str
    operation: str
    size: int
    ours: float
    stdlib: float | None = None
    speed: float | None = None
    spread: float | None = None
    cpu: float | None = None
    target: float | None = None


def compare(
    variant: str,
    operation: str,
    size: int,
    sides: Sequence[TlsSide],
    rounds: int,
    seconds: float,
) -> Row:
    """Measure the sides (ours, and the standard library's) in turn."""
    calls = [side.call(operation, size) for side in sides]
    for call in calls:
        measure(call, seconds / 4)
    turns = []
    for turn in range(rounds):
        order = list(enumerate(calls))
        if turn % 2:
            order.reverse()
        spent = {index: measure(call, seconds) for index, call in order}
        turns.append([spent[index] for index in range(len(calls))])
    best = [min(spent.wall for spent in side) for side in zip(*turns, strict=True)]
    row = Row(variant, operation, size, best[0])
    if len(sides) == 2:
        speeds = [theirs.wall / mine.wall for mine, theirs in turns]
        lower, _, upper = statistics.quantiles(speeds, n=4) if rounds > 1 else (1.0, 1.0, 1.0)
        row.stdlib = best[1]
        row.speed = statistics.median(speeds)
        row.spread = upper - lower
        row.cpu = statistics.median(theirs.cpu / mine.cpu for mine, theirs in turns)
        row.target = target(operation, size)
    return row


def throughput(row: Row, nanoseconds: float | None) -> str:
    """Calls or bytes in a second, whichever says more."""
    if nanoseconds is None:
        return "-"
    if row.operation.startswith("stream"):
        return f"{streamed(row.size) / nanoseconds * 1e3:,.1f} MB/s"
    if row.size >= 1024:
        return f"{row.size / nanoseconds * 1e3:,.1f} MB/s"
    return f"{1e9 / nanoseconds:,.0f}/s"


def line(row: Row) -> str:
    """A row of the table."""
    size = f"{row.size:,} B" if row.size else ""
    text = f"{row.variant:<16}{row.operation:<18}{size:>9}{throughput(row, row.stdlib):>15}"
    text += f"{throughput(row, row.ours):>15}"
    for number in (row.speed, row.spread, row.cpu):
        text += f"{number:>8.3f}" if number is not None else f"{'':>8}"
    return text + (f"{row.target:>8.2f}" if row.target is not None else "")


def tls_contexts(module: ModuleType, trust: Path, curve: str | None) -> tuple[Any, Any]:
    """The contexts of a server and a client for TLS 1.3 with SUITE; None for the default groups."""
    server = module.SSLContext(module.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(trust / "p256.pem", trust / "p256.key")
    client = module.SSLContext(module.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(trust / "p256-ca.pem")
    for context in (server, client):
        context.minimum_version = module.TLSVersion.TLSv1_3
        if curve is not None:
            context.set_ecdh_curve(curve)
        if module is not ssl:
            context.set_ciphersuites(SUITE)
    return server, client


def tlcp_contexts(trust: Path) -> tuple[Any, Any]:
    """The contexts of a server and a client for TLCP, where the server alone is authenticated."""
    pair = trust / "server"
    server = ours.SSLContext(ours.PROTOCOL_NTLS_SERVER)
    server.load_ntls_cert_pair(
        pair / "sign.pem", pair / "sign.key", pair / "enc.pem", pair / "enc.key"
    )
    client = ours.SSLContext(ours.PROTOCOL_NTLS_CLIENT)
    client.load_verify_locations(pair / "ca.pem")
    for context in (server, client):
        context.set_ciphers(TLCP_SUITE)
    return server, client


def make_certificates(openssl: Path, trust: Path) -> None:
    """A CA and a certificate for localhost, both with keys on P-256."""
    environment = {**os.environ, "OPENSSL_CONF": os.devnull}
    ca, key = trust / "p256-ca.pem", trust / "p256-ca.key"
    new = ["req", "-x509", "-new", "-nodes", "-newkey", "ec", "-days", "2"]
    new += ["-pkeyopt", "ec_paramgen_curve:P-256", "-addext"]
    authority = ["basicConstraints=critical,CA:TRUE", "-subj", "/CN=Benchmark CA"]
    authority += ["-out", ca, "-keyout", key]
    leaf = ["subjectAltName=DNS:localhost", "-subj", "/CN=localhost", "-CA", ca, "-CAkey", key]
    leaf += ["-out", trust / "p256.pem", "-keyout", trust / "p256.key"]
    for options in (authority, leaf):
        command = [openssl, *new, *options]
        subprocess.run(command, check=True, env=environment, capture_output=True)


def variants(trust: Path) -> Iterator[tuple[str, list[TlsSide], tuple[tuple[str, int], ...]]]:
    """Name, sides and operations of each; the sides are open until the next is asked for."""
    for name, curve, operations in (
        ("tls1.3 P-256", CURVE, HANDSHAKES + TRANSFERS),
        ("tls1.3 defaults", None, HANDSHAKES),
    ):
        sides = [TlsSide(*tls_contexts(module, trust, curve)) for module in (ours, ssl)]
        yield name, sides, operations
        for side in sides:
            side.close()
    side = TlsSide(*tlcp_contexts(trust))
    yield "tlcp", [side], HANDSHAKES + TRANSFERS
    side.close()


def run(openssl: Path, trust: Path, only: str | None, rounds: int, seconds: float) -> list[Any]:
    """Print the table, measured by a process of its own; the rows as dictionaries."""
    make_certificates(openssl, trust)
    configuration, rows = trust / "openssl.cnf", trust / "rows.json"
    configuration.write_text(CONFIGURATION, encoding="ascii")
    command = [sys.executable, "-m", __name__, str(trust), str(rounds), str(seconds)]
    environment = {**os.environ, "OPENSSL_CONF": str(configuration)}
    subprocess.run([*command, *filter(None, [only])], check=True, env=environment)
    return list(json.loads(rows.read_text(encoding="utf-8")))


def main() -> None:
    """Measure, print each row as it is there, and leave them all in rows.json."""
    parser = argparse.ArgumentParser(prog=f"python -m {__spec__.name}")
    parser.add_argument("trust", type=Path)
    parser.add_argument("rounds", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("only", nargs="?", default="")
    options = parser.parse_args()
    print(f"TLS 1.3 with {SUITE} and a certificate on P-256; {TLCP_SUITE} for TLCP.")
    print(f"The standard library has {ssl.OPENSSL_VERSION}, ours {ours.OPENSSL_VERSION}.")
    heading = f"{'':<43}{'ssl':>15}{'tongsuo_py.ssl':>15}{'speed':>8}{'spread':>8}{'cpu':>8}"
    print(f"{heading}{'target':>8}", "-" * (len(heading) + 8), sep="\n", flush=True)
    rows = []
    for variant, sides, operations in variants(options.trust):
        if len(agreed := {side.agreed() for side in sides}) != 1:
            raise RuntimeError(f"{variant}: the sides do not speak the same: {agreed}")
        for operation, size in operations:
            if options.only in f"{variant} {operation}":
                row = compare(variant, operation, size, sides, options.rounds, options.seconds)
                rows.append(asdict(row))
                print(line(row), flush=True)
    (options.trust / "rows.json").write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
