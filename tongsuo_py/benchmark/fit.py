"""How something grows: the slope of a straight line through its points on two logarithmic axes.

A slope of 1 is growth in proportion, 0 none at all, 2 growth with the square.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Point = tuple[float, float]

#: How much more than 1 a slope may be and still say "in proportion". What does not fit into a cache
#: any more, or into memory that the process has, takes twice as long a byte with nothing growing.
TOLERANCE = 0.15
_FEWEST = 3  # points
_FIXED = 10  # what is always there is to be at most this part of a value


@dataclass(frozen=True)
class Growth:
    """``y`` goes with ``x`` to the power of ``slope``, from ``start`` on."""

    slope: float
    start: float

    @property
    def proportionate(self) -> bool:
        """Whether it grows no faster than what it grows with."""
        return self.slope <= 1 + TOLERANCE


def slope(points: Sequence[Point]) -> float:
    """The slope by least squares. Raises ValueError without two different, positive ``x``."""
    if any(value <= 0 for point in points for value in point):
        raise ValueError("a logarithmic axis has no zero")
    xs, ys = ([math.log10(point[axis]) for point in points] for axis in (0, 1))
    if len(set(xs)) < 2:
        raise ValueError("a slope needs two different points")
    middle = math.fsum(xs) / len(xs)
    height = math.fsum(ys) / len(ys)
    square = math.fsum((x - middle) ** 2 for x in xs)
    return math.fsum((x - middle) * (y - height) for x, y in zip(xs, ys, strict=True)) / square


def growth(points: Sequence[Point], floor: float = 0.0) -> Growth | None:
    """How ``y`` grows, from where what it has at the first ``x`` is a tenth of it at the most.

    What is less than ``floor`` counts as that much: it could not be told from nothing. Where it
    does not grow so far, the last three points tell. None with fewer than three.
    """
    ordered = sorted((x, max(y, floor)) for x, y in points)
    if len(ordered) < _FEWEST:
        return None
    fixed = ordered[0][1]
    grown = [point for point in ordered if point[1] >= _FIXED * fixed]
    tail = grown if len(grown) > 1 else ordered[-_FEWEST:]
    return Growth(slope(tail), tail[0][0])
