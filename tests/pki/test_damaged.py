"""Certificates, requests and lists, damaged: an error with its place, or something to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from damage import beginnings
from hypothesis import given, settings
from hypothesis import strategies as st

from tongsuo_py import _der, pki, sm2
from tongsuo_py._binding import lib
from tongsuo_py.exceptions import FormatError, InvalidSignature

KEY = sm2.PrivateKey.generate()
CA = pki.CA.create("Root")
CERTIFICATE = CA.issue("a.example", "127.0.0.1", key=KEY, crl_urls=["http://crl.example/"])
REVOKED = pki.RevokedCertificate(5, CERTIFICATE.not_before, pki.RevocationReason.KEY_COMPROMISE)
THINGS: dict[str, Any] = {
    "certificate": pki.Certificate.from_der(CERTIFICATE.to_der()),
    "certificate request": pki.Request.create(KEY, "a.example", "127.0.0.1", role="r"),
    "revocation list": CA.issue_crl([CERTIFICATE, REVOKED], number=1),
}
each = pytest.mark.parametrize("name", THINGS)


@pytest.fixture(autouse=True)
def error_queue_stays_empty() -> Iterator[None]:
    yield
    assert lib.ERR_peek_error() == 0


def use(thing: Any) -> None:
    """Ask it everything that needs no argument; what other packages make of it is theirs."""
    elsewhere = ("_", "from_", "to_cryptography", "to_pyopenssl", "create")
    asked = ("is_issued_by", "is_revoked", "find", "verify")
    for name in dir(type(thing)):
        if name.startswith(elsewhere) or name in asked:
            continue
        with suppress(ValueError):  # FormatError and UnicodeDecodeError are such
            value = getattr(thing, name)
            if not isinstance(getattr(type(thing), name), property):
                value()
    if isinstance(thing, pki.Certificate):
        thing.is_issued_by(CA.certificate)
    if isinstance(thing, pki.CRL):
        with suppress(ValueError):
            thing.is_revoked(5)
        with suppress(InvalidSignature):
            thing.verify(CA.certificate)


@each
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_some_bytes_are_others(name: str, data: st.DataObject) -> None:
    content = bytearray(THINGS[name].to_der())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    message = None
    try:
        use(type(THINGS[name]).from_der(content))
    except FormatError as error:
        message = str(error)
    assert message is None or message.startswith(f"the DER {name}: expected ")


@each
def test_cut_off_at_every_byte(name: str) -> None:
    content = THINGS[name].to_der()
    for part in beginnings(content):
        with pytest.raises(FormatError, match=rf"^the DER {name}: expected .* at byte \d+, found"):
            type(THINGS[name]).from_der(part)
    with pytest.raises(FormatError, match=f"expected the end at byte {len(content)}, found 1 more"):
        type(THINGS[name]).from_der(content + b"\0")


@each
def test_pem_cut_off_at_every_byte(name: str) -> None:
    content = THINGS[name].to_pem().rstrip()
    for part in beginnings(content):
        with pytest.raises(FormatError):
            type(THINGS[name]).from_pem(part)
    assert type(THINGS[name]).from_pem(content) == THINGS[name]


@each
def test_other_fields(name: str) -> None:
    """Each element inside the signed part, with another tag: the error names it and its place."""
    content = THINGS[name].to_der()
    outer = _der.Reader(content, "it").only()
    inner = outer.enter()
    while inner:
        changed = bytearray(content)
        place = inner.position
        changed[place] = _der.NULL
        with pytest.raises(FormatError, match=f"expected .* at byte {place}, found"):
            type(THINGS[name]).from_der(changed)
        inner.element()


@each
def test_other_kinds(name: str) -> None:
    kind = type(THINGS[name])
    for other in THINGS.values():
        if other is not THINGS[name]:
            with pytest.raises(FormatError, match=rf"^the DER {name}: expected .* at byte \d+"):
                kind.from_der(other.to_der())
            with pytest.raises(FormatError, match=f"there is no {name} here: expected -----BEGIN"):
                kind.from_pem(other.to_pem())
    deep = b"\x30\x80" * 50_000
    for data in (b"", b"\0", b"\x30\x00", bytes(1000), deep, KEY.to_der()):
        with pytest.raises(FormatError):
            kind.from_der(data)
    for data in ("", "-----BEGIN ", "é", KEY.to_pem()):
        with pytest.raises(FormatError):
            kind.from_pem(data)
    with pytest.raises(TypeError, match="must be bytes-like, not str"):
        kind.from_der(THINGS[name].to_pem().decode())
    with pytest.raises(TypeError, match="must be bytes-like, not NoneType"):
        kind.from_pem(None)
