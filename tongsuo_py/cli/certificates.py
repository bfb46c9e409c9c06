"""What a certificate says: in labelled lines for people, in a dictionary for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from tongsuo_py.exceptions import FormatError

if TYPE_CHECKING:
    from tongsuo_py import pki

_T = TypeVar("_T")


class Entry(NamedTuple):
    """A labelled line; ``style`` is one of output's."""

    label: str
    text: str
    style: str = ""


def facts(certificate: pki.Certificate) -> dict[str, Any]:
    """A certificate as JSON can carry it; None for what it has not, or what cannot be read."""
    usage, end = certificate.key_usage, _readable(lambda: certificate.not_after)
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial_number": f"{certificate.serial_number:x}",
        "not_before": _iso(_readable(lambda: certificate.not_before)),
        "not_after": _iso(end),
        "days_left": None if end is None else days_left(end),
        "names": names(certificate),
        "key_usage": None if usage is None else usage_words(usage),
        "extended_key_usage": certificate.extended_key_usage,
        "is_ca": certificate.is_ca,
        "public_key": certificate.public_key_algorithm,
        "signature": certificate.signature_algorithm,
        "sm3": certificate.fingerprint("sm3").hex(),
        "sha256": certificate.fingerprint("sha256").hex(),
    }


def summary(certificate: pki.Certificate, directory: Path) -> dict[str, Any]:
    """What a command says of a certificate that it made, or of both of a pair, which are alike."""
    every = facts(certificate)
    said = {name: every[name] for name in ("subject", "issuer", "names", "not_after")}
    return {**said, "directory": str(directory)}


def entries(certificate: pki.Certificate) -> list[Entry]:
    """A certificate in labelled lines; its subject is what they stand below."""
    usage = certificate.key_usage
    words = [] if usage is None else usage_words(usage) or ["nothing"]
    issuer = certificate.issuer
    found = [
        Entry("issuer", "" if issuer == certificate.subject else issuer),
        Entry("names", ", ".join(names(certificate))),
        Entry("valid", validity_words(certificate), "" if is_current(certificate) else "bad"),
        Entry("usage", ", ".join([*words, *(certificate.extended_key_usage or ())])),
        Entry("key", f"{certificate.public_key_algorithm}, {certificate.signature_algorithm}"),
        Entry("serial", f"{certificate.serial_number:x}"),
    ]
    return [entry for entry in found if entry.text]


def annotated(
    certificate: pki.Certificate,
    drawn: Iterable[pki.Certificate],
    role: str,
    wrong: Iterable[str] = (),
    advice: Iterable[str] = (),
) -> list[Entry]:
    """``entries`` of a certificate in a tree, with what it is for, and what is wrong with it.

    Its issuer is left out if that is among those ``drawn``.
    """
    above = {other.subject for other in drawn}
    said = [
        each for each in entries(certificate) if each.label != "issuer" or each.text not in above
    ]
    found = [Entry("role", role), *said] if role else said
    found += [Entry("WRONG", text, "bad") for text in wrong]
    return [*found, *(Entry("advice", text) for text in advice)]


def names(named: pki.Certificate | pki.Request) -> list[str]:
    """The host names, addresses and others that it is for."""
    san = _readable(lambda: named.san) or ()
    return [_address(value) if kind == "IP Address" else str(value) for kind, value in san]


def _address(text: str) -> str:
    """An address in its usual form; Tongsuo writes all the zeros of IPv6's."""
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def usage_words(usage: pki.KeyUsage) -> list[str]:
    """A key usage in the words of RFC 5280: digitalSignature, keyCertSign, ..."""
    return [camel(str(flag.name)) for flag in usage]


def days_left(end: datetime, now: datetime | None = None) -> int:
    """Whole days until a time; negative after it."""
    return (end - (now or datetime.now(UTC))).days


def is_current(certificate: pki.Certificate, now: datetime | None = None) -> bool:
    """Whether it is valid now, as far as its times go."""
    begin = _readable(lambda: certificate.not_before)
    end = _readable(lambda: certificate.not_after)
    return begin is not None and end is not None and begin <= (now or datetime.now(UTC)) <= end


def validity_words(certificate: pki.Certificate, now: datetime | None = None) -> str:
    """Until when it is valid, or since when it is not."""
    now = now or datetime.now(UTC)
    begin = _readable(lambda: certificate.not_before)
    end = _readable(lambda: certificate.not_after)
    if begin is None or end is None:
        return "unreadable"
    if now < begin:
        return f"not before {begin:%Y-%m-%d %H:%M} UTC"
    if now > end:
        return f"expired on {end:%Y-%m-%d}, {_days((now - end).days)} ago"
    return f"until {end:%Y-%m-%d}, {_days((end - now).days)} left"


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def camel(name: str) -> str:
    """A constant's name as ASN.1 writes it: KEY_CERT_SIGN is keyCertSign."""
    first, *others = name.lower().split("_")
    return first + "".join(map(str.title, others))


def _iso(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _readable(read: Callable[[], _T]) -> _T | None:
    """What ``read`` gives; None where it cannot be read: certificates come from strangers."""
    try:
        return read()
    except (FormatError, UnicodeDecodeError):
        return None
