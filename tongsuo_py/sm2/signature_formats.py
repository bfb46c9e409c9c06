"""The forms that SM2 signatures have, and their conversion, which needs no key.

A signature is two numbers r and s from 1 to n - 1 (GB/T 32918.2-2016). GM/T 0009-2012 writes them
as ASN.1, others one after the other; and either is met as hexadecimal text.
"""

from __future__ import annotations

from typing import Literal, get_args

from tongsuo_py import _der
from tongsuo_py._arguments import check_choice
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py.sm2 import curve, hexadecimal

#: ``"der"``: SEQUENCE { r, s } as in GM/T 0009-2012, at most 72 bytes, and DER strictly.
#: ``"raw"``: r || s, 32 bytes each, big-endian. ``"-hex"``: the same as hexadecimal text in ASCII.
SignatureEncoding = Literal["der", "raw", "der-hex", "raw-hex"]

#: Bytes of the longest one in DER.
LONGEST_DER = 2 + 2 * (2 + 1 + curve.SIZE)

_ENCODINGS = get_args(SignatureEncoding)
_NAME = "the SM2 signature"
_HEX = "-hex"


def convert_signature(
    signature: object, source: SignatureEncoding, target: SignatureEncoding
) -> bytes:
    """A signature in another encoding: the same r and s. No key is needed, and nothing is verified.

    Hexadecimal text is taken as str or ASCII bytes of either case, and given as ASCII bytes in
    lower case. Raises FormatError where ``signature`` is none in the encoding ``source``, with the
    byte of the first mistake (for ``"der-hex"`` the byte that the text stands for), and where r or
    s is not from 1 to n - 1; ValueError for an unknown encoding.
    """
    check_encoding(source)
    check_encoding(target)
    return join(*split(as_bytes(signature, source), source), target)


def check_encoding(encoding: str) -> None:
    """ValueError for an unknown one."""
    check_choice("encoding", encoding, _ENCODINGS)


def as_bytes(signature: object, encoding: str) -> bytes:
    """The signature as it came, in bytes of our own; text is for the hexadecimal encodings."""
    if isinstance(signature, str) and encoding.endswith(_HEX):
        return signature.encode("ascii", "replace")
    return to_bytes(signature, "signature")


def split(signature: bytes, encoding: str) -> tuple[bytes, bytes]:
    """r and s as 32 bytes each. FormatError for what is not strictly in this encoding."""
    if encoding.endswith(_HEX):
        signature = hexadecimal.decode(signature, "signature", _NAME)
        encoding = encoding.removesuffix(_HEX)
    outer = _der.Reader(signature, _NAME)
    if encoding == "der":
        inner = outer.only()
        places = [inner.position]
        r = inner.unsigned(curve.SIZE)
        places.append(inner.position)
        s = inner.unsigned(curve.SIZE)
        inner.finish()
    else:
        if len(signature) != 2 * curve.SIZE:
            outer.fail("r || s in 64 bytes", f"{len(signature)} bytes")
        places = [0, curve.SIZE]
        r, s = signature[: curve.SIZE], signature[curve.SIZE :]
    for name, number, place in zip("rs", (r, s), places, strict=True):
        if not _ZERO < number < curve.N:
            outer.fail(f"{name} from 1 to n - 1", "another number", place)
    return r, s


def join(r: bytes, s: bytes, encoding: str) -> bytes:
    """The signature that consists of r and s, 32 bytes each."""
    signature = _in_der(r, s) if encoding.startswith("der") else r + s
    return signature.hex().encode("ascii") if encoding.endswith(_HEX) else signature


def _in_der(r: bytes, s: bytes) -> bytes:
    """SEQUENCE { r, s }; without the general functions, which take a tenth as long as to verify."""
    r, s = r.lstrip(b"\0") or b"\0", s.lstrip(b"\0") or b"\0"
    if r[0] >= 0x80:
        r = b"\0" + r
    if s[0] >= 0x80:
        s = b"\0" + s
    size = 4 + len(r) + len(s)
    return b"\x30%c\x02%c%b\x02%c%b" % (size, len(r), r, len(s), s)


def from_der(signature: bytes, encoding: str) -> bytes:
    """A signature that Tongsuo wrote, in this encoding; it is not checked again."""
    if encoding == "der":
        return signature
    # Tag and length, then tag, length and value of each number.
    end = 4 + signature[3]
    r, s = signature[4:end], signature[end + 2 :]
    return join(_padded(r), _padded(s), encoding)


def _padded(number: bytes) -> bytes:
    """32 bytes, from those that DER has for a number: one more or some less."""
    return number[-curve.SIZE :].rjust(curve.SIZE, b"\0")


_ZERO = bytes(curve.SIZE)
