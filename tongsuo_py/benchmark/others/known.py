"""What every adapter is asked for before it is timed, so that none is measured doing another thing.

SM3 of "abc" and the block are those of GB/T 32905 and GB/T 32907, the signature that of
GB/T 32918.5; the other answers are tongsuo_py's own (tests/test_benchmarks.py makes them anew).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tongsuo_py.benchmark.timing import Call

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
IV = bytes(range(16, 32))
NONCE = IV[:12]
DATA = bytes(range(48))
SM3_OF_ABC = bytes.fromhex("66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0")
GCM = bytes.fromhex(
    "17c260c1be2d112331016a5705bcc39dc1e2dd3bcd8340bdcff39f0d3e4fd28b63ec55b16520ceedf5b3c7eab12f0849"
    "9622d87e4226595d8f395d3bb69bb248"
)
CTR = bytes.fromhex(
    "4b900452714e5354f905f0078604e7ea641ae9537f50f588efd250dde71f29da9d69383a6840d5c65a37041920139f6f"
)
CBC = bytes.fromhex(
    "002a8a4efa863ccad024ac0300bb40d2fa79ac1d5259746723c9bbdf2cfaa3eaa2b356514c7da45317fc90adc551d45e"
)
BLOCK = bytes.fromhex("681edf34d206965e86b3e94f536e4246")  # of KEY, encrypted by itself

PRIVATE = bytes.fromhex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
PUBLIC = bytes.fromhex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
MESSAGE = b"message digest"
SIGNATURE = bytes.fromhex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)


class Wrong(Exception):
    """A package gave another answer than it should."""


def check(adapter: Any) -> None:
    """Raise Wrong where an operation of the adapter does not do what its name says."""
    expected: dict[str, tuple[tuple[bytes, ...], bytes]] = {
        "sm3": ((b"abc",), SM3_OF_ABC),
        "sm4_gcm_encrypt": ((KEY, NONCE, DATA), GCM),
        "sm4_gcm_decrypt": ((KEY, NONCE, GCM), DATA),
        "sm4_ctr": ((KEY, IV, DATA), CTR),
        "sm4_cbc_encrypt": ((KEY, IV, DATA), CBC),
        "sm4_ecb": ((KEY, KEY), BLOCK),
    }
    for name, (arguments, answer) in expected.items():
        if hasattr(adapter, name):
            call = getattr(adapter, name)(*arguments)
            call()
            # Some can only pad; and a second call has to give the same, not to go on.
            if bytes(call())[: len(answer)] != answer:
                raise Wrong(f"its {name} gives another answer than the standard's")
    if hasattr(adapter, "sm4_cbc_decrypt"):
        sealed = adapter.sm4_cbc_encrypt(KEY, IV, DATA)()
        _expect(adapter, "sm4_cbc_decrypt", adapter.sm4_cbc_decrypt(KEY, IV, sealed), DATA)
    if hasattr(adapter, "sm2_verify"):
        _check_signatures(adapter)
    if hasattr(adapter, "sm2_decrypt"):
        sealed = adapter.sm2_encrypt(PRIVATE, PUBLIC, DATA)()
        _expect(adapter, "sm2_decrypt", adapter.sm2_decrypt(PRIVATE, PUBLIC, sealed), DATA)


def _check_signatures(adapter: Any) -> None:
    standard = _form(adapter.FORM)
    made = adapter.sm2_sign(PRIVATE, PUBLIC, MESSAGE)()
    for signature, message, valid in (
        (standard, MESSAGE, True),
        (made, MESSAGE, True),
        (made, MESSAGE + b".", False),
    ):
        _expect(adapter, "sm2_verify", adapter.sm2_verify(PUBLIC, message, signature), valid)


def _expect(adapter: Any, name: str, call: Callable[[], Any], answer: object) -> None:
    for _ in range(2):
        found = call()
        if (bytes(found) if isinstance(answer, bytes) else bool(found)) != answer:
            raise Wrong(f"its {name} gives another answer than it should")


def _form(form: str) -> bytes | str:
    """The standard's signature as the package takes one."""
    if form == "hex":
        return SIGNATURE.hex()
    if form == "raw":
        return SIGNATURE
    numbers = (b"\x02\x21\x00" + half for half in (SIGNATURE[:32], SIGNATURE[32:]))
    return b"\x30\x46" + b"".join(numbers)


def finder(adapter: Any) -> Callable[[str, int], Call | None]:
    """The adapter's operations by the names of the rows."""

    def find(operation: str, size: int) -> Call | None:
        name, data = operation.replace("-", "_"), bytes(size)
        arguments: dict[str, Callable[[], tuple[object, ...]]] = {
            "sm3": lambda: (data,),
            "sm4_gcm_encrypt": lambda: (KEY, NONCE, data),
            "sm4_gcm_decrypt": lambda: (KEY, NONCE, adapter.sm4_gcm_encrypt(KEY, NONCE, data)()),
            "sm4_ctr": lambda: (KEY, IV, data),
            "sm4_cbc_encrypt": lambda: (KEY, IV, data),
            "sm4_cbc_decrypt": lambda: (KEY, IV, adapter.sm4_cbc_encrypt(KEY, IV, data)()),
            "sm4_ecb": lambda: (KEY, data),
            "sm2_generate": tuple,
            "sm2_sign": lambda: (PRIVATE, PUBLIC, data),
            "sm2_verify": lambda: (PUBLIC, data, adapter.sm2_sign(PRIVATE, PUBLIC, data)()),
            "sm2_encrypt": lambda: (PRIVATE, PUBLIC, data),
            "sm2_decrypt": lambda: (
                PRIVATE,
                PUBLIC,
                adapter.sm2_encrypt(PRIVATE, PUBLIC, data)(),
            ),
        }
        if name not in arguments or not hasattr(adapter, name):
            return None
        make: Callable[..., Call] = getattr(adapter, name)
        return make(*arguments[name]())

    return find
