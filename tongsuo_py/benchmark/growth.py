"""How time and memory grow with the data, with the connections and with the threads.

Nothing is to grow faster than its work: on two logarithmic axes no curve is to rise by more than
its ``x`` does (``fit``). What is measured runs in processes of its own, so that what it needs is
not hidden in memory that something before it has left behind.
"""

from __future__ import annotations

import os
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tongsuo_py.benchmark import certificates, fit, growth_data, growth_idle, growth_threads
from tongsuo_py.benchmark.children import Child

#: Bytes; decades, and a gibibyte at the end.
SIZES = (*(10**exponent for exponent in range(9)), 1 << 30)
COUNTS = (1, 10, 100, 1_000, 10_000)  # connections
#: How many connections of those ways are held that only stand beside.
BESIDE = 1_000
#: Bytes that an idle TLCP connection may cost a server: the target.
IDLE = 60 * 1024
# Bytes that cannot be told from nothing: at the most, and where it is looked at in peace.
_FLOOR_PEAK, _FLOOR = 1 << 20, 1 << 16
_REPEATED = 10**7  # bytes; larger data is gone through once only
_ECHOES = 200

#: Hears what is under way.
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Curve:
    """A quantity against ``part``: "data", "connections" or "threads".

    ``quantity`` is "time" (nanoseconds of work, which other programs do not disturb), "echo"
    (nanoseconds), "memory" or "client memory" (bytes), or "throughput" (calls in a second).
    ``floor`` is what cannot be told from nothing.
    """

    part: str
    name: str
    quantity: str
    points: tuple[tuple[float, float], ...]
    floor: float = 0.0

    @property
    def growth(self) -> fit.Growth | None:
        """How it grows; None for what is not to grow in proportion, or has too few points."""
        return None if self.part == "threads" else fit.growth(self.points, self.floor)

    @property
    def each(self) -> float:
        """The last ``y`` in units of its ``x``: bytes for a connection, say."""
        x, y = self.points[-1]
        return y / x

    def as_dict(self) -> dict[str, Any]:
        """With how it grows, as JSON can carry it."""
        growth = self.growth
        return {**asdict(self), "growth": None if growth is None else asdict(growth)}


def from_dict(found: dict[str, Any]) -> Curve:
    """The curve in what ``as_dict`` gave."""
    points = tuple((x, y) for x, y in found["points"])
    return Curve(found["part"], found["name"], found["quantity"], points, found["floor"])


def data(operations: Sequence[str], sizes: Sequence[int], rounds: int, tell: Tell) -> list[Curve]:
    """Time and memory of each operation at each size."""
    found = []
    for name in operations:
        results: dict[int, list[dict[str, float]]] = {size: [] for size in sizes}
        with Child(growth_data.__name__) as child:
            for turn in range(rounds):
                for size in sizes:
                    if turn == 0 or size <= _REPEATED:
                        tell(f"{name}, {size:,} bytes")
                        results[size].append(child.ask("measure", operation=name, size=size))
        for quantity, floor in (("time", 0.0), ("memory", float(_FLOOR_PEAK))):
            points = tuple(
                (float(size), statistics.median(each[quantity] for each in results[size]))
                for size in sizes
            )
            found.append(Curve("data", name, quantity, points, floor))
    return found


def connections(ways: Sequence[str], most: int, tell: Tell) -> list[Curve]:
    """Memory of both sides, their work to connect, and time of an echo while so many are held.

    ``most`` is for the first way; the others, which stand beside, have fewer. Where the system
    allows fewer files, there are fewer. Those of TLS are left out without ``cryptography``.
    """
    found: list[Curve] = []
    with tempfile.TemporaryDirectory() as directory:
        with_tls = certificates.make(Path(directory))
        for way in ways:
            if not with_tls and not way.startswith("TLCP"):
                continue  # for lack of what makes its certificates
            counts = sorted({*(count for count in COUNTS if count < most), most})
            if way != next(iter(growth_idle.WAYS)):
                counts = [count for count in counts if count <= BESIDE] or counts[:1]
            found += _held(way, counts, directory, tell)
    return found


def _held(way: str, counts: Sequence[int], directory: str, tell: Tell) -> list[Curve]:
    module = growth_idle.__name__
    path = str(Path(directory) / f"{len(os.listdir(directory))}.socket")
    names = ("memory", "client memory", "time", "echo")
    points: dict[str, list[tuple[float, float]]] = {name: [] for name in names}
    with Child(module) as server, Child(module) as client:
        room = server.ask("listen", way=way, directory=directory, path=path, most=counts[-1])

        def more(count: int) -> int:
            server.start("accept", count=count)
            work: int = client.ask("connect", way=way, directory=directory, path=path, count=count)
            return work + int(server.result())

        more(growth_idle.WARM_UP)
        before = [side.ask("uses") for side in (server, client)]
        held = spent = 0
        for count in counts:
            if count + growth_idle.RESERVE > room:
                break
            tell(f"{count:,} connections, {way}")
            spent += more(count - held)
            held = count
            points["time"].append((count, spent))
            for name, side, start in zip(names, (server, client), before, strict=False):
                points[name].append((count, max(side.ask("uses") - start, 0)))
            server.start("answer", times=_ECHOES)
            points["echo"].append((count, client.ask("ask", times=_ECHOES)))
            server.result()
    floors = {"memory": float(_FLOOR), "client memory": float(_FLOOR)}
    return [
        Curve("connections", way, name, tuple(points[name]), floors.get(name, 0.0))
        for name in names
    ]


def thread_counts(cores: int) -> list[int]:
    """Up to twice the cores: powers of two, and what there is of either side of the cores."""
    powers = (1 << exponent for exponent in range((2 * cores).bit_length()))
    return sorted({*powers, cores, cores + cores // 2, 2 * cores})


def threads(
    operations: Sequence[str], counts: Sequence[int], rounds: int, seconds: float, tell: Tell
) -> list[Curve]:
    """The throughput of each operation with each number of threads, in turn."""
    with tempfile.TemporaryDirectory() as directory, Child(growth_threads.__name__) as child:
        certificates.make(Path(directory))
        results: dict[tuple[str, int], list[float]] = {}
        for _ in range(rounds):
            for name in operations:
                for count in counts:
                    tell(f"{name}, {count} threads")
                    results.setdefault((name, count), []).append(
                        child.ask(
                            "throughput",
                            name=name,
                            directory=directory,
                            threads=count,
                            seconds=seconds,
                        )
                    )
    return [
        Curve(
            "threads",
            name,
            "throughput",
            tuple((count, statistics.median(results[name, count])) for count in counts),
        )
        for name in operations
    ]
