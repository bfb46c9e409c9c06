"""What a server or client tells while it runs: events, as text for people or as JSON for programs.

Each event has a name from ``KINDS`` and fields that JSON can carry. The demo starts server and
client with ``--json``, judges them by the fields, and shows the events as they do themselves.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from tongsuo_py.cli.failures import Failure
from tongsuo_py.cli.output import Printer, count
from tongsuo_py.cli.process import Terminated

Fields = Mapping[str, Any]

#: The steps of a TLCP session, in the order in which server and client do them.
STEPS = {
    1: "Negotiate the protocol",
    2: "Prepare the environment: verification, certificates, keys",
    3: "Bind the session to a TCP socket",
    4: "Handshake",
    5: "Encrypted transfer",
    6: "Release everything",
}


@dataclass(frozen=True)
class Event:
    """Something that happened, at ``time`` in nanoseconds of the machine's monotonic clock."""

    name: str
    fields: Fields = field(default_factory=dict)
    time: int = 0

    @property
    def kind(self) -> Kind:
        """How it is shown."""
        return KINDS[self.name]

    def to_json(self) -> str:
        """One line of JSON, only ASCII."""
        return json.dumps({"event": self.name, "time": self.time, **self.fields})

    @classmethod
    def from_json(cls, line: str) -> Event:
        """The event in a line that ``to_json`` made. Raises ValueError for any other."""
        fields = json.loads(line)
        if not isinstance(fields, dict) or fields.get("event") not in KINDS:
            raise ValueError("this line is not an event")
        return cls(fields.pop("event"), fields, fields.pop("time"))


@dataclass(frozen=True)
class Kind:
    """How an event is shown: the step that it belongs to, its label and its text.

    ``verbose`` ones are shown only on request, ``loud`` ones even when quiet.
    """

    step: int
    label: str
    text: Callable[[Fields], str]
    style: str = ""
    verbose: bool = False
    loud: bool = False


def _certificate(fields: Fields) -> str:
    verified = {None: "", True: ", verified", False: ", NOT verified"}[fields.get("verified")]
    return (
        f"{fields['whose']} {fields['role']} certificate{verified}\n"
        f"subject  {fields['subject']}\n"
        f"issuer   {fields['issuer']}"
    )


def _message(fields: Fields) -> str:
    return f"{count(fields['bytes'], 'byte')}  {fields['preview']}"


def _totals(fields: Fields) -> str:
    sent = f"{count(fields['sent_messages'], 'message')}, {count(fields['sent_bytes'], 'byte')}"
    received = (
        f"{count(fields['received_messages'], 'message')}, "
        f"{count(fields['received_bytes'], 'byte')}"
    )
    return f"sent      {sent}\nreceived  {received}"


def _verification(fields: Fields) -> str:
    if fields["mode"] == "none":
        return f"WARNING: any {fields['peer']} is accepted, nothing about it is verified"
    whose = "if it sends any, the client's" if fields["mode"] == "optional" else fields["whose"]
    name = f" and be for {fields['name']}" if fields.get("name") else ""
    return f"{whose} certificates must come from {fields['ca']}{name}"


KINDS: dict[str, Kind] = {
    "protocol": Kind(1, "protocol", lambda f: f"{f['protocol']} (GB/T 38636-2020)"),
    "suites": Kind(1, "suites", lambda f: ", ".join(f["suites"])),
    "verification": Kind(2, "verify", _verification),
    "own_certificate": Kind(2, "certificate", _certificate),
    "keys_match": Kind(2, "keys", lambda f: "each private key belongs to its certificate", "ok"),
    "expired": Kind(
        2, "warning", lambda f: f"our {f['role']} certificate is {f['state']}", "bad", loud=True
    ),
    "socket": Kind(3, "socket", lambda f: f"created: TCP over {f['family']}"),
    "bound": Kind(3, "bound", lambda f: f["address"]),
    "listening": Kind(3, "listening", lambda f: f"for clients on {f['address']}"),
    "connected": Kind(3, "connected", lambda f: f"to {f['server']}, from {f['address']}"),
    "accepted": Kind(3, "client", lambda f: f"connected from {f['client']}"),
    "session": Kind(3, "session", lambda f: "bound to the connected socket"),
    "handshake": Kind(
        4,
        "handshake",
        lambda f: f"done: {f['protocol']}, {f['suite']}, {f['bits']} bits",
        "ok",
    ),
    "peer_certificate": Kind(4, "certificate", _certificate),
    "no_certificate": Kind(4, "certificate", lambda f: f"the {f['peer']} sent none"),
    "sent": Kind(5, "sent", _message, verbose=True),
    "received": Kind(5, "received", _message, verbose=True),
    "totals": Kind(5, "total", _totals),
    "closed": Kind(
        6, "ended", lambda f: "close_notify sent and received: nothing is missing", "ok"
    ),
    "failed": Kind(6, "failed", lambda f: f["message"], "bad", loud=True),
    "released": Kind(6, "released", lambda f: f["what"]),
    "stopped": Kind(6, "stopped", lambda f: f["message"], loud=True),
    "error": Kind(6, "error", lambda f: f["message"], "bad", loud=True),
}


def now() -> int:
    """The time of an event."""
    return time.monotonic_ns()


class Log:
    """Takes events as they happen; which ones it shows depends on how much was asked for."""

    def __init__(self, *, verbose: bool = False, quiet: bool = False) -> None:
        self.verbose = verbose
        self._quiet = quiet
        self._lock = threading.Lock()

    def __call__(self, name: str, at: int | None = None, /, **fields: Any) -> None:
        """Report the event ``name``; ``at`` is its time if that was earlier than this call."""
        event = Event(name, fields, now() if at is None else at)
        kind = KINDS[name]
        if (kind.verbose and not self.verbose) or (self._quiet and not kind.loud):
            return
        # A log that nobody reads must not end a session.
        with self._lock, suppress(OSError, ValueError):
            self._show(event, kind)

    def _show(self, event: Event, kind: Kind) -> None:
        raise NotImplementedError


class JsonLog(Log):
    """Writes each event as a line of JSON."""

    def __init__(self, stream: TextIO, **amount: bool) -> None:
        super().__init__(**amount)
        self._stream = stream

    def _show(self, event: Event, kind: Kind) -> None:
        print(event.to_json(), file=self._stream, flush=True)


class TextLog(Log):
    """Shows events to people, those of a server's sessions with the number of their client."""

    def __init__(self, stream: TextIO, command: str, **amount: bool) -> None:
        super().__init__(**amount)
        self._printer = Printer(stream)
        self._command = command

    def _show(self, event: Event, kind: Kind) -> None:
        text = kind.text(event.fields)
        if event.name == "error":
            self._printer.error(self._command, text)
            return
        if event.name == "stopped":
            self._printer.line((f"tongsuo-py {self._command}: {text}", ""))
            return
        if "client_number" in event.fields:
            text = f"#{event.fields['client_number']} {text}"
        self._printer.entry(kind.label, text, kind.style)


def open_log(args: argparse.Namespace) -> Log:
    """The log that the options ask for, on standard error."""
    if args.json:
        return JsonLog(sys.stderr, verbose=args.verbose, quiet=args.quiet)
    return TextLog(sys.stderr, args.command, verbose=args.verbose, quiet=args.quiet)


@contextmanager
def telling_failures(log: Log) -> Iterator[None]:
    """Report a Failure or a signal that passes through, in the log's own form."""
    try:
        yield
    except Failure as failure:
        log("error", message=str(failure), reason=failure.reason)
        failure.told = True
        raise
    except Terminated as signal:
        log("stopped", message=str(signal))
        signal.told = True
        raise
