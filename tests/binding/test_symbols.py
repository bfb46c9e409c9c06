"""The extension as a file: what it shows, what it wants, what it is linked with."""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path

import abi3info
import pytest
from abi3info.models import PyVersion, Symbol
from fresh import run_python

from tongsuo_py import _tongsuo

EXTENSION = Path(_tongsuo.__file__)
# The C runtime's own; the loader does without them.
OPTIONAL = {"__gmon_start__", "_ITM_registerTMCloneTable", "_ITM_deregisterTMCloneTable"}


def tool(*command: str) -> str:
    return subprocess.run(
        [*command, str(EXTENSION)], check=True, capture_output=True, text=True, env={"LC_ALL": "C"}
    ).stdout


def dynamic(tag: str) -> list[str]:
    """The values of one tag of the dynamic section."""
    return re.findall(rf"\({tag}\)\s+(.*)", tool("readelf", "-dW"))


@pytest.fixture(scope="module")
def wanted() -> set[str]:
    """The names of the undefined symbols, without their versions."""
    names = {
        line.split()[-1].partition("@")[0]
        for line in tool("nm", "-D", "--undefined-only").splitlines()
    }
    assert "PyErr_Occurred" in names
    return names - OPTIONAL


def is_python(name: str) -> bool:
    return name.startswith(("Py", "_Py"))


def test_it_is_for_every_python() -> None:
    assert EXTENSION.name == "_tongsuo.abi3.so"


def test_it_shows_its_init_function_alone() -> None:
    (line,) = tool("nm", "-D", "--defined-only").splitlines()
    assert line.split()[1:] == ["T", "PyInit__tongsuo"]


def test_of_python_it_wants_the_stable_abi_of_3_11(wanted: set[str]) -> None:
    stable = abi3info.FUNCTIONS | abi3info.DATAS
    for name in filter(is_python, wanted):
        entry = stable.get(Symbol(name))
        assert entry is not None, f"{name} is not in the stable ABI"
        assert entry.added <= PyVersion(3, 11), f"{name} came with {entry.added}"


def test_everything_else_comes_from_the_c_library(wanted: set[str]) -> None:
    libraries = [ctypes.CDLL(name) for name in needed()]
    missing = [
        name
        for name in wanted
        if not is_python(name) and not any(hasattr(library, name) for library in libraries)
    ]
    assert missing == []


def needed() -> list[str]:
    return [re.findall(r"\[(.*)\]", value)[0] for value in dynamic("NEEDED")]


def test_it_is_linked_with_the_c_library_alone() -> None:
    assert needed()
    for name in needed():
        assert re.match(r"(libc|libm|libdl|libpthread|ld-linux.*|libc\.musl-.*)\.so", name), name


def test_it_takes_libraries_from_no_folder_of_its_own() -> None:
    assert dynamic("RPATH") + dynamic("RUNPATH") == []


def test_it_is_hardened() -> None:
    segments = tool("readelf", "-lW")
    assert re.search(r"^\s*GNU_RELRO\s", segments, re.MULTILINE)
    assert any("NOW" in flags for flags in dynamic("FLAGS_1"))
    (stack,) = re.findall(r"^\s*GNU_STACK\s+(?:0x\w+\s+){5}(\w+)", segments, re.MULTILINE)
    assert stack == "RW"
    writable_code = re.findall(r"^\s*LOAD\s.*\sRWE\s", segments, re.MULTILINE)
    assert writable_code == []
    assert dynamic("TEXTREL") == []


def test_it_has_no_debug_information() -> None:
    assert ".debug_" not in tool("readelf", "-SW")


def test_loaded_for_all_to_see_it_still_shows_nothing() -> None:
    """Even where a program asks for RTLD_GLOBAL, as some that embed Python do."""
    assert (
        run_python(
            """
import ctypes, os, sys
sys.setdlopenflags(os.RTLD_NOW | os.RTLD_GLOBAL)
from tongsuo_py._binding import lib
everything = ctypes.CDLL(None)
assert hasattr(everything, "PyInit__tongsuo")
for name in ("SSL_is_ntls", "NTLS_client_method", "EVP_sm3", "tspy_conn_new"):
    assert not hasattr(everything, name), name
print("ok")
"""
        )
        == "ok\n"
    )
