"""The server at work: accepting clients, and a session with each in a thread of its own."""

from __future__ import annotations

import argparse
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from tongsuo_py import ssl
from tongsuo_py.cli import session
from tongsuo_py.cli.events import Log
from tongsuo_py.cli.failures import EXIT_OK, EXIT_SESSION, Failure, explain, reason_of
from tongsuo_py.cli.network import address_text
from tongsuo_py.cli.relay import Channel, Relay, close, cut, echo
from tongsuo_py.cli.streams import CHUNK, Input, Output, OutputClosed, Waker, wait_readable

_GRACE = 2.0  # seconds that sessions have to end when the server does
_PAUSE = 0.1  # seconds before trying again where accept() failed


class Server:
    """Serves clients on a listening socket, as the options of the command say."""

    def __init__(
        self, context: ssl.SSLContext, listener: socket.socket, args: argparse.Namespace, log: Log
    ) -> None:
        self._context = context
        self._listener = listener
        self._args = args
        self._log = log
        self._input, self._output = Input(), Output()
        self._waker = Waker()  # something that the waiting in serve() is about has changed
        self._lock = threading.Lock()
        self._running: dict[threading.Thread, socket.socket] = {}
        self._accepted = 0
        self._in_handshake = 0
        self._established = 0  # what --count counts: strangers who knock do not use it up
        self._failed = 0  # of the established ones
        self._fatal: Failure | None = None
        self._told_to_stop = False
        self._stopping = False

    def serve(self) -> int:
        """Serve as many sessions as were asked for; the exit code says whether all were good."""
        try:
            while not self._done():
                self._wait()
        finally:
            self._listener.close()
            self._end_sessions()
        if self._fatal is not None:
            raise self._fatal
        self._log("released", what="sessions, listening socket and context")
        return EXIT_SESSION if self._failed else EXIT_OK

    def _done(self) -> bool:
        with self._lock:
            if self._fatal is not None or self._told_to_stop:
                return True
            count = self._args.count
            return count is not None and self._established >= count and not self._running

    def _has_room(self) -> bool:
        """Whether one more may come: each in its handshake may become a session that counts."""
        with self._lock:
            count = self._args.count
            return len(self._running) < self._args.max_clients and (
                count is None or self._established + self._in_handshake < count
            )

    def _wait(self) -> None:
        sources: list[int | Waker] = [self._waker]
        if self._has_room():
            sources.append(self._listener.fileno())
        if self._args.stop_at_eof:
            sources.append(0)
        ready = wait_readable(*sources)
        self._waker.rest()
        if self._listener.fileno() in ready:
            self._accept()
        if 0 in ready and not os.read(0, CHUNK):
            self._told_to_stop = True

    def _accept(self) -> None:
        try:
            connection, address = self._listener.accept()
        except BlockingIOError:
            return  # it went away again
        except OSError as error:  # it was reset meanwhile, or there are too many open files
            self._log("failed", message=f"a client could not be accepted: {explain(error)}")
            time.sleep(_PAUSE)
            return
        with self._lock:
            self._accepted += 1
            self._in_handshake += 1
            number = self._accepted
            thread = threading.Thread(
                target=self._serve_client,
                args=(connection, address, number),
                name=f"client-{number}",
                daemon=True,
            )
            self._running[thread] = connection
        thread.start()

    def _serve_client(self, connection: socket.socket, address: Any, number: int) -> None:
        name = address_text(address)
        tags = {"client_number": number}
        established = False

        def establish() -> None:
            nonlocal established
            with self._lock:
                established = True
                self._in_handshake -= 1
                self._established += 1

        try:
            self._log("accepted", client=name, **tags)
            self._run_session(connection, tags, establish)
            self._log("released", what="session and connection", **tags)
        except OutputClosed as failure:
            with self._lock:
                self._fatal = failure
        except Exception as error:
            self._report_failure(error, name, established, tags)
        finally:
            connection.close()
            with self._lock:
                if not established:
                    self._in_handshake -= 1
                del self._running[threading.current_thread()]
            self._waker.wake()

    def _run_session(
        self, connection: socket.socket, tags: dict[str, Any], establish: Callable[[], None]
    ) -> None:
        sock = session.attach(
            connection, self._context, self._log, timeout=self._args.timeout, tags=tags
        )
        with self._lock:
            self._running[threading.current_thread()] = sock
        try:
            session.handshake(sock, self._log, tags)
            establish()
            channel = Channel(
                sock, self._log, peer="client", idle_timeout=self._args.idle_timeout, tags=tags
            )
            try:
                if self._args.echo:
                    echo(channel)
                else:
                    Relay(channel, self._input, self._output).run()
            finally:
                channel.report_totals()
            self._log("closed", **tags)
        finally:
            close(sock)

    def _report_failure(
        self, error: Exception, name: str, established: bool, tags: dict[str, Any]
    ) -> None:
        what = "the session with" if established else "the handshake with"
        why = explain(error, "client", established=established)
        with self._lock:
            self._failed += established
            if self._stopping:
                why = "it was cut off, since the server stops"
        self._log("failed", message=f"{what} {name}: {why}", reason=reason_of(error), **tags)

    def _end_sessions(self) -> None:
        with self._lock:
            self._stopping = True
            running = dict(self._running)
        for connection in running.values():
            cut(connection)
        deadline = time.monotonic() + _GRACE
        for thread in running:
            thread.join(max(deadline - time.monotonic(), 0))
