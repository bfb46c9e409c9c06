"""Names in certificates: the subject, and the hosts and addresses that it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address

_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

# Upper bounds of RFC 5280, appendix A.1, in characters.
_ATTRIBUTE_MAX = 64
_HOST_MAX = 253


def parse_host(name: str | Address) -> str | Address:
    """An address as an object, a host name in the form that certificates carry.

    That form is lower case, with A-labels (``xn--...``, by IDNA 2003 as in the standard library's
    ``ssl``) where there are letters beyond ASCII. A ``*`` may stand for the whole first label, with
    two more after it. Raises ValueError for what is neither an address nor a host name.
    """
    if isinstance(name, IPv4Address | IPv6Address):
        return _checked_address(name)
    if not isinstance(name, str):
        raise TypeError(f"a name must be a str or an IP address, not {type(name).__name__}")
    try:
        address = ip_address(name)
    except ValueError:
        return _parse_host_name(name)
    return _checked_address(address)


def parse_hosts(names: Iterable[str | Address]) -> tuple[str | Address, ...]:
    """``parse_host`` of each, those that are the same only once."""
    return tuple(dict.fromkeys(parse_host(name) for name in names))


def subject_alternative_name(hosts: Iterable[str | Address]) -> str:
    """The extension's text in the form of OpenSSL's x509v3_config."""
    return ",".join(f"DNS:{host}" if isinstance(host, str) else f"IP:{host}" for host in hosts)


def subject(
    *,
    common_name: str | None,
    role: str | None,
    organization: str | None,
    country: str | None,
) -> tuple[tuple[str, str], ...]:
    """The attributes of a subject, the most general first as GB/T 20518 has them: C, O, OU, CN.

    Raises ValueError for text that is empty, too long (64 characters) or not printable, and for a
    country that is not two capital letters.
    """
    if country is not None and not re.fullmatch("[A-Z]{2}", _checked_text("country", country)):
        raise ValueError(f"country must be two capital letters (ISO 3166), not {country!r}")
    attributes = (
        ("C", "country", country),
        ("O", "organization", organization),
        ("OU", "role", role),
        ("CN", "common_name", common_name),
    )
    return tuple(
        (key, _checked_text(name, value)) for key, name, value in attributes if value is not None
    )


def default_common_name(hosts: Iterable[str | Address]) -> str | None:
    """The first name, if a common name may be as long."""
    first = next((str(host) for host in hosts), None)
    return first if first is not None and len(first) <= _ATTRIBUTE_MAX else None


def _checked_address(address: Address) -> Address:
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        raise ValueError(f"a certificate cannot hold an address with a zone: {address}")
    return address


def _parse_host_name(name: str) -> str:
    stars = "*." if name.startswith("*.") else ""
    rest = name.removeprefix("*.")
    if len(name) > _HOST_MAX:
        raise ValueError(f"this host name has more than {_HOST_MAX} characters: {name[:40]!r}...")
    try:
        ascii_name = rest.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"{name!r} is neither a host name nor an IP address: {error}") from None
    labels = ascii_name.split(".")
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdecimal():
        raise ValueError(
            f"{name!r} is neither a host name (letters, digits and hyphens between dots) "
            "nor an IP address"
        )
    if stars and len(labels) < 2:
        raise ValueError(f"{name!r} matches no host: a wildcard needs two labels after it")
    if len(stars + ascii_name) > _HOST_MAX:
        raise ValueError(f"this host name has more than {_HOST_MAX} characters: {name[:40]!r}...")
    return stars + ascii_name


def _checked_text(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if not 1 <= len(value) <= _ATTRIBUTE_MAX:
        raise ValueError(
            f"{name} must have 1 to {_ATTRIBUTE_MAX} characters (RFC 5280), not {len(value)}"
        )
    if not value.isprintable():
        raise ValueError(f"{name} has characters that cannot be printed: {value!r}")
    return value
