"""SSLError's ``library``, ``reason`` and text are what programs know from the standard library."""

from __future__ import annotations

import _ssl
import ssl as stdlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from peers import MemoryPair

from tongsuo_py import ssl
from tongsuo_py._binding import ffi, lib
from tongsuo_py.exceptions import ErrorEntry
from tongsuo_py.ssl import _errors

#: The parts of OpenSSL that a connection or a certificate file can fail in.
LIBRARIES = ("ASN1", "BIO", "PEM", "PROV", "SSL", "X509", "X509V3")
#: 8.4's own, whose number OpenSSL has given to another one since; nothing in 8.4 raises it.
RENUMBERED = {"GET_SIG_AND_HASH_ERR"}
ONLY_3_11 = pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="only CPython 3.11 shows its table of reasons"
)


def entry(library: int, reason: int) -> ErrorEntry:
    """What OpenSSL's queue would hold for two numbers."""
    lib.ERR_clear_error()
    code = library << 23 | reason
    text = lib.ERR_reason_error_string(code)
    return ErrorEntry(
        library="",
        reason="" if text == ffi.NULL else ffi.string(text).decode(),
        library_code=library,
        reason_code=reason,
        data="",
        file="",
        line=0,
        function="",
    )


@ONLY_3_11
@pytest.mark.parametrize("library", LIBRARIES)
def test_reasons_have_the_standard_librarys_names(library: str) -> None:
    ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # OpenSSL loads its texts with the first one
    number = {name: code for code, name in _ssl.lib_codes_to_names.items()}[library]
    names = {}
    for (code, reason), name in _ssl.err_codes_to_names.items():
        found = entry(code, reason)
        if code == number and found.reason:  # not one that a newer OpenSSL has given up
            names[reason] = (name, _errors.reason_name(found))
    assert len(names) > 20
    wrong = {name: ours for name, ours in names.values() if name != ours}
    assert set(wrong.values()) <= RENUMBERED


@ONLY_3_11
def test_libraries_have_the_standard_librarys_names() -> None:
    for code, name in _errors._LIBRARIES.items():
        assert _ssl.lib_codes_to_names[code] == name


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no PEM at all",
        b"-----BEGIN CERTIFICATE-----\nJust bad cert data\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ],
    ids=["empty", "text", "no base64", "no DER"],
)
def test_files_that_hold_no_certificate(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bad.pem"
    path.write_bytes(content)

    def refused(module: ModuleType) -> Any:
        with pytest.raises(ssl.SSLError) as caught:
            module.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        return caught.value

    theirs, ours = refused(stdlib), refused(ssl)
    assert ours.library == theirs.library
    assert ours.reason == (theirs.reason or "PEM_LIB")
    text = str(theirs).split("] ")[1].split(" (_ssl.c")[0]
    assert str(ours).startswith(f"[X509: {ours.reason}] {text}")
    assert str(path) in str(ours)


@pytest.mark.parametrize("module", [ssl, stdlib])
def test_numbers_are_plain(module: ModuleType) -> None:
    """An exception's repr is the standard library's."""
    context = module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    with pytest.raises(ssl.SSLWantReadError) as caught:
        client.do_handshake()
    assert repr(caught.value).startswith(
        "SSLWantReadError(2, 'The operation did not complete (read)"
    )


@pytest.mark.parametrize("kind", ["TLS", "NTLS"])
def test_the_wrong_side(kind: str) -> None:
    """The context's protocol is named; a program knows then which one to change."""
    for module in (ssl, stdlib) if kind == "TLS" else (ssl,):
        for side, other in (("CLIENT", "server"), ("SERVER", "client")):
            name = f"PROTOCOL_{kind}_{side}"
            context = module.SSLContext(getattr(ssl, name))
            context.check_hostname = False
            with pytest.raises(ssl.SSLError) as caught:
                context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=other == "server")
            assert str(caught.value).startswith(
                f"Cannot create a {other} socket with a {name} context"
            )


def test_a_reason_of_the_peer(tls: Any) -> None:
    """The words that programs look for are in the text, and the names in the attributes."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    pair = MemoryPair(server, client)
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        pair.handshake()
    error = caught.value
    assert (error.library, error.reason) == ("SSL", "CERTIFICATE_VERIFY_FAILED")
    assert str(error).startswith("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: ")
    assert error.verify_message in str(error)
    while pair.carry():
        pass
    with pytest.raises(ssl.SSLError) as caught_by_server:
        pair.server.do_handshake()
    answer = caught_by_server.value
    assert (answer.library, answer.reason) == ("SSL", "TLSV1_ALERT_UNKNOWN_CA")
    assert str(answer).startswith("[SSL: TLSV1_ALERT_UNKNOWN_CA] tlsv1 alert unknown ca")


@pytest.mark.parametrize("data", [5, ["text"], "ä", 1.5], ids=str)
def test_data_that_cannot_be_certificates(data: Any) -> None:
    for module in (ssl, stdlib):
        context = module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with pytest.raises(TypeError) as caught:
            context.load_verify_locations(cadata=data)
        wanted = "cadata should be an ASCII string or a bytes-like object"
        assert str(caught.value) == wanted
