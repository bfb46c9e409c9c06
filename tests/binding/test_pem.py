"""Keys and certificates from bytes: whole, cut off, spoilt, of the wrong kind, too large."""

from __future__ import annotations

import base64
import mmap
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from damage import beginnings
from hypothesis import given, settings
from hypothesis import strategies as st
from material import PASSWORD

from tongsuo_py._binding import asn1, ffi, lib, pem, x509
from tongsuo_py._binding.bio import Reader, written
from tongsuo_py._binding.buffers import take
from tongsuo_py._binding.x509_forms import CERTIFICATE
from tongsuo_py.exceptions import FormatError, PasswordError, TongsuoError

Read = Callable[[bytes], Any]


def first(certificates: list[Any]) -> Any:
    return certificates[0]


# What each reader is for; "der:" takes the DER out of the PEM file.
READERS: dict[str, tuple[str, Read]] = {
    "PKCS#8 key": ("sign.key", pem.private_key_from_pem),
    "SEC1 key": ("sec1.key", pem.private_key_from_pem),
    "locked key": ("locked.key", lambda data: pem.private_key_from_pem(data, PASSWORD)),
    "public key": ("public.key", pem.public_key_from_pem),
    "certificate": ("sign.pem", lambda data: first(pem.certificates_from_pem(data))),
    "PKCS#8 key, DER": ("pkcs8.der", pem.private_key_from_der),
    "SEC1 key, DER": ("der:sec1.key", pem.private_key_from_der),
    "locked key, DER": ("locked.der", lambda data: pem.private_key_from_der(data, PASSWORD)),
    "public key, DER": ("der:public.key", pem.public_key_from_der),
    "certificate, DER": ("der:sign.pem", CERTIFICATE.from_der),
    "certificates, DER": ("der:sign.pem", lambda data: first(pem.certificates_from_der(data))),
}
DER = {name: reader for name, reader in READERS.items() if name.endswith("DER")}
PEM = {name: reader for name, reader in READERS.items() if name not in DER}


def der(text: bytes) -> bytes:
    """The DER in the first block of PEM text."""
    lines = text.split(b"-----")[2].split()
    return base64.b64decode(b"".join(lines))


@pytest.fixture(scope="module")
def content(material: Path) -> Callable[[str], bytes]:
    def read(name: str) -> bytes:
        data = (material / name.removeprefix("der:")).read_bytes()
        return der(data) if name.startswith("der:") else data

    return read


def fingerprint(handle: Any) -> bytes:
    """The public key in a key or certificate."""
    if ffi.typeof(handle) is ffi.typeof("X509 *"):
        handle = x509.public_key(handle)
    return asn1.to_der(lib.i2d_PUBKEY, handle, "no key")


def with_reader(table: dict[str, tuple[str, Read]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("name", "read"), table.values(), ids=table)


def refused(read: Read, data: bytes) -> TongsuoError:
    with pytest.raises(FormatError) as caught:
        read(data)
    assert lib.ERR_peek_error() == 0
    return caught.value


# ---- whole ----


@with_reader(READERS)
@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_read(name: str, read: Read, form: type, content: Callable[[str], bytes]) -> None:
    handle = read(form(content(name)))
    assert fingerprint(handle) == der(content("public.key"))
    assert lib.ERR_peek_error() == 0


@with_reader(READERS)
def test_an_sm2_key_has_the_type_sm2(
    name: str, read: Read, content: Callable[[str], bytes]
) -> None:
    handle = read(content(name))
    if ffi.typeof(handle) is ffi.typeof("X509 *"):
        handle = x509.public_key(handle)
    assert ffi.string(lib.EVP_PKEY_get0_type_name(handle)) == b"SM2"


@with_reader(PEM)
def test_text_around_pem_is_passed_over(
    name: str, read: Read, content: Callable[[str], bytes]
) -> None:
    other = content("tls.pem" if name.endswith(".key") else "sign.key")
    data = b"Some text.\n" + other + b"\nmore\n" + content(name) + b"\nthe end"
    assert fingerprint(read(data)) == der(content("public.key"))


@with_reader(PEM)
def test_windows_line_ends(name: str, read: Read, content: Callable[[str], bytes]) -> None:
    read(content(name).replace(b"\n", b"\r\n"))


def test_several_certificates(content: Callable[[str], bytes]) -> None:
    names = ["sign.pem", "enc.pem", "tls.pem"]
    text = b"# comment\n".join(content(name) for name in names)
    wanted = [der(content(name)) for name in names]
    found = pem.certificates_from_pem(text)
    assert [x509.certificate_der(certificate) for certificate in found] == wanted
    found = pem.certificates_from_der(b"".join(wanted))
    assert [x509.certificate_der(certificate) for certificate in found] == wanted
    assert CERTIFICATE.to_pem(CERTIFICATE.to_der(found[0])) == content("sign.pem")


# ---- cut off, followed by something, spoilt ----


@with_reader(DER)
def test_der_cut_off_anywhere(name: str, read: Read, content: Callable[[str], bytes]) -> None:
    for part in beginnings(content(name)):
        error = refused(read, part)
        if "locked" not in name:
            assert not isinstance(error, PasswordError)


@with_reader(PEM)
def test_pem_cut_off_anywhere(name: str, read: Read, content: Callable[[str], bytes]) -> None:
    whole = content(name)
    needed = whole.rindex(b"-----") + 5  # the newline may be missing
    for length in range(needed):
        refused(read, whole[:length])
    read(whole[:needed])


@with_reader(DER)
@pytest.mark.parametrize("rest", [b"\0", b"x" * 1000])
def test_der_with_something_after_it(
    name: str, read: Read, rest: bytes, content: Callable[[str], bytes]
) -> None:
    error = refused(read, content(name) + rest)
    assert not isinstance(error, PasswordError)


def test_the_second_of_several_certificates_is_cut_off(content: Callable[[str], bytes]) -> None:
    text = content("sign.pem")
    for length in range(len(b"-----BEGIN CERTIFICATE-----"), text.rindex(b"-----") + 5):
        with pytest.raises(FormatError, match=r"^PEM certificate 2 could not be read"):
            pem.certificates_from_pem(text + text[:length])
    data = der(text)
    for length in range(1, len(data)):
        with pytest.raises(FormatError, match=r"^DER certificate 2 could not be read"):
            pem.certificates_from_der(data + data[:length])


@with_reader(READERS)
@settings(max_examples=150)
@given(data=st.data())
def test_spoilt(
    name: str, read: Read, content: Callable[[str], bytes], data: st.DataObject
) -> None:
    """What has changed bytes is read or refused, and nothing else."""
    spoilt = bytearray(content(name))
    for _ in range(data.draw(st.integers(1, 4))):
        spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
    with suppress(FormatError):
        read(bytes(spoilt))
    assert lib.ERR_peek_error() == 0


@pytest.mark.parametrize("read", [read for _, read in READERS.values()], ids=READERS)
@given(data=st.binary(max_size=200))
def test_noise(read: Read, data: bytes) -> None:
    refused(read, data)


@pytest.mark.parametrize("read", [read for _, read in READERS.values()], ids=READERS)
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"-----BEGIN ",
        b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        b"-----BEGIN PUBLIC KEY-----\nMAA=\n-----END PUBLIC KEY-----\n",
        b"-----BEGIN CERTIFICATE-----\n" + b"A" * 100_000 + b"\n-----END CERTIFICATE-----\n",
        b"\x30\x80",  # without an end
        b"\x30\x84\x7f\xff\xff\xff",  # says that 2 GiB follow
        b"\x30\x88\x7f\xff\xff\xff\xff\xff\xff\xff",
        b"\x30\x82\x03\xe8" + b"\x30\x82\x03\xe8" * 300,  # deep
    ],
)
def test_strange(read: Read, data: bytes) -> None:
    refused(read, data)


@with_reader(READERS)
def test_the_wrong_kind(name: str, read: Read, content: Callable[[str], bytes]) -> None:
    wrong = "sign.pem" if "public" in name else "public.key"
    refused(read, content(wrong))
    refused(read, der(content(wrong)))


@pytest.mark.parametrize(
    "read",
    [
        pem.private_key_from_pem,
        pem.private_key_from_der,
        pem.public_key_from_pem,
        pem.public_key_from_der,
        pem.certificates_from_pem,
        pem.certificates_from_der,
        CERTIFICATE.from_der,
        Reader,
    ],
)
class TestRefusedBeforeC:
    def test_types(self, read: Callable[[object], Any]) -> None:
        for data in ("text", None, 5, ["list"]):
            with pytest.raises(TypeError, match="must be bytes-like"):
                read(data)

    def test_more_than_an_int_can_say(self, read: Callable[[object], Any]) -> None:
        with mmap.mmap(-1, 2**31) as data, pytest.raises(FormatError, match="too large"):
            read(data)


# ---- never at the terminal ----


@pytest.mark.parametrize(
    ("kind", "read"),
    [
        ("CERTIFICATE", "pem.certificates_from_pem(data)"),
        ("PUBLIC KEY", "pem.public_key_from_pem(data)"),
        ("EC PRIVATE KEY", "pem.private_key_from_pem(data)"),
        ("ENCRYPTED PRIVATE KEY", "pem.private_key_from_pem(data)"),
        ("CERTIFICATE", "ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)"),
        ("EC PRIVATE KEY", "ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, path)"),
    ],
)
def test_nobody_is_asked_for_a_password(
    kind: str, read: str, material: Path, tmp_path: Path
) -> None:
    """With a terminal at hand, and PEM that says it is encrypted: an error, not a question."""
    path = tmp_path / "encrypted.pem"
    path.write_text(
        f"-----BEGIN {kind}-----\nProc-Type: 4,ENCRYPTED\n"
        f"DEK-Info: AES-128-CBC,{'0123456789ABCDEF' * 2}\n\n{'A' * 64}\n-----END {kind}-----\n"
    )
    code = f"""
import sys
from tongsuo_py import ssl
from tongsuo_py._binding import pem
path, cert = sys.argv[1:]
data = open(path, "rb").read()
try:
    {read}
except (ValueError, ssl.SSLError) as error:
    print("refused:", error)
"""
    said = at_a_terminal(code, str(path), str(material / "tls.pem"))
    assert said.startswith("refused: "), said


def at_a_terminal(code: str, *arguments: str, seconds: float = 20) -> str:
    """What a program says on the terminal that it is started at; nobody types anything."""
    code = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n" + code
    package = str(Path(pem.__file__).resolve().parents[2])
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        env=os.environ | {"PYTHONPATH": package},
        start_new_session=True,
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
    )
    os.close(its_end)
    said, end = b"", time.monotonic() + seconds
    try:
        while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            try:
                said += os.read(terminal, 1000)
            except OSError:  # the other end is closed
                break
    finally:
        os.close(terminal)
        process.kill()
        process.wait()
    return said.decode()


# ---- bio ----


def test_a_reader_is_over_the_same_memory() -> None:
    data = bytearray(b"content")
    reader = Reader(data)
    data[0] = ord("C")
    out = ffi.new("char[16]")
    assert lib.BIO_read(reader.bio, out, 16) == 7
    assert take(out, 7) == b"Content"


def test_a_reader_keeps_the_memory_alive() -> None:
    reader = Reader(b"content" * 1000)
    clutter = [b"x" * 7000 for _ in range(100)]
    out = ffi.new("char[7000]")
    assert lib.BIO_read(reader.bio, out, 7000) == 7000
    assert take(out) == b"content" * 1000
    del clutter


@given(st.binary(max_size=5000))
def test_written(content: bytes) -> None:
    def write(bio: Any) -> int:
        return 1 if lib.BIO_write(bio, content, len(content)) == len(content) else 0

    assert written(write, "cannot fail") == content


@pytest.mark.parametrize("result", [0, -1])
def test_writing_fails(result: int) -> None:
    lib.EVP_CIPHER_fetch(ffi.NULL, b"no-such-cipher", ffi.NULL)
    with pytest.raises(TongsuoError, match=r"^could not write it \[digital") as caught:
        written(lambda bio: result, "could not write it")
    assert len(caught.value.errors) == 1


def test_what_writing_raises_comes_out() -> None:
    def write(bio: Any) -> int:
        raise LookupError("of the function")

    with pytest.raises(LookupError, match="of the function"):
        written(write, "not this")
