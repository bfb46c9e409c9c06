"""The comparison as plots: what a table of two hundred rows says, to be seen at a glance."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tongsuo_py.benchmark import plots, words
from tongsuo_py.benchmark.compare import COUNTERPART
from tongsuo_py.benchmark.machine import line
from tongsuo_py.benchmark.plots import Bar, Bars, Line, Lines
from tongsuo_py.benchmark.report import Measured, Report
from tongsuo_py.benchmark.sides import C_WITH_PROVIDER, CRYPTOGRAPHY, OURS, PLAIN, STDLIB, C

_OURS, _PLAIN, _C, _OTHER, _PACKAGE = plots.BLUE, plots.SKY, plots.GREY, plots.GREEN, plots.ORANGE

_MODES = (
    ("SM4-GCM, encryption", "sm4-gcm-encrypt", "AES-128-GCM"),
    ("SM4-CCM, encryption", "sm4-ccm-encrypt", "AES-128-CCM"),
    ("SM4-CTR", "sm4-ctr", "AES-128-CTR"),
    ("SM4-XTS, encryption", "sm4-xts", "AES-128-XTS"),
    ("SM4-CBC, encryption", "sm4-cbc-encrypt", "AES-128-CBC"),
    ("SM4-CBC, decryption", "sm4-cbc-decrypt", "AES-128-CBC"),
    ("SM4-ECB, encryption", "sm4-ecb", "AES-128-ECB"),
    ("SM3", "sm3", "SHA-256"),
)
_SM2 = (
    ("sign", "Signatures"),
    ("verify", "Verifications"),
    ("generate", "New keys"),
    ("encrypt", "Encryption"),
    ("decrypt", "Decryption"),
)
_PACKAGES = (
    ("SM3, 16 KiB", "sm3 16384"),
    ("SM4-GCM, 16 KiB", "sm4-gcm-encrypt 16384"),
    ("SM4-CBC encryption, 16 KiB", "sm4-cbc-encrypt 16384"),
    ("SM2 signature", "sm2-sign 32"),
    ("SM2 verification", "sm2-verify 32"),
    ("SM2 encryption, 32 bytes", "sm2-encrypt 32"),
)
_SESSIONS = (
    ("tlcp-ecc", "TLCP, ECC"),
    ("tlcp-ecc-mutual", "TLCP, ECC, mutual"),
    ("tlcp-ecdhe", "TLCP, ECDHE, mutual"),
    ("tls13-sm", "TLS 1.3, SM2 and SM4"),
    ("tls13-sm-mutual", "TLS 1.3, SM2 and SM4, mutual"),
    ("tls13-p256", "TLS 1.3, P-256 and AES"),
    ("tls13-p256-mutual", "TLS 1.3, P-256 and AES, mutual"),
)


def draw(report: Report) -> dict[str, Any]:
    """The figures for which the report has something, by their files' names."""
    rows = {each.row.name: each for each in report.measured}
    about = line(report.about)
    figures: dict[str, Any] = {}

    def bars(name: str, title: str, subtitle: str, panels: Iterator[Bars | None]) -> None:
        found = [panel for panel in panels if panel is not None and panel.bars]
        if found:
            figures[name] = plots.draw_bars(title, f"{subtitle}  {about}", found, {})

    bars(
        "sm4",
        "SM4 and SM3, 16 KiB at a time",
        "MB/s, one core; the line: the middle half of the rounds.",
        (_mode(rows.get(f"{name} 16384"), title, aes) for title, name, aes in _MODES),
    )
    bars(
        "sm2",
        "SM2, one by one and in batches of 1,000",
        "Operations a second, with 32 bytes; the line: the middle half of the rounds.",
        (_operation(rows, name, title) for name, title in _SM2),
    )
    bars(
        "packages",
        "Beside the packages of PyPI",
        "The scale is logarithmic.",
        (_packages(rows.get(name), title) for title, name in _PACKAGES),
    )
    bars(
        "handshakes",
        "Handshakes",
        "Full and resumed handshakes a second, both ends in one thread over a socket pair.",
        (
            _session(rows.get(f"{name}/{action}"), f"{title}{suffix}")
            for action, suffix in (("handshake", ""), ("resumed", ", resumed"))
            for name, title in _SESSIONS
        ),
    )
    bars(
        "records",
        "Records of 16 KiB, sent and received",
        "MB/s, encrypted and decrypted in one thread.",
        (
            _session(rows.get(f"{name}/records-socket 16384{cores}"), f"{title}{suffix}")
            for name, title in (
                ("tlcp-ecc", "TLCP, SM4-GCM"),
                ("tlcp-cbc", "TLCP, SM4-CBC"),
                ("tls13-sm", "TLS 1.3, SM4-GCM"),
                ("tls13-p256", "TLS 1.3, AES-128-GCM"),
            )
            for cores, suffix in (("", ""), (" on all cores", ", a process for each core"))
        ),
    )
    growing = [panel for panel in (_sizes(rows), _connections(rows)) if panel is not None]
    if growing:
        figures["sizes"] = plots.draw_lines(
            "By size, and by connections at once", about, growing, columns=2
        )
    return figures


def _bar(
    each: Measured, side: str | None, label: str, colour: str, strong: bool = False
) -> Bar | None:
    speed = None if side is None else each.speed(side)
    if side is None or speed is None:
        return None
    middle = each.cells[side].wall
    spread = None
    if len(middle) > 1:
        low, _, high = statistics.quantiles(middle, n=4, method="inclusive")
        median = statistics.median(middle)
        spread = (speed * median / high, speed * median / low)
    return Bar(label, {label: speed}, spread=spread, colour=colour, strong=strong)


def _say(each: Measured) -> plots.Say:
    if each.row.moved:
        return lambda value: f"{words.digits(value / 1e6)}"
    return lambda value: f"{words.digits(value)}"


def _some(*bars: Bar | None) -> list[Bar]:
    return [bar for bar in bars if bar is not None]


def _mode(each: Measured | None, title: str, counterpart: str) -> Bars | None:
    if each is None:
        return None
    package = each.best_package()
    who = "hashlib" if counterpart == "SHA-256" else CRYPTOGRAPHY
    bars = _some(
        _bar(each, OURS, "tongsuo-py", _OURS, True),
        _bar(each, PLAIN, "without the provider", _PLAIN),
        _bar(each, C, "Tongsuo, from C", _C),
        _bar(each, package, f"{package}, the best package", _PACKAGE),
        _bar(each, COUNTERPART, f"{counterpart}, {who}", _OTHER),
    )
    return Bars(title, bars, _say(each))


def _operation(rows: Mapping[str, Measured], name: str, title: str) -> Bars | None:
    one = rows.get(f"sm2-{name} 32")
    if one is None:
        return None
    batches = [
        bar
        for suffix, label in (("-1", "batch, 1 core"), ("", "batch, all cores"))
        if (batch := rows.get(f"sm2-{name}-many{suffix} 32")) is not None
        and (bar := _bar(batch, OURS, f"tongsuo-py, {label}", _OURS, True))
    ]
    package = one.best_package()
    bars = _some(
        *reversed(batches),
        _bar(one, OURS, "tongsuo-py", _OURS, True),
        _bar(one, PLAIN, "without the provider", _PLAIN),
        _bar(one, C, "Tongsuo, from C", _C),
        _bar(one, package, f"{package}, the best package", _PACKAGE),
        _bar(one, COUNTERPART, "ECDSA P-256, cryptography", _OTHER),
    )
    return Bars(title, bars, _say(one))


def _packages(each: Measured | None, title: str) -> Bars | None:
    if each is None or OURS not in each.cells:
        return None
    own = (OURS, PLAIN, C, C_WITH_PROVIDER, COUNTERPART)
    others = [
        bar
        for side in each.cells
        if side not in own
        and (bar := _bar(each, side, "hashlib" if side == STDLIB else side, _PACKAGE))
    ]
    ours = _bar(each, OURS, "tongsuo-py", _OURS, True)
    if not others or ours is None:
        return None
    ordered = sorted([ours, *others], key=lambda bar: bar.total, reverse=True)
    unit = "MB/s" if each.row.moved else "a second"
    return Bars(f"{title} ({unit})", ordered, _say(each), log=True)


def _session(each: Measured | None, title: str) -> Bars | None:
    if each is None:
        return None
    own = "p256" in each.row.operation
    bars = _some(
        _bar(each, OURS, "tongsuo-py", _OURS, True),
        None if own else _bar(each, PLAIN, "without the provider", _PLAIN),
        _bar(each, C, "Tongsuo, from C", _C),
        _bar(each, COUNTERPART, "TLS 1.3, P-256, AES: ssl", _OTHER),
    )
    return Bars(title, bars, _say(each))


def _sizes(rows: Mapping[str, Measured]) -> Lines | None:
    lines = _some_lines(
        rows,
        "sm4-gcm-encrypt",
        1e-6,
        (
            (OURS, "tongsuo-py", _OURS),
            (PLAIN, "without the provider", _PLAIN),
            (C, "Tongsuo, from C", _C),
            (COUNTERPART, "AES-128-GCM", _OTHER),
        ),
    )
    if not lines:
        return None
    return Lines(
        "SM4-GCM, encryption",
        lines,
        "in one call",
        "MB/s",
        ticks_x=[x for x, _ in lines[0].points],
        say_x=lambda value: words.bytes_of(round(value)),
        say_y="{:,.0f}".format,
    )


def _connections(rows: Mapping[str, Measured]) -> Lines | None:
    lines = [
        *_some_lines(
            rows,
            "tlcp-ecc/connections",
            1.0,
            (
                (OURS, "TLCP", _OURS),
                (PLAIN, "TLCP, no provider", _PLAIN),
                (COUNTERPART, "TLS 1.3, ssl", _OTHER),
            ),
        ),
        *_some_lines(rows, "tls13-sm/connections", 1.0, ((OURS, "TLS 1.3, SM", plots.PURPLE),)),
    ]
    if not lines:
        return None
    title = "Opened, 64 bytes there and back, closed: asyncio"
    return Lines(
        title,
        lines,
        "connections at once",
        "connections a second",
        log_y=False,
        bottom=0,
        say_y="{:,.0f}".format,
    )


def _some_lines(
    rows: Mapping[str, Measured],
    operation: str,
    factor: float,
    sides: Sequence[tuple[str, str, str]],
) -> list[Line]:
    """A line for each side that was measured at two sizes or more."""
    measured = [each for each in rows.values() if each.row.operation == operation]
    lines = []
    for side, label, colour in sides:
        points = [
            (float(each.row.size), speed * factor)
            for each in measured
            if (speed := each.speed(side)) is not None
        ]
        if len(points) > 1:
            lines.append(Line(label, points, colour=colour))
    return lines
