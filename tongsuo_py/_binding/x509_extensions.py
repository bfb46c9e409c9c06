"""Extensions of certificates, requests and revocation lists: their contents, and new ones.

``extensions`` is an ``X509_EXTENSIONS *``, NULL where there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongsuo_py._binding import asn1, errors, x509_names
from tongsuo_py._binding.handles import (
    own_access_descriptions,
    own_crl_distribution_points,
    own_extension,
    own_general_names,
)
from tongsuo_py._binding.library import ffi, lib


def content(extensions: Any, nid: int, kind: str, own: Callable[..., Any]) -> Any:
    """The extension's content; None where it is missing, doubled or malformed."""
    pointer = lib.X509V3_get_d2i(extensions, nid, ffi.NULL, ffi.NULL)
    errors.clear()
    return None if pointer == ffi.NULL else own(ffi.cast(kind, pointer), "the extension")


def subject_alternative_names(extensions: Any) -> tuple[tuple[str, Any], ...] | None:
    """The subject alternative names, as the standard library has them.

    None without a readable extension of this kind.
    """
    names = content(extensions, lib.NID_subject_alt_name, "GENERAL_NAMES *", own_general_names)
    if names is None:
        return None
    return tuple(x509_names.general_name(name) for name in x509_names.general_names(names))


def access_uris(extensions: Any, method: int) -> tuple[str, ...]:
    """The URIs of one access method (RFC 5280, 4.2.2.1)."""
    descriptions = content(
        extensions, lib.NID_info_access, "AUTHORITY_INFO_ACCESS *", own_access_descriptions
    )
    if descriptions is None:
        return ()
    found = []
    for index in range(lib.sk_ACCESS_DESCRIPTION_num(descriptions)):
        description = lib.sk_ACCESS_DESCRIPTION_value(descriptions, index)
        location = description.location
        if lib.OBJ_obj2nid(description.method) == method and location.type == lib.GEN_URI:
            found.append(asn1.string(location.d.uniformResourceIdentifier))
    return tuple(found)


def crl_uris(extensions: Any) -> tuple[str, ...]:
    """The URIs of the CRL distribution points (RFC 5280, 4.2.1.13)."""
    points = content(
        extensions,
        lib.NID_crl_distribution_points,
        "CRL_DIST_POINTS *",
        own_crl_distribution_points,
    )
    if points is None:
        return ()
    found = []
    for index in range(lib.sk_DIST_POINT_num(points)):
        place = lib.sk_DIST_POINT_value(points, index).distpoint
        # Type 1 is a name relative to the issuer's: it has no URI.
        if place == ffi.NULL or place.type != 0:
            continue
        for name in x509_names.general_names(place.name.fullname):
            if name.type == lib.GEN_URI:
                found.append(asn1.string(name.d.uniformResourceIdentifier))
    return tuple(found)


def new(
    nid: int,
    value: str,
    *,
    issuer: Any = ffi.NULL,
    subject: Any = ffi.NULL,
    request: Any = ffi.NULL,
    crl: Any = ffi.NULL,
) -> Any:
    """A handle on a new extension, from its text in the form of OpenSSL's x509v3_config.

    ``issuer`` (a certificate) is whose key identifier it takes; ``subject``, ``request`` or ``crl``
    is what it is for.
    """
    context = ffi.new("X509V3_CTX *")
    lib.X509V3_set_ctx(context, issuer, subject, request, crl, 0)
    pointer = lib.X509V3_EXT_nconf_nid(ffi.NULL, context, nid, value.encode("ascii"))
    return own_extension(pointer, "could not make an extension")
