"""The image's HEALTHCHECK: a container that runs ``tongsuo-py server`` has its port open.

It looks at the kernel's table, and does not connect: the server would log every look. Any other
command is well as long as it runs. ``python healthcheck.py PORT`` is for servers that are not
``tongsuo-py server``, or not yet.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from tongsuo_py import cli
from tongsuo_py.cli import parser

_LISTEN = "0A"  # TCP_LISTEN in /proc/net/tcp (Documentation/networking/proc_net_tcp.rst)


def served_port() -> int | None:
    """The port that this container's server was told to listen on; None if it runs no server."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = process.read_text().split("\0")[:-1]
        except OSError:  # it has just ended
            continue
        programs = [at for at, word in enumerate(words[:2]) if Path(word).name == cli.PROGRAM]
        if programs and words[programs[0] + 1 :][:1] == ["server"]:
            arguments = words[programs[0] + 1 :]
            port: int = parser.build(cli, cli.PROGRAM, arguments).parse_args(arguments).port
            return port
    return None


def listening_ports() -> Iterator[int]:
    """The TCP ports that anything in this container listens on, Docker's own resolver excepted."""
    for table in ("tcp", "tcp6"):
        path = Path("/proc/net", table)
        for row in path.read_text().splitlines()[1:] if path.exists() else ():
            address, _, state = row.split()[1:4]
            host, port = address.split(":")
            if state == _LISTEN and host != "0B00007F":  # 127.0.0.11
                yield int(port, 16)


port = int(sys.argv[1]) if len(sys.argv) > 1 else served_port()
listening = set(listening_ports())
if port is None or port in listening or (port == 0 and listening):
    sys.exit()
sys.exit(f"nothing listens on port {port}")
