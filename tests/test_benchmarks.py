"""The benchmarks run, and tell what they should; how fast anything is belongs to them alone."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks import beside_stdlib

ROOT = Path(__file__).resolve().parents[1]


def _report(tmp_path: Path, only: str) -> tuple[str, dict[str, list[dict[str, object]]]]:
    file = tmp_path / "report.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", only, "--json", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, check=True, timeout=120, stdout=subprocess.PIPE, text=True
    )
    return done.stdout, json.loads(file.read_text(encoding="utf-8"))


def test_every_operation_of_tls_is_measured_beside_the_standard_library(tmp_path: Path) -> None:
    table, report = _report(tmp_path, "tls1.3")
    assert report["rows"] == []  # those beside C were not asked for
    rows = report["tls"]
    everything = beside_stdlib.HANDSHAKES + beside_stdlib.TRANSFERS
    measured = [(row["variant"], row["operation"], row["size"]) for row in rows]
    assert measured == [
        *(("tls1.3 P-256", *operation) for operation in everything),
        *(("tls1.3 defaults", *operation) for operation in beside_stdlib.HANDSHAKES),
    ]
    for row in rows:
        assert row["ours"] > 0
        assert row["stdlib"] > 0
        assert row["speed"] > 0
        assert row["cpu"] > 0
    assert table.count("\ntls1.3 ") == len(rows)
    assert beside_stdlib.SUITE in table


def test_tlcp_is_measured_alone(tmp_path: Path) -> None:
    table, report = _report(tmp_path, "tlcp")
    assert [row["operation"] for row in report["rows"]] == ["tlcp-handshake"] + 3 * [
        "tlcp-transfer"
    ]
    rows = report["tls"]
    assert {row["variant"] for row in rows} == {"tlcp"}
    assert all(row["ours"] > 0 and row["stdlib"] is None for row in rows)
    assert len(rows) == len(beside_stdlib.HANDSHAKES + beside_stdlib.TRANSFERS)
    assert beside_stdlib.TLCP_SUITE in table
