"""Keys in whatever form they come: found out by looking, never by guessing.

What is taken for a point or a number has exactly its length, which none of the other forms can
have; and hexadecimal digits, PEM, JSON and DER do not begin alike. So at most one form fits. Only
PEM may hold several keys: nobody can say which was meant, and the answer is AmbiguousFormat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from tongsuo_py import _pem
from tongsuo_py._binding import key_structure, x509
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._binding.callbacks import Password
from tongsuo_py._binding.x509_forms import CERTIFICATE
from tongsuo_py.exceptions import AmbiguousFormat, FormatError
from tongsuo_py.sm2 import curve
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey

_NUMBER_SIZE = curve.SIZE
_POINT_SIZES = (1 + curve.SIZE, 2 * curve.SIZE, curve.POINT_SIZE)
_PUBLIC_LABELS = ("PUBLIC KEY", *CERTIFICATE.labels)


def load_private_key(data: object, password: Password = None) -> PrivateKey:
    """A private key in any form: PEM, DER, JWK, 64 hexadecimal digits, or 32 bytes.

    ``data`` is bytes; text, for the forms that are text; or the mapping that a JWK is. PEM and DER
    hold PKCS#8, plain or encrypted, or SEC1: see ``PrivateKey.from_pem``, also for ``password``.

    Raises FormatError for anything else; AmbiguousFormat (a FormatError) for PEM with more than one
    private key; PasswordError as ``from_pem`` does. An enveloped key is not found out, since it
    takes another key to open it: ``PrivateKey.from_enveloped``.
    """
    if isinstance(data, Mapping):
        return PrivateKey.from_jwk(data)
    content, text = _content(data)
    if len(content) == _NUMBER_SIZE and not isinstance(data, str):
        return PrivateKey.from_bytes(content)
    if b"-----BEGIN " in text:
        block = _only_block(content, "PRIVATE KEY", lambda label: label.endswith("PRIVATE KEY"))
        return PrivateKey.from_pem(content[block.start : block.end], password)
    if text.startswith(b"{"):
        return PrivateKey.from_jwk(_json(content))
    if _is_hex(text, (_NUMBER_SIZE,)):
        return PrivateKey.from_hex(text)
    if content[:1] == b"\x30":
        return PrivateKey.from_der(content, password)
    raise FormatError(
        "an SM2 private key: expected PEM, DER, a JWK, 64 hexadecimal digits or 32 bytes, "
        f"found {_shown(data, content)}"
    )


def load_public_key(data: object) -> PublicKey:
    """A public key in any form: PEM, DER, JWK, hexadecimal digits, or the bytes of the point.

    ``data`` is bytes; text, for the forms that are text; or the mapping that a JWK is. PEM and DER
    hold a SubjectPublicKeyInfo or a certificate, of which nothing but the key is looked at. The
    point has 33, 64 or 65 bytes, see ``PublicKey.from_bytes``, or twice as many digits.

    Raises FormatError for anything else, private keys among it; AmbiguousFormat (a FormatError) for
    PEM with more than one key or certificate.
    """
    if isinstance(data, Mapping):
        return PublicKey.from_jwk(data)
    content, text = _content(data)
    if len(content) in _POINT_SIZES and not isinstance(data, str):
        return PublicKey.from_bytes(content)
    if b"-----BEGIN " in text:
        expected = " or ".join(_PUBLIC_LABELS)
        block = _only_block(content, expected, lambda label: label in _PUBLIC_LABELS)
        is_key = block.label == "PUBLIC KEY"
        return (PublicKey.from_der if is_key else _from_certificate)(block.decode())
    if text.startswith(b"{"):
        return PublicKey.from_jwk(_json(content))
    if _is_hex(text, _POINT_SIZES):
        return PublicKey.from_hex(text)
    if key_structure.is_certificate(content):
        return _from_certificate(content)
    if content[:1] == b"\x30":
        return PublicKey.from_der(content)
    raise FormatError(
        "an SM2 public key: expected PEM, DER, a JWK, or a point of 33, 64 or 65 bytes or twice "
        f"as many hexadecimal digits, found {_shown(data, content)}"
    )


def _content(data: object) -> tuple[bytes, bytes]:
    """The bytes of data or text, and the same without white space around them."""
    given = data.encode("utf-8", "replace") if isinstance(data, str) else data
    content = to_bytes(given, "the key")
    return content, content.strip()


def _only_block(content: bytes, expected: str, fits: Callable[[str], bool]) -> _pem.Block:
    """The one block of PEM whose label fits."""
    blocks = list(_pem.blocks(content))
    fitting = [block for block in blocks if fits(block.label)]
    if len(fitting) > 1:
        found = ", ".join(f"{block.label} at byte {block.start}" for block in fitting)
        raise AmbiguousFormat(f"PEM: expected one key, found {len(fitting)}: {found}")
    if not fitting:
        found = ", ".join(f"{block.label} at byte {block.start}" for block in blocks)
        raise FormatError(f"PEM: expected {expected}, found {found or 'no whole block'}")
    return fitting[0]


def _from_certificate(content: bytes) -> PublicKey:
    return PublicKey._from_pkey(x509.public_key(CERTIFICATE.from_der(content)))


def _is_hex(text: bytes, sizes: tuple[int, ...]) -> bool:
    """Whether these are hexadecimal digits for one of these numbers of bytes."""
    return len(text) in (2 * size for size in sizes) and not text.strip(b"0123456789abcdefABCDEF")


def _json(content: bytes) -> dict[str, object]:
    """The members of a JSON object; FormatError for other JSON, and for a name that comes twice."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise FormatError("the SM2 JWK: expected each member once, found one twice")
        return members

    place = 0
    try:
        members: dict[str, object] = json.loads(content, object_pairs_hook=unique)
        return members
    except json.JSONDecodeError as error:
        place = error.pos
    except UnicodeDecodeError as error:
        place = error.start
    except FormatError:
        raise
    except (ValueError, RecursionError):  # a number of thousands of digits; too many brackets
        pass
    # Not inside, where the exceptions above would be kept, and they have the whole text in them.
    raise FormatError(f"the SM2 JWK: expected JSON at byte {place}, found something else")


def _shown(data: object, content: bytes) -> str:
    """What was found instead, without its content, which may be secret."""
    return f"{len(content)} {'characters of text' if isinstance(data, str) else 'other bytes'}"
