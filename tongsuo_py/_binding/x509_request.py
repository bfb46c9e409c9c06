"""Certificate requests (PKCS#10, RFC 2986; GM/T 0015). A handle is an ``X509_REQ *``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tongsuo_py._binding import asn1, errors, x509_extensions, x509_names
from tongsuo_py._binding.handles import own_extensions, own_request
from tongsuo_py._binding.library import ffi, lib
from tongsuo_py._binding.x509 import key_handle, key_type
from tongsuo_py._binding.x509_build import sm2_signer

_MESSAGE = "could not make the certificate request"


def build(*, subject: Any, extensions: Iterable[tuple[int, str]], key: Any) -> Any:
    """A handle on a new request, signed with its own key by SM2 with SM3.

    ``subject`` is an X509_NAME; ``extensions``, which it asks for, are by NID in the text form of
    OpenSSL's x509v3_config.
    """
    request = own_request(lib.X509_REQ_new(), _MESSAGE)
    errors.check(lib.X509_REQ_set_version(request, lib.X509_REQ_VERSION_1), _MESSAGE)
    errors.check(lib.X509_REQ_set_subject_name(request, subject), _MESSAGE)
    errors.check(lib.X509_REQ_set_pubkey(request, key), _MESSAGE)
    wanted = ffi.new("X509_EXTENSIONS **")
    owner = None
    for nid, value in extensions:
        extension = x509_extensions.new(nid, value, request=request)
        pointer = lib.X509v3_add_ext(wanted, extension, -1)
        owner = owner or own_extensions(pointer, _MESSAGE)
    if owner is not None:
        errors.check(lib.X509_REQ_add_extensions(request, owner), _MESSAGE)
    result = lib.X509_REQ_sign_ctx(request, sm2_signer(key))
    errors.check(result, "could not sign the certificate request")
    return request


def subject(request: Any) -> Any:
    """Its subject, an X509_NAME that lives as long as the request."""
    return lib.X509_REQ_get_subject_name(request)


def subject_text(request: Any) -> str:
    """The subject on one line, as RFC 4514 writes it."""
    return x509_names.line(subject(request))


def subject_alternative_names(request: Any) -> tuple[tuple[str, Any], ...]:
    """The subject alternative names that it asks for."""
    pointer = lib.X509_REQ_get_extensions(request)
    errors.clear()
    if pointer == ffi.NULL:
        return ()
    extensions = own_extensions(pointer, "the request's extensions")
    return x509_extensions.subject_alternative_names(extensions) or ()


def public_key(request: Any) -> Any:
    """A handle on the public key. Raises FormatError for an algorithm that Tongsuo knows not."""
    return key_handle(_key(request), "the request's public key")


def public_key_type(request: Any) -> str:
    """The algorithm of its public key as Tongsuo calls it: "SM2", "RSA", "EC"; or "unknown"."""
    return key_type(_key(request))


def signature_algorithm(request: Any) -> str:
    """The algorithm of its signature: "SM2-with-SM3"."""
    return asn1.algorithm(lib.X509_REQ_get_signature_nid(request))


def verifies(request: Any) -> bool:
    """Whether its own key signed it; an SM2 key with the ID 1234567812345678."""
    key = _key(request)
    answer: bool = key != ffi.NULL and lib.X509_REQ_verify(request, key) == 1
    errors.clear()
    return answer


def text(request: Any) -> str:
    """It in words, as ``openssl req -text -noout`` prints it."""
    return asn1.printed(
        lambda bio: lib.X509_REQ_print_ex(bio, request, x509_names.TEXT_FLAGS, 0),
        "could not print the certificate request",
    )


def _key(request: Any) -> Any:
    return lib.X509_PUBKEY_get0(lib.X509_REQ_get_X509_PUBKEY(request))
