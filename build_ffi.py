"""Declares the extension module ``tongsuo_py._tongsuo`` to CFFI, and how it is built.

The declarations are in include/, one file for each OpenSSL header, and in native/. The
Tongsuo to link with is found, and built where need be, by tongsuo/build.py; only when there is
something to compile, so that a source distribution or the metadata can be made without it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cffi import FFI
from setuptools import Extension
from setuptools.command.build_ext import build_ext

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))  # a PEP 517 front end need not have put us there

from tongsuo import accelerator  # noqa: E402
from tongsuo.build import BuildError, find_prefix, library_dir, origin  # noqa: E402

# In the order in which they build on each other.
HEADERS = (
    "include/crypto.h",
    "include/err.h",
    "include/objects.h",
    "include/bio.h",
    "include/bn.h",
    "include/ui.h",
    "include/params.h",
    "include/ec.h",
    "include/evp.h",
    "include/rand.h",
    "include/asn1.h",
    "include/x509.h",
    "include/pem.h",
    "include/pkcs12.h",
    "include/x509v3.h",
    "include/x509_vfy.h",
    "include/ssl.h",
    "native/tickets.h",
    "native/transport.h",
    "native/rfc8998.h",
    "native/keywrap.h",
    "native/oneshot.h",
    "native/drbg.h",
    "native/sm3_batch.h",
    "native/sm2_forms.h",
    "native/sm2_batch.h",
    "native/accel.h",
    "include/callbacks.h",
)
_NATIVE = [header for header in HEADERS if header.startswith("native/")]

COMPILE = [
    "-std=gnu11",
    "-fvisibility=hidden",
    "-ffunction-sections",
    # A declaration in include/ that is not what the library's header says must not pass.
    "-Werror=implicit-function-declaration",
    "-Werror=incompatible-pointer-types",
    "-Werror=int-conversion",
]

# Nothing of the library may be visible outside: the process may hold another OpenSSL as well.
LINK = (
    ["-Wl,-exported_symbol,_PyInit__tongsuo", "-Wl,-dead_strip", "-Wl,-S"]
    if sys.platform == "darwin"
    else [
        "-Wl,--exclude-libs,ALL",
        "-Wl,--gc-sections",
        "-Wl,-z,relro,-z,now,-z,noexecstack",
        "-Wl,--strip-debug",
        "-ldl",
    ]
)


def _accelerators() -> list[Path]:
    """What is compiled with Intel's library alone."""
    return list((ROOT / "native" / "accel").glob("*.c"))


def make_ffi() -> FFI:
    ffi = FFI()
    for header in HEADERS:
        ffi.cdef((ROOT / header).read_text(encoding="utf-8"))
    ffi.set_source(
        "tongsuo_py._tongsuo",
        "".join(f'#include "{header}"\n' for header in ("native/compat.h", *_NATIVE)),
        sources=["native/connection.c", "native/bio.c"]
        + [header.replace(".h", ".c") for header in _NATIVE],
        include_dirs=["."],
        extra_compile_args=COMPILE,
        extra_link_args=["-pthread", *LINK],
        define_macros=[("Py_LIMITED_API", "0x030b0000")],
        py_limited_api=True,
    )
    return ffi


class BuildExtension(build_ext):
    """Builds the extension against the Tongsuo that tongsuo/build.py finds."""

    def finalize_options(self) -> None:
        super().finalize_options()
        # Times cannot tell that another Tongsuo was chosen, or that it was built anew.
        self.force = True

    def pre_run(self, ext: Extension, ffi: FFI) -> None:
        """Add what depends on Tongsuo and on the place of the build; CFFI calls this first."""
        try:
            prefix = find_prefix()
            libraries = library_dir(prefix)
            accelerates = accelerator.find()
        except BuildError as error:
            raise SystemExit(f"tongsuo-py cannot be built: {error}") from None
        ext.include_dirs.append(str(prefix / "include"))
        ext.define_macros.append(("TSPY_TONGSUO_ORIGIN", f'"{origin()}"'))
        ext.define_macros.append(("TSPY_HAS_ACCEL", str(int(accelerates is not None))))
        if accelerates is not None:
            ext.sources += sorted(path.relative_to(ROOT).as_posix() for path in _accelerators())
            ext.include_dirs += map(str, accelerates.includes)
        # By path, so that no other libssl on the linker's search path can be taken instead.
        linked = [libraries / "libssl.a", libraries / "libcrypto.a"]
        if accelerates is not None:
            linked[1:1] = accelerates.libraries  # of which one needs libcrypto
        ext.extra_objects += map(str, linked)
        # OpenSSL's macros pass __FILE__ on, and pip builds in a folder with a random name.
        ext.extra_compile_args.append(f"-ffile-prefix-map={self.build_temp}=build")

    def build_extensions(self) -> None:
        # Some interpreters hand on a run path with the folder that they were built for.
        self.compiler.linker_so = [
            argument
            for argument in self.compiler.linker_so
            if not argument.startswith(("-Wl,-rpath", "-Wl,-R"))
        ]
        super().build_extensions()
