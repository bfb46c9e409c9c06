"""A diagnosis for people: the protocols, the certificates as a tree, and the verdict."""

from __future__ import annotations

from tongsuo_py import pki
from tongsuo_py.cli import tree
from tongsuo_py.cli.certificates import Entry, annotated
from tongsuo_py.cli.diagnosis.results import Attempt, Diagnosis, Outcome, Shown, Spoken
from tongsuo_py.cli.output import Printer

_INDENT = "  "


def draw(printer: Printer, diagnosis: Diagnosis) -> None:
    """Show all of it."""
    drawing = _Drawing(printer)
    drawing.heading(diagnosis)
    if diagnosis.spoken:
        printer.line()
        printer.line(("Protocols", "title"))
        for spoken in diagnosis.spoken:
            drawing.protocol(spoken)
    for shown in diagnosis.shown:
        printer.line()
        printer.line((f"Certificates, shown in {' and '.join(shown.protocols)}", "title"))
        drawing.certificates(shown)
    printer.line()
    drawing.verdict(diagnosis)


class _Drawing:
    def __init__(self, printer: Printer) -> None:
        self._printer = printer

    def heading(self, diagnosis: Diagnosis) -> None:
        named = "" if diagnosis.name == diagnosis.host else f", as {diagnosis.name}"
        host = f"[{diagnosis.host}]" if ":" in diagnosis.host else diagnosis.host
        self._printer.line((f"{host}:{diagnosis.port}{named}", "title"))

    # ---- protocols ----

    def protocol(self, spoken: Spoken) -> None:
        if not spoken.supported:
            self._printer.marked(f"{_INDENT}- ", f"{spoken.protocol}: {spoken.why}", "dim", "dim")
            return
        self._printer.verdict(True, spoken.protocol, _INDENT)
        refused = []
        for attempt in spoken.suites:
            if attempt.outcome in (Outcome.REFUSED, Outcome.SILENT):
                refused.append(attempt.suite)
            else:
                self._suite(attempt)
        if refused:
            self._entry("without", ", ".join(refused), "dim")
        self._entry("clients", _clients(spoken))
        if any(attempt.outcome is Outcome.AGREED for attempt in spoken.suites):
            self._entry("ALPN", spoken.alpn or "none of h2 and http/1.1")
        if spoken.resumes is not None:
            self._entry("resumption", "sessions are resumed" if spoken.resumes else "none")

    def _suite(self, attempt: Attempt) -> None:
        seen = attempt.handshake
        if attempt.outcome is Outcome.FAILED:
            self._entry("suite", f"{attempt.suite}: {seen.why}", "bad")
            return
        known = [
            f"{seen.bits} bits" if seen.bits else "",
            seen.group or "",
            seen.signature or "",
            "for known clients" if not seen.completed else "",
            attempt.note,
        ]
        words = ", ".join(filter(None, known))
        self._entry("suite", f"{seen.suite or attempt.suite or 'one of ours'}  {words}", "ok")

    # ---- certificates ----

    def certificates(self, shown: Shown) -> None:
        drawn = tuple(dict.fromkeys([*shown.trusted, *shown.sent]))

        def describe(certificate: pki.Certificate) -> list[Entry]:
            here = [each for each in shown.findings if each.about == certificate]
            role = shown.role(certificate)
            if not role and certificate in shown.trusted:
                role = "CA that is trusted here"
            elif not role:
                role = "CA" if certificate.is_ca else "none: it is not needed"
            return annotated(
                certificate,
                drawn,
                role,
                wrong=[each.text for each in here if each.wrong],
                advice=[each.text for each in here if not each.wrong],
            )

        tree.draw(self._printer, tree.forest(drawn), describe, _INDENT)

    # ---- the verdict ----

    def verdict(self, diagnosis: Diagnosis) -> None:
        self._printer.line(("Verdict", "title"))
        for text in diagnosis.wrong:
            self._printer.verdict(False, text, _INDENT)
        if diagnosis.good:
            self._printer.verdict(True, "nothing is wrong", _INDENT)
        for text in diagnosis.advice:
            self._printer.marked(f"{_INDENT}- ", text, "dim")

    def _entry(self, label: str, text: str, style: str = "") -> None:
        self._printer.entry(label, text, style, (_INDENT * 2, ""))


def _clients(spoken: Spoken) -> str:
    if spoken.needs_certificate:
        return "need certificates that the server trusts"
    if spoken.asks_for_certificate:
        return "are asked for certificates, and may have none"
    return "are not asked for certificates"
