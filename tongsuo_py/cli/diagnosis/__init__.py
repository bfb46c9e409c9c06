"""Looking at a server from outside: what it speaks, what it shows, and what is wrong with it.

``survey`` makes the connections (each by ``handshakes``), ``judgement`` looks at what came of them,
``results`` holds it, and ``drawing`` shows it to people.
"""

from __future__ import annotations

from tongsuo_py import pki
from tongsuo_py.cli.diagnosis.handshakes import Target, first_words
from tongsuo_py.cli.diagnosis.judgement import judge_certificates, judge_protocols
from tongsuo_py.cli.diagnosis.results import Diagnosis, Finding, Spoken
from tongsuo_py.cli.diagnosis.survey import survey
from tongsuo_py.cli.failures import EXIT_USAGE, Failure
from tongsuo_py.cli.trust import Trust


def diagnose(target: Target, pair: pki.CertificatePair | None, trust: Trust) -> Diagnosis:
    """All about a server; ``pair`` is what we show to it.

    Raises Failure (2) for a name that is none; a server that cannot be reached is a finding.
    """
    found: list[Spoken] = []
    says, broken_off = None, []
    try:
        survey(target, pair, found)
        if not any(each.supported for each in found):
            says = first_words(target)
    except Failure as failure:
        if failure.code == EXIT_USAGE:
            raise
        broken_off = [Finding(str(failure))]
    spoken = [each for each in found if each.attempts]  # the last may have been about to begin
    findings = broken_off + judge_protocols(spoken, says, whole=not broken_off)
    shown = judge_certificates(target, spoken, trust)
    return Diagnosis(
        target.host,
        target.port,
        target.name,
        says,
        tuple(spoken),
        tuple(shown),
        tuple(findings),
    )
