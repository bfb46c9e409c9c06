"""tongsuo/build.py: building, caching, installing, its progress, and what it says on failure."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from miniature import CONFIGURE, OBJECTS, SCRIPT, Mini, openssl

from tongsuo import build, tools


def test_a_build_gives_a_complete_prefix_and_nothing_else(mini: Mini) -> None:
    result = mini.run()
    assert result.returncode == 0, result.stderr
    prefix = Path(result.stdout.strip())
    assert prefix.parent == mini.cache
    assert openssl(prefix, "version").splitlines() == ["Tongsuo 8.5.0", str(prefix)]
    assert (prefix / "ssl" / "openssl.cnf").exists()
    assert build.library_dir(prefix) == prefix / "lib"
    marker = json.loads((prefix / "tongsuo-build.json").read_text())
    assert marker["key"] == prefix.name
    assert marker["version"] == "8.5.0"
    mini.assert_only(prefix)


def test_configure_gets_the_options_that_the_binding_needs(mini: Mini) -> None:
    prefix = mini.build()
    [[_, *arguments]] = mini.configured
    assert arguments[:3] == [f"--prefix={prefix}", "--libdir=lib", f"--openssldir={prefix}/ssl"]
    expected = "enable-ntls no-tests no-shared no-module -fPIC -fvisibility=hidden"
    assert set(expected.split()) <= set(arguments)


def macros(**values: str) -> str:
    common = {"__BYTE_ORDER__": "__ORDER_LITTLE_ENDIAN__", "__SIZEOF_POINTER__": "8"}
    defined = common | {"__SIZEOF_INT128__": "16"} | values
    return "".join(f"#define {name} {value}\n" for name, value in defined.items() if value)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        (macros(__x86_64__="1"), True),
        (macros(__aarch64__="1"), True),
        (macros(__powerpc64__="1"), True),
        (macros(__powerpc64__="1", __BYTE_ORDER__="__ORDER_BIG_ENDIAN__"), False),
        (macros(__s390x__="1", __BYTE_ORDER__="__ORDER_BIG_ENDIAN__"), False),
        (macros(__i386__="1", __SIZEOF_POINTER__="4", __SIZEOF_INT128__=""), False),
        (macros(__x86_64__="1", __ILP32__="1", __SIZEOF_POINTER__="4"), False),
        (macros(__riscv="1"), False),  # loads may have to be aligned
    ],
)
def test_the_wide_curve_code_is_used_where_it_is_valid(text: str, valid: bool) -> None:
    assert tools.has_wide_ec(text) is valid


def test_the_source_tree_is_only_read(mini: Mini) -> None:
    def state() -> dict[str, tuple[bytes, float]]:
        return {p.name: (p.read_bytes(), p.stat().st_mtime) for p in mini.tree.iterdir()}

    before = state()
    mini.build()
    assert state() == before


def test_a_second_call_builds_nothing(mini: Mini) -> None:
    first = mini.build()
    os.utime(mini.tree / "part1.c")
    started = time.monotonic()
    result = mini.run()
    assert time.monotonic() - started < 3
    assert result.stdout == f"{first}\n"
    assert result.stderr == ""
    assert len(mini.configured) == 1


def test_whatever_changes_the_result_changes_the_prefix(mini: Mini) -> None:
    prefixes = [
        mini.build(),
        mini.build(CFLAGS="-DOTHER"),
        mini.build(CC="cc -DOTHER"),
        mini.build(XDG_CACHE_HOME=str(mini.folder / "elsewhere")),
    ]
    (mini.tree / "part1.c").write_text("int part1(void) { return 7; }\n")
    prefixes.append(mini.build())
    marker = json.loads((prefixes[1] / "tongsuo-build.json").read_text())
    assert marker["variables"]["CFLAGS"] == "-DOTHER"  # says why there are two
    assert len({prefix.name for prefix in prefixes}) == len(mini.configured) == 5


def test_the_version_is_part_of_the_prefix(mini: Mini) -> None:
    other = mini.plant(mini.folder / "other", "8.4.0")
    assert mini.build().name.startswith("8.5.0-")
    prefix = mini.build(TONGSUO_SRC=str(other))
    assert prefix.name.startswith("8.4.0-")
    assert openssl(prefix, "version").startswith("Tongsuo 8.4.0")


def test_a_damaged_prefix_is_built_again(mini: Mini) -> None:
    prefix = mini.build()
    (prefix / "lib" / "libssl.a").unlink()
    assert mini.build() == prefix
    assert (prefix / "lib" / "libssl.a").exists()
    mini.assert_only(prefix)


def test_a_make_that_calls_us_does_not_steer_our_make(mini: Mini) -> None:
    mini.build(MAKEFLAGS="n -j4 --jobserver-auth=97,98 DESTDIR=/nowhere", MAKELEVEL="1", V="1")


def test_cflags_do_not_turn_the_optimiser_off(mini: Mini) -> None:
    (mini.tree / "part0.c").write_text(
        "#ifndef __OPTIMIZE__\n#error slow\n#endif\nint part0(void) { return MARK; }\n"
    )
    mini.build(CFLAGS="-DMARK=7")


def test_a_cache_path_in_any_language_works(mini: Mini) -> None:
    prefix = mini.build(XDG_CACHE_HOME=str(mini.folder / "缓存"))
    assert prefix.parent.parent.name == "缓存"


def test_another_thread_can_build_too(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in mini.env.items():
        monkeypatch.setenv(name, value)
    found: list[Path] = []
    thread = threading.Thread(target=lambda: found.append(build.find_prefix()))
    thread.start()
    thread.join(30)
    assert found == mini.prefixes()


# ------------------------------------------------------------------------------ --prefix


def test_prefix_is_installed_there_and_knows_where_it_is(mini: Mini) -> None:
    target = mini.folder / "opt" / "tongsuo"
    assert mini.build("--prefix", str(target)) == target
    assert openssl(target, "version").splitlines()[1] == str(target)
    assert os.listdir(target.parent) == ["tongsuo"]
    mini.assert_only()

    result = mini.run("--prefix", str(target))
    assert (result.returncode, result.stdout, result.stderr) == (0, f"{target}\n", "")
    assert len(mini.configured) == 1


def test_prefix_may_be_an_empty_folder(mini: Mini) -> None:
    target = mini.folder / "empty"
    target.mkdir()
    assert mini.build("--prefix", str(target)) == target


def test_prefix_is_relative_to_where_we_are(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(mini.folder)
    assert mini.build("--prefix", "here") == mini.folder / "here"


def test_a_prefix_with_something_else_in_it_is_left_alone(mini: Mini) -> None:
    target = mini.folder / "home"
    target.mkdir()
    (target / "thesis.txt").write_text("years of work")
    assert f"{target} exists and is not" in mini.refused("--prefix", str(target))
    assert (target / "thesis.txt").read_text() == "years of work"

    inside = mini.cache / "mine"  # not even in the cache, where we replace what is damaged
    shutil.copytree(target, inside)
    assert "exists and is not" in mini.refused("--prefix", str(inside))
    assert (inside / "thesis.txt").exists()


def test_a_prefix_built_otherwise_is_left_alone(mini: Mini) -> None:
    target = mini.folder / "opt"
    mini.build("--prefix", str(target))
    assert "exists and is not" in mini.refused("--prefix", str(target), CFLAGS="-DOTHER")


def test_a_file_is_no_prefix(mini: Mini) -> None:
    target = mini.folder / "file"
    target.touch()
    assert "exists and is not" in mini.refused("--prefix", str(target))
    assert "not a directory" in mini.refused("--prefix", str(target / "below"))


# ------------------------------------------------------------------------------ failing


def test_a_failing_compiler_is_shown_and_its_output_kept(mini: Mini) -> None:
    (mini.tree / "part10.c").write_text("#error deliberately broken\n")
    result = mini.run()
    assert result.returncode == 1
    assert result.stdout == ""
    *before, last = result.stderr.splitlines()
    match = re.fullmatch(
        r"tongsuo/build.py: compiling Tongsuo 8.5.0 failed: (.*); the whole output is in (.*)", last
    )
    assert match is not None, last
    assert "part10.c:1:2: error: #error deliberately broken" in match[1]
    log = Path(match[2])
    assert "deliberately broken" in log.read_text()
    assert "$ perl ../src/Configure" in log.read_text()
    tail = [line.removeprefix("tongsuo:   | ") for line in before if "  | " in line]
    assert tail == [line[:300] for line in log.read_text().splitlines()[-20:]]
    assert "Traceback" not in result.stderr
    mini.assert_only(log)

    (mini.tree / "part10.c").write_text("int part10(void) { return 10; }\n")
    mini.build()


def test_the_log_of_a_failure_goes_with_the_next_success(mini: Mini) -> None:
    broken = mini.folder / "broken"
    broken.mkdir()
    (broken / "ar").write_text("#!/bin/sh\necho error: no ar today >&2\nexit 1\n")
    (broken / "ar").chmod(0o755)
    path = mini.env["PATH"]
    result = mini.run(PATH=f"{broken}{os.pathsep}{path}")
    assert result.returncode == 1
    assert "no ar today" in result.stderr
    assert len(list(mini.cache.glob("*.log"))) == 1
    mini.assert_only(mini.build())


def test_a_failing_configure_is_shown(mini: Mini) -> None:
    (mini.tree / "Configure").write_text('die "Error: not on this machine\\n";')
    result = mini.run()
    assert result.returncode == 1
    assert "configuring Tongsuo 8.5.0 failed: Error: not on this machine;" in result.stderr


def test_what_was_built_is_checked(mini: Mini) -> None:
    text = CONFIGURE.replace("unless grep { $_ eq 'enable-ntls' } @ARGV", "")
    (mini.tree / "Configure").write_text(text)
    result = mini.run()
    assert result.returncode == 1
    assert "without NTLS" in result.stderr.splitlines()[-1]
    assert mini.prefixes() == []


# ------------------------------------------------------------------------------ progress


def test_progress_into_a_file_is_a_line_now_and_then(mini: Mini) -> None:
    text = mini.run().stderr
    assert "\r" not in text
    assert "\x1b" not in text
    percents = [int(p) for p in re.findall(r"^tongsuo: compile +(\d+) %", text, re.MULTILINE)]
    assert percents == list(range(10, 101, 10))
    assert f"{OBJECTS}/{OBJECTS}" in text
    steps = re.findall(r"^tongsuo: (configure|compile|install) ", text, re.MULTILINE)
    assert list(dict.fromkeys(steps)) == ["configure", "compile", "install"]
    assert re.search(r"^tongsuo: Tongsuo 8.5.0 is ready after \d+ s: /", text, re.MULTILINE)


def test_progress_at_a_terminal_is_one_line_rewritten(mini: Mini) -> None:
    ours, theirs = pty.openpty()
    try:
        process = subprocess.Popen(
            [sys.executable, str(SCRIPT)],
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=mini.env | {"TERM": "xterm"},
        )
        os.close(theirs)
        screen = b"".join(iter(lambda: read_terminal(ours), b"")).decode()
        output, _ = process.communicate(timeout=30)
    finally:
        os.close(ours)
    assert process.returncode == 0, screen
    assert output.decode().strip() in screen
    [line] = [line for line in screen.split("\n") if "%" in line]
    drawn = line.split("\r")
    bars = [re.search(r"\[(#*)(-*)\] +(\d+) %", text) for text in drawn if "%" in text]
    assert len(bars) == OBJECTS
    assert all(bar is not None and len(bar[1] + bar[2]) == 30 for bar in bars)
    assert bars[-1] is not None
    assert bars[-1][3] == "100"


def read_terminal(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # how Linux says that the other side is closed
        return b""
