"""The rounds of ``bench schemes``: every scheme and session in turn, at every size, many times."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tongsuo_py.benchmark import scheme_sessions, schemes
from tongsuo_py.benchmark.children import Child
from tongsuo_py.benchmark.sessions import CONFIGURATION

SIZES = (64, 1024, 65536, 1 << 20)  # bytes of a reading
#: The largest reading at which SM2-SM4-SM3 is to take less time than RSA-2048-AES-SHA256.
TARGET_SIZE = 65536
RIVAL = "RSA-2048-AES-SHA256"
OTHERS = (RIVAL, "RSA-3072-AES-SHA256", "ECDSA-P256-AES-SHA256")

_OURS, _STDLIB = "tongsuo_py.ssl", "ssl"
_PLAIN = {"TONGSUO_PY_ACCEL": "0"}  # the environment of Tongsuo's own code


@dataclass(frozen=True)
class Side:
    """A scheme or a session, and who does it.

    ``kind`` is "scheme", or the module of a session; ``child`` the process that it is measured in:
    "usual", "plain" (without the provider) or "stdlib".
    """

    kind: str
    name: str
    child: str

    @property
    def session(self) -> bool:
        """Whether it is a whole session."""
        return self.kind != "scheme"

    @property
    def label(self) -> str:
        """Its name, and what makes it another than those of the same name."""
        more = {"plain": " (no provider)", "stdlib": " (stdlib ssl)"}
        return self.name + more.get(self.child, "")

    @property
    def ours(self) -> bool:
        """Whether it is SM2, SM3 and SM4 as a user of this package has them."""
        sessions = scheme_sessions.SESSIONS
        sm = sessions[self.name].keys == "sm2" if self.session else self.name == schemes.SM.name
        return sm and self.child == "usual"


@dataclass
class Result:
    """What a side takes for a reading of ``size`` bytes, in nanoseconds.

    Medians of the rounds; ``spread`` is the middle half of the rounds' totals.
    """

    side: Side
    size: int
    total: float = 0.0
    spread: tuple[float, float] = (0.0, 0.0)
    steps: dict[str, float] = field(default_factory=dict)


def sides(*, accelerated: bool) -> list[Side]:
    """All that is measured; without the provider there is no second SM2-SM4-SM3 to tell apart."""
    plain = ("plain",) if accelerated else ()
    found = [Side("scheme", schemes.SM.name, child) for child in ("usual", *plain)]
    found += [Side("scheme", name, "usual") for name in OTHERS]
    for name, session in scheme_sessions.SESSIONS.items():
        sm = session.keys == "sm2"
        found.append(Side(_OURS, name, "usual"))
        found += [Side(_OURS, name, child) for child in plain if sm]
        if not sm:
            found.append(Side(_STDLIB, name, "stdlib"))
    return found


class Rounds:
    """The processes that measure, and what they have found; to be used in a ``with`` statement."""

    def __init__(self, directory: Path, sizes: Sequence[int] = SIZES) -> None:
        self._directory = directory
        self._sizes = sizes
        self._stack = ExitStack()
        self._found: dict[tuple[Side, int], list[dict[str, float]]] = {}

    def __enter__(self) -> Rounds:
        scheme_sessions.prepare(self._directory)
        configuration = self._directory / "openssl.cnf"
        configuration.write_text(CONFIGURATION, encoding="ascii")
        module = "tongsuo_py.benchmark.scheme_side"
        environments = {
            "usual": {},
            "plain": _PLAIN,
            "stdlib": {"OPENSSL_CONF": str(configuration)},
        }
        self._children = {
            name: self._stack.enter_context(Child(module, environment))
            for name, environment in environments.items()
        }
        self.accelerated = bool(self._children["usual"].ask("uses")["accelerated"])
        return self

    def __exit__(self, *raised: object) -> None:
        self._stack.__exit__(*raised)  # type: ignore[arg-type]

    def measure(
        self,
        chosen: Sequence[Side],
        rounds: int,
        seconds: float,
        tell: Callable[[int, int], None],
    ) -> list[Result]:
        """Every side at every size, ``seconds`` in each round; ``tell`` hears how far it is."""
        work = [(side, size) for size in self._sizes for side in chosen]
        self._found = {each: [] for each in work}
        for turn in range(rounds):
            # What comes after another is slower or quicker for it; not always the same one.
            for done, each in enumerate(reversed(work) if turn % 2 else work):
                self._found[each].append(self._ask(*each, seconds))
                tell(turn * len(work) + done + 1, rounds * len(work))
        return list(self._results())

    def _ask(self, side: Side, size: int, seconds: float) -> dict[str, float]:
        laps: dict[str, float] = self._children[side.child].ask(
            "laps",
            kind=side.kind,
            name=side.name,
            directory=str(self._directory),
            size=size,
            seconds=seconds,
        )
        return laps

    def _results(self) -> Iterator[Result]:
        for (side, size), found in self._found.items():
            medians = {step: statistics.median(each[step] for each in found) for step in found[0]}
            totals = [each["total"] for each in found]
            low, _, high = statistics.quantiles([*totals, *totals], n=4, method="inclusive")
            yield Result(side, size, medians.pop("total"), (low, high), medians)


@dataclass(frozen=True)
class Target:
    """How much of RSA-2048-AES-SHA256's time SM2-SM4-SM3 takes at a size."""

    size: int
    ratio: float

    @property
    def wanted(self) -> bool:
        """Whether it is to be less than 1 here."""
        return self.size <= TARGET_SIZE

    @property
    def reached(self) -> bool:
        """Whether it is."""
        return self.ratio < 1


def targets(results: Sequence[Result]) -> list[Target]:
    """The target at each size, of those that were measured with both schemes."""
    totals = {(each.side.label, each.size): each.total for each in results}
    return [
        Target(size, ours / totals[RIVAL, size])
        for (label, size), ours in totals.items()
        if label == schemes.SM.name and (RIVAL, size) in totals
    ]
