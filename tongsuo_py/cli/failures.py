"""What went wrong, in one line that says what it means; and the exit codes."""

from __future__ import annotations

import re
import ssl as _stdlib
from collections.abc import Iterator
from contextlib import contextmanager

from tongsuo_py.exceptions import DecryptionError, InvalidSignature, InvalidTag, TongsuoError

EXIT_OK, EXIT_WRONG, EXIT_USAGE = 0, 1, 2
EXIT_SESSION = EXIT_WRONG

#: What each exit code means, in every command that does not say it more exactly in its own
#: ``EXIT_CODES``; 130 and 143 are as shells count signals.
EXIT_CODES = {
    EXIT_OK: "all went well",
    EXIT_WRONG: "something that was checked is wrong, or the other side failed",
    EXIT_USAGE: "a wrong option, file, key or password",
    130: "interrupted (Ctrl-C)",
    143: "terminated",
}

_NOT_TLCP = frozenset(
    {
        "WRONG_VERSION_NUMBER",
        "UNSUPPORTED_PROTOCOL",
        "UNKNOWN_PROTOCOL",
        "HTTPS_PROXY_REQUEST",
        "RECORD_LAYER_FAILURE",
        "PACKET_LENGTH_TOO_LONG",
        "WRONG_SSL_VERSION",
    }
)
# X509_V_ERR_*: the chain ends at no CA that we trust, or at one that only has its name.
_UNTRUSTED = frozenset({7, 18, 19, 20, 21, 29, 30, 31})
_ALERT = re.compile(r"^(?:ssl/tls|tlsv1|tlsv13|sslv3) alert ")
# What was checked is wrong: no mistake in how the command was called.
_WRONG = (InvalidSignature, InvalidTag, DecryptionError)
# What the ssl module advises, in terms of the command line.
_HINTS = (
    ("load one with load_ntls_cert_pair()", "give --pair"),
    (" and verify_mode CERT_REQUIRED need", " and --verify required need"),
    (
        "in their other form: see the context's ntls_strict_ecdhe",
        "in their other form: see --ecdhe",
    ),
    (": to take both, use PROTOCOL_TLS_SERVER and enable_ntls()", ""),
)


class Failure(Exception):
    """The end of a command: its message for stderr, and the exit code.

    ``reason`` is OpenSSL's name for it where it has one, such as KEY_VALUES_MISMATCH; ``told`` is
    true once it was shown.
    """

    def __init__(self, message: str, code: int = EXIT_SESSION, reason: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.told = False


def reason_of(error: BaseException) -> str | None:
    """OpenSSL's name of the reason, or None."""
    return getattr(error, "reason", None) if isinstance(error, _stdlib.SSLError) else None


@contextmanager
def usage_errors(name: str = "") -> Iterator[None]:
    """What cannot be used (a file, a key, a password, an option) ends the command with 2.

    ``name`` is the file that it came from. What was checked and is wrong passes through, and so
    do errors of streams, for which somebody else knows the file.
    """
    try:
        yield
    except _WRONG:
        raise
    except (_stdlib.SSLError, ValueError, TongsuoError) as error:
        where = f"{name}: " if name else ""
        raise Failure(where + explain(error), EXIT_USAGE, reason_of(error)) from None
    except OSError as error:
        if error.filename is None:
            raise
        raise Failure(explain(error), EXIT_USAGE) from None


def failure_of(error: Exception) -> Failure | None:
    """The failure that an exception comes to; None for what is no user's to mend, but ours."""
    if isinstance(error, Failure):
        return error
    if isinstance(error, (OSError, *_WRONG)):
        return Failure(explain(error), EXIT_WRONG, reason_of(error))
    if isinstance(error, TongsuoError | ValueError | NotImplementedError):
        return Failure(explain(error), EXIT_USAGE)
    if isinstance(error, MemoryError):
        return Failure("there is not enough memory for this", EXIT_WRONG)
    return None


def explain(
    error: BaseException,
    peer: str = "peer",
    *,
    established: bool = False,
    protocol: str = "TLCP",
) -> str:
    """One line for an exception.

    ``peer`` is who is at the other end, "server" or "client"; ``established`` is true once the
    handshake is done; ``protocol`` is what was spoken to it.
    """
    if isinstance(error, TongsuoError):  # what its error queue adds says no more to anybody
        return " ".join(str(error.args[0]).split())
    if isinstance(error, _stdlib.SSLCertVerificationError):
        return _certificate(error, peer)
    if isinstance(error, _stdlib.SSLEOFError):
        return (
            f"the {peer} ended the connection without a close_notify: what it sent may be cut short"
        )
    if isinstance(error, _stdlib.SSLError):
        return _session(error, peer, established, protocol)
    if isinstance(error, ConnectionResetError | BrokenPipeError):
        return f"the {peer} reset the connection"
    if isinstance(error, OSError) and error.strerror:
        name = f"{error.filename}: " if error.filename is not None else ""
        return f"{name}{error.strerror}"
    return " ".join(str(error).split()) or type(error).__name__


def _certificate(error: _stdlib.SSLCertVerificationError, peer: str) -> str:
    why = error.verify_message.rstrip(".")
    if error.verify_code in _UNTRUSTED:
        why = f"it was not issued by a CA that is trusted here ({why})"
    return f"the {peer}'s certificate is refused: {why}"


def _session(error: _stdlib.SSLError, peer: str, established: bool, protocol: str) -> str:
    reason = reason_of(error) or ""
    text = re.sub(r"^\[[^]]*\] ", "", str(error)).removeprefix("PEM lib: ")
    for ours, options in _HINTS:
        text = text.replace(ours, options)
    if reason == "DECRYPTION_FAILED_OR_BAD_RECORD_MAC":
        return "a record was altered on the way (bad record mac): nothing of it was delivered"
    if reason == "NO_SHARED_CIPHER":
        return f"the {peer} offers no cipher suite that is allowed here ({text})"
    if not established:
        if reason == "HTTP_REQUEST":
            return f"the {peer} does not speak {protocol}: it sent a plain HTTP request"
        if reason in _NOT_TLCP:
            return f"the {peer} does not speak {protocol} ({text})"
    if reason and "_ALERT_" in reason:
        said, _, hint = _ALERT.sub("", text).partition("; ")
        return f"the {peer} refused: {said}" + (f"; {hint}" if hint else "")
    return text
