"""The program ``gmssl`` of GmSSL 3.1.1, an independent implementation to test against.

No distribution packages it. Its source comes with the PyPI package ``easy_gmssl`` (which is not
installed), pinned by its hash; it is built once, in seconds, into the user's cache. scripts/setup
does that before the tests; they come here too, for where it was not called.

    python tests/gmssl_program.py        prints the program's path
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = "3.1.1"
_REQUIREMENTS = Path(__file__).with_name("gmssl.txt")
_SOURCE = "easy_gmssl/Core/GmSSL-3.1.1"


def find() -> Path:
    """The program, built if it is not in the cache."""
    sys.path.insert(0, str(ROOT))
    try:
        from tongsuo.cache import cache_dir, locked, scratch
        from tongsuo.sources import unpack
    finally:
        sys.path.remove(str(ROOT))
    folder = cache_dir() / f"gmssl-{VERSION}-{os.uname().machine}"
    program = folder / "gmssl"
    if program.exists():
        return program
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / "lock", lambda _: None):
        if not program.exists():
            print(f"==> Building GmSSL {VERSION}, which the tests talk to", file=sys.stderr)
            # On the same file system, so that whoever finds it finds it whole.
            with scratch(folder, "gmssl", "build") as work:
                unpack(_download(work), work)
                _build(work).rename(program)
    return program


def _download(work: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:")
    _run(*pip, "--require-hashes", "--requirement", str(_REQUIREMENTS), "--dest", str(work))
    (archive,) = work.glob("*.tar.gz")
    return archive


def _build(work: Path) -> Path:
    (source,) = work.glob(f"*/{_SOURCE}")
    build = work / "build"
    cmake = str(Path(sys.executable).with_name("cmake"))
    options = ("-DBUILD_SHARED_LIBS=OFF", "-DCMAKE_BUILD_TYPE=Release")
    _run(cmake, "-S", str(source), "-B", str(build), *options)
    _run(cmake, "--build", str(build), "--parallel", "--target", "gmssl-bin")
    return build / "bin" / "gmssl"


def _run(*command: str) -> None:
    result = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise SystemExit(f"{' '.join(command)}:\n{result.stdout}\n{result.stderr}")


if __name__ == "__main__":
    print(find())
