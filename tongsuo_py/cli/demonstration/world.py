"""The certificates that the demo makes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py import pki
from tongsuo_py.cli.failures import EXIT_USAGE, Failure, explain

SERVER_NAME = "localhost"
_CA_NAME = "TLCP Demo Root CA"


@dataclass(frozen=True)
class World:
    """A CA with a pair for each side, and an impostor: another CA of the same name with its pair.

    ``directory`` holds them all: ``ca``, ``server``, ``client``, ``impostor-ca``, ``impostor``.
    """

    directory: Path
    ca: pki.CA
    server: pki.CertificatePair
    client: pki.CertificatePair

    def __getitem__(self, name: str) -> Path:
        return self.directory / name


@contextmanager
def made_in(directory: Path | None) -> Iterator[World]:
    """The certificates, made in ``directory`` and kept there; or in one that is removed (None).

    Raises Failure if the directory cannot be made or is not empty.
    """
    with ExitStack() as stack:
        if directory is None:
            place = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="tongsuo-py-demo-"))
            )
        else:
            place = directory.resolve()
            _make(place)
        yield _fill(place)


def _make(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        empty = not any(directory.iterdir())
    except OSError as error:
        raise Failure(explain(error), EXIT_USAGE) from None
    if not empty:
        raise Failure(f"{directory}: this directory is not empty", EXIT_USAGE)


def _fill(directory: Path) -> World:
    ca = pki.CA.create(_CA_NAME)
    server = ca.issue_pair(SERVER_NAME, "127.0.0.1", "::1", role="platform")
    client = ca.issue_pair("meter-0001.example", role="meter")
    # Nothing but the key tells it from ours.
    impostor_ca = pki.CA.create(_CA_NAME)
    impostor = impostor_ca.issue_pair(SERVER_NAME, "127.0.0.1", "::1", role="platform")
    ca.save(directory / "ca")
    server.save(directory / "server")
    client.save(directory / "client")
    impostor_ca.save(directory / "impostor-ca")
    impostor.save(directory / "impostor")
    return World(directory, ca, server, client)
