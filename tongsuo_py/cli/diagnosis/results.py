"""What a diagnosis found: values alone, with a form for JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from tongsuo_py import pki
from tongsuo_py.cli.certificates import facts
from tongsuo_py.cli.diagnosis.handshakes import Handshake


class Outcome(Enum):
    """How an attempt ended, from the server's side."""

    AGREED = "agreed"  #: there was a session
    NEEDS_CERTIFICATE = "needs-certificate"  #: it agreed, and ended for want of a certificate
    FAILED = "failed"  #: it agreed, and the handshake went wrong after that
    REFUSED = "refused"  #: it did not agree
    SILENT = "silent"  #: it did not answer in time


@dataclass(frozen=True)
class Attempt:
    """One offer to the server, of ``suite`` alone (or of all that the protocol has: "")."""

    suite: str
    outcome: Outcome
    handshake: Handshake
    note: str = ""

    @property
    def supported(self) -> bool:
        """Whether the server has it, though not for everybody."""
        return self.outcome in (Outcome.AGREED, Outcome.NEEDS_CERTIFICATE)

    def to_json(self) -> dict[str, Any]:
        """The attempt as JSON can carry it."""
        seen = self.handshake
        return {
            "suite": seen.suite or self.suite,
            "outcome": self.outcome.value,
            "why": seen.why,
            "bits": seen.bits or None,
            "group": seen.group,
            "signature": seen.signature,
            "asks_for_certificate": seen.asks_for_certificate,
            "note": self.note,
        }


@dataclass
class Spoken:
    """One protocol, as far as it was tried: which suites the server has, and what else it can.

    The first of ``attempts`` offered all suites at once. ``needs_certificate``: it refuses clients
    that have none. ``resumes`` is None where it could not be tried. ``refused_extensions`` are
    those of our hello that it ends the handshake at.
    """

    protocol: str
    attempts: list[Attempt] = field(default_factory=list)
    needs_certificate: bool = False
    alpn: str | None = None
    resumes: bool | None = None
    refused_extensions: list[str] = field(default_factory=list)

    @property
    def suites(self) -> list[Attempt]:
        """The attempts that tell of one suite each, if any of them tells that there is one."""
        single = [attempt for attempt in self.attempts if attempt.suite]
        return single if any(each.supported for each in single) else self.attempts

    @property
    def supported(self) -> bool:
        """Whether there is at least one suite that the server has."""
        return any(attempt.supported for attempt in self.attempts)

    @property
    def why(self) -> str:
        """Why it does not speak it."""
        return self.attempts[0].handshake.why

    @property
    def asks_for_certificate(self) -> bool:
        """Whether it asks for a certificate also where the suite does not need one."""
        asked = [attempt for attempt in self.suites if not attempt.suite.startswith("ECDHE")]
        return any(attempt.handshake.asks_for_certificate for attempt in asked)

    @property
    def certificates(self) -> tuple[pki.Certificate, ...]:
        """The certificates that it showed, as it sent them."""
        shown = (attempt.handshake.certificates for attempt in self.attempts if attempt.supported)
        return next(filter(None, shown), ())

    def to_json(self) -> dict[str, Any]:
        """The protocol as JSON can carry it."""
        return {
            "protocol": self.protocol,
            "supported": self.supported,
            "why": "" if self.supported else self.why,
            "suites": [attempt.to_json() for attempt in self.suites],
            "alpn": self.alpn,
            "resumes": self.resumes,
            "asks_for_certificate": self.asks_for_certificate,
            "needs_certificate": self.needs_certificate,
            "refused_extensions": self.refused_extensions,
        }


@dataclass(frozen=True)
class Finding:
    """Something that is wrong (``wrong``), or that could be better; ``about`` is a certificate."""

    text: str
    wrong: bool = True
    about: pki.Certificate | None = None


@dataclass(frozen=True)
class Shown:
    """Certificates that the server showed in one or more protocols, and what is known of them.

    ``roles`` says what each of the first ones is for: ("signing", "encryption") or ("server",);
    ``chain`` is all of them and what stands above them in what we trust.
    """

    protocols: tuple[str, ...]
    roles: tuple[str, ...]
    sent: tuple[pki.Certificate, ...]
    trusted: tuple[pki.Certificate, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def leaves(self) -> tuple[tuple[str, pki.Certificate], ...]:
        """The server's own certificates, each with its role."""
        return tuple(zip(self.roles, self.sent, strict=False))

    def role(self, certificate: pki.Certificate) -> str:
        """What a certificate is for, "" if it is not one of the server's own."""
        return " and ".join(role for role, leaf in self.leaves if leaf == certificate)

    def whose(self, finding: Finding) -> str:
        """What a finding is about, in words."""
        if finding.about is None:
            return ""
        role = self.role(finding.about)
        return f"the {role} certificate" if role else finding.about.subject

    def to_json(self) -> dict[str, Any]:
        """The certificates as JSON can carry them."""
        return {
            "protocols": list(self.protocols),
            "sent": [{"role": self.role(each) or None, **facts(each)} for each in self.sent],
            "trusted": [facts(each) for each in self.trusted],
            "findings": [
                {"wrong": each.wrong, "text": each.text, "about": self.whose(each)}
                for each in self.findings
            ],
        }


@dataclass(frozen=True)
class Diagnosis:
    """All about one server; nothing ``spoken`` if it could not be reached.

    ``says`` is what it says without TLCP or TLS, if it has none of them.
    """

    host: str
    port: int
    name: str
    says: str | None
    spoken: tuple[Spoken, ...]
    shown: tuple[Shown, ...]
    findings: tuple[Finding, ...]

    @property
    def wrong(self) -> list[str]:
        """All that is wrong, in words."""
        return self._words(wrong=True)

    @property
    def advice(self) -> list[str]:
        """All that could be better, in words."""
        return self._words(wrong=False)

    def _words(self, *, wrong: bool) -> list[str]:
        words = [each.text for each in self.findings if each.wrong == wrong]
        for shown in self.shown:
            about: dict[str, list[str]] = {}
            for each in shown.findings:
                if each.wrong == wrong:
                    about.setdefault(each.text, []).append(shown.whose(each))
            words += [f"{' and '.join(whose)}: {text}" for text, whose in about.items()]
        return words

    @property
    def good(self) -> bool:
        """Whether the server could be reached, and nothing about it is wrong."""
        return not self.wrong

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as JSON can carry it."""
        return {
            "host": self.host,
            "port": self.port,
            "server_name": self.name,
            "good": self.good,
            "reachable": bool(self.spoken),
            "says": self.says,
            "protocols": [each.to_json() for each in self.spoken],
            "certificates": [each.to_json() for each in self.shown],
            "wrong": self.wrong,
            "advice": self.advice,
        }
