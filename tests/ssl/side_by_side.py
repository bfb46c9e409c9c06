"""The same thing done to a context of the standard library's and to one of ours."""

from __future__ import annotations

import ssl as stdlib
import sys
import sysconfig
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from peers import queue_is_empty

from tongsuo_py import ssl

#: Debian and Fedora leave versions and suites to OpenSSL; elsewhere CPython sets both, as we do.
LEFT_TO_OPENSSL = "ssl-default-suites=openssl" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
_SUITES = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM"

#: Debian 12 has CPython 3.11.2. What was mended after it (seen in 3.11.7) is no measure for us:
#: the ends of connections, what is told before there is one, curves that are no EC keys'.
OLD_3_11 = sys.version_info < (3, 11, 7)
NOT_IN_OLD = pytest.mark.skipif(OLD_3_11, reason="CPython 3.11.2 does otherwise, 3.11.7 as we do")


def outcome(call: Callable[[], Any]) -> Any:
    """What a call returns, or the type of what it raises and what a program can see of it."""
    try:
        return call()
    except Exception as error:
        seen = [type(error)]
        if isinstance(error, stdlib.SSLError):
            seen += [getattr(error, name, None) for name in ("errno", "library", "reason")]
        elif isinstance(error, OSError):
            seen += [error.errno, error.filename]
        return tuple(seen)


def tells(call: Callable[[], Any]) -> Any:
    """What a call returns, or what its exception tells; the number aside, which is OpenSSL's."""
    seen = outcome(call)
    if isinstance(seen, tuple) and seen and seen[0] is stdlib.SSLError:
        return seen[0], *seen[2:]
    return seen


def new_context(module: ModuleType, protocol: int) -> Any:
    """A context as the newest CPython makes it where its distribution has not chosen otherwise."""
    context = module.SSLContext(protocol)
    if module is not stdlib:
        return context
    if OLD_3_11:
        context.options &= ~stdlib.OP_IGNORE_UNEXPECTED_EOF
    if LEFT_TO_OPENSSL:
        if protocol in (ssl.PROTOCOL_TLS, ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER):
            context.minimum_version = stdlib.TLSVersion.TLSv1_2
        context.set_ciphers(_SUITES)
    return context


def both(
    action: Callable[[Any, ModuleType], Any], protocol: int = ssl.PROTOCOL_TLS_CLIENT
) -> tuple[Any, Any]:
    """The outcome of an action on the standard library's context, and on ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outcomes = [
            outcome(lambda m=module: action(new_context(m, protocol), m))
            for module in (stdlib, ssl)
        ]
    assert queue_is_empty()
    return outcomes[0], outcomes[1]


def same(action: Callable[[Any, ModuleType], Any], protocol: int = ssl.PROTOCOL_TLS_CLIENT) -> Any:
    """The outcome, which must be the same for both."""
    theirs, ours = both(action, protocol)
    assert ours == theirs, f"{ours} is not {theirs}"
    return ours
