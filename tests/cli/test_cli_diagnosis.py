"""What ``connect`` calls wrong with certificates, also such as our servers refuse to show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py import pki
from tongsuo_py.cli.diagnosis.handshakes import Handshake, Target, certificates_in
from tongsuo_py.cli.diagnosis.judgement import judge_certificates, judge_protocols
from tongsuo_py.cli.diagnosis.results import Attempt, Finding, Outcome, Shown, Spoken
from tongsuo_py.cli.diagnosis.survey import TLCP, TLS13
from tongsuo_py.cli.trust import Trust
from tongsuo_py.sm2 import PrivateKey

TARGET = Target("host.example", 443, "host.example", 5.0)
CA = pki.CA.create("Diagnosis Root CA")
BELOW = CA.issue_ca("Diagnosis CA")
PAIR = CA.issue_pair("host.example")


def spoken(*sent: pki.Certificate, protocol: str = TLCP) -> Spoken:
    """A server that spoke the protocol and showed these."""
    seen = Handshake(True, True, False, tuple(sent), suite="ECDHE-SM2-SM4-GCM-SM3")
    return Spoken(protocol, [Attempt(seen.suite, Outcome.AGREED, seen)])


def judge(*sent: pki.Certificate, protocol: str = TLCP) -> Shown:
    """What is made of certificates in this order, where our CA is trusted."""
    trust = Trust((CA.certificate,), ())
    (shown,) = judge_certificates(TARGET, [spoken(*sent, protocol=protocol)], trust)
    return shown


def wrong(shown: Shown) -> list[str]:
    return [f"{shown.whose(each)}: {each.text}" for each in shown.findings if each.wrong]


def test_nothing_is_wrong() -> None:
    shown = judge(PAIR.sign, PAIR.enc)
    assert shown.findings == ()
    assert shown.trusted == (CA.certificate,)
    assert judge(BELOW.issue("host.example"), BELOW.certificate, protocol=TLS13).findings == ()


def test_swapped() -> None:
    texts = wrong(judge(PAIR.enc, PAIR.sign))
    assert ": the signing and the encryption certificate are swapped" in texts
    assert any(text.startswith("the signing certificate: ") for text in texts)
    assert any(text.startswith("the encryption certificate: ") for text in texts)


def test_one_certificate_in_tlcp() -> None:
    assert wrong(judge(PAIR.sign)) == [": TLCP takes two certificates, and the server sent one"]


def test_the_same_twice() -> None:
    texts = wrong(judge(PAIR.sign, PAIR.sign))
    assert any("the same one" in text for text in texts)


def test_the_same_key_in_both() -> None:
    key = PrivateKey.generate()
    pair = CA.issue_pair("host.example", sign_key=key, enc_key=key)
    (text,) = wrong(judge(pair.sign, pair.enc))
    assert "the same key" in text


def test_two_subjects() -> None:
    other = CA.issue_pair("host.example", role="another")
    (text,) = wrong(judge(PAIR.sign, other.enc))
    assert "OU=another" in text


def test_a_chain_that_is_not_sent() -> None:
    pair = BELOW.issue_pair("host.example")
    assert wrong(judge(pair.sign, pair.enc, BELOW.certificate)) == []
    texts = wrong(judge(pair.sign, pair.enc))
    assert len(texts) == 2
    assert all("its issuer, CN=Diagnosis CA, is neither" in text for text in texts)


def test_any_ca_may_be_trusted() -> None:
    trust = Trust((BELOW.certificate,), ())
    pair = BELOW.issue_pair("host.example")
    (shown,) = judge_certificates(TARGET, [spoken(pair.sign, pair.enc)], trust)
    assert (wrong(shown), shown.trusted) == ([], (BELOW.certificate,))


def test_each_set_of_certificates_is_shown_once() -> None:
    single = CA.issue("host.example")
    trust = Trust((CA.certificate,), ())
    both = [spoken(PAIR.sign, PAIR.enc), spoken(single, protocol="TLS 1.3"), Spoken("nothing")]
    both.append(spoken(single, protocol="TLS 1.2"))
    shown = judge_certificates(TARGET, both, trust)
    assert [each.protocols for each in shown] == [(TLCP,), ("TLS 1.3", "TLS 1.2")]
    assert [each.roles for each in shown] == [("signing", "encryption"), ("server",)]


def test_a_handshake_that_fails_after_the_server_agreed() -> None:
    seen = Handshake(False, True, False, why="bad record mac")
    failing = Spoken(TLCP, [Attempt("ECC-SM2-SM4-GCM-SM3", Outcome.FAILED, seen)])
    assert judge_protocols([failing], None, whole=True) == [
        Finding("TLCP 1.1 with ECC-SM2-SM4-GCM-SM3 fails: bad record mac")
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_only_what_was_tried_to_the_end_is_judged(whole: bool) -> None:
    seen = Handshake(False, False, False, why="no")
    refused = Spoken(TLCP, [Attempt("", Outcome.REFUSED, seen)])
    texts = [each.text for each in judge_protocols([refused], None, whole=whole)]
    assert texts == (["it speaks neither TLCP nor TLS"] if whole else [])


# ---- the Certificate message ----


def message(certificates: list[bytes], *, newest: bool) -> bytes:
    """The body of a Certificate message, written by hand."""

    def counted(data: bytes, size: int) -> bytes:
        return len(data).to_bytes(size, "big") + data

    extensions = counted(b"\x00\x05\x00\x01\x01", 2) if newest else b""
    entries = b"".join(counted(each, 3) + extensions for each in certificates)
    return (b"\0" if newest else b"") + counted(entries, 3)


@given(st.lists(st.binary(max_size=300), max_size=4), st.booleans())
def test_the_certificates_in_a_message(certificates: list[bytes], newest: bool) -> None:
    whole = message(certificates, newest=newest)
    assert list(certificates_in(whole, newest=newest)) == certificates
    for size in range(len(whole)):
        cut = list(certificates_in(whole[:size], newest=newest))
        assert cut == certificates[: len(cut)]


@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_as_a_message(body: bytes, newest: bool) -> None:
    found = list(certificates_in(body, newest=newest))
    assert sum(map(len, found)) <= len(body)
