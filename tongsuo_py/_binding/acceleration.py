"""Which of the code that makes SM4, SM2 and SM3 fast is in use (native/accel.h), and why."""

from __future__ import annotations

import os

from tongsuo_py._tongsuo import ffi, lib

#: 0 leaves it off in this process; ``avx2`` has it do as on a processor with nothing newer.
VARIABLE = "TONGSUO_PY_ACCEL"

_WISH = os.environ.get(VARIABLE)

_PARTS = {
    "SM4": lib.TSPY_ACCEL_SM4,
    "SM2": lib.TSPY_ACCEL_SM2,
    "SM2 batches": lib.TSPY_ACCEL_SM2_LANES,
    "SM3 batches": lib.TSPY_ACCEL_SM3_LANES,
}


def start() -> None:
    """Switch it on, unless the environment says otherwise. Once, before anything is fetched."""
    if _WISH != "0":
        lib.tspy_accel_start(lib.TSPY_ACCEL_AVX2 if _WISH == "avx2" else lib.TSPY_ACCEL_NATIVE)


def in_use(part: str) -> bool:
    """Whether ``part`` is: SM4, SM2, SM2 batches, SM3 batches."""
    return bool(lib.tspy_accel_parts() & _PARTS[part])


def library() -> str:
    """The name and version of the library; empty where it was not built in."""
    text: str = ffi.string(lib.tspy_accel_version()).decode("utf-8")
    return text


def states() -> dict[str, str]:
    """For each part ``in use``, or why it is not."""
    return {part: _state(part, bit) for part, bit in _PARTS.items()}


def _state(part: str, bit: int) -> str:
    if in_use(part):
        return "in use"
    if lib.tspy_accel_built() and _WISH == "0":
        return f"not in use: switched off by {VARIABLE}=0"
    reason: str = ffi.string(lib.tspy_accel_reason(bit)).decode("ascii")
    return f"not in use: {reason}"
