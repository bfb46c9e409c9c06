"""One target under atheris: ``python -m fuzz.one NAME CORPUS [libFuzzer options]``."""

from __future__ import annotations

import sys

import atheris


def main() -> None:
    """Fuzz until an option says to stop, or something comes out that should not."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["tongsuo_py"]):
        from fuzz import targets
    target = targets.ALL[name]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
