"""One target under atheris: ``python -m fuzz.one NAME CORPUS [libFuzzer options]``.

CORPUS is a directory, into which the target's seeds are put, or the file of an input to run alone.
The seeds are made here, so that what they were signed with is what the target knows.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris


def main() -> None:
    """Fuzz until an option says to stop, or something comes out that should not."""
    name = sys.argv.pop(1)
    with atheris.instrument_imports(include=["tongsuo_py"]):
        from fuzz import targets
    target = targets.ALL[name]
    corpus = Path(sys.argv[1])
    if corpus.is_dir():
        for number, seed in enumerate(target.seeds()):
            (corpus / f"seed-{number}").write_bytes(seed)
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
