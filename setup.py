"""Hooks the CFFI module in; everything else is in pyproject.toml."""

import sys
from pathlib import Path

from setuptools import setup

sys.path.insert(0, str(Path(__file__).resolve().parent))  # PEP 517 front ends leave it out

from build_ffi import BuildExtension, BuildWheel

setup(
    cffi_modules=["build_ffi.py:make_ffi"],
    cmdclass={"build_ext": BuildExtension, "bdist_wheel": BuildWheel},
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
