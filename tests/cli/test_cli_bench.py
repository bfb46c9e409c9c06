"""``tongsuo-py bench``: everything is measured, and measured right."""

from __future__ import annotations

import json
import time

import pytest
from command import bad, good

from tongsuo_py.cli import bench


def test_everything_is_measured() -> None:
    found = json.loads(good("bench", "--seconds", 0.001, "--json"))
    assert found["tongsuo"].startswith("Tongsuo ")
    names = [each["operation"] for each in found["results"]]
    assert len(set(names)) == len(names)
    for words in ("SM2 sign", "SM2 verify", "SM3", "SM4-GCM", "SM4-CBC", "handshake, ECDHE"):
        assert any(words in name for name in names)
    assert all(each["per_second"] > 0 for each in found["results"])
    assert {each["bytes"] for each in found["results"]} == {None, 16384}


def test_as_a_table() -> None:
    lines = good("bench", "--seconds", 0.001).decode().splitlines()
    assert lines[2].split() == ["operation", "per", "second", "µs", "each", "MB/s"]
    width = lines[2].index("MB/s") + len("MB/s")
    for line in lines[3:]:
        assert len(line) <= width


def test_a_rate_is_what_was_done_in_the_time() -> None:
    calls = []

    def operation() -> None:
        calls.append(None)
        time.sleep(0.002)

    begin = time.perf_counter()
    rate = bench._rate(operation, 0.05)
    passed = time.perf_counter() - begin
    assert rate < 500  # each takes 2 ms at the least
    assert rate > (len(calls) - 1) / passed * 0.9  # the first is not counted


def test_handshakes_are_what_they_are_called() -> None:
    from tongsuo_py import ssl

    for name, operation, _ in bench._handshakes():
        server, client = operation.args  # type: ignore[attr-defined]
        assert client.get_ciphers()[0]["name"] == name.split(", ")[1]
        assert (server.verify_mode == ssl.CERT_REQUIRED) == ("ECDHE" in name)
        operation()
        assert server.session_stats()["hits"] == 0


@pytest.mark.parametrize("seconds", ["0", "-1", "x", "nan"])
def test_usage(seconds: str) -> None:
    assert "is not a number of seconds" in bad(2, "bench", f"--seconds={seconds}")
