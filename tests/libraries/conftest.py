"""What the tests through libraries share: the two protocols, and a look at what is left over."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.register_assert_rewrite("library_tests", "library_peers")

import broker  # noqa: E402
from library_peers import Protocol, Tlcp, Tls  # noqa: E402


@pytest.fixture(params=[Tls, Tlcp], ids=["TLS", "TLCP"])
def protocol(
    request: pytest.FixtureRequest, trust: SimpleNamespace, tls: SimpleNamespace
) -> Protocol:
    """TLS 1.3 and TLCP in turn: contexts, and what their connections look like."""
    return Tls(trust, tls) if request.param is Tls else Tlcp(trust)


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No test leaves a thread, or a socket that is not closed."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        if thread.name.startswith("Trio thread"):  # trio keeps them for its next work
            continue
        thread.join(5)
        assert not thread.is_alive(), thread
    gc.collect()


@pytest.fixture(scope="session")
def mosquitto() -> Iterator[Path]:
    """The socket of a Mosquitto."""
    program = broker.find_mosquitto()
    if program is None:
        pytest.skip("mosquitto is not installed; scripts/setup test does it")
    with broker.running(program) as path:
        yield path
