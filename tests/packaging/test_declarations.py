"""The declarations in include/ against the library's own headers, word for word, of each version.

CFFI's generated code would convert a wrong integer type in silence; the C compiler, shown both
declarations of one function, does not.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from tree import ROOT

FUNCTION = re.compile(r"^(?!typedef)[A-Za-z][^;{}=#]*?\b(\w+)\(.*?\);", re.MULTILINE | re.DOTALL)
STRUCTURE = re.compile(
    r"^(?:typedef )?(?:struct|enum) ?\w* ?\{.*?\n\}.*?;", re.MULTILINE | re.DOTALL
)
# What tests see more with, and the library has no use for.
ONLY_FOR_TESTS = {
    "BIO_read",
    "BIO_write",
    "BN_num_bits",
    "EVP_Digest",
    "EVP_DigestSign",
    "EVP_DigestVerify",
    "EVP_DigestVerifyInit",
    "EVP_PKEY_new",
    "EVP_RAND_CTX_free",
    "EVP_RAND_CTX_get_params",
    "EVP_RAND_CTX_new",
    "EVP_RAND_CTX_set_params",
    "EVP_RAND_fetch",
    "EVP_RAND_free",
    "EVP_RAND_generate",
    "EVP_RAND_instantiate",
    "i2d_PUBKEY",
}
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@pytest.fixture(params=["8.5.0", "8.4.0"])
def headers(request: pytest.FixtureRequest, prefix: Path, older_prefix: Path) -> Path:
    return {"8.5.0": prefix, "8.4.0": older_prefix}[request.param] / "include"


def compiler(headers: Path, *options: str) -> list[str]:
    command = shlex.split(os.environ.get("CC", "cc"))
    return [
        *command,
        "-std=gnu11",
        "-fsyntax-only",
        f"-I{headers}",
        f"-I{ROOT / 'native'}",
        *options,
    ]


def declarations() -> dict[str, str]:
    """Each function that include/ declares, with its declaration."""
    found = {}
    for path in sorted((ROOT / "include").glob("*.h")):
        if path.name == "callbacks.h":
            continue
        text = STRUCTURE.sub("", COMMENT.sub("", path.read_text()))
        found |= {match[1]: match[0] for match in FUNCTION.finditer(text)}
    return found


def checked(functions: dict[str, str], headers: Path) -> list[str]:
    """What the compiler has against these declarations.

    What the library has as a macro has no type to compare with, and is left out.
    """
    code = '#include "compat.h"\n' + "".join(
        f"#ifndef {name}\n{text}\n#endif\n" for name, text in functions.items()
    )
    result = subprocess.run(
        [*compiler(headers, "-x", "c", "-")], input=code, capture_output=True, text=True
    )
    return [line for line in result.stderr.splitlines() if "error:" in line]


def test_declarations_are_the_librarys(headers: Path) -> None:
    functions = declarations()
    assert len(functions) >= 300  # the pattern finds them
    assert checked(functions, headers) == []


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("BN_num_bits", "long BN_num_bits(const BIGNUM *a);"),
        ("BN_bin2bn", "BIGNUM *BN_bin2bn(const unsigned char *s, size_t len, BIGNUM *ret);"),
        ("SSL_get_version", "char *SSL_get_version(const SSL *s);"),
        ("X509_get_version", "int X509_get_version(const X509 *x);"),
    ],
)
def test_a_difference_would_be_seen(name: str, wrong: str, headers: Path) -> None:
    assert name in declarations()
    (error,) = checked({name: wrong}, headers)
    assert f"conflicting types for ‘{name}’" in error or name in error


def test_every_declared_function_is_one(headers: Path) -> None:
    """Also those that are macros: with their own name as an argument they must compile."""
    code = '#include "compat.h"\n' + "".join(
        f"#ifndef {name}\nvoid *use_{name}(void) {{ return (void *){name}; }}\n#endif\n"
        for name in declarations()
    )
    options = ("-Werror=implicit-function-declaration", "-x", "c", "-")
    result = subprocess.run(compiler(headers, *options), input=code, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_every_declared_function_is_used() -> None:
    sources = sorted((ROOT / "tongsuo_py").rglob("*.py"))
    words = set(re.findall(r"\w+", "".join(path.read_text() for path in sources)))
    unused = declarations().keys() - words - ONLY_FOR_TESTS
    assert {name for name in unused if not name.startswith("SSL_CTX_sess_")} == set()
    assert words.isdisjoint(ONLY_FOR_TESTS)


@pytest.mark.parametrize("source", sorted(path.name for path in (ROOT / "native").glob("*.c")))
def test_our_own_c_has_no_warnings(source: str, headers: Path) -> None:
    strict = ("-Wall", "-Wextra", "-Wshadow", "-Wstrict-prototypes", "-Wvla", "-Werror")
    command = compiler(headers, *strict, str(ROOT / "native" / source))
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
