"""The rows: each is there once, and whoever is asked for it has it."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest

from tongsuo_py.benchmark import certificates, native, ours, pyca, stdlib
from tongsuo_py.benchmark.rows import BATCH, Row, items, rows
from tongsuo_py.benchmark.targets import TARGETS

ROWS = list(rows())
#: What takes long, and is the same at a smaller size.
LARGEST = 16384


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("trust")
    assert certificates.make(directory)
    return directory


def test_each_has_a_name_of_its_own() -> None:
    names = [row.name for row in ROWS]
    assert len(set(names)) == len(names)


def test_what_the_issue_asks_for_is_there() -> None:
    names = {row.name for row in ROWS}
    for size in (64, 1024, 16384, 1048576):
        modes = ("gcm-encrypt", "ccm-encrypt", "ctr", "cbc-encrypt", "cbc-decrypt", "ecb", "xts")
        assert {f"sm3 {size}", *(f"sm4-{mode} {size}" for mode in modes)} <= names
    for session in ("tlcp-ecc", "tlcp-ecc-mutual", "tlcp-ecdhe", "tls13-sm", "tls13-sm-mutual"):
        assert f"{session}/handshake" in names
    for session in ("tlcp-ecc", "tlcp-ecdhe", "tls13-sm", "tls13-p256"):
        assert f"{session}/resumed" in names
    assert "tlcp-ecc/records-socket 16384 on all cores" in names
    assert {f"tlcp-ecc/connections {count}" for count in (1, 10, 100, 1000)} <= names


def test_targets_are_rows() -> None:
    assert {target.row for target in TARGETS} <= {row.name for row in ROWS}


SMALL = [
    row
    for row in ROWS
    if row.size <= LARGEST
    and not row.operation.startswith(("sm2-sign-many", "sm2-verify-many", "sm2-generate-many"))
    and row.name not in ("tlcp-ecc/connections 1000", "tls13-sm/connections 1000")
]


@pytest.mark.parametrize("row", SMALL, ids=lambda row: row.name)
def test_each_can_be_done_by_us_and_its_counterpart(row: Row, trust: Path) -> None:
    with closing(ours.Ours(trust)) as side:
        call = side.find(row.operation, row.size)
        if row.operation == "sm3-digest-many":
            assert (call is None) == (not hasattr(ours.sm3, "digest_many"))
        else:
            assert call is not None
            call()
    if row.counterpart is None or "/" in row.counterpart[1]:
        return  # sessions need the configuration of their side: test_sessions
    name, operation = row.counterpart
    find = pyca.find if name == "cryptography" else stdlib.Stdlib(trust).find
    assert find(operation, row.size) is not None


@pytest.mark.parametrize(
    ("row", "size"),
    [(row, row.size) for row in ROWS if row.operation.startswith(("sm3", "sm4"))],
    ids=str,
)
def test_bytes_are_what_a_call_works_on(row: Row, size: int) -> None:
    assert row.moved == size * items(row.operation)
    assert items(row.operation) == (BATCH if "many" in row.operation else 1)


def test_calls_are_counted_where_no_bytes_are_meant() -> None:
    for row in ROWS:
        if row.operation.startswith("sm2") or row.action in ("handshake", "connections"):
            assert row.moved is None


def test_only() -> None:
    row = Row("SM4", "GCM encrypt", "sm4-gcm-encrypt", 64)
    for text in ("sm4", "gcm enc", "SM4-GCM", "encrypt 64", ""):
        assert row.matches(text)
    assert not row.matches("decrypt")


@pytest.mark.skipif(not native.SOURCE.exists(), reason="the C program is in the checkout only")
def test_c_has_what_can_be_made_from_c() -> None:
    source = native.SOURCE.read_text("utf-8")
    table = source[source.index("} operations[] = {") : source.index("/* The operation, for")]
    known = set(re.findall(r'\{ "([\w-]+)", \w+ \}', table))
    wanted = {row.action for row in ROWS if row.table == "all"}
    assert {action for action in wanted if "many" not in action} - known == {"connections"}
