"""How fast SM2, SM3, SM4 and TLCP are here: this machine, this Tongsuo, one thread.

Each operation is repeated for --seconds. Handshakes have both sides in this
process, in memory; with client certificates for ECDHE, without for ECC.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from tongsuo_py.cli import options, output
from tongsuo_py.cli.failures import EXIT_OK

SUMMARY = "measure SM2, SM3, SM4 and TLCP on this machine"
EXAMPLES = """\
tongsuo-py bench
tongsuo-py bench --seconds 2 --json
"""

_BLOCK = 16384  # bytes: the most that a record of TLS or TLCP carries
_HANDSHAKES = ("ECDHE-SM2-SM4-GCM-SM3", "ECC-SM2-SM4-GCM-SM3")


@dataclass(frozen=True)
class Result:
    """How often an operation was done in a second; ``bytes`` is what it works on each time."""

    operation: str
    per_second: float
    bytes: int | None = None

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The result as a row of the table."""
        throughput = "" if self.bytes is None else f"{self.per_second * self.bytes / 1e6:,.1f}"
        return (
            self.operation,
            f"{self.per_second:,.0f}",
            f"{1e6 / self.per_second:,.1f}",
            throughput,
        )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--seconds",
        type=options.seconds,
        default=0.3,
        metavar="SECONDS",
        help="for each operation (default: 0.3)",
    )
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Measure all of it."""
    from tongsuo_py import __version__
    from tongsuo_py.ssl import TONGSUO_VERSION

    results = [
        Result(name, _rate(operation, args.seconds), size)
        for name, operation, size in (*_algorithms(), *_handshakes())
    ]
    if args.json:
        versions = {"version": __version__, "tongsuo": TONGSUO_VERSION}
        output.print_json({**versions, "results": [asdict(result) for result in results]})
        return EXIT_OK
    printer = output.Printer(sys.stdout)
    printer.line((f"tongsuo-py {__version__}, {TONGSUO_VERSION}", "title"))
    printer.line()
    printer.table(
        ("operation", "per second", "  µs each", "    MB/s"), [result.row for result in results]
    )
    return EXIT_OK


def _rate(operation: Callable[[], object], seconds: float) -> float:
    """How often it is done in a second; the clock is looked at as seldom as that allows."""
    operation()  # what is loaded or looked up once is not what it costs
    done, rounds, passed, begin = 0, 1, 0.0, time.perf_counter()
    while passed < seconds:
        for _ in range(rounds):
            operation()
        done += rounds
        passed = time.perf_counter() - begin
        rounds = max(1, int(done / passed * seconds / 8))
    return done / passed


def _algorithms() -> Iterator[tuple[str, Callable[[], object], int | None]]:
    from tongsuo_py import sm2, sm3, sm4

    key = sm2.PrivateKey.generate()
    public, message, block = key.public_key(), os.urandom(32), os.urandom(_BLOCK)
    signature, ciphertext = key.sign(message), public.encrypt(message)
    yield "SM2 generate a key", sm2.PrivateKey.generate, None
    yield "SM2 sign", partial(key.sign, message), None
    yield "SM2 verify", partial(public.verify, signature, message), None
    yield "SM2 encrypt 32 bytes", partial(public.encrypt, message), None
    yield "SM2 decrypt 32 bytes", partial(key.decrypt, ciphertext), None
    yield "SM3 16 KiB", lambda: sm3.sm3(block).digest(), _BLOCK
    secret, nonce = os.urandom(16), os.urandom(12)
    sealed = sm4.GCM(secret).encrypt(nonce, block, None)
    yield "SM4-GCM encrypt 16 KiB", partial(sm4.GCM(secret).encrypt, nonce, block, None), _BLOCK
    yield "SM4-GCM decrypt 16 KiB", partial(sm4.GCM(secret).decrypt, nonce, sealed, None), _BLOCK
    for mode in (sm4.CTR(os.urandom(16)), sm4.CBC(os.urandom(16))):
        name = f"SM4-{type(mode).__name__} encrypt 16 KiB"
        yield name, partial(_encrypt, secret, mode, block), _BLOCK


def _encrypt(secret: bytes, mode: Any, block: bytes) -> None:
    from tongsuo_py import sm4

    sm4.encryptor(secret, mode).update(block)


def _handshakes() -> Iterator[tuple[str, Callable[[], object], int | None]]:
    from tongsuo_py import pki, ssl

    ca = pki.CA.create("tongsuo-py bench")
    server, client = (
        ssl.SSLContext(protocol)
        for protocol in (ssl.PROTOCOL_NTLS_SERVER, ssl.PROTOCOL_NTLS_CLIENT)
    )
    for context, name in ((server, "server"), (client, "client")):
        ca.issue_pair(f"{name}.example").configure(context)
        ca.configure_trust(context)
    for suite in _HANDSHAKES:
        mutual = suite.startswith("ECDHE")
        server.verify_mode = ssl.CERT_REQUIRED if mutual else ssl.CERT_NONE
        client.set_ciphers(suite)
        yield f"TLCP handshake, {suite}", partial(_shake_hands, server, client), None


def _shake_hands(server: Any, client: Any) -> None:
    """One full handshake between two contexts, in memory."""
    from tongsuo_py import ssl

    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(down, up, server_hostname="server.example"),
        server.wrap_bio(up, down, server_side=True),
    ]
    while ends:
        for end in tuple(ends):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            ends.remove(end)
