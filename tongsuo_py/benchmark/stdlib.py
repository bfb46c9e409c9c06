"""The standard library's side: hashlib, and TLS through ``ssl``."""

from __future__ import annotations

import hashlib
import platform
import ssl
import sys
from collections.abc import Mapping
from pathlib import Path

from tongsuo_py.benchmark.sessions import Sessions
from tongsuo_py.benchmark.timing import Call
from tongsuo_py.benchmark.worker import Find, serve


class Stdlib:
    """The operations by name; sessions have their certificates in ``trust``."""

    def __init__(self, trust: Path) -> None:
        self._sessions = Sessions(ssl, trust)

    def find(self, operation: str, size: int) -> Call | None:
        """A function without arguments that does the operation once; None if there is none."""
        data = bytes(size)
        if "/" in operation:
            return self._sessions.find(operation, size)
        if operation == "sha256":
            return lambda: hashlib.sha256(data).digest()
        if operation == "sm3" and "sm3" in hashlib.algorithms_available:
            return lambda: hashlib.new("sm3", data).digest()
        return None

    def close(self) -> None:
        """Close what sessions have open."""
        self._sessions.close()


def _start() -> tuple[Find, Mapping[str, str]]:
    facts = {"version": platform.python_version(), "library": ssl.OPENSSL_VERSION}
    return Stdlib(Path(sys.argv[1])).find, facts


if __name__ == "__main__":
    serve(_start)
