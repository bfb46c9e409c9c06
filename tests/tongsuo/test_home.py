"""tongsuo/build.py: an installed Tongsuo, named by TONGSUO_HOME."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from miniature import Mini

from tongsuo import build


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    prefix = Mini(tmp_path_factory.mktemp("installed")).build()
    (prefix / "tongsuo-build.json").unlink()
    return prefix


@pytest.fixture
def home(mini: Mini, installed: Path) -> Path:
    """An installed prefix, as somebody else may have built it."""
    target = mini.folder / "installed"
    shutil.copytree(installed, target)
    del mini.env["TONGSUO_SRC"]
    mini.env["TONGSUO_HOME"] = str(target)
    return target


def set_version(home: Path, *numbers: int) -> None:
    names = ("MAJOR", "MINOR", "PATCH")
    lines = zip(names, numbers, strict=False)
    text = "".join(f"# define TONGSUO_VERSION_{name} {number}\n" for name, number in lines)
    header = home / "include" / "openssl" / "opensslv.h"
    header.write_text(text + '# define OPENSSL_VERSION_TEXT "OpenSSL 3.0.2 15 Mar 2022"\n')


@pytest.mark.parametrize("lib", ["lib", "lib64"])
def test_home_is_used_as_it_is(mini: Mini, home: Path, lib: str) -> None:
    (home / "lib").rename(home / lib)
    assert mini.build() == home
    assert build.library_dir(home) == home / lib
    assert mini.configured == []


def test_home_comes_before_a_source_tree(mini: Mini, home: Path) -> None:
    assert mini.build(TONGSUO_SRC=str(mini.tree), TONGSUO_VERSION="8.5.0") == home


def test_an_empty_variable_counts_as_unset(mini: Mini) -> None:
    mini.build(TONGSUO_HOME="", TONGSUO_VERSION="", CC="", CFLAGS="")


@pytest.mark.parametrize(
    ("variable", "words"),
    [
        ("TONGSUO_HOME", "an installed prefix (TONGSUO_HOME)"),
        ("TONGSUO_SRC", "a source tree (TONGSUO_SRC)"),
        (None, "the crate tongsuo-src"),
    ],
)
def test_origin_in_words(monkeypatch: pytest.MonkeyPatch, variable: str | None, words: str) -> None:
    for name in ("TONGSUO_HOME", "TONGSUO_SRC"):
        monkeypatch.setenv(name, "/somewhere" if name == variable else "")
    assert build.origin() == words


def test_a_later_patch_of_a_known_series_is_accepted(mini: Mini, home: Path) -> None:
    set_version(home, 8, 5, 3)
    assert mini.run().stdout == f"{home}\n"
    assert mini.run("--version", "8.5.0").stdout == f"{home}\n"


def test_a_home_that_is_not_there(mini: Mini) -> None:
    assert mini.refused(TONGSUO_HOME="/nowhere/tongsuo") == (
        "TONGSUO_HOME=/nowhere/tongsuo does not exist or is not a directory"
    )


@pytest.mark.parametrize("header", ["configuration.h", "opensslconf.h"])
def test_a_home_without_ntls(mini: Mini, home: Path, header: str) -> None:
    (home / "include" / "openssl" / "configuration.h").unlink()
    (home / "include" / "openssl" / header).write_text(
        "# ifndef OPENSSL_NO_NTLS\n#  define OPENSSL_NO_NTLS\n# endif\n"
    )
    assert mini.refused() == (
        f"TONGSUO_HOME={home} was built without NTLS (TLCP): configure it with enable-ntls"
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("include/openssl/opensslv.h", "include/openssl/opensslv.h is missing"),
        ("include/openssl/ssl.h", "include/openssl/ssl.h is missing"),
        ("lib/libssl.a", "no libssl.a and libcrypto.a in lib or lib64"),
        ("lib/libcrypto.a", "no libssl.a and libcrypto.a in lib or lib64"),
        ("bin/openssl", "the program bin/openssl is missing"),
    ],
)
def test_a_home_that_is_not_complete(mini: Mini, home: Path, file: str, message: str) -> None:
    (home / file).unlink()
    assert message in mini.refused()


def test_a_home_that_is_openssl(mini: Mini, home: Path) -> None:
    set_version(home)
    line = mini.refused()
    assert line == f"TONGSUO_HOME={home} is OpenSSL 3.0.2 15 Mar 2022, not Tongsuo"


def test_a_home_of_an_unknown_version(mini: Mini, home: Path) -> None:
    set_version(home, 8, 3, 3)
    assert mini.refused() == (
        f"TONGSUO_HOME={home} is Tongsuo 8.3.3, which is not known here; known are 8.5.x, 8.4.x"
    )


def test_a_home_of_another_version_than_asked_for(mini: Mini, home: Path) -> None:
    message = f"TONGSUO_HOME={home} is Tongsuo 8.5.0, but 8.4.0 is asked for"
    assert mini.refused("--version", "8.4.0") == message
    assert mini.refused(TONGSUO_VERSION="8.4.0") == message


def test_a_home_and_a_place_to_build_at(mini: Mini, home: Path) -> None:
    assert "unset one" in mini.refused("--prefix", str(mini.folder / "x"))
