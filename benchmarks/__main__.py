"""``make bench``: tongsuo_py beside the same calls made from C, and beside the standard ``ssl``.

The sides of a comparison are measured in one run, in turn. docs/benchmarks.md: how to read it.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import beside_stdlib
from benchmarks.native_side import NativeSide, compile_program
from benchmarks.python_side import PythonSide
from benchmarks.timing import measure
from tongsuo.build import find_prefix, library_dir
from tongsuo_py import pki, ssl

SIZES = (16, 1024, 16384)
ALGORITHMS = (
    "sm3",
    "sm4-gcm-encrypt",
    "sm4-cbc-encrypt",
    "sm4-ctr-encrypt",
    "sm2-sign",
    "sm2-verify",
    "sm2-encrypt",
    "sm2-decrypt",
)
SUITE = "ECDHE-SM2-SM4-GCM-SM3"


@dataclass
class Row:
    """One operation at one size: each side's best round, in nanoseconds for one call.

    The best, since a machine that others share only ever adds time; both sides had as many tries,
    in turn. ``spread`` tells how noisy it was: the middle half of the rounds' own ratios.
    """

    operation: str
    size: int
    c: float
    python: float
    ratio: float  # Python's time to C's
    spread: float

    def throughput(self, nanoseconds: float) -> str:
        """Calls or bytes in a second, whichever says more."""
        if self.operation == "tlcp-handshake":
            return f"{1e9 / nanoseconds:,.0f}/s"
        if self.operation == "tlcp-transfer" or (
            not self.operation.startswith("sm2") and self.size >= 1024
        ):
            return f"{self.size / nanoseconds * 1e3:,.1f} MB/s"
        return f"{1e9 / nanoseconds:,.0f}/s"


def run(
    python: PythonSide, native: NativeSide, operation: str, size: int, rounds: int, seconds: float
) -> Row:
    """Measure both sides in turn, so that both see the same machine."""
    call = python.call(operation, size)
    measure(call, seconds / 4)
    native.measure(operation, size, seconds / 4)
    pairs = []
    for turn in range(rounds):
        if turn % 2:
            ours = measure(call, seconds).wall
            theirs = native.measure(operation, size, seconds)
        else:
            theirs = native.measure(operation, size, seconds)
            ours = measure(call, seconds).wall
        pairs.append((theirs, ours))
    ratios = [ours / theirs for theirs, ours in pairs]
    lower, _, upper = statistics.quantiles(ratios, n=4) if rounds > 1 else (1.0, 1.0, 1.0)
    best_c, best_python = (min(times) for times in zip(*pairs, strict=True))
    return Row(operation, size, best_c, best_python, best_python / best_c, upper - lower)


def line(row: Row) -> str:
    """A row of the table."""
    size = f"{row.size:,} B" if row.size else ""
    over = (row.python - row.c) / 1000
    return (
        f"{row.operation:<18}{size:>10}{row.throughput(row.c):>16}{row.throughput(row.python):>16}"
        f"{row.ratio:>9.3f}{over:>+11.2f} µs{row.spread:>9.3f}"
    )


def machine() -> str:
    """The processor's name."""
    try:
        for text in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if text.startswith("model name"):
                return text.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def main() -> int:
    """Parse the arguments, measure, print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round: only to see it run")
    parser.add_argument("--only", metavar="TEXT", help="the operations with TEXT in their names")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows there as well")
    options = parser.parse_args()
    rounds, seconds = (1, 0.02) if options.quick else (25, 0.06)

    prefix = find_prefix()
    print(f"{ssl.TONGSUO_VERSION}, CPython {platform.python_version()}, {machine()}")
    print(f"the best of {rounds} rounds, C and Python in turn; TLCP: {SUITE}, both sides")
    print("authenticated, both in one thread over a socket pair")
    heading = f"{'':<28}{'C':>16}{'tongsuo_py':>16}{'time':>9}{'one call':>14}{'spread':>9}"
    print(heading, "-" * len(heading), sep="\n")

    work = [(operation, size) for operation in ALGORITHMS for size in SIZES]
    work += [("tlcp-handshake", 0), *(("tlcp-transfer", size) for size in SIZES)]
    rows = []
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        program = compile_program(prefix, library_dir(prefix), directory)
        ca = pki.CA.create("Benchmark CA")
        for who in ("server", "client"):
            ca.issue_pair("localhost", role=who).save(directory / who)
        python = PythonSide(directory, SUITE)
        with NativeSide(program, directory, SUITE) as native:
            for operation, size in work:
                if options.only is None or options.only in operation:
                    rows.append(run(python, native, operation, size, rounds, seconds))
                    print(line(rows[-1]), flush=True)
        python.close()
        print()
        tls = beside_stdlib.run(
            prefix / "bin" / "openssl", directory, options.only, rounds, seconds
        )
    if options.json:
        report = {
            "tongsuo": ssl.TONGSUO_VERSION,
            "python": platform.python_version(),
            "machine": machine(),
            "rows": [asdict(row) for row in rows],
            "tls": tls,
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
