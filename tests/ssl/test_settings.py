"""What a context is told: beside the standard library's, with the same answers."""

from __future__ import annotations

import copy
import pickle
import ssl as stdlib
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from peers import queue_is_empty
from side_by_side import both, outcome, same

from tongsuo_py import ssl

CLIENT, SERVER = ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER


# ---- verify_mode and check_hostname ----

STEPS: dict[str, Callable[[Any], None]] = {
    "none": lambda c: setattr(c, "verify_mode", stdlib.CERT_NONE),
    "optional": lambda c: setattr(c, "verify_mode", stdlib.CERT_OPTIONAL),
    "required": lambda c: setattr(c, "verify_mode", stdlib.CERT_REQUIRED),
    "check": lambda c: setattr(c, "check_hostname", True),
    "no check": lambda c: setattr(c, "check_hostname", False),
}


@pytest.mark.parametrize("protocol", [CLIENT, SERVER], ids=["client", "server"])
@pytest.mark.parametrize("second", STEPS)
@pytest.mark.parametrize("first", STEPS)
def test_verify_mode_and_check_hostname(protocol: int, first: str, second: str) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        results = []
        for step in (first, second):
            results.append(outcome(lambda step=step: STEPS[step](context)))
            results.append((context.verify_mode, context.check_hostname))
        return results

    theirs = same(action, protocol)
    tlcp = {CLIENT: ssl.PROTOCOL_NTLS_CLIENT, SERVER: ssl.PROTOCOL_NTLS_SERVER}[protocol]
    assert action(ssl.SSLContext(tlcp), ssl) == theirs


@pytest.mark.parametrize("value", [-1, 3, 1.5, "required", None, True])
def test_a_verify_mode_that_is_none(value: Any) -> None:
    same(lambda context, _: setattr(context, "verify_mode", value))


@pytest.mark.parametrize("protocol", [CLIENT, ssl.PROTOCOL_NTLS_CLIENT])
def test_clients_verify_by_default(protocol: int) -> None:
    context = ssl.SSLContext(protocol)
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    with pytest.raises(ValueError, match="CERT_NONE when check_hostname is enabled"):
        context.verify_mode = ssl.CERT_NONE


@pytest.mark.parametrize("make", [ssl.create_default_context, ssl.create_ntls_context])
def test_ready_made_contexts_verify(make: Callable[..., Any], trust: SimpleNamespace) -> None:
    ca = trust.dir / "ca" / "ca.pem"
    client = make(cafile=ca)
    assert client.verify_mode is ssl.CERT_REQUIRED
    assert client.check_hostname is True
    assert client.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
    assert make(ssl.Purpose.CLIENT_AUTH).verify_mode is ssl.CERT_NONE
    with pytest.raises(TypeError):
        make("SERVER_AUTH")


def test_a_tlcp_server_with_a_ca_asks_for_certificates(trust: SimpleNamespace) -> None:
    ca = trust.dir / "ca" / "ca.pem"
    context = ssl.create_ntls_context(ssl.Purpose.CLIENT_AUTH, cafile=ca)
    assert context.verify_mode is ssl.CERT_REQUIRED


# ---- options, flags ----


@pytest.mark.parametrize(
    "value", [0, int(stdlib.OP_ALL), stdlib.OP_NO_TICKET, 2**64, "all", None, 1.5]
)
def test_options(value: Any) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        context.options = value
        return isinstance(context.options, stdlib.Options), context.options & value

    same(action)


def test_options_by_default() -> None:
    def action(context: Any, _: ModuleType) -> Any:
        return context.options

    same(action)


@pytest.mark.parametrize("value", [*stdlib.VerifyFlags, 0, "strict", None])
def test_verify_flags(value: Any) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        context.verify_flags = value
        return context.verify_flags, type(context.verify_flags)

    same(action)


@pytest.mark.parametrize("name", ["options", "verify_flags"])
@pytest.mark.parametrize("value", [-1, 2**64])
def test_flags_out_of_range(name: str, value: int) -> None:
    """What the standard library makes of these differs between its versions."""
    context = ssl.SSLContext(CLIENT)
    before = getattr(context, name)
    negative = ValueError if sys.version_info >= (3, 14) else OverflowError
    with pytest.raises(negative if value < 0 else OverflowError):
        setattr(context, name, value)
    assert getattr(context, name) == before


def test_how_names_are_compared() -> None:
    """Private, but what the standard library's property is made of; it cannot be deleted."""

    def action(context: Any, _: ModuleType) -> Any:
        before = context._host_flags
        context.hostname_checks_common_name = False
        return before, context._host_flags

    same(action)
    with pytest.raises(AttributeError):
        del ssl.SSLContext(CLIENT)._host_flags


def test_verify_flags_by_default() -> None:
    same(lambda context, _: context.verify_flags)
    same(lambda context, module: module.create_default_context().verify_flags)


@pytest.mark.parametrize("value", [True, False, 1, 0, "", None])
def test_common_names(value: Any) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        before = context.hostname_checks_common_name
        context.hostname_checks_common_name = value
        return before, context.hostname_checks_common_name

    same(action)


# ---- cipher suites ----


@pytest.mark.parametrize(
    "ciphers",
    ["", "nonsense", "AES128:nonsense", "ECDHE+AESGCM", "a\0b", "ALL\0", b"ALL", None, 7, "AES:é"],
)
def test_set_ciphers(ciphers: Any) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        context.set_ciphers(ciphers)

    same(action)


@pytest.mark.parametrize("ciphers", ["nonsense", "", "ECDHE-RSA-AES128-GCM-SHA256", "AES"])
@pytest.mark.parametrize("protocol", [ssl.PROTOCOL_NTLS_CLIENT, ssl.PROTOCOL_NTLS_SERVER])
def test_suites_that_tlcp_has_not(protocol: int, ciphers: str) -> None:
    context = ssl.SSLContext(protocol)
    before = context.get_ciphers()
    with pytest.raises(ssl.SSLError, match="No cipher can be selected"):
        context.set_ciphers(ciphers)
    assert context.get_ciphers() == before
    assert queue_is_empty()


@pytest.mark.parametrize(
    "value",
    [
        "nonsense",
        "ECC-SM2-SM4-GCM-SM3",
        "TLS_SM4_GCM_SM3:x",
        "TLS_SM4_GCM_SM3:ECDHE-RSA-AES128-GCM-SHA256",  # enabled, but for TLS 1.2
        "a\0b",
    ],
)
def test_ciphersuites_that_are_none(value: str) -> None:
    context = ssl.SSLContext(CLIENT)
    with pytest.raises((ssl.SSLError, ValueError)):
        context.set_ciphersuites(value)
    assert queue_is_empty()
    with pytest.raises(TypeError):
        context.set_ciphersuites(value.encode())


def test_get_ciphers_has_the_same_keys() -> None:
    def action(context: Any, _: ModuleType) -> Any:
        context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
        chosen = [c for c in context.get_ciphers() if c["name"] == "ECDHE-RSA-AES128-GCM-SHA256"]
        return [{k: v for k, v in c.items() if k != "description"} for c in chosen]

    assert len(same(action)) == 1


def test_default_suites_of_tls_are_the_standard_librarys() -> None:
    def action(context: Any, _: ModuleType) -> Any:
        names = [cipher["name"] for cipher in context.get_ciphers()]
        return [name for name in names if not name.startswith("TLS_")]

    same(action)


# ---- the object itself ----


@pytest.mark.parametrize("protocol", [-1, 0x103, "TLS", None, 1.5, 0, 6])
def test_protocols_that_are_none(protocol: Any) -> None:
    with pytest.raises((ValueError, TypeError, DeprecationWarning)):
        ssl.SSLContext(protocol)


def test_isinstance_is_true_for_both_classes() -> None:
    for protocol in (CLIENT, SERVER, ssl.PROTOCOL_NTLS_CLIENT, ssl.PROTOCOL_NTLS_SERVER):
        context = ssl.SSLContext(protocol)
        assert isinstance(context, stdlib.SSLContext)
        assert isinstance(context, ssl.SSLContext)
        assert not issubclass(ssl.SSLContext, stdlib.SSLContext)
        assert context.protocol == protocol
    assert not isinstance(stdlib.SSLContext(CLIENT), ssl.SSLContext)


def test_unknown_attributes_fail() -> None:
    context = ssl.SSLContext(CLIENT)
    for name in ("no_such_thing", "keylog_file"):
        with pytest.raises(AttributeError):
            setattr(context, name, "x")
        with pytest.raises(AttributeError):
            getattr(context, name)
    with pytest.raises(AttributeError):
        context.no_such_method()
    with pytest.raises(AttributeError):
        context.protocol = SERVER


def test_nothing_comes_from_the_other_openssl() -> None:
    """What the standard library's context has and ours has not, ours does not have at all."""
    context = ssl.SSLContext(CLIENT)
    mine = set(dir(type(context)))
    for name in set(dir(stdlib.SSLContext)) - mine:
        with pytest.raises(AttributeError):
            getattr(context, name)


@pytest.mark.parametrize("name", ["a\0b", "", ".localhost", "a" * 64, "a..b"])
@pytest.mark.parametrize("check", [True, False])
def test_host_names_that_are_none(name: str, check: bool) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        context.check_hostname = check
        context.wrap_bio(stdlib.MemoryBIO(), stdlib.MemoryBIO(), server_hostname=name)

    theirs, ours = both(action)
    assert issubclass(ours[0], (ValueError, TypeError))  # UnicodeError is one
    if theirs is not None:
        assert ours == theirs


def test_a_host_name_is_needed_to_check_it() -> None:
    for protocol in (CLIENT, ssl.PROTOCOL_NTLS_CLIENT):
        context = ssl.SSLContext(protocol)
        with pytest.raises(ValueError, match="check_hostname requires server_hostname"):
            context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO())


@pytest.mark.parametrize("protocol", [CLIENT, SERVER])
def test_the_wrong_side(protocol: int) -> None:
    def action(context: Any, module: ModuleType) -> Any:
        context.check_hostname = False
        context.wrap_bio(module.MemoryBIO(), module.MemoryBIO(), server_side=protocol == CLIENT)

    same(action, protocol)


@pytest.mark.parametrize(
    "bios", [(None, None), (b"", bytearray()), (stdlib.MemoryBIO(), "text"), (object(), None)]
)
def test_wrap_bio_needs_memory_bios(bios: tuple[Any, Any]) -> None:
    same(lambda context, _: context.wrap_bio(*bios, server_hostname="localhost"))


def test_enable_ntls_is_for_servers() -> None:
    with pytest.raises(ValueError, match="PROTOCOL_NTLS_CLIENT"):
        ssl.SSLContext(CLIENT).enable_ntls()
    ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT).enable_ntls()


def test_strict_ecdhe_is_85s() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    assert context.ntls_strict_ecdhe is False
    if ssl.TONGSUO_VERSION_INFO >= (8, 5):
        context.ntls_strict_ecdhe = True
        assert context.ntls_strict_ecdhe is True
    else:
        with pytest.raises(ValueError, match=r"8\.5"):
            context.ntls_strict_ecdhe = True
    context.ntls_strict_ecdhe = False


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
def test_contexts_are_not_copied(copied: Any) -> None:
    """The copy would share the C context, and what one is told both would do."""
    with pytest.raises(TypeError, match="cannot pickle 'SSLContext' object"):
        copied(ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT))
