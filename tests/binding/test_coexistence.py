"""The standard library's OpenSSL, cryptography's and ours in one process, loaded in each order."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest
from fresh import run_python

PROGRAM = Path(__file__).with_name("neighbours.py")
ORDERS = list(itertools.permutations(["stdlib", "cryptography", "ours"]))


@pytest.mark.parametrize("flags", ["RTLD_LOCAL", "RTLD_GLOBAL"])
@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_all_three_work(order: tuple[str, ...], flags: str, material: Path) -> None:
    """With RTLD_GLOBAL each library's symbols are offered to those that are loaded after it."""
    code = f"""
import runpy, sys
sys.setdlopenflags({os.RTLD_NOW | getattr(os, flags)})
runpy.run_path({str(PROGRAM)!r}, run_name="__main__")
"""
    assert run_python(code, material, *order) == "ok\n"
