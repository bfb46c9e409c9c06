"""tongsuo/build.py: what it needs and does not find is one line."""

from __future__ import annotations

import os
import re
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from miniature import ROOT, SCRIPT, Mini


def without(folder: Path, *names: str) -> str:
    """A PATH that has all programs but these."""
    folder.mkdir()
    for directory in os.get_exec_path():
        for program in Path(directory).glob("*"):
            link = folder / program.name
            if program.name not in names and not os.path.lexists(link):
                link.symlink_to(program)
    return str(folder)


MANAGERS = ("apt install", "dnf install", "apk add", "brew install")


@pytest.mark.parametrize(
    ("tool", "programs", "packages"),
    [
        ("perl", ["perl"], ["perl"] * 4),
        ("make", ["make", "gmake"], ["make"] * 4),
        (
            "C compiler",
            ["cc", "gcc", "clang"],
            ["gcc libc6-dev", "gcc", "gcc musl-dev linux-headers", "gcc"],
        ),
        ("cargo", ["cargo"], ["cargo", "cargo", "cargo", "rust"]),
    ],
)
def test_a_missing_tool(mini: Mini, tool: str, programs: list[str], packages: list[str]) -> None:
    line = mini.refused(PATH=without(mini.folder / "bin", *programs), TONGSUO_SRC="")
    assert line.startswith(f"not found: {tool}; run ")
    for manager, package in zip(MANAGERS, packages, strict=True):
        assert f"`{manager} {package}`" in line
    assert ("cargo-web" in line) == (tool == "cargo")
    assert not mini.cache.exists()


def test_all_that_is_missing_is_said_at_once(mini: Mini) -> None:
    path = without(mini.folder / "bin", "perl", "make", "gmake", "cc", "gcc", "clang")
    line = mini.refused(PATH=path)
    assert line.startswith("not found: perl, make, C compiler; run ")
    assert "`apt install perl make gcc libc6-dev`" in line


def test_cargo_is_not_needed_for_a_source_tree(mini: Mini) -> None:
    mini.build(PATH=without(mini.folder / "bin", "cargo"))


def test_nothing_but_the_compiler_is_needed_for_what_is_built(mini: Mini) -> None:
    prefix = mini.build()
    path = without(mini.folder / "bin", "cargo", "perl", "make", "gmake")
    result = mini.run(PATH=path)
    assert (result.stdout, result.stderr) == (f"{prefix}\n", "")


def put_program(folder: Path, name: str, text: str) -> str:
    """A PATH with this shell script in front."""
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def test_an_old_cargo(mini: Mini) -> None:
    path = put_program(mini.folder / "bin", "cargo", "echo 'cargo 1.65.0 (4bc8f24d3 2022-10-20)'")
    line = mini.refused(PATH=path, TONGSUO_SRC="")
    assert line.startswith("cargo 1.65.0 (4bc8f24d3 2022-10-20) is too old, 1.68 is needed: run ")
    assert "cargo-web" in line


def test_a_cargo_that_does_not_run(mini: Mini) -> None:
    path = put_program(mini.folder / "bin", "cargo", "echo 'error: no toolchain' >&2; exit 1")
    line = mini.refused(PATH=path, TONGSUO_SRC="")
    assert line == "`cargo --version` failed: error: no toolchain"


@pytest.fixture
def crate() -> Path:
    """The archive of the crate, as cargo keeps it: the build of Tongsuo left it there."""
    home = Path(os.environ.get("CARGO_HOME") or Path.home() / ".cargo")
    found = [*home.glob("registry/cache/*/tongsuo-src-850.1.1+8.5.0.crate")]
    if not found:
        pytest.skip("Tongsuo was not fetched by this user")
    return found[0]


def cargo_before_the_edition(mini: Mini, archive: bytes) -> dict[str, str]:
    """As cargo 1.75 does: it downloads the crate, and fails when it reads its manifest."""
    kept = mini.folder / "crate"
    kept.write_bytes(archive)
    path = put_program(
        mini.folder / "bin",
        "cargo",
        f"""if [ "$1" = --version ]; then echo 'cargo 1.75.0'; exit; fi
        mkdir -p "$CARGO_HOME/registry/cache/index"
        cp '{kept}' "$CARGO_HOME/registry/cache/index/tongsuo-src-850.1.1+8.5.0.crate"
        echo 'error: feature `edition2024` is required' >&2
        exit 101""",
    )
    return {"PATH": path, "CARGO_HOME": str(mini.folder / "cargo"), "TONGSUO_SRC": ""}


def test_a_cargo_that_cannot_read_the_manifest(mini: Mini, crate: Path) -> None:
    """What it has downloaded is taken; that it is Tongsuo is seen before it is configured."""
    env = cargo_before_the_edition(mini, crate.read_bytes())
    perl = f'''case "$*" in *Configure*) echo not today >&2; exit 1; esac
        exec {shutil.which("perl")} "$@"'''
    path = put_program(mini.folder / "perl", "perl", perl).split(os.pathsep)[0]
    result = mini.run(**env | {"PATH": f"{path}{os.pathsep}{env['PATH']}"})
    assert result.returncode == 1
    fetch, configure, *said = result.stderr.splitlines()
    assert fetch == "tongsuo: fetch     tongsuo-src 850.1.1+8.5.0 with cargo"
    assert configure == "tongsuo: configure Tongsuo 8.5.0"
    assert "not today" in "".join(said)


def test_a_crate_that_is_not_the_pinned_one(mini: Mini, crate: Path) -> None:
    result = mini.run(**cargo_before_the_edition(mini, crate.read_bytes()[:-1] + b"x"))
    assert result.returncode == 1
    assert "8.5.0: feature `edition2024` is required (" in result.stderr.splitlines()[-1]


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        yield listener.getsockname()[1]


@pytest.mark.skipif(shutil.which("cargo") is None, reason="needs cargo")
def test_a_registry_that_cannot_be_reached(mini: Mini, closed_port: int) -> None:
    cargo_home = mini.folder / "cargo"
    cargo_home.mkdir()
    config = f"""
        [source.crates-io]
        replace-with = "nowhere"
        [source.nowhere]
        registry = "sparse+http://127.0.0.1:{closed_port}/"
        """
    (cargo_home / "config.toml").write_text(dedent(config))
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY"), "")
    result = mini.run(
        TONGSUO_SRC="", CARGO_HOME=str(cargo_home), CARGO_NET_RETRY="0", NO_PROXY="*", **proxies
    )
    assert result.returncode == 1
    assert result.stdout == ""
    progress, line = result.stderr.splitlines()
    assert progress == "tongsuo: fetch     tongsuo-src 850.1.1+8.5.0 with cargo"
    assert line.startswith("tongsuo/build.py: cargo could not fetch tongsuo-src 850.1.1+8.5.0: ")
    assert "127.0.0.1" in line
    assert "TONGSUO_SRC" in line
    log = Path(line.rpartition("the whole output is in ")[2])
    assert "Caused by:" in log.read_text()
    mini.assert_only(log)


def test_a_perl_without_its_modules(mini: Mini) -> None:
    broken = mini.folder / "perl"
    (broken / "IPC").mkdir(parents=True)
    for module in ("FindBin.pm", "IPC/Cmd.pm"):
        (broken / module).write_text("die 'not installed';")
    line = mini.refused(PERL5LIB=str(broken))
    assert line.startswith("perl lacks modules (FindBin, IPC::Cmd): run `apt install perl`, ")


def test_a_compiler_without_headers(mini: Mini) -> None:
    line = mini.refused(CC="cc -nostdinc")
    assert line.startswith("the C compiler cc -nostdinc does not work (")
    assert "stdlib.h" in line
    assert "libc6-dev" in line


def test_a_compiler_that_is_not_there(mini: Mini) -> None:
    assert mini.refused(CC="no-such-cc").startswith("CC=no-such-cc not found: run `apt install gcc")
    assert "cannot be taken apart" in mini.refused(CC="cc 'unfinished")


@pytest.mark.parametrize("way", ["--version", "TONGSUO_VERSION"])
def test_an_unknown_version(mini: Mini, way: str) -> None:
    message = "Tongsuo 9.0.0 is not known here; known are 8.5.0, 8.4.0"
    if way == "--version":
        assert mini.refused("--version", "9.0.0") == message
    else:
        assert mini.refused(TONGSUO_VERSION="9.0.0") == message


def test_a_source_tree_of_another_version_than_asked_for(mini: Mini) -> None:
    assert mini.refused("--version", "8.4.0").endswith("is Tongsuo 8.5.0, but 8.4.0 is asked for")
    old = mini.plant(mini.folder / "old", "8.3.1")
    assert "Tongsuo 8.3.1, which is not known" in mini.refused(TONGSUO_SRC=str(old))


def test_a_source_tree_that_is_none(mini: Mini) -> None:
    assert "does not exist" in mini.refused(TONGSUO_SRC="/nowhere/source")
    assert "no source of Tongsuo" in mini.refused(TONGSUO_SRC=str(ROOT))
    (mini.tree / "VERSION.dat").write_text("MAJOR=3\nMINOR=5\nPATCH=4\n")  # OpenSSL's
    assert "no source of Tongsuo" in mini.refused()


def test_a_source_tree_that_was_configured_in_place(mini: Mini) -> None:
    (mini.tree / "configdata.pm").touch()
    assert "make distclean" in mini.refused()


@pytest.mark.parametrize("jobs", ["0", "-3"])
def test_a_senseless_number_of_jobs(mini: Mini, jobs: str) -> None:
    assert mini.refused("--jobs", jobs) == f"--jobs has to be at least 1, not {jobs}"


def test_a_cache_that_cannot_be_written(mini: Mini) -> None:
    occupied = mini.folder / "occupied"
    occupied.touch()
    line = mini.refused(XDG_CACHE_HOME=str(occupied))
    assert line == f"cannot use {occupied}/tongsuo-py: Not a directory"


@pytest.mark.parametrize("name", ["with space", "dollar$", "colon:", "quote'"])
def test_a_path_that_makefiles_cannot_cope_with(mini: Mini, name: str) -> None:
    line = mini.refused(XDG_CACHE_HOME=str(mini.folder / name))
    assert "cannot cope with the path" in line
    assert line.endswith("XDG_CACHE_HOME")
    assert mini.refused("--prefix", str(mini.folder / name)).endswith("--prefix")


def test_a_source_tree_may_have_any_path(mini: Mini) -> None:
    tree = mini.folder / "my $source: tree's"
    mini.tree.rename(tree)
    mini.build(TONGSUO_SRC=str(tree))


def test_a_full_disk_while_copying(mini: Mini) -> None:
    # A limit on the size of a file fails where a full disk would, with another errno.
    (mini.tree / "large").write_bytes(bytes(200_000))
    result = subprocess.run(
        [sys.executable, str(SCRIPT)],
        capture_output=True,
        text=True,
        env=mini.env,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)),
    )
    assert result.returncode == 1
    [line] = [line for line in result.stderr.splitlines() if not line.startswith("tongsuo: ")]
    assert re.fullmatch(r"tongsuo/build.py: cannot write .*/src/large: .*File too large.*", line)
    assert mini.leftovers() == []
    assert mini.prefixes() == []
    mini.build()
