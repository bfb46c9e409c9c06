"""How growth is told: slopes on logarithmic axes, and where they begin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py.benchmark import fit

DECADES = [10.0**exponent for exponent in range(10)]


@given(st.floats(-3, 3), st.floats(1e-3, 1e6))
def test_a_power_is_found(power: float, factor: float) -> None:
    points = [(x, factor * x**power) for x in DECADES[:5]]
    assert fit.slope(points) == pytest.approx(power, abs=1e-9)


def test_the_line_is_the_nearest_one() -> None:
    # By hand: x 0, 1, 2 and y 0, 2, 1 in decades have the slope 1/2.
    assert fit.slope([(1, 1), (10, 100), (100, 10)]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "points", [[], [(1, 1)], [(10, 1), (10, 2)], [(0, 1), (1, 1)], [(1, 0), (10, 1)]]
)
def test_what_has_no_slope(points: list[fit.Point]) -> None:
    with pytest.raises(ValueError, match=r"slope needs|no zero"):
        fit.slope(points)


def test_a_fixed_part_does_not_hide_how_it_grows() -> None:
    """100 for whatever is always done, and 1 for each: proportionate, though flat at first."""
    found = fit.growth([(x, 100 + x) for x in DECADES])
    assert found is not None
    assert found.start == 1_000
    assert found.slope == pytest.approx(1, abs=0.02)
    assert found.proportionate


@pytest.mark.parametrize(
    ("power", "proportionate"), [(0, True), (1, True), (1.2, False), (2, False)]
)
def test_faster_than_its_work(power: float, proportionate: bool) -> None:
    found = fit.growth([(x, 50 + x**power) for x in DECADES])
    assert found is not None
    assert found.slope == pytest.approx(power, abs=0.05)
    assert found.proportionate == proportionate


def test_the_order_of_the_points_does_not_matter() -> None:
    points = [(x, 7 + x**1.5) for x in DECADES]
    assert fit.growth(points[::-1]) == fit.growth(points)


def test_what_cannot_be_told_from_nothing_does_not_grow() -> None:
    found = fit.growth([(1, 0), (10, 900), (100, 12), (1000, 999)], floor=1000)
    assert found is not None
    assert found.slope == 0


def test_too_few_points() -> None:
    assert fit.growth([(1, 1), (10, 10)]) is None
