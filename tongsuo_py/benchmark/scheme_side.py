"""A process in which schemes and sessions are timed, for a ``Child``."""

from __future__ import annotations

import os
import ssl
import statistics
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter
from types import ModuleType

from tongsuo_py.benchmark import scheme_sessions, schemes

Timed = Callable[[bytes], dict[str, int]]

_FEWEST = 3  # messages; a median needs them


@cache
def _timed(kind: str, name: str, directory: str) -> Timed:
    """What times one message of a scheme, or one session through a module."""
    if kind == "scheme":
        scheme = _scheme(name)
        return lambda reading: schemes.timed(scheme, reading)
    return scheme_sessions.Pair(_module(kind), name, Path(directory)).timed


def _scheme(name: str) -> schemes.Scheme:
    if name == schemes.SM.name:
        return schemes.SM()
    from tongsuo_py.benchmark import schemes_beside

    return next(scheme for scheme in schemes_beside.ALL if scheme.name == name)()


def _module(kind: str) -> ModuleType:
    if kind == "ssl":
        return ssl
    from tongsuo_py import ssl as ours

    return ours


def laps(kind: str, name: str, directory: str, size: int, seconds: float) -> dict[str, float]:
    """The medians of one round of ``seconds``: nanoseconds by step, and ``total``.

    ``kind`` is "scheme", or the module that speaks in a session: "tongsuo_py.ssl" or "ssl".
    """
    timed, reading = _timed(kind, name, directory), os.urandom(size)
    timed(reading)  # what is made once, and whatever another side has pushed out of the caches
    rounds: list[dict[str, int]] = []
    end = perf_counter() + seconds
    while perf_counter() < end or len(rounds) < _FEWEST:
        rounds.append(timed(reading))
    medians = {step: float(statistics.median(lap[step] for lap in rounds)) for step in rounds[0]}
    return {**medians, "total": float(statistics.median(sum(lap.values()) for lap in rounds))}


def uses() -> dict[str, bool]:
    """Whether this process has anything faster than Tongsuo's own code in use."""
    from tongsuo_py._binding import acceleration

    return {"accelerated": any(map(acceleration.in_use, ("SM4", "SM2")))}


ANSWERS = {"laps": laps, "uses": uses}
