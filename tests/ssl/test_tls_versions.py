"""The protocols that a context can be made for, and the TLS versions of those that have several."""

from __future__ import annotations

import ssl as stdlib
import warnings
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from peers import failure, session
from side_by_side import same

from tongsuo_py import ssl

PROTOCOLS = [
    stdlib.PROTOCOL_TLS,
    stdlib.PROTOCOL_TLS_CLIENT,
    stdlib.PROTOCOL_TLS_SERVER,
    stdlib.PROTOCOL_TLSv1,
    stdlib.PROTOCOL_TLSv1_1,
    stdlib.PROTOCOL_TLSv1_2,
]
FIXED = {
    stdlib.PROTOCOL_TLSv1: "TLSv1",
    stdlib.PROTOCOL_TLSv1_1: "TLSv1.1",
    stdlib.PROTOCOL_TLSv1_2: "TLSv1.2",
}


def warned(action: Callable[[], Any]) -> list[tuple[type[Warning], str, str]]:
    """The warnings of a call: class, text, and the file that they point to."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        action()
    return [(each.category, str(each.message), each.filename) for each in caught]


def quietly(make: Callable[[], Any]) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return make()


# ---- protocols ----


@pytest.mark.parametrize("protocol", [*PROTOCOLS, None], ids=str)
def test_deprecated_protocols_say_so_where_they_are_used(protocol: int | None) -> None:
    theirs, ours = (
        warned(lambda m=module: m.SSLContext() if protocol is None else m.SSLContext(protocol))
        for module in (stdlib, ssl)
    )
    assert ours == theirs
    assert all(filename == __file__ for _, _, filename in ours)
    current = (stdlib.PROTOCOL_TLS_CLIENT, stdlib.PROTOCOL_TLS_SERVER)
    assert bool(ours) == (protocol not in current)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=str)
def test_defaults(protocol: int) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        return (
            context.protocol,
            type(context.protocol),
            context.options,
            context.minimum_version,
            context.maximum_version,
            context.verify_mode,
            context.verify_flags,
            context.check_hostname,
            context.security_level,
            context.num_tickets,
            context.post_handshake_auth,
            context.hostname_checks_common_name,
            context.session_stats(),
        )

    same(action, protocol)


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=str)
@pytest.mark.parametrize("name", ["security_level", "protocol"])
def test_what_can_only_be_read(name: str, protocol: int) -> None:
    same(lambda context, _: setattr(context, name, 1), protocol)
    same(lambda context, _: delattr(context, name), protocol)


def test_one_context_for_both_sides(tls: SimpleNamespace) -> None:
    context = quietly(lambda: ssl.SSLContext(ssl.PROTOCOL_TLS))
    context.load_cert_chain(tls.ec)
    with session(context, context) as (server, client):
        assert server.version() == client.version() == "TLSv1.3"


def test_one_context_for_both_sides_that_takes_tlcp(tls: SimpleNamespace, tlcp: Any) -> None:
    """As a client it speaks TLS all the same."""
    context = quietly(lambda: ssl.SSLContext(ssl.PROTOCOL_TLS))
    context.enable_ntls()
    tlcp.trust.server.configure(context)
    context.load_cert_chain(tls.ec)
    for client, version in ((context, "TLSv1.3"), (tlcp.client(), "NTLSv1.1")):
        with session(context, client) as ends:
            assert [end.version() for end in ends] == [version, version]


@pytest.mark.parametrize("ours", ["server", "client", "both"])
@pytest.mark.parametrize("protocol", FIXED, ids=FIXED.get)
def test_protocols_of_one_version(protocol: int, ours: str, tls: SimpleNamespace) -> None:
    modules = {"server": (ssl, stdlib), "client": (stdlib, ssl), "both": (ssl, ssl)}[ours]
    server, client = (quietly(lambda m=module: m.SSLContext(protocol)) for module in modules)
    server.load_cert_chain(tls.rsa)
    for context in (server, client):
        context.set_ciphers("ALL:@SECLEVEL=0")
    with session(server, client) as ends:
        assert [end.version() for end in ends] == [FIXED[protocol]] * 2
    # And that one only.
    modern = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    modern.minimum_version = ssl.TLSVersion.TLSv1_3
    modern.load_cert_chain(tls.rsa)
    failure(modern, client)


@pytest.mark.parametrize("protocol", FIXED, ids=FIXED.get)
@pytest.mark.parametrize("name", ["minimum_version", "maximum_version"])
@pytest.mark.parametrize("value", [stdlib.TLSVersion.TLSv1_2, 0, "x", -2])
def test_protocols_of_one_version_keep_it(protocol: int, name: str, value: Any) -> None:
    same(lambda context, _: setattr(context, name, value), protocol)


@pytest.mark.parametrize("protocol", FIXED, ids=FIXED.get)
def test_protocols_of_one_version_have_no_tlcp_beside_it(protocol: int) -> None:
    context = quietly(lambda: ssl.SSLContext(protocol))
    with pytest.raises(ValueError, match="PROTOCOL_TLS_SERVER"):
        context.enable_ntls()


def test_a_subclass_takes_what_it_likes() -> None:
    class Context(ssl.SSLContext):
        def __new__(cls, *args: Any, **kwargs: Any) -> Context:
            return super().__new__(cls, ssl.PROTOCOL_TLS_SERVER, *args, **kwargs)

        def __init__(self, name: str, *, colour: str) -> None:
            self.name = name

    context = Context("a", colour="b")
    assert context.protocol == ssl.PROTOCOL_TLS_SERVER
    assert context.name == "a"


# ---- a range of versions ----


@pytest.mark.parametrize("name", ["minimum_version", "maximum_version"])
@pytest.mark.parametrize(
    "value", [*stdlib.TLSVersion, 0, 1, 0x0101, 0x0305, "TLSv1.2", None, 771.5]
)
def test_versions(name: str, value: Any) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        setattr(context, name, value)
        return getattr(context, name), context.minimum_version, context.maximum_version

    same(action)


@pytest.mark.parametrize("name", ["minimum_version", "maximum_version"])
def test_versions_do_not_apply_to_tlcp(name: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    with pytest.raises(ValueError, match="TLCP has one version"):
        setattr(context, name, ssl.TLSVersion.TLSv1_2)


@pytest.mark.parametrize("name", ["minimum_version", "maximum_version"])
@pytest.mark.parametrize("value", list(stdlib.TLSVersion), ids=str)
def test_old_versions_say_so(name: str, value: Any) -> None:
    theirs, ours = (
        warned(lambda m=module: setattr(m.SSLContext(ssl.PROTOCOL_TLS_CLIENT), name, value))
        for module in (stdlib, ssl)
    )
    assert ours == theirs
    old = (stdlib.TLSVersion.SSLv3, stdlib.TLSVersion.TLSv1, stdlib.TLSVersion.TLSv1_1)
    assert bool(ours) == (value in old)


@pytest.mark.parametrize("value", [2**31, 2**63, -(2**63) - 1])
@pytest.mark.parametrize("name", ["minimum_version", "maximum_version"])
def test_versions_out_of_range(name: str, value: int) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with pytest.raises((OverflowError, ValueError)):
        setattr(context, name, value)


@pytest.mark.parametrize("module", [ssl, stdlib], ids=["our client", "theirs"])
@pytest.mark.parametrize("least", [True, False])
def test_versions_are_kept(least: bool, module: ModuleType, tls: SimpleNamespace) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    client = module.create_default_context(cafile=tls.ca)
    if least:
        server.minimum_version = ssl.TLSVersion.TLSv1_3
        client.maximum_version = ssl.TLSVersion.TLSv1_2
    else:
        server.maximum_version = ssl.TLSVersion.TLSv1_2
        with session(server, client) as (_, end):
            assert end.version() == "TLSv1.2"
        client.minimum_version = ssl.TLSVersion.TLSv1_3
    ends = failure(server, client)
    assert ends[0].reason == "UNSUPPORTED_PROTOCOL"
    assert ends[1].reason == "TLSV1_ALERT_PROTOCOL_VERSION"


# ---- the options that forbid versions ----


@pytest.mark.parametrize("option", [o for o in dir(stdlib) if o.startswith("OP_NO_")])
def test_options_that_forbid_versions_say_so(option: str) -> None:
    def action(module: ModuleType) -> None:
        context = module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.options |= getattr(stdlib, option)
        context.options |= getattr(stdlib, option)  # nothing new: no warning

    theirs, ours = (warned(lambda m=module: action(m)) for module in (stdlib, ssl))
    assert ours == theirs
    assert bool(ours) == option.startswith("OP_NO_TLS")


def test_options_that_forbid_versions_do(tls: SimpleNamespace) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tls.ec)
    client = ssl.create_default_context(cafile=tls.ca)
    with pytest.warns(DeprecationWarning, match="OP_NO_TLS"):
        client.options |= stdlib.OP_NO_TLSv1_3
    with session(server, client) as (_, end):
        assert end.version() == "TLSv1.2"
