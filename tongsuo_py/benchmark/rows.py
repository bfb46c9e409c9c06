"""What is measured: each row is an operation at a size, and knows what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import product

#: Items that one call of a batch works on.
BATCH = 1000

_SIZES = (64, 1024, 16384, 1 << 20)
#: The packages of others are measured up to here: larger data takes some of them minutes, and all
#: of them have come to their full speed before.
LARGEST_FOR_PACKAGES = 16384

_SIGNED = 32  # bytes: SM2 works on a digest or a key


@dataclass(frozen=True)
class Row:
    """An operation at a size.

    ``operation`` is what the sides call it; ``counterpart`` is a side and what it calls that which
    people use where they do not use SM2, SM3 and SM4. ``single`` is what stands beside a batch on a
    side that has none. ``cores``: by one process for each core, all at once. ``table`` is where the
    row is shown: beside everything, or only beside the standard library's ``ssl``.
    """

    group: str
    text: str
    operation: str
    size: int = 0
    counterpart: tuple[str, str] | None = None
    single: str | None = None
    cores: bool = False
    table: str = "all"

    @cached_property
    def name(self) -> str:
        """What tells it from all others."""
        size = f" {self.size}" if self.size else ""
        return f"{self.operation}{size}{' on all cores' if self.cores else ''}"

    @property
    def action(self) -> str:
        """What is done in a session; the operation itself for all else."""
        return self.operation.rpartition("/")[2]

    @property
    def moved(self) -> int | None:
        """Bytes that one call works on or carries; None where calls are counted, not bytes."""
        from tongsuo_py.benchmark.tls import streamed

        if self.action.startswith("stream"):
            return streamed(self.size)
        if self.operation.startswith("sm2") or self.action in ("connections", "echo-asyncio"):
            return None
        return self.size * items(self.operation) or None

    def matches(self, text: str) -> bool:
        """Whether it is meant by ``--only TEXT``."""
        return text.lower() in f"{self.group} {self.text} {self.name}".lower()


def items(operation: str) -> int:
    """How many items one call works on."""
    return BATCH if "-many" in operation else 1


def rows() -> Iterator[Row]:
    """All of them, in the order of the tables."""
    yield from _algorithms()
    yield from _sm2()
    yield from _handshakes()
    yield from _records()
    yield from _connections()
    yield from _beside_ssl()


def _algorithms() -> Iterator[Row]:
    for size in _SIZES:
        yield Row("SM3", "SM3", "sm3", size, ("stdlib", "sha256"))
    yield Row("SM3", "digest_many", "sm3-digest-many", 1024, ("stdlib", "sha256"), single="sm3")
    for text, name in (
        ("GCM encrypt", "gcm-encrypt"),
        ("GCM decrypt", "gcm-decrypt"),
        ("CCM encrypt", "ccm-encrypt"),
        ("CTR", "ctr"),
        ("CBC encrypt", "cbc-encrypt"),
        ("CBC decrypt", "cbc-decrypt"),
        ("ECB encrypt", "ecb"),
        ("XTS encrypt", "xts"),
    ):
        for size in _SIZES:
            yield Row("SM4", text, f"sm4-{name}", size, ("cryptography", f"aes-{name}"))


def _sm2() -> Iterator[Row]:
    for name in ("generate", "sign", "verify", "encrypt", "decrypt"):
        beside = None if name.endswith("crypt") else ("cryptography", f"p256-{name}")
        yield Row("SM2", name, f"sm2-{name}", _SIGNED, beside)
    for name, (threads, suffix) in product(
        ("sign", "verify", "generate"), ((", one thread", "-1"), ("", ""))
    ):
        yield Row(
            "SM2",
            f"{name}_many{threads}",
            f"sm2-{name}-many{suffix}",
            _SIGNED,
            ("cryptography", f"p256-{name}"),
            single=f"sm2-{name}",
        )


def _handshakes() -> Iterator[Row]:
    group = "Handshakes"
    for text, session in (
        ("TLCP ECC", "tlcp-ecc"),
        ("TLCP ECC, mutual", "tlcp-ecc-mutual"),
        ("TLCP ECDHE, mutual", "tlcp-ecdhe"),
        ("TLS 1.3 SM", "tls13-sm"),
        ("TLS 1.3 SM, mutual", "tls13-sm-mutual"),
        ("TLS 1.3 P-256", "tls13-p256"),
        ("TLS 1.3 P-256, mutual", "tls13-p256-mutual"),
    ):
        beside = "tls13-p256-mutual" if "mutual" in text else "tls13-p256"
        yield Row(group, text, f"{session}/handshake", 0, ("stdlib", f"{beside}/handshake"))
    for text, session in (
        ("TLCP ECC, resumed", "tlcp-ecc"),
        ("TLCP ECDHE, resumed", "tlcp-ecdhe"),
        ("TLS 1.3 SM, resumed", "tls13-sm"),
        ("TLS 1.3 P-256, resumed", "tls13-p256"),
    ):
        yield Row(group, text, f"{session}/resumed", 0, ("stdlib", "tls13-p256/resumed"))


def _records() -> Iterator[Row]:
    for (text, session), size in product(
        (
            ("TLCP GCM", "tlcp-ecc"),
            ("TLCP CBC", "tlcp-cbc"),
            ("TLS 1.3 SM4-GCM", "tls13-sm"),
            ("TLS 1.3 AES-GCM", "tls13-p256"),
        ),
        (64, 1024, 16384),
    ):
        beside = ("stdlib", "tls13-p256/records-socket")
        yield Row("Records", text, f"{session}/records-socket", size, beside)
        if size == 16384:
            yield Row(
                "Records",
                f"{text}, all cores",
                f"{session}/records-socket",
                size,
                beside,
                cores=True,
            )


def _connections() -> Iterator[Row]:
    for (text, session), count in product(
        (("TLCP ECC", "tlcp-ecc"), ("TLS 1.3 SM", "tls13-sm")), (1, 10, 100, 1000)
    ):
        yield Row(
            "Connections at once",
            text,
            f"{session}/connections",
            count,
            ("stdlib", "tls13-p256/connections"),
        )


_BOTH = ("handshake", "resumed")
_ACTIONS = (
    *((f"{what}-{how}", 0) for what, how in product(_BOTH, ("memory", "sockets"))),
    ("handshake-asyncio", 0),
)
_TRANSFERS = (
    ("records-memory", 64),
    ("records-memory", 16384),
    ("stream-threads", 16384),
    ("stream-asyncio", 64),
    ("stream-asyncio", 65536),
    ("echo-asyncio", 64),
)


def _beside_ssl() -> Iterator[Row]:
    """The same program over our module and over the standard library's; TLCP stands alone."""
    for text, session, actions in (
        ("TLS 1.3 P-256", "tls13-p256", _ACTIONS + _TRANSFERS),
        ("TLS 1.3 defaults", "tls13-defaults", _ACTIONS),
        ("TLCP ECC", "tlcp-ecc", _ACTIONS + _TRANSFERS),
    ):
        for action, size in actions:
            beside = ("stdlib", f"{session}/{action}") if session != "tlcp-ecc" else None
            operation = f"{session}/{action}"
            yield Row("Beside ssl", text, operation, size, beside, table="ssl")
