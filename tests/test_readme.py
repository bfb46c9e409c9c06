"""The README's Python is run, as a reader would: one block after the other, in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(r"^```(python|py)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_every_block_of_the_readme_runs(tmp_path: Path) -> None:
    blocks = BLOCK.findall(README.read_text(encoding="utf-8"))
    assert len(blocks) >= 5
    for kind, block in blocks:
        compile(block, "README.md", "exec")
        if kind == "py":  # a fragment: its names are not all there
            continue
        result = subprocess.run(
            [sys.executable, "-W", "error", "-c", block],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert result.returncode == 0, result.stderr
        if "tls.version()" in block:
            assert "NTLSv1.1 ('ECDHE-SM2-SM4-GCM-SM3', 'NTLSv1.1', 128)" in result.stdout
