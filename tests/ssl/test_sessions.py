"""SSLSession: what it tells, where it may be used, and that resuming skips no authentication."""

from __future__ import annotations

import copy
import gc
import pickle
import ssl as stdlib
import sys
import time
import weakref
from types import SimpleNamespace
from typing import Any

import pytest
from peers import MemoryPair, session, tcp_pair
from resuming import VERSIONS, Connected, Maker, new_session, resumes

from tongsuo_py import pki, ssl


@pytest.fixture
def old(tls: SimpleNamespace, trust: SimpleNamespace) -> Maker:
    """Contexts of TLS 1.2, where a session is there as soon as the handshake is over."""
    return Maker("TLS 1.2", tls, trust)


# How a client without a certificate learns that one is wanted, or its server says it first.
REFUSED = "certificate"

WAYS = pytest.mark.parametrize("tickets", [True, False], ids=["by ticket", "by ID"])
BOTH = pytest.mark.parametrize("mutual", [False, True], ids=["server auth", "mutual auth"])

# ------------------------------------------------------------------------------ resuming


@WAYS
@BOTH
def test_resuming_over_memory(make: Maker, mutual: bool, tickets: bool) -> None:
    server, client = make.server(mutual=mutual, tickets=tickets), make.client()
    first = Connected(server, client)
    assert not first.reused
    second = Connected(server, client, first.session)
    assert second.reused
    assert second.client.version() == VERSIONS[make.protocol]
    assert second.client.getpeercert() == first.client.getpeercert() != {}
    assert second.client.getpeercert(True) == first.client.getpeercert(True)
    assert second.server.getpeercert(True) == first.server.getpeercert(True)
    assert (second.server.getpeercert(True) is not None) == mutual
    third = Connected(server, client, second.session)  # one that was resumed is resumed again
    assert third.reused
    assert third.client.getpeercert() == first.client.getpeercert()


@WAYS
def test_resuming_over_sockets(make: Maker, tickets: bool) -> None:
    server, client = make.server(mutual=True, tickets=tickets), make.client()
    with session(server, client) as (accepted, connected):
        assert accepted.session_reused is connected.session_reused is False
        kept = connected.session
        connected.close()  # without a close_notify, and the session is none the worse
    raw_server, raw_client = tcp_pair()
    raw_server.close()
    raw_client.close()
    given = []

    class Client:
        """As the context, with the session given; ``session()`` knows nothing of it."""

        @staticmethod
        def wrap_socket(sock: Any, server_hostname: str) -> Any:
            given.append(kept)
            return client.wrap_socket(sock, server_hostname=server_hostname, session=kept)

    with session(server, Client()) as (accepted, connected):
        assert accepted.session_reused is connected.session_reused is True
        assert accepted.getpeercert() != {}
    assert given == [kept]


def test_the_session_attribute_before_the_handshake(make: Maker) -> None:
    server, client = make.server(), make.client()
    kept = new_session(server, client)
    pair = MemoryPair(server, client)
    assert pair.client.session is None
    assert pair.client.session_reused is False
    pair.client.session = kept
    assert pair.client.session == kept
    pair.handshake()
    assert pair.client.session_reused


def test_resuming_with_the_standard_library(old: Maker, tls: SimpleNamespace) -> None:
    theirs = stdlib.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
    theirs.load_verify_locations(tls.ca)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(tls.ec)
    kept = new_session(ours, theirs)
    assert resumes(ours, theirs, kept)
    theirs = stdlib.SSLContext(stdlib.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(tls.ec)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ours.load_verify_locations(tls.ca)
    kept = new_session(theirs, ours)
    assert resumes(theirs, ours, kept)


def test_the_server_of_another_process_does_not_know_it(make: Maker) -> None:
    client = make.client()
    kept = new_session(make.server(), client)
    assert not resumes(make.server(), client, kept)


def test_two_connections_resume_one_session_at_the_same_time(make: Maker) -> None:
    server, client = make.server(), make.client()
    kept = new_session(server, client)
    before = kept.id
    pairs = [MemoryPair(server, client, session=kept) for _ in range(2)]
    for pair in pairs:
        pair.handshake()
        assert pair.client.session_reused
    assert kept.id == before
    assert resumes(server, client, kept)


def test_tls_and_tlcp_on_one_port_keep_their_sessions_apart(tlcp: Any, trust: Any) -> None:
    both = tlcp.server(dual=True)
    tlcp_client = tlcp.client()
    tls_client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trust.ca.configure_trust(tls_client)
    trust.server_cert.configure(both)
    of_tlcp, of_tls = new_session(both, tlcp_client), new_session(both, tls_client)
    assert resumes(both, tlcp_client, of_tlcp)
    assert resumes(both, tls_client, of_tls)
    with pytest.raises(ValueError, match="different SSLContext"):
        MemoryPair(both, tlcp_client, session=of_tls)


# ------------------------------------------------------------------------------ the object


@WAYS
def test_what_it_tells(make: Maker, tickets: bool) -> None:
    # A TLS 1.3 server without tickets of its own content sends some that stand for an ID.
    server, client = make.server(tickets=tickets), make.client()
    before = int(time.time())
    kept = new_session(server, client)
    assert isinstance(kept.id, bytes)
    assert len(kept.id) == 32
    assert before <= kept.time <= time.time()
    assert kept.timeout == {"TLS 1.2": 7200, "TLS 1.3": 7200, "TLCP": 7200}[make.protocol]
    assert kept.has_ticket is (tickets or make.protocol == "TLS 1.3")
    assert kept.ticket_lifetime_hint == (7200 if kept.has_ticket else 0)
    assert "SSLSession" in repr(kept)


def test_it_is_made_by_connections_alone(old: Maker) -> None:
    with pytest.raises(TypeError, match=r"cannot create '.*SSLSession' instances"):
        ssl.SSLSession()
    with pytest.raises(TypeError):
        ssl.SSLSession(None, None)
    kept = new_session(old.server(), old.client())
    with pytest.raises(TypeError):
        copy.copy(kept)
    with pytest.raises(TypeError):
        pickle.dumps(kept)


def test_its_class(old: Maker) -> None:
    kept = new_session(old.server(), old.client())
    assert isinstance(kept, ssl.SSLSession)
    assert isinstance(kept, stdlib.SSLSession)
    assert type(kept) is ssl.SSLSession


@pytest.mark.parametrize("name", ["id", "time", "timeout", "ticket_lifetime_hint", "has_ticket"])
def test_it_cannot_be_changed(old: Maker, name: str) -> None:
    kept = new_session(old.server(), old.client())
    with pytest.raises(AttributeError):
        setattr(kept, name, getattr(kept, name))
    with pytest.raises(AttributeError):
        kept.other = 1


def test_equality_is_that_of_the_ids(make: Maker) -> None:
    server, client = make.server(), make.client()
    pair = Connected(server, client)
    one, same = pair.session, pair.session
    assert one is not same
    assert one == same
    assert one.id == same.id
    other = new_session(server, client)
    assert one != other
    assert one.id != other.id
    assert one != one.id
    assert (one == 1) is False
    with pytest.raises(TypeError, match="unhashable"):
        hash(one)
    with pytest.raises(TypeError):
        _ = one < other


def test_it_stays_as_it_was_read(tls: SimpleNamespace, trust: SimpleNamespace) -> None:
    make = Maker("TLS 1.3", tls, trust)
    server, client = make.server(), make.client()
    pair = MemoryPair(server, client)
    pair.run(pair.server.do_handshake, pair.client.do_handshake)
    early = pair.client.session
    assert not early.has_ticket
    pair.send(pair.server, pair.client, b"data, behind the tickets")
    assert pair.client.session.has_ticket
    assert not early.has_ticket
    # There is nothing in it to resume; that is no error.
    assert not resumes(server, client, early)


def test_a_session_of_a_server_can_be_read(make: Maker) -> None:
    pair = Connected(make.server(), make.client())
    assert isinstance(pair.server.session, ssl.SSLSession)


def test_it_keeps_its_context_and_nothing_else(old: Maker) -> None:
    server, client = old.server(), old.client()
    pair = Connected(server, client)
    kept = pair.session
    reference, connection = weakref.ref(client), weakref.ref(pair.client)
    del client, pair
    gc.collect()
    assert connection() is None
    assert reference() is not None
    del kept
    gc.collect()
    assert reference() is None


# ------------------------------------------------------------------------------ bad input


@pytest.mark.parametrize("wrong", [object, 1, b"session", "session"])
def test_something_else_than_a_session(make: Maker, wrong: Any) -> None:
    server, client = make.server(), make.client()
    with pytest.raises(TypeError, match=r"Value is not a SSLSession\."):
        MemoryPair(server, client, session=wrong)
    pair = MemoryPair(server, client)
    with pytest.raises(TypeError, match=r"Value is not a SSLSession\."):
        pair.client.session = wrong
    with pytest.raises(TypeError, match=r"Value is not a SSLSession\."):
        pair.client.session = None


def test_a_session_of_the_standard_librarys(old: Maker, tls: SimpleNamespace) -> None:
    theirs = stdlib.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
    theirs.load_verify_locations(tls.ca)
    server = old.server()
    kept = new_session(server, theirs)
    with pytest.raises(TypeError, match=r"Value is not a SSLSession\."):
        MemoryPair(server, old.client(), session=kept)


def test_a_session_of_another_context(make: Maker) -> None:
    server = make.server()
    kept = new_session(server, make.client())
    client = make.client()
    with pytest.raises(ValueError, match=r"Session refers to a different SSLContext\."):
        MemoryPair(server, client, session=kept)
    pair = MemoryPair(server, client)
    with pytest.raises(ValueError, match=r"Session refers to a different SSLContext\."):
        pair.client.session = kept


def test_a_session_for_a_server(make: Maker) -> None:
    server = make.server()
    pair = Connected(server, make.client())
    kept = pair.server.session
    # From 3.14 on the standard library's SSLObject asks first, as its SSLSocket does.
    refused = "Cannot set session for server-side SSLSocket|session can only be .* in client mode"
    with pytest.raises(ValueError, match=refused):
        server.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True, session=kept)
    with pytest.raises(ValueError, match=r"Cannot set session for server-side SSLSocket\."):
        pair.server.session = kept


def test_a_session_after_the_handshake(make: Maker) -> None:
    pair = Connected(make.server(), make.client())
    with pytest.raises(ValueError, match=r"Cannot set session after handshake\."):
        pair.client.session = pair.session


def test_a_socket_is_left_alone_when_its_session_is_refused(old: Maker) -> None:
    kept = new_session(old.server(), old.client())
    one, other = tcp_pair()
    with one, other, pytest.raises(ValueError, match="different SSLContext"):
        old.client().wrap_socket(other, server_hostname="localhost", session=kept)


# ------------------------------------------------------------------------------ what a client owes


def test_not_for_another_name(make: Maker) -> None:
    # Its certificate would not be looked at again, and might be for the first name alone.
    server, client = make.server(), make.client()
    kept = new_session(server, client, hostname="localhost")
    assert resumes(server, client, kept, hostname="LOCALHOST")
    assert not resumes(server, client, kept, hostname="127.0.0.1")
    of_address = new_session(server, client, hostname="127.0.0.1")
    assert resumes(server, client, of_address, hostname="127.0.0.1")
    assert not resumes(server, client, of_address, hostname="localhost")


def test_another_name_that_the_certificate_is_not_for(make: Maker) -> None:
    server, client = make.server(), make.client()
    kept = new_session(server, client)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        Connected(server, client, kept, hostname="other.example")


def test_another_name_where_names_are_not_checked(make: Maker) -> None:
    server, client = make.server(), make.client()
    client.check_hostname = False
    kept = new_session(server, client)
    assert resumes(server, client, kept, hostname="other.example")


def test_not_where_more_is_checked_than_when_it_was_made(make: Maker) -> None:
    server, client = make.server(), make.client()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    pair = Connected(server, client)
    kept = pair.session
    assert resumes(server, client, kept)
    client.verify_mode = ssl.CERT_REQUIRED
    assert not resumes(server, client, kept)
    assert not resumes(server, client, pair.session)  # read when the context was changed already
    kept = new_session(server, client)
    client.check_hostname = True
    assert not resumes(server, client, kept)
    kept = new_session(server, client)
    assert resumes(server, client, kept)
    client.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    with pytest.raises(ssl.SSLCertVerificationError, match="CRL"):
        Connected(server, client, kept)


def test_not_from_a_handshake_that_was_not_over(old: Maker) -> None:
    server, client = old.server(tickets=False), old.client()
    pair = MemoryPair(server, client)
    for end in (pair.client, pair.server):
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()
        pair.carry()
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.do_handshake()
    half = pair.client.session  # with an ID, and without a finished key exchange
    assert half.id
    pair.handshake()
    assert resumes(server, client, pair.client.session)
    assert not resumes(server, client, half)


# ------------------------------------------------------------------------------ what a server owes


@WAYS
def test_not_without_the_certificate_that_is_required_now(make: Maker, tickets: bool) -> None:
    server = make.server(tickets=tickets)
    make.trust(server)
    client = make.client(certificate=False)
    kept = new_session(server, client)
    assert resumes(server, client, kept)
    server.verify_mode = ssl.CERT_REQUIRED
    with pytest.raises(ssl.SSLError, match=REFUSED):
        resumes(server, client, kept)


@WAYS
def test_not_optional_for_required(make: Maker, tickets: bool) -> None:
    server = make.server(mutual=True, tickets=tickets)
    server.verify_mode = ssl.CERT_OPTIONAL
    client = make.client(certificate=False)
    kept = new_session(server, client)
    assert resumes(server, client, kept)
    server.verify_mode = ssl.CERT_REQUIRED
    with pytest.raises(ssl.SSLError, match=REFUSED):
        resumes(server, client, kept)


@WAYS
def test_not_with_the_certificates_of_another_ca(make: Maker, tickets: bool) -> None:
    # The trust anchors belong to what a session was made under.
    server, client = make.server(mutual=True, tickets=tickets), make.client()
    kept = new_session(server, client)
    assert resumes(server, client, kept)
    pki.CA.create("One more").configure_trust(server)
    assert not resumes(server, client, kept)
    assert resumes(server, client, new_session(server, client))


def test_a_context_chosen_by_name_with_other_demands(make: Maker) -> None:
    # Tongsuo decides what to resume before the name is looked at.
    first, second, client = make.server(mutual=True), make.server(mutual=True), make.client()
    pki.CA.create("One more").configure_trust(second)

    def choose(connection: Any, name: str, context: Any) -> None:
        if name == "localhost":
            connection.context = second

    first.sni_callback = choose
    client.check_hostname = False  # which lets it offer a session to another name
    of_first = new_session(first, client, hostname="other.example")
    of_second = new_session(first, client, hostname="localhost")
    assert resumes(first, client, of_first, hostname="other.example")
    assert not resumes(first, client, of_second, hostname="other.example")
    assert not resumes(first, client, of_second, hostname="localhost")


def test_a_session_of_one_name_for_another_with_other_demands(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, client = make.server(mutual=True), make.server(mutual=True), make.client()
    pki.CA.create("One more").configure_trust(second)
    reported: list[str] = []
    monkeypatch.setattr(
        sys, "unraisablehook", lambda report: reported.append(str(report.exc_value))
    )

    def choose(connection: Any, name: str, context: Any) -> None:
        if name == "localhost":
            connection.context = second

    first.sni_callback = choose
    client.check_hostname = False
    kept = new_session(first, client, hostname="other.example")
    if make.protocol != "TLS 1.3":
        # There the name belongs to the session, and the callback is told that of the first time.
        pair = Connected(first, client, kept, hostname="localhost")
        assert pair.server.context is first
        return
    with pytest.raises(ssl.SSLError):
        Connected(first, client, kept, hostname="localhost")
    assert ["another server name" in text for text in reported] == [True]


def test_a_context_chosen_by_name_with_the_same_demands(make: Maker) -> None:
    first, second, client = make.server(mutual=True), make.server(mutual=True), make.client()

    def choose(connection: Any, name: str, context: Any) -> None:
        connection.context = second

    first.sni_callback = choose
    assert resumes(first, client, new_session(first, client))
