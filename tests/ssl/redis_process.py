"""A Redis server of the tests' own, reached by a Unix socket and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Self

import pytest
import redis
from peers import TIMEOUT
from redis.backoff import NoBackoff
from redis.retry import Retry


class RedisProcess:
    """``redis-server``, keeping all in memory; to be used with ``with``."""

    def __init__(self, directory: Path) -> None:
        program = shutil.which("redis-server") or shutil.which("valkey-server")
        if program is None:
            pytest.skip("redis-server is not installed; scripts/setup test does it")
        self.socket = directory / "redis.sock"
        options = ("--port", "0", "--save", "", "--appendonly", "no", "--daemonize", "no")
        self._process = subprocess.Popen(
            [program, *options, "--dir", directory, "--unixsocket", self.socket],
            stdout=subprocess.DEVNULL,
        )
        try:
            self._wait()
        except BaseException:
            self.kill()
            raise

    def _wait(self) -> None:
        deadline = time.monotonic() + TIMEOUT
        with self.client() as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    assert self._process.poll() is None
                    assert time.monotonic() < deadline
                    time.sleep(0.02)

    def client(self) -> redis.Redis:
        """A client that gives up at once, as a handshake wants it; to be used with ``with``."""
        return redis.Redis(
            unix_socket_path=str(self.socket), socket_timeout=5, retry=Retry(NoBackoff(), 0)
        )

    def kill(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
