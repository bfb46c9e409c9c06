"""What callers may pass by name: one way to say that it is not among the choices."""

from __future__ import annotations

from collections.abc import Collection


def check_choice(name: str, value: object, choices: Collection[object]) -> None:
    """ValueError, which lists the choices, unless ``value`` is one of them."""
    if value not in choices:
        listed = ", ".join(f'"{choice}"' for choice in choices)
        raise ValueError(f"{name} must be one of {listed}, not {value!r}")
