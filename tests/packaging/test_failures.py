"""What keeps the extension from being built is said in one line, the last of the build's output."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tree import copy_tree, environment, run

# One worker has the virtual environment in which all this is built.
pytestmark = pytest.mark.xdist_group("venv")

# What pip shows of the output of a build that failed.
OUTPUT = re.compile(r"╰─> \[\d+ lines? of output\]\n(.*?)\n\s*\[end of output\]", re.DOTALL)


def without_ntls(folder: Path, prefix: Path) -> Path:
    """An installed Tongsuo that was configured without TLCP."""
    shutil.copytree(prefix / "include", folder / "include")
    for name in ("bin", "lib"):
        (folder / name).symlink_to(prefix / name)
    for name in ("configuration.h", "opensslconf.h"):
        path = folder / "include" / "openssl" / name
        if path.exists():
            path.write_text(path.read_text() + "\n#define OPENSSL_NO_NTLS\n")
    return folder


def another_openssl(folder: Path, prefix: Path) -> Path:
    """An installed OpenSSL: as ours, but without Tongsuo's version."""
    shutil.copytree(prefix / "include", folder / "include")
    header = folder / "include" / "openssl" / "opensslv.h"
    header.write_text(header.read_text().replace("TONGSUO_VERSION", "SOME_OTHER"))
    return folder


def other_library(folder: Path, content: bytes | None) -> dict[str, str]:
    """Where Python finds a package of Intel's that has this for its library, or nothing."""
    about = folder / "ipp_crypto_static-2026.2.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: ipp-crypto-static\nVersion: 1\n")
    libraries = ("lib/libippcp.a", "lib/libcrypto_mb.a") if content else ()
    (about / "RECORD").write_text("".join(f"{name},,\n" for name in libraries))
    (folder / "lib").mkdir()
    for name in libraries:
        (folder / name).write_bytes(content or b"")
    return {"PYTHONPATH": str(folder)}


CASES: dict[str, tuple[Callable[[Path, Path], dict[str, str]], str]] = {
    "no such prefix": (
        lambda tmp, prefix: {"TONGSUO_HOME": "/nonexistent"},
        "TONGSUO_HOME=/nonexistent does not exist or is not a directory",
    ),
    "no prefix": (
        lambda tmp, prefix: {"TONGSUO_HOME": str(tmp)},
        r"TONGSUO_HOME=\S+ is no installed Tongsuo: .* is missing",
    ),
    "no NTLS": (
        lambda tmp, prefix: {"TONGSUO_HOME": str(without_ntls(tmp / "home", prefix))},
        r"TONGSUO_HOME=\S+ was built without NTLS \(TLCP\): configure it with enable-ntls",
    ),
    "another OpenSSL": (
        lambda tmp, prefix: {"TONGSUO_HOME": str(another_openssl(tmp / "home", prefix))},
        r"TONGSUO_HOME=\S+ is OpenSSL 3\S+ .*, not Tongsuo",
    ),
    "unknown version": (
        lambda tmp, prefix: {"TONGSUO_VERSION": "9.9.9"},
        "Tongsuo 9.9.9 is not known here; known are 8.5.0, 8.4.0",
    ),
    "another version": (
        lambda tmp, prefix: {"TONGSUO_VERSION": "8.4.0", "TONGSUO_HOME": str(prefix)},
        r"TONGSUO_HOME=\S+ is Tongsuo 8.5.0, but 8.4.0 is asked for",
    ),
    "no source": (
        lambda tmp, prefix: {"TONGSUO_SRC": str(tmp)},
        r"TONGSUO_SRC=\S+ is no source of Tongsuo \(see VERSION.dat and Configure\)",
    ),
    "no library of Intel's": (
        lambda tmp, prefix: {"TONGSUO_HOME": str(prefix)} | other_library(tmp, None),
        "the package ipp-crypto-static has no libippcp.a; reinstall it: pip install ipp-crypto.*",
    ),
    "another library of Intel's": (
        lambda tmp, prefix: {"TONGSUO_HOME": str(prefix)} | other_library(tmp, b"!<arch>"),
        r"\S+/libippcp.a is not the libippcp.a of version \S+ that tongsuo-py was made for; .*",
    ),
    "no compiler": (
        lambda tmp, prefix: {"CC": "no-such-cc", "XDG_CACHE_HOME": str(tmp)},
        "CC=no-such-cc not found: .*apt install gcc.*",
    ),
}


@pytest.mark.parametrize(("settings", "wanted"), CASES.values(), ids=CASES)
def test_one_clear_line(
    settings: Callable[[Path, Path], dict[str, str]],
    wanted: str,
    prefix: Path,
    tmp_path: Path,
) -> None:
    tree = copy_tree(tmp_path / "tree")
    env = environment(**settings(tmp_path, prefix))
    result = run(sys.executable, "setup.py", "build_ext", env=env, cwd=tree)
    assert result.returncode == 1
    last = result.stdout.splitlines()[-1]
    assert re.fullmatch(f"tongsuo-py cannot be built: {wanted}", last), last
    assert "Traceback" not in result.stdout


@pytest.mark.parametrize("command", ["wheel", "install", "install -e"])
def test_pip_shows_it_last(command: str, venv: Path, tmp_path: Path) -> None:
    tree = copy_tree(tmp_path / "tree")
    pip = ("-m", "pip", "--python", venv, *command.split()[:1], "--no-build-isolation", "--no-deps")
    env = environment(TONGSUO_HOME="/nonexistent")
    result = run(sys.executable, *pip, *command.split()[1:], tree, env=env, cwd=tmp_path)
    assert result.returncode == 1
    said = OUTPUT.search(result.stdout)
    assert said is not None, result.stdout
    assert said[1].splitlines()[-1].strip() == (
        "tongsuo-py cannot be built: TONGSUO_HOME=/nonexistent does not exist or is not a directory"
    )
    assert "Traceback" not in result.stdout


def test_a_declaration_that_contradicts_the_library(prefix: Path, tmp_path: Path) -> None:
    """The build ends: what CFFI would pass is not what the function takes."""
    tree = copy_tree(tmp_path / "tree")
    header = tree / "include" / "bn.h"
    text = header.read_text()
    assert "int BN_num_bits(const BIGNUM *a);" in text
    for wrong, reason in (
        ("int BN_num_bits(const BIO *a);", "incompatible"),
        ("int BN_num_bits_of_it(const BIGNUM *a);", "implicit"),
        ("int BN_num_bits(int a);", "integer"),
    ):
        header.write_text(text.replace("int BN_num_bits(const BIGNUM *a);", wrong))
        env = environment(TONGSUO_HOME=str(prefix), CFLAGS="-O0 -fsyntax-only")
        result = run(sys.executable, "setup.py", "build_ext", env=env, cwd=tree)
        assert result.returncode == 1
        assert re.search(rf"error: .*{reason}.*", result.stdout), result.stdout
