"""What we hold ourselves to: ratios in one run, for a processor with AVX-512 and GFNI."""

from __future__ import annotations

from dataclasses import dataclass

from tongsuo_py.benchmark.compare import COUNTERPART
from tongsuo_py.benchmark.sides import C_WITH_PROVIDER, OURS, PLAIN, C

#: The fastest of the packages on PyPI, whichever that is.
PACKAGE = "package"


@dataclass(frozen=True)
class Target:
    """``ours`` has to be ``least`` times as fast as ``beside`` in the row of the name ``row``."""

    text: str
    row: str
    beside: str
    least: float
    ours: str = OURS


TARGETS = (
    Target("SM4-GCM, 16 KiB: beside Tongsuo's C", "sm4-gcm-encrypt 16384", C, 15),
    Target("SM4-CTR, 16 KiB: beside Tongsuo's C", "sm4-ctr 16384", C, 15),
    Target("SM4-CBC decryption, 16 KiB: beside Tongsuo's C", "sm4-cbc-decrypt 16384", C, 15),
    Target("TLCP GCM records: beside no provider", "tlcp-ecc/records-socket 16384", PLAIN, 8),
    Target("sign_many, one core: beside single calls in C", "sm2-sign-many-1 32", C, 10),
    Target("verify_many, one core: beside single calls in C", "sm2-verify-many-1 32", C, 6),
    Target("sign: beside Tongsuo's C", "sm2-sign 32", C, 1.8),
    Target("verify: beside Tongsuo's C", "sm2-verify 32", C, 1.8),
    Target("mutual TLCP handshakes: beside Tongsuo's C", "tlcp-ecc-mutual/handshake", C, 1.6),
    Target("SM4-GCM, 16 KiB: beside the best package", "sm4-gcm-encrypt 16384", PACKAGE, 10),
    Target("sign: beside the best package", "sm2-sign 32", PACKAGE, 3),
    Target("sign_many, all cores: beside the best package", "sm2-sign-many 32", PACKAGE, 20),
    # What the binding costs: at most 5 % for 16 KiB, over the same calls made from C.
    Target("SM3, 16 KiB, no provider: beside C", "sm3 16384", C, 0.95, ours=PLAIN),
    Target("SM4-GCM, 16 KiB, no provider: beside C", "sm4-gcm-encrypt 16384", C, 0.95, ours=PLAIN),
    Target(
        "SM4-GCM, 16 KiB, provider in both: beside C",
        "sm4-gcm-encrypt 16384",
        C_WITH_PROVIDER,
        0.95,
    ),
    # The same protocol, suite and certificates: no slower than the standard library's module.
    *(
        Target(f"TLS 1.3, {text}: beside ssl", f"{session}/{action}", COUNTERPART, least)
        for session, action, text, least in (
            ("tls13-p256", "handshake-memory", "handshake in memory", 1.0),
            ("tls13-p256", "handshake-sockets", "handshake over sockets", 1.0),
            ("tls13-p256", "handshake-asyncio", "handshake in asyncio", 1.0),
            ("tls13-p256", "resumed-memory", "resumed in memory", 1.0),
            ("tls13-p256", "resumed-sockets", "resumed over sockets", 1.0),
            ("tls13-p256", "records-memory 16384", "records in memory", 0.95),
            ("tls13-p256", "records-socket 16384", "records over a socket", 0.95),
            ("tls13-p256", "stream-threads 16384", "stream between threads", 0.95),
            ("tls13-p256", "stream-asyncio 65536", "stream in asyncio", 0.9),
            ("tls13-p256", "echo-asyncio 64", "echo in asyncio", 0.9),
        )
    ),
)
