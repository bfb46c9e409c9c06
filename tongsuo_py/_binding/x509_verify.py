"""A certificate's chain built and verified (RFC 5280, section 6), and all that is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tongsuo_py._binding import errors
from tongsuo_py._binding.callbacks import Callee
from tongsuo_py._binding.handles import own_store, own_store_ctx, own_x509_stack, share_x509
from tongsuo_py._binding.library import ffi, lib

_INDEX = 0  # of the ex_data that OpenSSL leaves to the application
_MESSAGE = "could not verify the certificate"


class Finding(NamedTuple):
    """One thing that is wrong: its X509_V_ERR_* number, where in the chain, with which handle."""

    code: int
    depth: int
    certificate: Any | None


def verify(
    certificate: Any,
    *,
    roots: Iterable[Any],
    intermediates: Iterable[Any],
    crls: Sequence[Any],
    purpose: int | None,
    host: bytes | None,
    address: bytes | None,
    at: datetime | None,
    strict: bool,
) -> tuple[list[Any], list[Finding]]:
    """Handles on the chain as far as it was found, the certificate's own first; and the findings.

    All but ``purpose`` (X509_PURPOSE_*), ``host`` (a name in ASCII), ``address`` (4 or 16 bytes)
    and ``at`` (None: now) are handles. With ``crls`` every certificate needs one of its issuer's.
    """
    store = own_store(lib.X509_STORE_new(), _MESSAGE)
    for root in roots:
        errors.check(lib.X509_STORE_add_cert(store, root), _MESSAGE)
    for crl in crls:
        errors.check(lib.X509_STORE_add_crl(store, crl), _MESSAGE)
    others = list(intermediates)  # to be held while C looks at them
    untrusted = own_x509_stack(lib.sk_X509_new_null(), _MESSAGE)
    for other in others:
        errors.check(lib.sk_X509_push(untrusted, other), _MESSAGE)
    context = own_store_ctx(lib.X509_STORE_CTX_new(), _MESSAGE)
    errors.check(lib.X509_STORE_CTX_init(context, store, certificate, untrusted), _MESSAGE)
    # Without PARTIAL_CHAIN an intermediate or a leaf could not be what somebody trusts.
    flags = lib.X509_V_FLAG_PARTIAL_CHAIN | lib.X509_V_FLAG_TRUSTED_FIRST
    if crls:
        flags |= lib.X509_V_FLAG_CRL_CHECK | lib.X509_V_FLAG_CRL_CHECK_ALL
    if strict:
        flags |= lib.X509_V_FLAG_X509_STRICT
    _set_parameters(lib.X509_STORE_CTX_get0_param(context), flags, purpose, host, address, at)
    watch = _Watch()
    errors.check(lib.X509_STORE_CTX_set_ex_data(context, _INDEX, watch.handle), _MESSAGE)
    lib.X509_STORE_CTX_set_verify_cb(context, lib.tspy_verify)
    result = lib.X509_verify_cert(context)
    watch.reraise()
    if result <= 0 and not watch.findings:  # a failure that is not told to the callback
        watch.note(context)
    errors.clear()
    return _shared(lib.X509_STORE_CTX_get0_chain(context)), watch.findings


def error_text(code: int) -> str:
    """What Tongsuo has to say of an X509_V_ERR_*."""
    return str(ffi.string(lib.X509_verify_cert_error_string(code)).decode("ascii"))


def _set_parameters(
    parameters: Any,
    flags: int,
    purpose: int | None,
    host: bytes | None,
    address: bytes | None,
    at: datetime | None,
) -> None:
    errors.check(lib.X509_VERIFY_PARAM_set_flags(parameters, flags), _MESSAGE)
    if purpose is not None:
        errors.check(lib.X509_VERIFY_PARAM_set_purpose(parameters, purpose), _MESSAGE)
    if host is not None:
        lib.X509_VERIFY_PARAM_set_hostflags(
            parameters,
            lib.X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | lib.X509_CHECK_FLAG_NEVER_CHECK_SUBJECT,
        )
        errors.check(lib.X509_VERIFY_PARAM_set1_host(parameters, host, len(host)), _MESSAGE)
    if address is not None:
        errors.check(lib.X509_VERIFY_PARAM_set1_ip(parameters, address, len(address)), _MESSAGE)
    if at is not None:
        lib.X509_VERIFY_PARAM_set_time(parameters, int(at.timestamp()))


class _Watch(Callee):
    """Hears of each problem, and has the verification go on."""

    def __init__(self) -> None:
        super().__init__()
        self.findings: list[Finding] = []

    def note(self, context: Any) -> None:
        code = lib.X509_STORE_CTX_get_error(context)
        depth = lib.X509_STORE_CTX_get_error_depth(context)
        if any(finding[:2] == (code, depth) for finding in self.findings):
            return
        pointer = lib.X509_STORE_CTX_get_current_cert(context)
        certificate = None if pointer == ffi.NULL else share_x509(pointer, _MESSAGE)
        self.findings.append(Finding(code, depth, certificate))


def _watch_of(context: Any) -> _Watch:
    watch: _Watch = ffi.from_handle(lib.X509_STORE_CTX_get_ex_data(context, _INDEX))()
    return watch


def _keep(kind: type[BaseException], error: BaseException, traceback: Any) -> None:
    _watch_of(traceback.tb_frame.f_locals["context"]).raised = error


@ffi.def_extern(error=0, onerror=_keep)  # type: ignore[untyped-decorator]
def tspy_verify(ok: int, context: Any) -> int:
    if not ok:
        _watch_of(context).note(context)
    return 1


def _shared(stack: Any) -> list[Any]:
    if stack == ffi.NULL:
        return []
    count = lib.sk_X509_num(stack)
    return [share_x509(lib.sk_X509_value(stack, index), _MESSAGE) for index in range(count)]
