"""Certificates, requests and revocation lists (RFC 5280, RFC 2986) as DER and PEM.

Tongsuo reads them. What it refuses is then gone through again over ``_der``, to say at which byte
it is not what it should be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tongsuo_py import _pem
from tongsuo_py._binding import asn1, errors
from tongsuo_py._binding.bio import Reader as Input
from tongsuo_py._binding.handles import own_crl, own_request, own_x509
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._der import (
    CONSTRUCTED,
    GENERALIZED_TIME,
    INTEGER,
    SEQUENCE,
    UTC_TIME,
    Reader,
    context,
    tag_name,
)
from tongsuo_py.exceptions import FormatError

_TIME = (UTC_TIME, GENERALIZED_TIME)


@dataclass(frozen=True)
class Form:
    """One kind of signed object: its name, its PEM labels (the one to write first), how C has it.

    ``body`` is what stands in the part that is signed: the tags of each field, and whether it may
    be missing.
    """

    name: str
    labels: tuple[str, ...]
    own: Callable[..., Any]
    decode: Callable[..., Any]
    encode: Callable[[Any, Any], int]
    body: tuple[tuple[tuple[int, ...], bool], ...]

    def all_from_pem(self, data: bytes) -> list[Any]:
        """Handles on all of this kind in PEM text; blocks of other kinds are passed over.

        Raises FormatError where there is none, or one that cannot be read.
        """
        found: list[Any] = []
        for block in _pem.blocks(data, f"the PEM {self.name}"):
            if block.label in self.labels:
                number = len(found) + 1
                what = f"PEM {self.name} {number}, which begins at byte {block.start}"
                found.append(self.from_der(block.decode(), what))
        if not found:
            raise FormatError(
                f"there is no {self.name} here: expected -----BEGIN {self.labels[0]}-----, "
                f"found none in {len(data)} bytes"
            )
        return found

    def from_der(self, data: object, what: str | None = None) -> Any:
        """A handle on the one in DER; bytes after it are refused. Raises FormatError."""
        what = f"the DER {self.name}" if what is None else what
        borrowed = Input(data).borrowed
        pointer, used = asn1.from_der(self.decode, borrowed)
        entries = errors.drain()
        if pointer == ffi.NULL:
            self._explain(bytes(ffi.buffer(borrowed)), what)
            raise FormatError(f"{what}: expected {self.name} by RFC 5280, found another", entries)
        handle = self.own(pointer, what)
        if used != len(borrowed):
            left = len(borrowed) - used
            raise FormatError(f"{what}: expected the end at byte {used}, found {left} more bytes")
        return handle

    def to_der(self, handle: Any) -> bytes:
        """The DER form."""
        return asn1.to_der(self.encode, handle, f"could not write the {self.name}")

    def to_pem(self, der: bytes) -> bytes:
        """PEM text of the DER form."""
        return _pem.armour(der, self.labels[0])

    def _explain(self, data: bytes, what: str) -> None:
        """FormatError at the first byte that cannot be in DER of this kind, if it is found."""
        outer = Reader(data, what).enter()
        body = outer.enter()
        for tags, optional in self.body:
            if body.peek() in tags:
                _walk(body)
            elif not optional:
                body.fail(" or ".join(map(tag_name, tags)))
        body.finish()
        _walk(outer)
        outer.bits()
        outer.finish()


def _walk(reader: Reader) -> None:
    """Pass over the next element and all that are inside it; they may be nested deeply."""
    inside: list[Reader] = []
    while True:
        current = inside[-1] if inside else reader
        tag = current.peek()
        if tag is not None:
            inner = current.enter(tag)
            if tag & CONSTRUCTED:
                inside.append(inner)
        elif inside:
            inside.pop()
        if not inside:
            return


CERTIFICATE = Form(
    "certificate",
    ("CERTIFICATE", "X509 CERTIFICATE"),
    own_x509,
    lib.d2i_X509,
    lib.i2d_X509,
    (
        ((context(0),), True),  # version
        ((INTEGER,), False),  # serial number
        ((SEQUENCE,), False),  # signature algorithm
        ((SEQUENCE,), False),  # issuer
        ((SEQUENCE,), False),  # validity
        ((SEQUENCE,), False),  # subject
        ((SEQUENCE,), False),  # public key
        ((context(1, constructed=False),), True),  # issuer's unique identifier
        ((context(2, constructed=False),), True),  # subject's unique identifier
        ((context(3),), True),  # extensions
    ),
)

REQUEST = Form(
    "certificate request",
    ("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
    own_request,
    lib.d2i_X509_REQ,
    lib.i2d_X509_REQ,
    (
        ((INTEGER,), False),  # version
        ((SEQUENCE,), False),  # subject
        ((SEQUENCE,), False),  # public key
        ((context(0),), True),  # attributes
    ),
)

CRL = Form(
    "revocation list",
    ("X509 CRL",),
    own_crl,
    lib.d2i_X509_CRL,
    lib.i2d_X509_CRL,
    (
        ((INTEGER,), True),  # version
        ((SEQUENCE,), False),  # signature algorithm
        ((SEQUENCE,), False),  # issuer
        (_TIME, False),  # this update
        (_TIME, True),  # next update
        ((SEQUENCE,), True),  # revoked certificates
        ((context(0),), True),  # extensions
    ),
)
