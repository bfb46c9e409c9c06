"""Arguments of public functions, checked; the errors say what may be passed."""

from __future__ import annotations

from collections.abc import Collection
from operator import index


def check_choice(name: str, value: object, choices: Collection[object]) -> None:
    """ValueError, which lists the choices, unless ``value`` is one of them."""
    if value not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise ValueError(f"{name} must be one of {listed}, not {value!r}")


def checked_number(name: str, value: object, least: int, most: int) -> int:
    """``value`` as an int from ``least`` to ``most``; TypeError or ValueError if it is none."""
    try:
        number = index(value)  # type: ignore[arg-type]
    except TypeError:
        raise TypeError(f"{name} must be int, not {type(value).__name__}") from None
    if not least <= number <= most:
        raise ValueError(f"{name} is {least} to {most}, not {number}")
    return number
