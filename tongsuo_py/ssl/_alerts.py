"""Names for the alerts of a peer that Tongsuo reports by their number alone."""

from __future__ import annotations

from dataclasses import replace

from tongsuo_py._binding import lib
from tongsuo_py.exceptions import ErrorEntry

_FIRST = 1000  # SSL_AD_REASON_OFFSET: the reasons from there on are alerts that the peer sent

PROTOCOL_VERSION = lib.SSL_R_TLSV1_ALERT_PROTOCOL_VERSION - _FIRST
DECODE_ERROR = lib.SSL_R_TLSV1_ALERT_DECODE_ERROR - _FIRST
#: What servers say to a client that sent no certificate: unexpected_message, handshake_failure,
#: no_certificate, bad_certificate, unsupported_certificate, certificate_unknown, access_denied,
#: decode_error, internal_error, certificate_required, identity_need.
PERHAPS_NO_CERTIFICATE = frozenset({10, 40, 41, 42, 43, 46, 49, DECODE_ERROR, 80, 116, 205})

_TEXTS = {
    0: "fatal alert close notify",  # otherwise it is no error
    # These two are new in 8.5.
    115: "tlsv1 alert unknown psk identity",
    120: "tlsv1 alert no application protocol",
}
# Those that GB/T 38636-2020 has beside TLS's, for gateways and for identity-based keys.
_TLCP = {
    200: "unsupported site2site",
    201: "no area",
    202: "unsupported areatype",
    203: "bad ibcparam",
    204: "unsupported ibcparam",
    205: "identity need",
}


def number(entry: ErrorEntry) -> int | None:
    """The number of the alert that the entry stands for; None if it stands for something else."""
    if entry.library_code != lib.ERR_LIB_SSL or entry.reason_code < _FIRST:
        return None
    return entry.reason_code - _FIRST


def named(entry: ErrorEntry, *, tlcp: bool) -> ErrorEntry:
    """The entry with a reason, where it is an alert that has none.

    ``tlcp`` says which protocol it came in: the numbers 200 to 205 mean something in TLCP alone.
    """
    alert = number(entry)
    if entry.reason or alert is None:
        return entry
    if tlcp and alert in _TLCP:
        reason = f"tlcp alert {_TLCP[alert]}"
    else:
        reason = _TEXTS.get(alert, "unknown alert")
    return replace(entry, reason=reason)
