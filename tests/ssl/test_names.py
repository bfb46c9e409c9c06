"""Every name of the standard library's ssl is here, and takes the same arguments."""

from __future__ import annotations

import enum
import inspect
import os
import ssl as stdlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tongsuo_py import ssl

#: What CPython 3.12 to 3.15 added, and so is here for all: what it takes, without ``self``.
NEWER_FUNCTIONS = {
    "get_sigalgs": "()",
    "SSLContext.get_groups": "(*, include_aliases=False)",
    "SSLContext.set_ciphersuites": "(ciphersuites, /)",
    "SSLContext.set_client_sigalgs": "(sigalgslist, /)",
    "SSLContext.set_groups": "(grouplist, /)",
    "SSLContext.set_psk_client_callback": "(callback)",
    "SSLContext.set_psk_server_callback": "(callback, identity_hint=None)",
    "SSLContext.set_server_sigalgs": "(sigalgslist, /)",
    **{
        f"{kind}.{method}": "()"
        for kind in ("SSLObject", "SSLSocket")
        for method in (
            "client_sigalg",
            "get_unverified_chain",
            "get_verified_chain",
            "group",
            "server_sigalg",
        )
    },
}
NEWER_CONSTANTS = {
    "HAS_PHA": True,
    "HAS_PSK": True,
    "HAS_PSK_TLS13": True,
    "OP_ENABLE_KTLS": 1 << 3,
    "OP_LEGACY_SERVER_CONNECT": 1 << 2,
}
OURS = {
    "HAS_NTLS",
    "MemorySessionStore",
    "OP_NO_NTLS",
    "PROTOCOL_NTLS_CLIENT",
    "PROTOCOL_NTLS_SERVER",
    "PROTOCOL_TLCP_CLIENT",
    "PROTOCOL_TLCP_SERVER",
    "RedisSessionStore",
    "SessionStore",
    "TONGSUO_VERSION",
    "TONGSUO_VERSION_INFO",
    "create_ntls_context",
}
#: The standard library's ``import ...``, which are names of its module as well.
IMPORTED = {
    "SOCK_STREAM", "SOL_SOCKET", "SO_TYPE", "base64", "create_connection", "errno", "namedtuple",
    "os", "socket", "sys", "warnings",
}  # fmt: skip
#: Private names that other modules, or programs, use.
PRIVATE = {
    "_ASN1Object", "_DEFAULT_CIPHERS", "_OPENSSL_API_VERSION", "_PROTOCOL_NAMES",
    "_RESTRICTED_SERVER_CIPHERS", "_SSLMethod", "_TLSAlertType",
    "_TLSContentType", "_TLSMessageType", "_create_default_https_context",
    "_create_stdlib_context", "_create_unverified_context", "_dnsname_match", "_inet_paton",
    "_ipaddress_match",
}  # fmt: skip
#: What tells about the library, and so need not be what the interpreter's own says.
ABOUT_THE_LIBRARY = ("OPENSSL_VERSION", "HAS_")
CLASSES = ("SSLContext", "SSLObject", "SSLSession", "SSLSocket")
WINDOWS_ONLY = {"enum_certificates", "enum_crls"}


def public(where: Any) -> set[str]:
    return {name for name in dir(where) if not name.startswith("_")}


def parameters(function: Any, *, skip: int = 0) -> list[tuple[str, Any, Any]]:
    """Name, kind and default of what a function takes, without ``skip`` of the first ones."""
    every = list(inspect.signature(function).parameters.values())
    return [(each.name, each.kind, each.default) for each in every[skip:]]


def documented(signature: str) -> list[tuple[str, Any, Any]]:
    scope: dict[str, Any] = {}
    exec(f"def function{signature}: ...", scope)
    return parameters(scope["function"])


def find(name: str) -> Any:
    found: Any = ssl
    for part in name.split("."):
        found = getattr(found, part)
    return found


def methods() -> Iterator[Any]:
    for kind in CLASSES:
        for name in sorted(public(getattr(stdlib, kind))):
            if inspect.isroutine(inspect.getattr_static(getattr(stdlib, kind), name)):
                yield pytest.param(kind, name, id=f"{kind}.{name}")


def attributes() -> Iterator[Any]:
    for name in sorted(public(stdlib.SSLContext)):
        if not inspect.isroutine(getattr(stdlib.SSLContext, name)):
            yield name


def test_no_name_is_missing() -> None:
    assert public(stdlib) - public(ssl) - WINDOWS_ONLY == set()
    newer = {name for name in NEWER_FUNCTIONS if "." not in name} | set(NEWER_CONSTANTS)
    assert newer - public(ssl) == set()
    assert {name for name in PRIVATE if not hasattr(ssl, name)} == set()


def test_no_name_is_there_by_accident() -> None:
    newer = {name for name in NEWER_FUNCTIONS if "." not in name} | set(NEWER_CONSTANTS)
    assert public(ssl) == public(stdlib) | newer | OURS
    assert set(ssl.__all__) == public(ssl) - IMPORTED
    assert len(ssl.__all__) == len(set(ssl.__all__))


def test_what_newer_interpreters_dropped_is_not_there() -> None:
    dropped = {"RAND_pseudo_bytes", "match_hostname", "wrap_socket"}
    expected = dropped if sys.version_info < (3, 12) else set()
    assert public(ssl) & dropped == expected


@pytest.mark.parametrize("name", sorted(public(stdlib) - IMPORTED))
def test_constants_and_functions(name: str) -> None:
    theirs, ours = getattr(stdlib, name), getattr(ssl, name)
    if inspect.isclass(theirs):
        assert name in CLASSES or theirs is ours
    elif inspect.isroutine(theirs):
        assert parameters(theirs) == parameters(ours)
        assert ours.__doc__
    elif name.startswith(ABOUT_THE_LIBRARY):
        assert type(theirs) is type(ours)
    else:
        assert theirs == ours
        assert type(theirs) is type(ours)


@pytest.mark.parametrize(("kind", "name"), list(methods()))
def test_methods(kind: str, name: str) -> None:
    theirs, ours = getattr(getattr(stdlib, kind), name), getattr(getattr(ssl, kind), name)
    try:
        expected = parameters(theirs, skip=1)
    except ValueError:  # one of C, which does not tell
        assert callable(ours)
    else:
        assert parameters(ours, skip=1) == expected


@pytest.mark.parametrize("kind", CLASSES)
def test_members(kind: str) -> None:
    missing = public(getattr(stdlib, kind)) - public(getattr(ssl, kind))
    assert missing == set()


@pytest.mark.parametrize("name", list(attributes()))
def test_attributes_that_can_be_set(name: str) -> None:
    """As in the standard library, and to what is read from them."""

    def settable(module: ModuleType) -> bool:
        context = module.SSLContext(stdlib.PROTOCOL_TLS_SERVER)
        value = getattr(context, name)
        try:
            setattr(context, name, value)
        except AttributeError:
            return False
        assert getattr(context, name) == value
        return True

    assert settable(ssl) == settable(stdlib)


@pytest.mark.parametrize(("name", "signature"), NEWER_FUNCTIONS.items())
def test_newer_functions(name: str, signature: str) -> None:
    function = find(name)
    assert parameters(function, skip=name.count(".")) == documented(signature)
    assert function.__doc__


@pytest.mark.parametrize(("name", "value"), NEWER_CONSTANTS.items())
def test_newer_constants(name: str, value: int) -> None:
    assert getattr(ssl, name) == value
    assert isinstance(getattr(ssl, name), stdlib.Options if name.startswith("OP_") else bool)


def test_contexts_are_made_and_subclassed_as_in_the_standard_library() -> None:
    class Context(ssl.SSLContext):
        def __init__(self, protocol: int, name: str) -> None:
            self.name = name

    context = Context(ssl.PROTOCOL_TLS_CLIENT, "x")
    assert (context.protocol, context.name) == (ssl.PROTOCOL_TLS_CLIENT, "x")

    class Chosen(ssl.SSLContext):
        def __new__(cls) -> Chosen:
            return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

    assert Chosen().protocol is ssl.PROTOCOL_TLS_SERVER


def test_a_context_without_a_protocol_warns_as_in_the_standard_library() -> None:
    def warned(module: ModuleType) -> list[tuple[str, str]]:
        with pytest.warns(DeprecationWarning, match="deprecated") as caught:
            assert module.SSLContext().protocol is ssl.PROTOCOL_TLS
        return [(str(warning.message), warning.filename) for warning in caught]

    assert warned(ssl) == warned(stdlib)
    assert {filename for _, filename in warned(ssl)} == {__file__}


def test_private_names_have_their_meaning() -> None:
    assert ssl._create_stdlib_context is ssl._create_unverified_context
    assert parameters(ssl._create_stdlib_context) == parameters(
        stdlib._create_stdlib_context  # type: ignore[attr-defined]
    )
    assert ssl._PROTOCOL_NAMES == stdlib._PROTOCOL_NAMES  # type: ignore[attr-defined]
    assert ssl._create_default_https_context is ssl.create_default_context
    assert ssl._OPENSSL_API_VERSION == ssl.OPENSSL_VERSION_INFO
    suites = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).get_ciphers()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(ssl._DEFAULT_CIPHERS)
    assert context.get_ciphers() == suites


def test_names_of_protocols() -> None:
    for member in stdlib._SSLMethod:  # type: ignore[attr-defined]
        assert ssl.get_protocol_name(member) == stdlib.get_protocol_name(member) == member.name
    assert ssl.get_protocol_name(ssl.PROTOCOL_NTLS_CLIENT) == "PROTOCOL_NTLS_CLIENT"
    assert ssl.get_protocol_name(ssl.PROTOCOL_TLCP_SERVER) == "PROTOCOL_NTLS_SERVER"
    assert ssl.get_protocol_name(999) == "<unknown>"


def test_the_version_is_that_of_our_library() -> None:
    major, minor, fix, patch, status = ssl.OPENSSL_VERSION_INFO
    assert ssl.OPENSSL_VERSION.startswith(f"OpenSSL {major}.{minor}.{patch} ")
    assert (fix, status) == (0, 0)
    number = major << 28 | minor << 20 | patch << 4
    assert number == ssl.OPENSSL_VERSION_NUMBER


@pytest.mark.parametrize("version", list(stdlib.TLSVersion)[1:-1])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_versions_are_there_or_not(version: stdlib.TLSVersion) -> None:
    """What ``HAS_TLSv1`` and its like say is what a client finds."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.maximum_version = context.minimum_version = version
    client = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())
    with pytest.raises(ssl.SSLError) as caught:
        client.do_handshake()
    there = getattr(ssl, f"HAS_{version.name}")
    assert type(caught.value) is (ssl.SSLWantReadError if there else ssl.SSLError)


@pytest.mark.filterwarnings("ignore:ssl.OP_NO_:DeprecationWarning")
def test_options_have_the_numbers_of_our_library() -> None:
    """An option that is set is one that Tongsuo knows: it comes back from its own context."""
    for member in [*stdlib.Options, ssl.OP_ENABLE_KTLS, ssl.OP_LEGACY_SERVER_CONNECT]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.options = member
        assert int(context.options) == int(member)


def test_signature_algorithms() -> None:
    names = ssl.get_sigalgs()
    assert {"sm2sig_sm3", "ed25519", "rsa_pss_rsae_sha256", "ecdsa_secp256r1_sha256"} <= set(names)
    assert len(names) == len(set(names))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for name in names:
        context.set_server_sigalgs(name)
        context.set_client_sigalgs(name)


def test_enumerations_are_the_standard_librarys() -> None:
    kinds = [kind for _, kind in inspect.getmembers(stdlib, inspect.isclass)]
    shared = [kind for kind in kinds if issubclass(kind, (enum.Enum, BaseException))]
    assert len(shared) >= 15
    for kind in shared:
        assert getattr(ssl, kind.__name__, kind) is kind


def test_default_paths_are_where_we_look(monkeypatch: pytest.MonkeyPatch, tls: Any) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", os.fspath(tls.ca))
    assert ssl.get_default_verify_paths().cafile == os.fspath(tls.ca)
    context = ssl.create_default_context()
    assert len(context.get_ca_certs()) == 1
