"""Declares the extension module ``tongsuo_py._tongsuo`` to CFFI; setup.py hooks it in.

The declarations are in include/, one file for each OpenSSL header, and native/transport.h. The
Tongsuo to link with is found, and built where need be, by tongsuo/build.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # a PEP 517 front end need not have put us there

from tongsuo.build import find_prefix, library_dir  # noqa: E402

# In the order in which they build on each other.
HEADERS = (
    "include/crypto.h",
    "include/err.h",
    "include/objects.h",
    "include/bio.h",
    "include/bn.h",
    "include/rand.h",
    "include/params.h",
    "include/ec.h",
    "include/evp.h",
    "include/asn1.h",
    "include/x509.h",
    "include/pem.h",
    "include/pkcs12.h",
    "include/x509v3.h",
    "include/x509_vfy.h",
    "include/ssl.h",
    "native/transport.h",
    "include/callbacks.h",
)

# Nothing of the library may be visible outside: the process may hold another OpenSSL as well.
HIDE = (
    ["-Wl,-dead_strip"]
    if sys.platform == "darwin"
    else ["-Wl,--exclude-libs,ALL", "-Wl,--gc-sections", "-Wl,-z,relro", "-Wl,-z,now"]
)


def make_ffi() -> FFI:
    prefix = find_prefix()
    libraries = library_dir(prefix)
    ffi = FFI()
    for header in HEADERS:
        ffi.cdef((ROOT / header).read_text(encoding="utf-8"))
    ffi.set_source(
        "tongsuo_py._tongsuo",
        '#include "compat.h"\n#include "transport.h"\n',
        sources=["native/transport.c"],
        depends=[*HEADERS, "native/compat.h"],
        include_dirs=["native", str(prefix / "include")],
        # By path, so that no other libssl on the linker's search path can be taken instead.
        extra_objects=[str(libraries / "libssl.a"), str(libraries / "libcrypto.a")],
        extra_compile_args=["-fvisibility=hidden", "-ffunction-sections", "-std=gnu11"],
        extra_link_args=[*HIDE, "-pthread", *([] if sys.platform == "darwin" else ["-ldl"])],
        define_macros=[("Py_LIMITED_API", "0x030b0000")],
        py_limited_api=True,
    )
    return ffi


ffibuilder = make_ffi()
