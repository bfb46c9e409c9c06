"""From Tongsuo's error queue to the standard library's exceptions."""

from __future__ import annotations

import os
import re
import ssl as _stdlib
from dataclasses import replace
from typing import Any

from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py.exceptions import ErrorEntry

# How the standard library names the parts of OpenSSL (SSLError.library): by the constants' names.
_LIBRARIES = {
    getattr(lib, f"ERR_LIB_{name}"): name
    for name in (
        "ASN1", "BIO", "BN", "BUF", "CONF", "CRYPTO", "DH", "DSA", "EC", "EVP", "KDF", "OBJ",
        "OSSL_DECODER", "OSSL_ENCODER", "OSSL_STORE", "PEM", "PKCS12", "PKCS7", "PROP", "PROV",
        "RAND", "RSA", "SM2", "SSL", "SYS", "UI", "X509", "X509V3",
    )
}  # fmt: skip
# Texts that are not their constants' names in other words.
_REASONS = {
    "at least (D)TLS 1.2 needed in Suite B mode": "AT_LEAST_TLS_1_2_NEEDED_IN_SUITEB_MODE",
    "can't find SRP server param": "MISSING_SRP_PARAM",
    "error with the srp params": "SRP_A_CALC",
    "illegal Suite B digest": "ILLEGAL_SUITEB_DIGEST",
}
_WRAPPER = "record layer failure"


def reason_name(entry: ErrorEntry) -> str | None:
    """The name of the reason as ``SSLError.reason`` has it, such as WRONG_VERSION_NUMBER.

    The standard library has no names, but None, for those that all of OpenSSL's parts share, such
    as "PEM lib".
    """
    if not entry.reason:
        return None
    if entry.reason in _REASONS:
        return _REASONS[entry.reason]
    text = entry.reason.removeprefix("ssl/tls ")
    if text != entry.reason:
        text = f"sslv3 {text}"  # OpenSSL 3.2 renamed the texts, not the constants
    return re.sub(r"[^A-Z0-9]+", "_", text.upper().replace("'", ""))


def ssl_error(
    message: str,
    entries: tuple[ErrorEntry, ...] = (),
    *,
    number: int = _stdlib.SSL_ERROR_SSL,
    kind: type[_stdlib.SSLError] = _stdlib.SSLError,
    hint: str = "",
) -> _stdlib.SSLError:
    """An exception of the standard library's class, its text in the standard library's form.

    ``library`` and ``reason`` come from the entry that tells most; ``errors`` holds them all.
    """
    library = reason = None
    prefix = ""
    if entries:
        last = telling(entries)
        library = _LIBRARIES.get(last.library_code, last.library.upper().replace(" ", "_"))
        reason = reason_name(last)
        prefix = f"[{library}: {reason}] " if reason else f"[{library}] "
        if last.data and last.data not in message:
            message = f"{message} ({last.data})"
    if hint:
        message = f"{message}; {hint}"
    error = kind(int(number), prefix + message)
    error.library = library  # type: ignore[assignment]
    error.reason = reason  # type: ignore[assignment]
    error.errors = entries  # type: ignore[attr-defined]
    return error


def without_consequences(entries: tuple[ErrorEntry, ...]) -> tuple[ErrorEntry, ...]:
    """The entries without the system's, where there are others.

    What fails is followed by an alert to the peer, and if that cannot be sent any more, the reason
    of this comes last.
    """
    return tuple(entry for entry in entries if entry.library_code != lib.ERR_LIB_SYS) or entries


def no_record_at_all(entry: ErrorEntry) -> ErrorEntry:
    """The entry for a peer whose first bytes are no record: as OpenSSL before 3.2 has it.

    Of "HTTP/" newer ones say that the length is wrong, since they look at that first.
    """
    if entry.library_code != lib.ERR_LIB_SSL:
        return entry
    if entry.reason_code != lib.SSL_R_PACKET_LENGTH_TOO_LONG:
        return entry
    return replace(entry, reason="wrong version number", reason_code=lib.SSL_R_WRONG_VERSION_NUMBER)


def telling(entries: tuple[ErrorEntry, ...]) -> ErrorEntry:
    """The last entry, as in the standard library, or the one that it only wraps.

    Since OpenSSL 3.2 whatever is wrong with a record ends in "record layer failure"; what is wrong
    stands in the entry before that.
    """
    if len(entries) > 1 and entries[-1].reason == _WRAPPER:
        before = entries[-2]
        if before.library_code == lib.ERR_LIB_SSL and before.reason:
            return before
    return entries[-1]


def from_queue(message: str = "", hint: str = "") -> _stdlib.SSLError:
    """The exception for what this thread's error queue holds; ``message`` if it holds nothing."""
    entries = errors.drain()
    if not message and entries:
        message = entries[-1].reason
    return ssl_error(message or "A failure in the SSL library occurred", entries, hint=hint)


def check(result: int, message: str = "") -> None:
    """Raise SSLError for a C call's 0 or less."""
    if result <= 0:
        raise from_queue(message)


def system_error(number: int) -> OSError:
    """The OSError of the right class (ConnectionResetError, ...) for an errno."""
    return OSError(number, os.strerror(number))


def certificate_error(
    ssl: Any, hostname: str | None, entries: tuple[ErrorEntry, ...]
) -> _stdlib.SSLError:
    """The exception for a chain that did not verify, with ``verify_code`` and its message."""
    code = lib.SSL_get_verify_result(ssl)
    if code == lib.X509_V_ERR_HOSTNAME_MISMATCH:
        text = f"Hostname mismatch, certificate is not valid for {hostname!r}."
    elif code == lib.X509_V_ERR_IP_ADDRESS_MISMATCH:
        text = f"IP address mismatch, certificate is not valid for {hostname!r}."
    else:
        text = ffi.string(lib.X509_verify_cert_error_string(code)).decode()
    error = ssl_error(
        f"certificate verify failed: {text}", entries, kind=_stdlib.SSLCertVerificationError
    )
    error.verify_code = code  # type: ignore[attr-defined]
    error.verify_message = text  # type: ignore[attr-defined]
    return error
