"""What a context trusts: certificates from files, directories, data and the system's store."""

from __future__ import annotations

import os
import ssl as _stdlib
from typing import TYPE_CHECKING, Any

from tongsuo_py._binding import errors, lib, pem
from tongsuo_py._binding.handles import share_x509
from tongsuo_py.exceptions import FormatError
from tongsuo_py.ssl._credentials import StrPath, filesystem_path
from tongsuo_py.ssl._errors import check, from_queue, ssl_error
from tongsuo_py.ssl._suites import stack

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def load_file(ctx: Any, cafile: StrPath) -> None:
    """Trust the certificates, and use the CRLs, in a PEM file."""
    name = filesystem_path(cafile, "cafile")
    with open(name, "rb"):
        pass  # for an OSError that names the file
    if lib.X509_STORE_load_file(_store(ctx), os.fsencode(name)) != 1:
        raise from_queue(hint=f"no certificate could be read from {os.fsdecode(name)}")


def load_directory(ctx: Any, capath: StrPath) -> None:
    """Trust the certificates in a directory of hashed names, read as they are needed."""
    name = filesystem_path(capath, "capath")
    check(lib.X509_STORE_load_path(_store(ctx), os.fsencode(name)))


def load_data(ctx: Any, cadata: str | ReadableBuffer) -> None:
    """Trust the certificates in PEM text or in the bytes of DER ones, all or none."""
    for certificate in _parsed(cadata):
        check(lib.X509_STORE_add_cert(_store(ctx), certificate))


def load_system(ctx: Any) -> None:
    """Trust what the standard library finds the system to trust, SSL_CERT_FILE/_DIR included."""
    paths = _stdlib.get_default_verify_paths()
    if paths.cafile is not None:
        lib.X509_STORE_load_file(_store(ctx), os.fsencode(paths.cafile))
    if paths.capath is not None:
        lib.X509_STORE_load_path(_store(ctx), os.fsencode(paths.capath))
    errors.clear()  # an unreadable store is no trust, not an error, as in the standard library


def certificates(ctx: Any) -> list[Any]:
    """Handles on the certificates that were loaded so far."""
    return [
        share_x509(lib.X509_OBJECT_get0_X509(entry), "")
        for entry in _objects(ctx)
        if lib.X509_OBJECT_get_type(entry) == lib.X509_LU_X509
    ]


def authorities(ctx: Any) -> list[Any]:
    """Of ``certificates`` those of certificate authorities, old ones without extensions too."""
    return [certificate for certificate in certificates(ctx) if lib.X509_check_ca(certificate)]


def revocation_lists(ctx: Any) -> int:
    """How many CRLs were loaded so far."""
    return sum(lib.X509_OBJECT_get_type(entry) == lib.X509_LU_CRL for entry in _objects(ctx))


def _store(ctx: Any) -> Any:
    return lib.SSL_CTX_get_cert_store(ctx)


def _objects(ctx: Any) -> list[Any]:
    objects = lib.X509_STORE_get0_objects(_store(ctx))
    return stack(objects, lib.sk_X509_OBJECT_num, lib.sk_X509_OBJECT_value)


def _parsed(cadata: str | ReadableBuffer) -> list[Any]:
    try:
        data = cadata.encode("ascii") if isinstance(cadata, str) else memoryview(cadata)
    except (TypeError, UnicodeError):
        wanted = "cadata should be an ASCII string or a bytes-like object"
        raise TypeError(wanted) from None
    try:
        if isinstance(cadata, str):
            return pem.certificates_from_pem(data)
        return pem.certificates_from_der(data)
    except FormatError as error:
        found = "no start line" if isinstance(cadata, str) else "not enough data"
        message = f"{found}: cadata does not contain a certificate"
        raise ssl_error(message, error.errors) from error
