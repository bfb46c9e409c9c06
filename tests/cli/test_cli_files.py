"""Where commands read from and write to."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import threading
from pathlib import Path

import pytest
from command import (
    COMMAND,
    ESCAPE,
    PATIENCE,
    bad,
    ended,
    environment,
    good,
    on_a_terminal,
    one_line,
    start,
)

KEY = re.compile(rb"-----BEGIN PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END PRIVATE KEY-----\n")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_standard_output_is_the_default_and_has_a_name(here: Path) -> None:
    assert KEY.fullmatch(good("key", "make"))
    assert KEY.fullmatch(good("key", "make", "--out", "-"))
    assert not any(here.iterdir())


def test_keys_are_their_owners_and_the_rest_is_as_the_umask_wants(here: Path) -> None:
    before = os.umask(0o022)
    try:
        good("key", "make", "--out", "key")
        good("pub", "convert", "key", "--out", "pub")
        good("sm2", "encrypt", "--key", "pub", "key", "--out", "sealed")
        good("sm2", "decrypt", "--key", "key", "sealed", "--out", "opened")
    finally:
        os.umask(before)
    names = {"key": 0o600, "pub": 0o644, "sealed": 0o644, "opened": 0o600}
    assert {name: mode(here / name) for name in names} == names


def test_an_existing_file_is_replaced_only_by_force(here: Path) -> None:
    (here / "key").write_text("mine")
    line = bad(2, "key", "make", "--out", "key")
    assert line == (
        "tongsuo-py key make: error: key: this file exists: use --force to replace it, or another "
        "name"
    )
    assert (here / "key").read_text() == "mine"
    good("key", "make", "--out", "key", "--force")
    assert KEY.fullmatch((here / "key").read_bytes())
    assert mode(here / "key") == 0o600
    assert os.listdir(here) == ["key"]


def test_a_failure_leaves_no_file_and_the_old_one_as_it_was(here: Path) -> None:
    good("key", "make", "--out", "key")
    (here / "old").write_text("old")
    bad(1, "sm2", "decrypt", "--key", "key", "--out", "new", data=b"no ciphertext")
    bad(1, "sm2", "decrypt", "--key", "key", "--out", "old", "--force", data=b"no ciphertext")
    assert sorted(os.listdir(here)) == ["key", "old"]
    assert (here / "old").read_text() == "old"


def test_a_full_disk_is_told_with_the_name(here: Path) -> None:
    (here / "key").write_bytes(bytes(16))
    for mode in ([], ["--mode", "ctr"]):
        encrypt = ("sm4", "encrypt", *mode, "--key-file", "key", "key", "--out", "/dev/full")
        line = bad(2, *encrypt)
        assert line.endswith("error: /dev/full: No space left on device")


def test_a_link_is_replaced_and_what_it_leads_to_is_not(here: Path) -> None:
    (here / "target").write_text("mine")
    (here / "link").symlink_to("target")
    bad(2, "key", "make", "--out", "link")
    good("key", "make", "--out", "link", "--force")
    assert not (here / "link").is_symlink()
    assert (here / "target").read_text() == "mine"


def test_a_pipe_is_written_to_and_stays(here: Path) -> None:
    os.mkfifo(here / "pipe")
    received = []
    reader = threading.Thread(target=lambda: received.append((here / "pipe").read_bytes()))
    reader.start()
    good("key", "make", "--out", "pipe")
    reader.join(PATIENCE)
    assert KEY.fullmatch(received[0])
    assert (here / "pipe").is_fifo()


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("no/such/key", "no/such/key: No such file or directory"),
        (".", ".: Is a directory"),
        ("/dev/full", "/dev/full: No space left on device"),
        ("", "Is a directory"),
        ("x" * 300, "File name too long"),
        ("nul\0", "nul"),
    ],
    ids=["missing", "directory", "full", "empty", "long", "nul"],
)
def test_where_nothing_can_be_written(here: Path, out: str, said: str) -> None:
    assert said in bad(2, "key", "make", "--out", out)
    assert not any(here.iterdir())


@pytest.mark.parametrize("force", [[], ["--force"]], ids=["new", "force"])
def test_a_directory_without_permission(here: Path, force: list[str]) -> None:
    # Root may write everywhere but below /proc.
    line = bad(2, "key", "make", "--out", "/proc/tongsuo-py-test", *force)
    assert "/proc/tongsuo-py-test: " in line
    assert ".tongsuo-py-" not in line


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("missing", "missing: No such file or directory"),
        (".", ".: Is a directory"),
        ("large", "large: this has more than 16,777,216 bytes"),
        ("nul\0", "nul"),
    ],
    ids=["missing", "directory", "large", "nul"],
)
def test_where_nothing_can_be_read(here: Path, source: str, said: str) -> None:
    with (here / "large").open("wb") as file:
        file.truncate(2**24 + 1)
    assert said in bad(2, "pub", "convert", source)


def test_standard_input_that_is_closed() -> None:
    finished = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *COMMAND, "pub", "convert"],
        capture_output=True,
        env=environment(),
        timeout=PATIENCE,
        check=False,
    )
    assert finished.returncode == 2
    assert "standard input is closed" in one_line(finished.stderr)


def test_standard_input_is_one_thing_only(here: Path) -> None:
    good("key", "make", "--out", "key")
    line = bad(2, "sm2", "sign", "--key", "-")
    assert line.endswith("FILE and --key cannot both be standard input")


def test_binary_data_is_not_for_a_terminal(here: Path) -> None:
    (here / "data").write_text("data")
    good("key", "make", "--out", "key")
    code, shown = on_a_terminal(["sm2", "sign", "--key", here / "key", here / "data"])
    assert code == 2
    assert "use --out FILE or a pipe, or --text hex" in " ".join(ESCAPE.sub("", shown).split())
    code, shown = on_a_terminal(
        ["sm2", "sign", "--key", here / "key", here / "data", "--text", "hex"]
    )
    assert code == 0
    assert re.fullmatch(r"30[0-9a-f]+\n", shown)


def test_a_reader_that_goes_away(here: Path) -> None:
    with (here / "data").open("wb") as file:
        file.truncate(2**24)
    (here / "key").write_bytes(bytes(16))
    read, write = os.pipe()
    process = start(
        *("sm4", "encrypt", "--key-file", here / "key", here / "data"), stdout=write, stdin=None
    )
    os.close(write)
    with ended(process):
        assert os.read(read, 7) == b"SM4FILE"
        os.close(read)
        assert process.wait(PATIENCE) == 1
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_an_interruption_leaves_nothing(here: Path) -> None:
    (here / "key").write_bytes(bytes(16))
    with ended(
        start("sm4", "encrypt", "--key-file", here / "key", "--out", here / "out")
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(bytes(2**20))  # far more than a pipe holds: it is at work
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert one_line(process.stderr.read()) == "tongsuo-py: interrupted"
    assert os.listdir(here) == ["key"]
