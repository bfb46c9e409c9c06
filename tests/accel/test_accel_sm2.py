"""Our SM2 signatures are Tongsuo's own, for whoever signs or verifies; and as safe as those."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from fresh import run_python
from programs_in_c import Toolchain

from tongsuo_py import sm2
from tongsuo_py.exceptions import InvalidSignature
from tongsuo_py.sm2 import curve

HERE = Path(__file__).parent
AVX2, NATIVE = "0", "1"

N = int.from_bytes(curve.N, "big")

# One worker compiles the programs.
pytestmark = pytest.mark.xdist_group("accel")

Run = Callable[..., str]


def runner(program: Path) -> Run:
    def run(*arguments: str) -> str:
        done = subprocess.run([program, *arguments], stdout=subprocess.PIPE, text=True, timeout=300)
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


@pytest.fixture(scope="module")
def signatures(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Run:
    target = tmp_path_factory.mktemp("signatures") / "signatures"
    return runner(toolchain.program(target, HERE / "sm2_signatures.c"))


@pytest.fixture(scope="module")
def arithmetic(toolchain: Toolchain, tmp_path_factory: pytest.TempPathFactory) -> Run:
    target = tmp_path_factory.mktemp("arithmetic") / "arithmetic"
    return runner(toolchain.program(target, HERE / "sm2_arithmetic.c"))


class TestBesideTongsuo:
    @pytest.fixture(autouse=True)
    def needed(self, usable: frozenset[str]) -> None:
        if "SM2" not in usable:
            pytest.skip("not on this processor")

    @pytest.mark.parametrize(("what", "cases"), [("numbers", "100000"), ("points", "3000")])
    def test_the_arithmetic(self, arithmetic: Run, what: str, cases: str) -> None:
        assert arithmetic(what, cases) == f"{cases} cases\n"

    @pytest.mark.parametrize(
        ("what", "cases"),
        [
            ("digests", "2000"),
            ("data", "500"),
            ("encodings", "20000"),
            ("keys", "50"),
            ("threads", "4000"),
        ],
    )
    @pytest.mark.parametrize("instructions", [NATIVE, AVX2])
    def test_both_say_the_same(
        self, signatures: Run, what: str, cases: str, instructions: str
    ) -> None:
        assert signatures(what, cases, instructions) == f"{cases} cases\n"


MAKE = """
import json
from tongsuo_py import pki, sm2
from tongsuo_py._binding import acceleration
key = sm2.PrivateKey.generate()
ca = pki.CA.create("Test CA")
print(json.dumps({
    "accelerated": acceleration.in_use("SM2"),
    "key": key.to_bytes().hex(),
    "signatures": [key.sign(bytes([i]) * i, user_id=bytes([i])).hex() for i in range(50)],
    "authority": ca.certificate.to_pem().decode(),
    "certificate": ca.issue("www.example").to_pem().decode(),
}))
"""

CHECK = """
import json, sys
from tongsuo_py import pki, sm2
from tongsuo_py.exceptions import InvalidSignature
made = json.loads(sys.argv[1])
public = sm2.PrivateKey.from_bytes(bytes.fromhex(made["key"])).public_key()
for i, signature in enumerate(made["signatures"]):
    public.verify(bytes.fromhex(signature), bytes([i]) * i, user_id=bytes([i]))
    try:
        public.verify(bytes.fromhex(signature), b"other data", user_id=bytes([i]))
    except InvalidSignature:
        pass
    else:
        raise AssertionError(i)
authority = pki.Certificate.from_pem(made["authority"].encode())
certificate = pki.Certificate.from_pem(made["certificate"].encode())
print("verified" if pki.verify_chain(certificate, roots=[authority]).ok else "not verified")
"""


@pytest.mark.parametrize(("makes", "checks"), [("0", "1"), ("1", "0"), ("1", "1")])
def test_from_one_process_to_another(usable: frozenset[str], makes: str, checks: str) -> None:
    made = run_python(MAKE, TONGSUO_PY_ACCEL=makes)
    assert json.loads(made)["accelerated"] is ("SM2" in usable and makes == "1")
    assert run_python(CHECK, made, TONGSUO_PY_ACCEL=checks) == "verified\n"


def test_nonces_are_spread_over_all_numbers() -> None:
    """k = s (1 + d) + r d. Of its highest and lowest bits, each must be 0 and 1 equally often."""
    key = sm2.PrivateKey.generate()
    d = int.from_bytes(key.to_bytes(), "big")
    drawn = []
    for _ in range(2000):
        signature = key.sign(b"data", encoding="raw")
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        drawn.append((s * (1 + d) + r * d) % N)
    assert len(set(drawn)) == len(drawn)
    for bit in (0, 1, 2, 127, 128, 222, 254, 255):
        ones = sum(k >> bit & 1 for k in drawn)
        assert 800 < ones < 1200, bit  # nine standard deviations


def test_a_key_that_verifies_often() -> None:
    """From the third time on with a table of its multiples, which gives the same answers."""
    key = sm2.PrivateKey.generate()
    public = sm2.PublicKey.from_bytes(key.public_key().to_bytes())
    for i in range(8):
        signature = key.sign(bytes([i]))
        public.verify(signature, bytes([i]))
        with pytest.raises(InvalidSignature):
            public.verify(signature, bytes([i + 1]))
