"""The tables of a report: headings and rows of text, for the terminal and for the documents."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tongsuo_py.benchmark import words
from tongsuo_py.benchmark.compare import COUNTERPART
from tongsuo_py.benchmark.report import Measured, Report
from tongsuo_py.benchmark.sides import C_WITH_PROVIDER, OURS, PLAIN, STDLIB, C
from tongsuo_py.benchmark.words import NONE

_SESSIONS = {
    "tls13-p256": "TLS 1.3 P-256",
    "tls13-defaults": "TLS 1.3 defaults",
    "tlcp-ecc": "TLCP",
}
#: The larger ones say nothing more of what a call costs.
_LARGEST_BESIDE_C = 16384
_PACKAGE_COLUMNS = (
    ("SM3", "sm3 16384"),
    ("GCM", "sm4-gcm-encrypt 16384"),
    ("CTR", "sm4-ctr 16384"),
    ("CBC enc", "sm4-cbc-encrypt 16384"),
    ("CBC dec", "sm4-cbc-decrypt 16384"),
    ("new key", "sm2-generate 32"),
    ("sign", "sm2-sign 32"),
    ("verify", "sm2-verify 32"),
    ("encrypt", "sm2-encrypt 32"),
    ("decrypt", "sm2-decrypt 32"),
)


@dataclass(frozen=True)
class Table:
    """A table with a line that says what it is; the first column is text, the others numbers."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def groups(report: Report) -> Iterator[Table]:
    """Ours beside everything, a table for each group of rows."""
    shown = [each for each in report.measured if each.row.table == "all" and OURS in each.cells]
    for group in dict.fromkeys(each.row.group for each in shown):
        yield _group(group, [each for each in shown if each.row.group == group])


def _group(group: str, shown: Sequence[Measured]) -> Table:
    beside = {
        "x without": PLAIN,
        "x C": C,
        f"x {words.COUNTERPARTS[group]}": COUNTERPART,
    }
    with_packages = any(each.best_package() is not None for each in shown)
    sized = "at once" if group == "Connections at once" else "size"
    columns = [group, sized, "ours", "±", *beside]
    if with_packages:
        columns += ["x best", "package"]
    rows = []
    for each in shown:
        cells = [each.row.text, words.size(each.row), words.speed(each, OURS)]
        cells.append(words.spread(each, OURS))
        cells += [words.ratio(each.ratio(OURS, side)) for side in beside.values()]
        if with_packages:
            package = each.best_package()
            cells.append(words.ratio(each.ratio(OURS, package)) if package else NONE)
            cells.append(package or "")
        rows.append(cells)
    if not any(row[1] for row in rows):
        del columns[1]
        rows = [[row[0], *row[2:]] for row in rows]
    return Table("", columns, rows)


def beside_c(report: Report) -> Table:
    """What the binding costs: without the provider, beside the same calls made from C."""
    title = "Without the provider: time is Python's to C's, of each side's best round."
    return _beside_c(report, "Beside C", title, PLAIN, C)


def beside_c_with_provider(report: Report) -> Table:
    """The same with the provider on both sides, where C has it."""
    title = "With the provider: time is Python's to C's, of each side's best round."
    return _beside_c(report, "Beside C, provider", title, OURS, C_WITH_PROVIDER)


def _beside_c(report: Report, heading: str, title: str, ours: str, theirs: str) -> Table:
    rows = []
    for each in report.measured:
        ratio = each.ratio(ours, theirs)
        batch = each.row.single is not None or each.row.cores
        if ratio is None or batch or each.row.size > _LARGEST_BESIDE_C:
            continue
        more = (min(each.cells[ours].wall) - min(each.cells[theirs].wall)) / 1000
        rows.append(
            (
                _name(each),
                words.size(each.row),
                words.speed(each, theirs),
                words.speed(each, ours),
                f"{1 / ratio.best:.3f}",
                f"{more:+,.2f} µs",
                f"{ratio.spread:.2f}",
            )
        )
    columns = (heading, "size", "C", "tongsuo_py", "time", "one call", "spread")
    return Table(title, columns, rows)


def beside_ssl(report: Report) -> Table:
    """The same program over our module and over the standard library's; TLCP beside nothing."""
    targets = {reached.target.row: reached.target.least for reached in report.targets()}
    rows = []
    for each in report.measured:
        session, _, action = each.row.operation.partition("/")
        beside = each.row.table == "ssl" or session == "tls13-p256"
        if not beside or each.row.cores or OURS not in each.cells:
            continue
        ratio = each.ratio(OURS, COUNTERPART)
        cpu = each.cpu_ratio(OURS, COUNTERPART)
        target = targets.get(each.row.name) if ratio is not None else None
        rows.append(
            (
                f"{_SESSIONS[session]} {action}",
                words.size(each.row),
                words.speed(each, COUNTERPART),
                words.speed(each, OURS),
                words.ratio(ratio),
                "" if ratio is None else f"{ratio.spread:.2f}",
                "" if cpu is None else words.ratio(cpu),
                "" if target is None else f"{target:.2f}",
            )
        )
    columns = ("Beside ssl", "size", "ssl", "ours", "speed", "spread", "cpu", "target")
    title = "The same program over both modules; speed is ours to the standard library's."
    return Table(title, columns, rows)


def _name(each: Measured) -> str:
    if each.row.group in ("SM4", "SM2"):
        return f"{each.row.group} {each.row.text}"
    return f"{each.row.text}, records" if each.row.group == "Records" else each.row.text


def packages(report: Report) -> Table:
    """All packages side by side, in MB/s with 16 KiB and in operations a second."""
    by_name = {each.row.name: each for each in report.measured}
    columns = [(text, by_name[name]) for text, name in _PACKAGE_COLUMNS if name in by_name]
    sides = [
        OURS,
        *(side for side in report.sides if side not in (OURS, PLAIN, C, C_WITH_PROVIDER)),
    ]
    rows = []
    for side in sides:
        cells = [_plain_speed(each, side) for _, each in columns]
        if any(cell != NONE for cell in cells):
            title = "hashlib" if side == STDLIB else report.sides[side]["title"]
            rows.append([title, *cells])
    title = "SM3 and SM4: MB/s with 16 KiB; SM2: operations a second."
    return Table(title, ("Packages", *(text for text, _ in columns)), rows)


def _plain_speed(each: Measured, side: str) -> str:
    value = each.speed(side)
    if value is None:
        return NONE
    return words.digits(value / 1e6 if each.row.moved else value)


def targets(report: Report) -> Table:
    """Every target, what was measured, and whether that is enough."""
    rows = []
    for reached in report.targets():
        package = f" ({reached.package})" if reached.package else ""
        verdict = {True: "reached", False: "missed", None: "not measured"}[reached.good]
        rows.append(
            (
                f"{reached.target.text}{package}",
                f"{reached.target.least:g}",
                words.ratio(reached.ratio),
                verdict,
            )
        )
    return Table("", ("Targets", "at least", "measured", ""), rows)
