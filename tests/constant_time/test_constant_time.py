"""Nothing branches on secrets, or looks them up in tables, in what makes SM4 and SM2 fast.

What is not the same with two secrets is found by running with both (stepper.c); what depends on a
secret at all, by valgrind, which knows no AVX-512.
"""

from __future__ import annotations

import os
import random
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from programs_in_c import find_toolchain
from tracing import Run, Stepper

HERE = Path(__file__).parent

#: Set it to compare more secrets, and the code for AVX2 as well: some six minutes.
EXHAUSTIVE = bool(os.environ.get("TONGSUO_PY_EXHAUSTIVE"))

# One worker compiles the program.
pytestmark = [pytest.mark.xdist_group("constant-time"), pytest.mark.timeout(900)]

NATIVE, AVX2 = "native", "avx2"
# Of the code for AVX2 valgrind tells more, and in less time.
INSTRUCTIONS = [NATIVE, AVX2] if EXHAUSTIVE else [NATIVE]
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123

# What each control has to show, and where.
CONTROLS = {
    "a branch": {("branch", "with_branch")},
    "a look-up": {("operand", "with_look_up")},
    "a gather": {("operand", "with_gather")},
    "a wide gather": {("operand", "with_wide_gather")},
    "a division": {("operand", "with_division")},
    "masks": set(),
    # What was there before: tables, which the key and the data are looked up in.
    "Tongsuo's SM4": {("operand", "ossl_sm4_set_key"), ("operand", "ossl_sm4_encrypt")},
}

# What becomes known is whether a tag is right, and whether the numbers of a signature are in their
# ranges (if not, which nobody will see happen, another nonce is drawn). By function, so many times.
VERDICTS = {
    "SM4-GCM decryption": {"final": 1},
    "SM4-CCM decryption": {"message": 1},
    "SM2 signing": {"sm2_signing_number": 1, "draw_nonce": 1, "try_to_sign": 1, "sm2_sign": 2},
}
# Whether gcc makes one function of two is a matter of its flags, which are those of Python's build.
INLINED = {"work": "final", "crypt": "message"}

CIPHERS = [
    "SM4-ECB encryption",
    "SM4-ECB decryption",
    "SM4-CBC decryption",
    "SM4-CTR",
    "SM4-GCM encryption",
    "SM4-GCM decryption",
    "SM4-CCM encryption",
    "SM4-CCM decryption",
    "SM4-XTS encryption",
    "SM4-XTS decryption",
]
SIGNATURES = ["SM2 signing", "SM2 signing in lanes", "SM2 keys in lanes"]


@pytest.fixture(scope="module")
def stepper(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> Stepper:
    if shutil.which("objdump") is None:
        pytest.skip("there is no objdump here")
    libc = [*shlex.split(os.environ.get("CC", "cc")), "-print-file-name=libc.a"]
    if not Path(subprocess.check_output(libc, text=True).strip()).is_absolute():
        pytest.skip("there is no libc here to link with statically")
    folder = tmp_path_factory.mktemp("constant-time")
    toolchain = find_toolchain(openssl.parents[1], folder)
    sources = sorted(str(path) for path in HERE.glob("*.c") if path.name != "stepper.c")
    # Linked statically, all that runs is in one file, at the same addresses each time.
    options = ["-static", "-no-pie", *sources]
    made = Stepper(toolchain.program(folder / "stepper", HERE / "stepper.c", options), folder)
    if made.compare("masks", NATIVE, [bytes(16)]).steps == 0:
        pytest.skip("the processor cannot be stopped after each instruction here")
    return made


@pytest.fixture(scope="module")
def valgrind() -> str:
    found = shutil.which("valgrind")
    if found is None or not Path("/usr/include/valgrind/memcheck.h").exists():
        pytest.skip("there is no valgrind here, or not its header")
    return found


def any_bytes(size: int) -> Iterator[bytes]:
    """The same ones each time; among them are those with all bits set, and with none."""
    source = random.Random(size)
    yield from (source.randbytes(size), b"\xff" * size, bytes(size))
    while True:
        yield source.randbytes(size)


def numbers(size: int) -> Iterator[bytes]:
    """Private keys and nonces, one beside the other: any, the extreme ones, and any again."""
    source = random.Random(size)
    extremes = [1, ORDER - 2, 2, 1 << 255, (1 << 192) - 1, ORDER >> 1, 1 << 64]
    count = size // 32

    def any_numbers() -> bytes:
        return b"".join(source.randrange(1, ORDER - 1).to_bytes(32) for _ in range(count))

    yield any_numbers()
    for first in range(len(extremes)):
        chosen = [extremes[(first + other) % len(extremes)] for other in range(count)]
        yield b"".join(number.to_bytes(32) for number in chosen)
    while True:
        yield any_numbers()


def records(size: int) -> Iterator[bytes]:
    """Records whose padding is long, short, of any length, and wrong in the one or other place."""
    source = random.Random(size)

    def ending(padding: int, wrong: int | None = None) -> bytes:
        record = bytearray(source.randbytes(size - padding - 1) + bytes([padding]) * (padding + 1))
        if wrong is not None:
            record[-1 - wrong] ^= 1
        return bytes(record)

    yield from (ending(3), ending(255), ending(0), ending(200, 200), ending(15, 1))
    while True:
        padding = source.randrange(256)
        yield ending(padding, source.choice((None, source.randrange(padding + 1))))


def compared(
    stepper: Stepper,
    subject: str,
    secrets: Callable[[int], Iterator[bytes]],
    count: int,
    instructions: str = NATIVE,
) -> Run:
    made = secrets(stepper.sizes()[subject])
    how_many = 5 * count if EXHAUSTIVE else count
    return stepper.compare(subject, instructions, [next(made) for _ in range(how_many)])


@pytest.mark.parametrize("control", CONTROLS)
def test_what_there_is_is_found(stepper: Stepper, control: str) -> None:
    run = compared(stepper, control, any_bytes, 3)
    assert {(found.kind, found.function) for found in run.findings} == CONTROLS[control]


@pytest.mark.parametrize("control", ["a branch", "a look-up", "a gather", "Tongsuo's SM4"])
def test_what_there_is_is_found_by_valgrind(stepper: Stepper, valgrind: str, control: str) -> None:
    run = stepper.taint(valgrind, control, bytes(stepper.sizes()[control]))
    assert run.functions == {function for _, function in CONTROLS[control]}


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
@pytest.mark.parametrize("cipher", CIPHERS)
def test_a_key_and_data(stepper: Stepper, cipher: str, instructions: str) -> None:
    run = compared(stepper, cipher, any_bytes, 3, instructions)
    assert run.steps > 1000
    assert not run.findings


def test_encryption_with_cbc_is_still_tongsuos(stepper: Stepper) -> None:
    run = compared(stepper, "SM4-CBC encryption", any_bytes, 2)
    assert run.functions == {"ossl_sm4_set_key", "ossl_sm4_encrypt"}


@pytest.mark.parametrize("instructions", INSTRUCTIONS)
def test_the_end_of_a_record_of_cbc(stepper: Stepper, instructions: str) -> None:
    run = compared(stepper, "a record of CBC", records, 5, instructions)
    assert run.steps > 1000
    assert not run.findings


@pytest.mark.parametrize("subject", SIGNATURES)
def test_private_keys_and_nonces(stepper: Stepper, subject: str) -> None:
    run = compared(stepper, subject, numbers, 2)
    assert run.steps > 100_000
    assert not run.findings


def test_what_is_hashed(stepper: Stepper) -> None:
    run = compared(stepper, "SM3 in lanes", any_bytes, 3)
    assert run.steps > 1000
    assert not run.findings


@pytest.mark.parametrize("subject", [*CIPHERS, "SM2 signing"])
def test_what_depends_on_a_secret(stepper: Stepper, valgrind: str, subject: str) -> None:
    # Not the record: gcc's loops count from the padding there, and use addresses less the padding.
    # So they are the same after all, but valgrind does not see that.
    secrets = numbers if subject == "SM2 signing" else any_bytes
    run = stepper.taint(valgrind, subject, next(secrets(stepper.sizes()[subject])))
    allowed = VERDICTS.get(subject, {})
    named = [(INLINED.get(each.function, each.function), each) for each in run.findings]
    for function in {name for name, _ in named}:
        found = [each for name, each in named if name == function]
        assert len(found) <= allowed.get(function, 0), found
        assert {each.kind for each in found} == {"Conditional"}
