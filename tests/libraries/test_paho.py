"""paho-mqtt against a real Mosquitto, which speaks neither TLS nor TLCP here: we do it for it."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from broker import Terminator
from library_peers import BODIES, TIMEOUT, Answer, Protocol, serving
from library_tests import CUT_OFF, ClientTests
from paho.mqtt.enums import CallbackAPIVersion

from tongsuo_py import ssl


class TestPaho(ClientTests):
    library = "paho-mqtt, with Mosquitto"
    untrusted = ssl.SSLCertVerificationError

    @pytest.fixture(autouse=True)
    def _broker(self, mosquitto: Path) -> None:
        self.broker = mosquitto

    @contextmanager
    def peer(
        self, context: ssl.SSLContext, *, cut_off: bool = False, raises: Any = ()
    ) -> Iterator[int]:
        self.terminator = Terminator(self.broker, cut_off=cut_off)
        with serving(context, self.terminator.handle, raises) as port:
            yield port

    def ask(self, port: int, context: ssl.SSLContext, bodies: list[bytes]) -> Iterator[Answer]:
        with self.connected(port, context) as (client, heard):
            for body in bodies:
                client.publish("echo", body, qos=1)
                version = client.socket().version()
                yield Answer.of(self.terminator.saw, heard.get(timeout=TIMEOUT), version)

    @contextmanager
    def connected(
        self, port: int, context: ssl.SSLContext
    ) -> Iterator[tuple[mqtt.Client, queue.Queue[Any]]]:
        """A client that has subscribed, and the queue of what it hears."""
        heard: queue.Queue[Any] = queue.Queue()
        subscribed = threading.Event()
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.tls_set_context(context)
        client.on_connect = lambda client, *_: client.subscribe("echo", qos=1)
        client.on_subscribe = lambda *_: subscribed.set()
        client.on_message = lambda _client, _userdata, message: heard.put(message.payload)
        client.on_disconnect = lambda _client, _userdata, _flags, reason, _properties: heard.put(
            reason
        )
        client.connect("localhost", port)
        client.loop_start()
        try:
            assert subscribed.wait(TIMEOUT)
            yield client, heard
        finally:
            client.disconnect()
            client.loop_stop()

    # paho does not close a socket whose handshake failed, with any ssl, nor others before it is
    # deleted itself.
    @pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
    def test_server_that_is_not_trusted(self, protocol: Protocol) -> None:
        super().test_server_that_is_not_trusted(protocol)

    def test_server_that_cuts_off(self, protocol: Protocol) -> None:
        with (
            self.peer(protocol.server(), cut_off=True, raises=OSError) as port,
            self.connected(port, self.context()) as (client, heard),
        ):
            client.publish("echo", BODIES[0])
            reason = heard.get(timeout=TIMEOUT)
            client.disconnect()  # or it would connect again
        assert reason.is_failure
        self.saw(CUT_OFF, f"on_disconnect: {reason}")
