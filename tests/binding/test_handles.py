"""Owning handles: each C object is freed exactly once, and NULL never becomes one."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tongsuo_py._binding import asn1, ffi, handles, lib, pem, x509
from tongsuo_py.exceptions import FormatError, TongsuoError

OWNERS = {name: own for name, own in vars(handles).items() if name.startswith("own_")}
SHARERS = {name: share for name, share in vars(handles).items() if name.startswith("share_")}


def fail() -> None:
    lib.EVP_CIPHER_fetch(ffi.NULL, b"no-such-cipher", ffi.NULL)


def test_there_are_some() -> None:
    assert len(OWNERS) >= 27
    assert len(SHARERS) >= 2


@pytest.mark.parametrize("take", [*OWNERS.values(), *SHARERS.values()], ids=[*OWNERS, *SHARERS])
def test_null_raises_with_the_queue(take: Callable[..., Any]) -> None:
    fail()
    with pytest.raises(TongsuoError, match="could not make it") as caught:
        take(ffi.NULL, "could not make it")
    assert [entry.library_code for entry in caught.value.errors] == [lib.ERR_LIB_EVP]


@pytest.mark.parametrize("own", OWNERS.values(), ids=OWNERS)
def test_null_raises_what_the_caller_wants(own: Callable[..., Any]) -> None:
    with pytest.raises(FormatError, match=r"^could not read it$"):
        own(ffi.NULL, "could not read it", FormatError)


class Freed(list[Any]):
    """A free function that counts what it frees."""

    def __call__(self, pointer: Any) -> None:
        self.append(pointer)
        lib.X509_NAME_free(pointer)


@pytest.fixture
def freed() -> Freed:
    return Freed()


@pytest.fixture
def handle(freed: Freed) -> list[Any]:
    """The only reference to a handle, in a list."""
    return [handles._owner(freed)(lib.X509_NAME_new(), "")]


def test_freed_with_the_last_reference(freed: Freed, handle: list[Any]) -> None:
    other = handle[0]
    pointer = ffi.cast("X509_NAME *", other)
    del handle[0]
    assert freed == []
    del other
    assert freed == [pointer]


def test_freed_once_if_released_first(freed: Freed, handle: list[Any]) -> None:
    ffi.release(handle[0])
    assert len(freed) == 1
    ffi.release(handle[0])
    del handle[0]
    gc.collect()
    assert len(freed) == 1


def test_freed_once_if_part_of_a_cycle(freed: Freed, handle: list[Any]) -> None:
    cycle: list[Any] = [handle.pop()]
    cycle.append(cycle)
    del cycle
    gc.collect()
    assert len(freed) == 1


def test_freed_if_an_exception_passes(freed: Freed) -> None:
    def use() -> None:
        name = handles._owner(freed)(lib.X509_NAME_new(), "")
        raise LookupError(name)

    with pytest.raises(LookupError):
        use()
    gc.collect()
    assert len(freed) == 1


def test_a_shared_key_outlives_its_certificate(material: Path) -> None:
    certificate = pem.certificates_from_pem((material / "sign.pem").read_bytes())[0]
    key = handles.share_pkey(lib.X509_get0_pubkey(certificate), "no key")
    before = asn1.to_der(lib.i2d_PUBKEY, key, "no key")
    ffi.release(certificate)
    overwrite_free_memory()
    assert asn1.to_der(lib.i2d_PUBKEY, key, "no key") == before


def test_a_shared_certificate_outlives_the_first_handle(material: Path) -> None:
    first = pem.certificates_from_pem((material / "sign.pem").read_bytes())[0]
    second = handles.share_x509(first, "no certificate")
    third = handles.share_x509(second, "no certificate")
    before = x509.certificate_der(first)
    for other in (first, second):
        ffi.release(other)
        overwrite_free_memory()
    assert x509.certificate_der(third) == before


def overwrite_free_memory() -> None:
    """Fill what was just freed, so that a use of it shows."""
    blocks = []
    for size in (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 1024):
        for _ in range(50):
            block = lib.BN_bin2bn(b"\xa5" * size, size, ffi.NULL)
            blocks.append(handles.own_bignum(block, "no memory"))


def test_shares_are_given_back(material: Path) -> None:
    """The original is the last to go: its free function runs with nothing left of the shares."""
    certificate = pem.certificates_from_pem((material / "sign.pem").read_bytes())[0]
    for _ in range(1000):
        handles.share_x509(certificate, "no certificate")
        handles.share_pkey(lib.X509_get0_pubkey(certificate), "no key")
    assert x509.subject_text(certificate) == "CN=localhost"
