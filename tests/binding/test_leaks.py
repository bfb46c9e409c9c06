"""Every constructor and every failing path ten thousand times, without growth."""

from __future__ import annotations

import gc
import itertools
import ssl as stdlib
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from material import PASSWORD
from resources import allocated

from tongsuo_py import ssl
from tongsuo_py._binding import algorithms, asn1, errors, ffi, handles, lib, pem, pkcs8, x509
from tongsuo_py._binding.bio import Reader, written
from tongsuo_py._binding.buffers import borrow, borrow_writable, fresh, kept, readable, secret
from tongsuo_py._binding.callbacks import PasswordSource
from tongsuo_py._binding.library import TONGSUO_VERSION_INFO
from tongsuo_py._binding.ssl_callbacks import Listener
from tongsuo_py._binding.x509_forms import CERTIFICATE
from tongsuo_py.exceptions import TongsuoError
from tongsuo_py.ssl._memory import MemoryConnection

# 8.4 takes ten times as long to read a key; the Python code, which is what may leak, is the same.
ROUNDS = 10_000 if TONGSUO_VERSION_INFO >= (8, 5) else 2_500
# Of memory in a round. One lost allocation would be 32 at the least.
LOST_BYTES = 8
# An allocator grows in steps now and then; a leak does in every attempt.
ATTEMPTS = 3

Operation = Callable[[Path], Callable[[], object]]
OPERATIONS: dict[str, Operation] = {}


def operation(make: Operation) -> Operation:
    """``make(material)`` returns what is to be repeated."""
    OPERATIONS[make.__name__.strip("_")] = make
    return make


def raising(kind: type[BaseException], function: Callable[..., object], *arguments: object) -> Any:
    def run() -> None:
        try:
            function(*arguments)
        except kind:
            return
        raise AssertionError("it should have failed")

    return run


# ---- keys and certificates ----

READERS: dict[str, tuple[Callable[..., Any], str, tuple[Any, ...]]] = {
    "pkcs8_pem": (pem.private_key_from_pem, "sign.key", ()),
    "sec1_pem": (pem.private_key_from_pem, "sec1.key", ()),
    "locked_pem": (pem.private_key_from_pem, "locked.key", (PASSWORD,)),
    "pkcs8_der": (pem.private_key_from_der, "pkcs8.der", ()),
    "locked_der": (pem.private_key_from_der, "locked.der", (PASSWORD,)),
    "public_pem": (pem.public_key_from_pem, "public.key", ()),
    "certificates_pem": (pem.certificates_from_pem, "sign.pem", ()),
}


def add_reader(name: str, read: Callable[..., Any], file: str, more: tuple[Any, ...]) -> None:
    def whole(material: Path) -> Callable[[], object]:
        data = (material / file).read_bytes()
        return lambda: read(data, *more)

    def cut(material: Path) -> Callable[[], object]:
        data = (material / file).read_bytes()
        return raising(ValueError, read, data[:-50], *more)

    def wrong(material: Path) -> Callable[[], object]:
        data = (material / ("sign.key" if "public" in name else "public.key")).read_bytes()
        return raising(ValueError, read, data, *more)

    OPERATIONS[name] = whole
    OPERATIONS[f"{name}_cut_off"] = cut
    OPERATIONS[f"{name}_of_the_wrong_kind"] = wrong


for name, (read, file, more) in READERS.items():
    add_reader(name, read, file, more)


@operation
def public_der(material: Path) -> Callable[[], object]:
    key = pem.public_key_from_pem((material / "public.key").read_bytes())
    data = asn1.to_der(lib.i2d_PUBKEY, key, "")
    return lambda: asn1.to_der(lib.i2d_PUBKEY, pem.public_key_from_der(data), "")


@operation
def public_der_with_more(material: Path) -> Callable[[], object]:
    key = pem.public_key_from_pem((material / "public.key").read_bytes())
    data = asn1.to_der(lib.i2d_PUBKEY, key, "")
    return raising(ValueError, pem.public_key_from_der, data + b"x")


@operation
def certificate_der(material: Path) -> Callable[[], object]:
    certificate = pem.certificates_from_pem((material / "sign.pem").read_bytes())[0]
    data = x509.certificate_der(certificate)
    return lambda: x509.certificate_der(CERTIFICATE.from_der(data))


@operation
def certificates_der_second_cut_off(material: Path) -> Callable[[], object]:
    certificate = pem.certificates_from_pem((material / "sign.pem").read_bytes())[0]
    data = x509.certificate_der(certificate)
    return raising(ValueError, pem.certificates_from_der, data + data[:-1])


@operation
def certificate_decoded(material: Path) -> Callable[[], object]:
    certificate = pem.certificates_from_pem((material / "sign.pem").read_bytes())[0]
    return lambda: (
        x509.decode(certificate),
        x509.subject_text(certificate),
        x509.not_after(certificate),
        x509.key_usage(certificate),
        x509.public_key(certificate),
    )


@operation
def keys_written(material: Path) -> Callable[[], object]:
    key = pem.private_key_from_pem((material / "sign.key").read_bytes())
    return lambda: (
        pkcs8.plain_der(key),
        pkcs8.plain_pem(key),
        pkcs8.sec1_der(key),
        pkcs8.sec1_pem(key),
        pkcs8.encrypted_der(key, PASSWORD, iterations=1),
    )


@operation
def keys_not_written(material: Path) -> Callable[[], object]:
    key = pem.private_key_from_pem((material / "sign.key").read_bytes())
    public = pem.public_key_from_pem((material / "public.key").read_bytes())

    def run() -> None:
        for write in (pkcs8.plain_der, pkcs8.plain_pem, pkcs8.sec1_der, pkcs8.sec1_pem):
            with suppress(TongsuoError):
                write(public)
        for password in ("", "x" * 2000):
            with suppress(ValueError):
                pkcs8.encrypted_der(key, password, iterations=1)

    return run


@operation
def shares(material: Path) -> Callable[[], object]:
    certificate = pem.certificates_from_pem((material / "sign.pem").read_bytes())[0]
    return lambda: (
        handles.share_x509(certificate, ""),
        handles.share_pkey(lib.X509_get0_pubkey(certificate), ""),
    )


# ---- passwords ----


def locked(material: Path, password: object, kind: type[BaseException]) -> Callable[[], object]:
    data = (material / "locked.key").read_bytes()
    return raising(kind, pem.private_key_from_pem, data, password)


@operation
def password_wrong(material: Path) -> Callable[[], object]:
    return locked(material, "wrong", ValueError)


@operation
def password_missing(material: Path) -> Callable[[], object]:
    return locked(material, None, ValueError)


@operation
def password_too_long(material: Path) -> Callable[[], object]:
    return locked(material, "x" * 2000, ValueError)


@operation
def password_raises(material: Path) -> Callable[[], object]:
    def password() -> str:
        raise LookupError

    return locked(material, password, LookupError)


@operation
def password_of_the_wrong_type(material: Path) -> Callable[[], object]:
    return locked(material, 5, TypeError)


# ---- errors, buffers, BIOs ----


def fail() -> None:
    for name in (b"one", b"two", b"three"):
        lib.EVP_CIPHER_fetch(ffi.NULL, name, ffi.NULL)


@operation
def queue(material: Path) -> Callable[[], object]:
    return lambda: (fail(), errors.drain())


@operation
def queue_cleared(material: Path) -> Callable[[], object]:
    return lambda: (fail(), errors.clear())


@operation
def check_fails(material: Path) -> Callable[[], object]:
    def run() -> None:
        fail()
        with suppress(Exception):
            errors.check(0, "message")
        fail()
        with suppress(Exception):
            errors.check_pointer(ffi.NULL, "message")

    return run


@operation
def buffers(material: Path) -> Callable[[], object]:
    data = bytearray(1000)

    def run() -> None:
        borrow(data)
        borrow(memoryview(data)[5:])
        borrow_writable(data)
        readable(data)
        kept(data, "data")
        fresh(1000)
        with secret(1000):
            pass
        for wrong in ("text", None, memoryview(data)[::2]):
            with suppress(TypeError):
                borrow(wrong)
        with suppress(TypeError):
            borrow_writable(b"")

    return run


@operation
def bios(material: Path) -> Callable[[], object]:
    def run() -> None:
        Reader(b"content")
        written(lambda bio: lib.BIO_write(bio, b"x" * 5000, 5000), "message")
        with suppress(Exception):
            written(lambda bio: 0, "message")
        with suppress(LookupError):
            written(lambda bio: {}["missing"], "message")

    return run


@operation
def callees(material: Path) -> Callable[[], object]:
    return lambda: (PasswordSource("x"), Listener())


# ---- owners ----

NUMBER = handles.own_bignum(lib.BN_bin2bn(b"x" * 20, 20, ffi.NULL), "")

MAKERS: dict[str, Callable[[], Any]] = {
    "own_pkey": lambda: lib.EVP_PKEY_new(),
    "own_pkey_ctx": lambda: lib.EVP_PKEY_CTX_new_from_name(ffi.NULL, b"SM2", ffi.NULL),
    "own_md_ctx": lambda: lib.EVP_MD_CTX_new(),
    "own_cipher_ctx": lambda: lib.EVP_CIPHER_CTX_new(),
    "own_bignum": lambda: lib.BN_bin2bn(b"x" * 32, 32, ffi.NULL),
    "own_secret_bignum": lambda: lib.BN_bin2bn(b"x" * 32, 32, ffi.NULL),
    "own_bn_ctx": lambda: lib.BN_CTX_new(),
    "own_name": lambda: lib.X509_NAME_new(),
    "own_asn1_integer": lambda: lib.BN_to_ASN1_INTEGER(NUMBER, ffi.NULL),
    "own_asn1_time": lambda: lib.ASN1_TIME_new(),
    "own_store": lambda: lib.X509_STORE_new(),
    "own_store_ctx": lambda: lib.X509_STORE_CTX_new(),
    "own_x509": lambda: lib.X509_new(),
    "own_request": lambda: lib.X509_REQ_new(),
    "own_crl": lambda: lib.X509_CRL_new(),
    "own_revoked": lambda: lib.X509_REVOKED_new(),
    "own_x509_stack": lambda: lib.sk_X509_new_null(),
    "own_asn1_enumerated": lambda: lib.ASN1_ENUMERATED_new(),
    "own_ssl_ctx": lambda: lib.SSL_CTX_new(lib.NTLS_server_method()),
}


def add_owner(name: str, new: Callable[[], Any]) -> None:
    own = getattr(handles, name)
    OPERATIONS[name] = lambda material: lambda: own(new(), "message")


for name, new in MAKERS.items():
    add_owner(name, new)


@operation
def own_nothing(material: Path) -> Callable[[], object]:
    def run() -> None:
        for name, own in vars(handles).items():
            if name.startswith("own_"):
                with suppress(Exception):
                    own(ffi.NULL, "message")

    return run


@operation
def own_mac_ctx(material: Path) -> Callable[[], object]:
    hmac = algorithms.mac("HMAC")
    return lambda: handles.own_mac_ctx(lib.EVP_MAC_CTX_new(hmac), "")


@operation
def own_connection(material: Path) -> Callable[[], object]:
    context = handles.own_ssl_ctx(lib.SSL_CTX_new(lib.TLS_method()), "")

    for_socket = itertools.cycle((-1, 0))

    def run() -> None:
        handles.own_connection(lib.tspy_conn_new(context, 0, 0, next(for_socket)), "")

    return run


@operation
def handshake_that_fails_in_the_bio(material: Path) -> Callable[[], object]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    class Broken:
        def write(self, data: object) -> int:
            raise LookupError

    def run() -> None:
        connection = MemoryConnection(
            context,
            stdlib.MemoryBIO(),
            Broken(),  # type: ignore[arg-type]
            server_side=False,
            server_hostname="localhost",
            owner=None,
        )
        with pytest.raises(LookupError):
            connection.do_handshake()

    return run


def grows(run: Callable[[], object], rounds: int) -> bool:
    """Whether objects or memory become more with every ``rounds`` of calls."""
    for _ in range(rounds // 10):
        run()
    for _ in range(ATTEMPTS):
        gc.collect()
        objects, memory = sys.getallocatedblocks(), allocated()
        for _ in range(rounds):
            run()
        gc.collect()
        more_objects = sys.getallocatedblocks() - objects
        if more_objects < rounds // 10 and allocated() - memory < LOST_BYTES * rounds:
            return False
    return True


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_growth(name: str, material: Path) -> None:
    assert not grows(OPERATIONS[name](material), ROUNDS)
    assert lib.ERR_peek_error() == 0


def test_growth_would_be_seen() -> None:
    """A byte lost in each round shows, whether it is C's or Python's."""
    kept: list[object] = []
    assert grows(lambda: lib.BN_bin2bn(b"x", 1, ffi.NULL), ROUNDS)
    assert grows(lambda: kept.append(bytearray(1)), ROUNDS)
    assert grows(lambda: errors.drain() or kept.append(ssl.MemoryBIO()), ROUNDS)


def test_contexts(material: Path) -> None:
    """Whole contexts are slow to make: a thousand of them, which are large."""

    def make() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
        context.load_ntls_cert_pair(
            *(material / f for f in ("sign.pem", "sign.key", "enc.pem", "enc.key"))
        )
        with suppress(ssl.SSLError):
            context.load_sign_cert_chain(material / "sign.pem", material / "enc.key")
        with suppress(ssl.SSLError):
            context.load_verify_locations(material / "sign.key")

    assert not grows(make, ROUNDS // 10)


def test_every_owner_is_in_here() -> None:
    """But for what cannot be made from nothing; the others are freed by what is made with them."""
    elsewhere = {
        # keys written
        "own_algorithm",
        "own_encrypted_pkcs8",
        "own_pkcs8",
        # certificates decoded, and tests/pki/test_memory.py
        "own_access_descriptions",
        "own_crl_distribution_points",
        "own_extended_key_usage",
        "own_extension",
        "own_extensions",
        "own_general_names",
        # tests/crypto/test_crypto_memory.py
        "own_secret_point",
        # handshakes
        "own_session",
        "own_ssl",
    }
    owners = {name for name in vars(handles) if name.startswith("own_")}
    assert owners - set(OPERATIONS) == elsewhere
