"""Each alert that a peer can send is an SSLError whose text can be read, on whichever side."""

from __future__ import annotations

import ssl as stdlib
from typing import Any

import pytest
from peers import MemoryPair, Raised
from relay import RecordWire, Wire, check, check_error, converse, records, undisturbed
from side_by_side import OLD_3_11
from tlcp_by_hand import ALERT, DATA, FATAL, WARNING, HandmadeClient, HandmadeServer, record

from tongsuo_py import ssl

USER_CANCELLED, NO_RENEGOTIATION = 90, 100
# Those of GB/T 38636-2020 that TLS has not.
TLCPS_OWN = {
    200: "TLCP_ALERT_UNSUPPORTED_SITE2SITE",
    201: "TLCP_ALERT_NO_AREA",
    202: "TLCP_ALERT_UNSUPPORTED_AREATYPE",
    203: "TLCP_ALERT_BAD_IBCPARAM",
    204: "TLCP_ALERT_UNSUPPORTED_IBCPARAM",
    205: "TLCP_ALERT_IDENTITY_NEED",
}
# TLS's, as RFC 8446 and TLCP name them; the rest of the 256 numbers belongs to nobody.
COMMON = {
    10: "UNEXPECTED_MESSAGE",
    20: "BAD_RECORD_MAC",
    21: "DECRYPTION_FAILED",
    22: "RECORD_OVERFLOW",
    30: "DECOMPRESSION_FAILURE",
    40: "HANDSHAKE_FAILURE",
    41: "NO_CERTIFICATE",
    42: "BAD_CERTIFICATE",
    43: "UNSUPPORTED_CERTIFICATE",
    44: "CERTIFICATE_REVOKED",
    45: "CERTIFICATE_EXPIRED",
    46: "CERTIFICATE_UNKNOWN",
    47: "ILLEGAL_PARAMETER",
    48: "UNKNOWN_CA",
    49: "ACCESS_DENIED",
    50: "DECODE_ERROR",
    51: "DECRYPT_ERROR",
    70: "PROTOCOL_VERSION",
    71: "INSUFFICIENT_SECURITY",
    80: "INTERNAL_ERROR",
    86: "INAPPROPRIATE_FALLBACK",
    90: "USER_CANCELLED",
    100: "NO_RENEGOTIATION",
    109: "MISSING_EXTENSION",
    110: "UNSUPPORTED_EXTENSION",
    112: "UNRECOGNIZED_NAME",
    115: "UNKNOWN_PSK_IDENTITY",
    116: "CERTIFICATE_REQUIRED",
    120: "NO_APPLICATION_PROTOCOL",
}
FOR_RECORDS_AND_SETTINGS = (20, 21, 22, 48, 70, 120)


def check_alert(error: Any, number: int, *, tlcp: bool) -> None:
    check_error(error, number)
    assert error.library == "SSL", number
    assert f"(SSL alert number {number})" in str(error)
    if number in COMMON:
        assert error.reason.endswith(COMMON[number]), number
    elif number in TLCPS_OWN and tlcp:
        assert error.reason == TLCPS_OWN[number]
    words = error.reason.lower().replace("_", " ").removeprefix("sslv3 ")
    assert words in str(error), number


@pytest.mark.parametrize("kind", ["TLCP", "TLS 1.2"])
def test_each_fatal_alert_instead_of_a_hello(contexts: Any, kind: str) -> None:
    _, client = contexts[kind]
    for number in range(256):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        end = client.wrap_bio(incoming, outgoing, server_hostname="localhost")
        version = b"\1\1" if kind == "TLCP" else b"\3\3"
        incoming.write(record(ALERT, bytes([FATAL, number]), version))
        with Raised() as caught:
            end.do_handshake()
        check_alert(caught.error, number, tlcp=kind == "TLCP")
        if number in TLCPS_OWN and kind != "TLCP":
            assert caught.error.reason == "UNKNOWN_ALERT"
        hint = "load_ntls_cert_pair()" in str(caught.error)
        assert not (hint and (number in FOR_RECORDS_AND_SETTINGS or kind != "TLCP")), number


@pytest.mark.parametrize("server_side", [True, False], ids=["server", "client"])
def test_each_fatal_alert_in_a_session(trust: Any, contexts: Any, server_side: bool) -> None:
    server, client = contexts.tlcp_server(), contexts.tlcp_client()
    for number in range(256):
        if not server_side and number % 3 and number not in TLCPS_OWN | COMMON:
            continue
        peer = HandmadeClient(server) if server_side else HandmadeServer(client, trust.server)
        peer.handshake()
        peer.say_record(DATA, b"before")
        peer.say_record(ALERT, bytes([FATAL, number]))
        peer.say_record(DATA, b"after")
        check_alert(peer.error, number, tlcp=True)
        assert peer.data == b"before"
        # Nothing is said in reply to it, and nothing more is sent.
        heard = len(peer.heard)
        with pytest.raises(ssl.SSLError):
            peer.theirs.write(b"more")
        peer.step()
        assert len(peer.heard) == heard


@pytest.mark.parametrize("number", [USER_CANCELLED, 41, 112, 200, 255])
def test_a_warning_is_passed_over(contexts: Any, number: int) -> None:
    peer = HandmadeClient(contexts.tlcp_server())
    peer.handshake()
    peer.say_record(DATA, b"before ")
    peer.say_record(ALERT, bytes([WARNING, number]))
    peer.say_record(DATA, b"after")
    assert peer.error is None
    assert peer.data == b"before after"


def test_a_warning_that_refuses_what_was_not_asked_for(contexts: Any) -> None:
    peer = HandmadeClient(contexts.tlcp_server())
    peer.handshake()
    peer.say_record(ALERT, bytes([WARNING, NO_RENEGOTIATION]))
    check_error(peer.error)
    assert getattr(peer.error, "reason", "") == "NO_RENEGOTIATION"


def test_warnings_without_end(contexts: Any) -> None:
    peer = HandmadeClient(contexts.tlcp_server())
    peer.handshake()
    for _ in range(10):
        peer.say_record(ALERT, bytes([WARNING, USER_CANCELLED]))
    check_error(peer.error)
    assert getattr(peer.error, "reason", "") == "TOO_MANY_WARN_ALERTS"
    assert peer.alert == (FATAL, 10)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "INVALID_ALERT"),
        (b"\2", "INVALID_ALERT"),
        (b"\2\50\2", "INVALID_ALERT"),
        (b"\1\0\1\0", "INVALID_ALERT"),
        (b"\0\50", "UNKNOWN_ALERT_TYPE"),
        (b"\3\0", "UNKNOWN_ALERT_TYPE"),
        (b"\377\377", "UNKNOWN_ALERT_TYPE"),
    ],
)
@pytest.mark.parametrize("when", ["first", "in a session"])
def test_alerts_that_are_none(contexts: Any, body: bytes, reason: str, when: str) -> None:
    peer = HandmadeClient(contexts.tlcp_server())
    if when != "first":
        peer.handshake()
    peer.say_record(ALERT, body)
    if not body and peer.error is None:
        peer.end()  # an empty record says nothing
        return
    check_error(peer.error)
    assert getattr(peer.error, "reason", "") == reason


@pytest.mark.parametrize("kind", ["TLCP mutual", "TLCP", "TLS 1.2", "TLS 1.3"])
@pytest.mark.parametrize("upward", [True, False], ids=["to the server", "to the client"])
@pytest.mark.parametrize("alert", [bytes([FATAL, 40]), bytes([FATAL, 205]), bytes([WARNING, 0])])
def test_an_alert_that_a_third_party_puts_in(
    contexts: Any, kind: str, upward: bool, alert: bytes
) -> None:
    """Before or after any record: up to the keys anybody can end a handshake, but no more."""
    outcome = undisturbed(contexts[kind])
    said = list(records((outcome.up if upward else outcome.down).said))
    for number in range(len(said)):

        def alter(index: int, record: bytes, number: int = number) -> list[bytes]:
            if index != number:
                return [record]
            return [bytes([ALERT]) + record[1:3] + b"\0\2" + alert, record]

        wire = RecordWire(alter)
        outcome = converse(contexts[kind], *((wire, Wire()) if upward else (Wire(), wire)))
        check(outcome, number)
        assert wire.happened
        assert outcome.errors, number


@pytest.mark.parametrize("kind", ["TLCP mutual", "TLCP", "TLS 1.2", "TLS 1.3"])
def test_a_fatal_alert_is_no_close_notify(contexts: Any, kind: str) -> None:
    """An end that waits for the peer's close_notify, and is told that what it said was altered."""
    pair = MemoryPair(*contexts[kind])
    pair.handshake()
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.read()
    with pytest.raises(ssl.SSLWantReadError):
        pair.client.unwrap()
    altered = bytearray(pair.client_out.read())
    altered[-1] ^= 1
    pair.server_in.write(altered)
    with pytest.raises(ssl.SSLError):
        pair.server.read()
    pair.carry()
    with Raised() as caught:
        pair.client.unwrap()
    check_alert(caught.error, 20, tlcp=kind.startswith("TLCP"))


def test_names_are_those_of_the_standard_library(contexts: Any) -> None:
    """Programs match on SSLError.reason; it is what the standard library says of the number."""
    _, client = contexts["TLS 1.2"]
    theirs = stdlib.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)
    for number in range(256):
        reasons = []
        for context in (client, theirs):
            incoming, outgoing = stdlib.MemoryBIO(), stdlib.MemoryBIO()
            end = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
            incoming.write(record(ALERT, bytes([FATAL, number]), b"\3\3"))
            with Raised() as caught:
                end.do_handshake()
            assert isinstance(caught.error, stdlib.SSLError)
            reasons.append(caught.error.reason)
        ours, wanted = reasons
        assert ours == wanted or wanted is None, (number, reasons)


@pytest.mark.parametrize(
    "said", [b"", record(ALERT, b"\1\0", b"\3\3"), b"\x16", b"HTTP/1.1 200 OK\r\n", None]
)
def test_every_error_has_a_library_and_a_reason(contexts: Any, said: bytes | None) -> None:
    """None where there is none, as in the standard library: programs ask without looking."""
    _, client = contexts["TLS 1.2"]
    seen = []
    if said is None and OLD_3_11:
        pytest.skip(
            "CPython 3.11.2 takes an end in the handshake for a close_notify, 3.11.7 does not"
        )
    for context in (client, stdlib.SSLContext(stdlib.PROTOCOL_TLS_CLIENT)):
        incoming, outgoing = stdlib.MemoryBIO(), stdlib.MemoryBIO()
        end = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        if said is None:
            incoming.write_eof()
        else:
            incoming.write(said)
        with Raised() as caught:
            end.do_handshake()
        error: Any = caught.error
        seen.append((type(error), error.args[0], error.library, error.reason))
    assert seen[0] == seen[1]
