"""A CA's register: what it issued, what it took back, and how many lists it made of that.

One file, ``register.jsonl``, to which lines of JSON are only ever added, each with one event::

    {"issued": "3f...", "subject": "CN=a.example", "not_after": "2027-...", "certificate": "MII..."}
    {"revoked": "3f...", "date": "2026-...", "reason": "KEY_COMPROMISE"}
    {"crl": 1, "date": "2026-..."}

Serial numbers are hexadecimal, times ISO 8601 in UTC, certificates DER in base64. Writers lock the
file, so that there may be several; a line counts once its end is written, so that a crash leaves
nothing half done.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from tongsuo_py._files import StrPath
from tongsuo_py.exceptions import FormatError
from tongsuo_py.pki import validity
from tongsuo_py.pki.authority import CA
from tongsuo_py.pki.certificate import Certificate, require_certificate
from tongsuo_py.pki.crl import CRL, RevocationReason, RevokedCertificate, check_reason

_FILE = "register.jsonl"

# What is raised for lines that are no events: infinite numbers, and endless brackets, among them.
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass
class _State:
    """What the lines come to."""

    issued: dict[int, Certificate] = field(default_factory=dict)
    revoked: dict[int, RevokedCertificate] = field(default_factory=dict)
    crl_number: int = 0


class Register:
    """The register in a directory, which may be the CA's own; both are made when first written.

    Nothing is kept in memory: each call sees what other processes wrote. ``CA`` itself keeps no
    register; whoever wants to revoke certificates adds each one that is issued. Any call raises
    FormatError for a register that cannot be read, with the line that is wrong.
    """

    __slots__ = ("_path",)

    def __init__(self, directory: StrPath) -> None:
        self._path = Path(directory) / _FILE

    @property
    def issued(self) -> tuple[Certificate, ...]:
        """All certificates that were added, in their order."""
        return tuple(self._read().issued.values())

    @property
    def revoked(self) -> tuple[RevokedCertificate, ...]:
        """All that were revoked, in their order."""
        return tuple(self._read().revoked.values())

    @property
    def crl_number(self) -> int:
        """The number of the newest list; 0 before the first."""
        return self._read().crl_number

    def find(self, serial_number: int) -> Certificate:
        """The certificate with this serial number. Raises ValueError if none was added."""
        return _find(self._read(), serial_number)

    def add(self, *certificates: Certificate) -> None:
        """Write down what was issued. ValueError for a serial number that is there already."""
        for certificate in certificates:
            require_certificate(certificate)
        with self._writing() as (state, write):
            for certificate in certificates:
                serial = certificate.serial_number
                if serial in state.issued:
                    raise ValueError(f"the register has a certificate {serial:x} already")
                state.issued[serial] = certificate
            for certificate in certificates:
                write(
                    issued=f"{certificate.serial_number:x}",
                    subject=certificate.subject,
                    not_after=certificate.not_after.isoformat(),
                    certificate=base64.b64encode(certificate.to_der()).decode("ascii"),
                )

    def revoke(
        self,
        certificate: Certificate | int,
        reason: RevocationReason | None = None,
        *,
        date: datetime | None = None,
    ) -> RevokedCertificate:
        """Take a certificate (or the one with this serial number) back, from ``date`` (now) on.

        It is known to nobody before the next ``issue_crl``. Raises ValueError for one that was not
        added, for one that is revoked already, and for a reason that such a list cannot give.
        """
        moment = validity.in_utc("date", datetime.now(UTC) if date is None else date)
        if not isinstance(certificate, int):
            require_certificate(certificate)
        serial = certificate if isinstance(certificate, int) else certificate.serial_number
        # A line is there for ever: one that no list can be made of would be the last.
        reason = None if reason is None else check_reason(RevocationReason(reason))
        with self._writing() as (state, write):
            if _find(state, serial) != certificate and not isinstance(certificate, int):
                raise ValueError(f"the register has another CA's certificate {serial:x}")
            if serial in state.revoked:
                raise ValueError(f"{serial:x} was revoked already, on {state.revoked[serial].date}")
            name = None if reason is None else reason.name
            write(revoked=f"{serial:x}", date=moment.isoformat(), reason=name)
        return RevokedCertificate(serial, moment, reason)

    def issue_crl(self, ca: CA, *, days: int = validity.CRL_DAYS) -> CRL:
        """The next list of ``ca``, with all that were ever revoked; see ``CA.issue_crl``.

        Raises ValueError where the register has certificates of another CA.
        """
        with self._writing() as (state, write):
            for serial in state.revoked:
                certificate = state.issued[serial]
                if not certificate.is_issued_by(ca.certificate):
                    raise ValueError(f"{certificate} in the register is not one of {ca}")
            number = state.crl_number + 1
            crl = ca.issue_crl(state.revoked.values(), number=number, days=days)
            write(crl=number, date=crl.this_update.isoformat())
        return crl

    def _read(self) -> _State:
        try:
            return self._parse(self._path.read_bytes())
        except FileNotFoundError:
            return _State()

    @contextmanager
    def _writing(self) -> Iterator[tuple[_State, _Writer]]:
        """The state, and what adds lines to it: all of them, at the end, if nothing was raised."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        with open(os.open(self._path, flags, 0o644), "r+b") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)  # until it is closed
            content = stream.read()
            writer = _Writer()
            yield self._parse(content), writer
            # What a crash left of a line that never ended is written over.
            writer.finish(stream, content.rfind(b"\n") + 1)

    def _parse(self, content: bytes) -> _State:
        state = _State()
        for number, line in enumerate(content.split(b"\n")[:-1], 1):
            try:
                _apply(state, json.loads(line))
            except _DAMAGE as error:
                # FormatError is a ValueError; the place in the file is what helps.
                raise FormatError(
                    f"{self._path}: expected an event of a CA's register in line {number}, "
                    f"found something else ({error})"
                ) from None
        return state

    def __repr__(self) -> str:
        return f"<pki.Register {str(self._path)!r}>"


class _Writer:
    """Collects lines."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def __call__(self, **event: Any) -> None:
        self._lines.append(json.dumps(event, ensure_ascii=False) + "\n")

    def finish(self, stream: BinaryIO, position: int) -> None:
        """Write them from this position of the file on, and to the disk."""
        stream.seek(position)
        stream.truncate()
        try:
            stream.write("".join(self._lines).encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        except OSError:  # a full disk
            os.ftruncate(stream.fileno(), position)
            raise


def _find(state: _State, serial: int) -> Certificate:
    if serial not in state.issued:
        raise ValueError(f"the register has no certificate {serial:x}")
    return state.issued[serial]


def _apply(state: _State, event: dict[str, Any]) -> None:
    if "issued" in event:
        certificate = Certificate.from_der(base64.b64decode(event["certificate"], validate=True))
        if certificate.serial_number != int(event["issued"], 16):
            raise ValueError("the certificate has another serial number")
        state.issued[certificate.serial_number] = certificate
    elif "revoked" in event:
        serial, reason = int(event["revoked"], 16), event["reason"]
        _find(state, serial)
        state.revoked[serial] = RevokedCertificate(
            serial,
            validity.in_utc("date", datetime.fromisoformat(event["date"])),
            None if reason is None else RevocationReason[reason],
        )
    else:
        state.crl_number = int(event["crl"])
