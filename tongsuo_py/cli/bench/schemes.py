"""What a meter's reading costs with SM2-SM4-SM3, beside RSA and ECDSA with AES and SHA-256.

Each scheme does the same: the meter signs a challenge of 32 bytes; wraps two new keys of 16 bytes
for the platform; encrypts the reading in CTR mode; computes an HMAC of it. The platform verifies,
unwraps, checks the HMAC, decrypts.

Signatures are SM2's, RSA-PSS, ECDSA on P-256. Keys are wrapped by SM2 encryption; by RSA-OAEP; or
for P-256 by ephemeral ECDH, HKDF-SHA256 and AES key wrap (RFC 3394). Ciphers are SM4 and AES-128,
codes HMAC-SM3 and HMAC-SHA256. RSA, ECDSA and AES are those of the package cryptography.

Then the same as whole sessions in memory, where both ends show certificates: TLCP with ECC and
ECDHE suites, TLS 1.3 with SM2 and SM4 (RFC 8998), TLS 1.2 with RSA key exchange, TLS 1.3 with
P-256; the last two also through the standard library's ssl. A handshake, the reading sent, the
reading received.

All of them take turns, in short rounds; what is told is the median of the rounds, by the clock of
the thread's own work, which stands still while other programs run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tongsuo_py.cli import output
from tongsuo_py.cli.bench import results
from tongsuo_py.cli.bench.progress import telling
from tongsuo_py.cli.bench.tables import print_numbers
from tongsuo_py.cli.failures import EXIT_OK, EXIT_USAGE, Failure

if TYPE_CHECKING:
    from tongsuo_py.benchmark.scheme_rounds import Result, Side

SUMMARY = "SM2-SM4-SM3 beside RSA-AES-SHA256 and ECDSA-AES-SHA256, and as whole sessions"
EXAMPLES = """\
tongsuo-py bench schemes
tongsuo-py bench schemes --plots plots --json schemes.json
tongsuo-py bench schemes --only RSA-2048
"""

_ROUNDS, _SECONDS = 20, 0.03


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--only", metavar="TEXT", help="the schemes and sessions with TEXT in their names"
    )
    parser.add_argument(
        "--quick", action="store_true", help="one short round: only to see that it runs"
    )
    results.add(parser)


def run(args: argparse.Namespace) -> int:
    """Measure, print the tables, write what was asked for."""
    from tongsuo_py.benchmark import scheme_report, scheme_rounds
    from tongsuo_py.benchmark.machine import facts, line

    results.check(args)
    _check_cryptography()
    rounds, seconds = (1, 0.0) if args.quick else (_ROUNDS, _SECONDS)
    with (
        tempfile.TemporaryDirectory(prefix="tongsuo-py-bench-") as name,
        scheme_rounds.Rounds(Path(name)) as measured,
        telling() as tell,
    ):
        chosen = _chosen(args.only, scheme_rounds.sides(accelerated=measured.accelerated))
        found = measured.measure(
            chosen, rounds, seconds, lambda done, of: tell(f"{done:,} of {of:,}")
        )
    about = {**facts(), "accelerated": measured.accelerated, "rounds": rounds}
    if results.as_tables(args):
        _print(line(about), found)
    results.write(
        args,
        scheme_report.as_dict(found, about),
        lambda: scheme_report.draw(found, f"median of {rounds} rounds; {line(about)}"),
    )
    return EXIT_OK


def _check_cryptography() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise Failure(
            "RSA, ECDSA and AES are those of the package cryptography: "
            "pip install 'tongsuo-py[bench]'",
            EXIT_USAGE,
        ) from None


def _chosen(only: str | None, sides: list[Side]) -> list[Side]:
    if only is None:
        return sides
    chosen = [side for side in sides if only.lower() in side.label.lower()]
    if not chosen:
        names = ", ".join(dict.fromkeys(side.name for side in sides))
        raise Failure(f"--only: no scheme or session has {only!r} in its name: {names}", EXIT_USAGE)
    return chosen


def _print(about: str, found: list[Result]) -> None:
    from tongsuo_py.benchmark import scheme_report

    printer = output.Printer(sys.stdout)
    printer.line((about, "title"))
    for sessions in (False, True):
        if any(each.side.session == sessions for each in found):
            for table in (
                scheme_report.totals_table(found, sessions=sessions),
                scheme_report.steps_table(found, sessions=sessions),
            ):
                print_numbers(printer, table.columns, table.rows)
    said = list(scheme_report.verdicts(found))
    if said:
        printer.line()
    for good, text in said:
        if good is None:
            printer.line((f"  {text}", ""))
        else:
            printer.verdict(good, text)
