"""What to do about a failed TLCP handshake whose own error does not tell."""

from __future__ import annotations

from typing import Any

from tongsuo_py._binding import lib
from tongsuo_py.exceptions import ErrorEntry
from tongsuo_py.ssl import _alerts as alerts
from tongsuo_py.ssl import _suites as suites

_LOAD_PAIR = "load one with load_ntls_cert_pair()"
_WRONG_TYPE = "TLCP wants a pair here: a signing and an encryption certificate"


def for_handshake(
    ssl: Any, entries: tuple[ErrorEntry, ...], *, server_side: bool, has_pair: bool
) -> str:
    """Words to add to the error that ``entries`` make, or "".

    ``has_pair`` says whether our context has a TLCP pair.
    """
    if not entries or lib.SSL_is_init_finished(ssl):
        return ""
    last = entries[-1]
    if last.library_code != lib.ERR_LIB_SSL:
        return ""
    if server_side:
        return _for_server(ssl, last.reason_code, has_pair)
    if not lib.SSL_is_ntls(ssl):
        return ""
    alert = alerts.number(last)
    if alert is not None:
        return _for_client(ssl, alert, has_pair)
    return _WRONG_TYPE if last.reason_code == lib.SSL_R_WRONG_CERTIFICATE_TYPE else ""


def for_early_end(ssl: Any, *, server_side: bool) -> str:
    """Words to add where the peer closed the connection in the handshake, or ""."""
    if server_side or not lib.SSL_is_ntls(ssl) or suites.pending(ssl) is not None:
        return ""
    # OpenSSL before 3.2 closes without an alert at the version of TLCP's first record.
    return "the server closed it at our first message: does it take TLCP, or only TLS?"


def _for_client(ssl: Any, alert: int, has_pair: bool) -> str:
    if alert == alerts.PROTOCOL_VERSION:
        return "the server does not take TLCP: does it speak only TLS?"
    if alert == alerts.DECODE_ERROR and _is_ecdhe(ssl):
        return (
            "the server may want the client's ECDHE parameters in their other form: see the "
            "context's ntls_strict_ecdhe"
        )
    if has_pair or alert not in alerts.PERHAPS_NO_CERTIFICATE:
        return ""
    return f"the server may want a client certificate pair: {_LOAD_PAIR}"


def _for_server(ssl: Any, reason: int, has_pair: bool) -> str:
    if not lib.SSL_is_ntls(ssl):
        if lib.SSL_client_version(ssl) == lib.NTLS1_1_VERSION:
            return "the client speaks TLCP: to take it too, call enable_ntls() and load a pair"
        return ""
    if reason == lib.SSL_R_NO_SHARED_CIPHER:
        if not has_pair:
            return f"this server has no TLCP pair: {_LOAD_PAIR}"
        if lib.SSL_client_version(ssl) != lib.NTLS1_1_VERSION:
            return (
                "the client speaks TLS and this server TLCP alone: to take both, use "
                "PROTOCOL_TLS_SERVER and enable_ntls()"
            )
        if all(suites.needs_client_pair(suites.name(cipher)) for cipher in suites.ntls_only(ssl)):
            return (
                "this server takes ECDHE suites alone, which a client without a certificate pair "
                "cannot use"
            )
        return ""
    if reason == lib.SSL_R_LENGTH_MISMATCH:
        if lib.TSPY_HAS_STRICT_ECDHE_CKE or not _is_ecdhe(ssl):
            return ""
        return (
            "the client may put GB/T 38636's length before its ECDHE parameters, which Tongsuo "
            "reads from 8.5 on"
        )
    return _FOR_SERVER.get(reason, "")


_FOR_SERVER = {
    lib.SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: (
        "the client sent no certificate pair, which TLCP's ECDHE suites and verify_mode "
        "CERT_REQUIRED need"
    ),
    lib.SSL_R_NO_CERTIFICATES_RETURNED: (
        "the client sent no certificates, or a single one: TLCP's ECDHE suites need its pair, and "
        "Tongsuo takes a single one in no suite"
    ),
    lib.SSL_R_WRONG_CERTIFICATE_TYPE: _WRONG_TYPE,
}


def _is_ecdhe(ssl: Any) -> bool:
    cipher = suites.pending(ssl)
    return cipher is not None and suites.needs_client_pair(suites.name(cipher))
