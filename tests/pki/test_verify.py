"""Chains and pairs verified: every kind of problem by itself, and several at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import der
import pytest
from damage import flipped, flips

from tongsuo_py import pki, sm2
from tongsuo_py._binding import lib

VECTORS = Path(__file__).resolve().parent.parent / "vectors" / "requests"
KEY, OTHER_KEY = sm2.PrivateKey.generate(), sm2.PrivateKey.generate()
NOW = datetime.now(UTC)
DAY = timedelta(days=1)
PAST = {"not_before": NOW - 9 * DAY, "not_after": NOW - DAY}
FUTURE = {"not_before": NOW + DAY, "not_after": NOW + 9 * DAY}

ROOT = pki.CA.create("Root")
SUB = ROOT.issue_ca("Sub")
LEAF = SUB.issue("a.example", "192.0.2.1", key=KEY)
ROOTS = [ROOT.certificate]
PAIR = SUB.issue_pair("a.example", sign_key=KEY, enc_key=OTHER_KEY)


def verify(certificate: pki.Certificate = LEAF, **options: Any) -> pki.Verification:
    """With the right roots and intermediates, unless others are given."""
    return pki.verify_chain(certificate, **{"roots": ROOTS, "intermediates": SUB.chain, **options})


def codes(found: pki.Verification | pki.PairVerification) -> set[tuple[int, int]]:
    assert lib.ERR_peek_error() == 0
    return {(problem.code, problem.depth) for problem in found.problems}


def reason(found: pki.Verification) -> str:
    """Of the only problem."""
    (problem,) = found.problems
    assert not found.ok
    return problem.reason


def test_a_good_chain() -> None:
    for options in ({}, {"purpose": "server"}, {"purpose": "client", "usage": "sign"}):
        found = verify(**options, strict=True)
        assert found.ok
        assert found.problems == ()
        assert str(found) == "verified"
        assert found.chain == (LEAF, SUB.certificate, ROOT.certificate)
        assert [type(certificate) for certificate in found.chain] == [pki.Certificate] * 3


@pytest.mark.parametrize("host", ["a.example", "A.Example", "192.0.2.1"])
def test_the_right_host(host: str) -> None:
    assert verify(host=host).ok


@pytest.mark.parametrize("host", ["b.example", "x.a.example", "192.0.2.2", "::1"])
def test_the_wrong_host(host: str) -> None:
    said = reason(verify(host=host))
    assert "mismatch; it is for a.example, 192.0.2.1: connect by such a name" in said


def test_a_common_name_is_no_host() -> None:
    nameless = SUB.issue(common_name="a.example", key=KEY)
    assert "it is for no name at all" in reason(verify(nameless, host="a.example"))


def test_what_is_trusted_need_not_be_a_root() -> None:
    assert verify(roots=[SUB.certificate], intermediates=()).chain == (LEAF, SUB.certificate)
    assert verify(roots=[LEAF], intermediates=()).ok
    alone = pki.self_signed("a.example", key=KEY)
    assert verify(alone, roots=[alone], host="a.example").ok


def test_a_missing_intermediate() -> None:
    found = verify(intermediates=())
    assert reason(found) == (
        "unable to get local issuer certificate; the certificate of CN=Sub is missing: "
        "give it as an intermediate, or as a root if you trust it"
    )
    assert str(found) == f"CN=a.example: {reason(found)}"
    assert found.problems[0].certificate == LEAF
    assert found.chain == (LEAF,)


def test_a_missing_root() -> None:
    found = verify(roots=())
    assert "the certificate of CN=Root is missing" in reason(found)
    assert (found.problems[0].certificate, found.problems[0].depth) == (SUB.certificate, 1)


def test_an_unknown_root() -> None:
    found = verify(roots=(), intermediates=[SUB.certificate, ROOT.certificate])
    assert reason(found).startswith("self-signed certificate in certificate chain; CN=Root is not")
    alone = pki.self_signed("a.example", key=KEY)
    assert "no CA stands for it" in reason(verify(alone))


def test_another_root_of_the_same_name() -> None:
    namesake = pki.CA.create("Root")
    assert "the certificate of CN=Root is missing" in reason(verify(roots=[namesake.certificate]))


def test_an_altered_certificate() -> None:
    der = LEAF.to_der()
    altered = pki.Certificate.from_der(flipped(der, der.index(b"a.example"), 3))
    said = reason(verify(altered))
    assert "signature failure; it was altered, or issued by another CA that calls itself" in said


@pytest.mark.parametrize("at_fault", ["leaf", "intermediate", "root"])
@pytest.mark.parametrize(
    ("times", "code", "words"),
    [(PAST, 10, "it was valid until {not_after}"), (FUTURE, 9, "it is valid from {not_before}")],
    ids=["past", "future"],
)
def test_times(at_fault: str, times: dict[str, datetime], code: int, words: str) -> None:
    root = pki.CA.create("Root", **times if at_fault == "root" else {})  # type: ignore[arg-type]
    if at_fault == "root":
        valid = {"not_before": NOW - DAY, "not_after": NOW + DAY}
        sub = root.issue_ca("Sub", **valid)  # type: ignore[arg-type]
        leaf = sub.issue("a.example", key=KEY, **valid)  # type: ignore[arg-type]
    else:
        sub = root.issue_ca("Sub", **times if at_fault == "intermediate" else {})  # type: ignore[arg-type]
        leaf = sub.issue(
            "a.example", key=KEY, **times if at_fault == "leaf" else PAST | {"not_after": NOW + DAY}
        )  # type: ignore[arg-type]
    found = verify(leaf, roots=[root.certificate], intermediates=sub.chain)
    depth = ["leaf", "intermediate", "root"].index(at_fault)
    assert codes(found) == {(code, depth)}
    wrong = found.chain[depth]
    told = words.format(
        not_after=f"{wrong.not_after:%Y-%m-%d %H:%M:%S} UTC",
        not_before=f"{wrong.not_before:%Y-%m-%d %H:%M:%S} UTC",
    )
    assert told in reason(found)


def test_at_another_time() -> None:
    assert verify(at=LEAF.not_before).ok
    assert verify(at=LEAF.not_after - timedelta(seconds=1)).ok
    assert codes(verify(at=LEAF.not_after + timedelta(seconds=1))) == {(10, 0)}
    assert codes(verify(at=LEAF.not_before - timedelta(seconds=1))) >= {(9, 0)}
    assert codes(verify(at=ROOT.certificate.not_after + DAY)) == {(10, 0), (10, 1), (10, 2)}
    with pytest.raises(ValueError, match="at must have a time zone"):
        verify(at=datetime(2026, 1, 1))
    with pytest.raises(TypeError, match="at must be a datetime, not int"):
        verify(at=0)


def test_purposes() -> None:
    for side, other in (("server", "client"), ("client", "server")):
        leaf = SUB.issue("a.example", key=KEY, side=side)  # type: ignore[arg-type]
        assert verify(leaf, purpose=side).ok
        assert f"does not allow it to be a {other}'s" in reason(verify(leaf, purpose=other))


def test_usages() -> None:
    assert verify(PAIR.sign, usage="sign").ok
    assert verify(PAIR.enc, usage="encrypt").ok
    said = reason(verify(PAIR.enc, usage="sign"))
    assert said == (
        "its key usage must have digitalSignature, and it has "
        "KEY_ENCIPHERMENT, DATA_ENCIPHERMENT, KEY_AGREEMENT: are two swapped?"
    )
    assert "keyEncipherment, dataEncipherment or keyAgreement" in reason(
        verify(PAIR.sign, usage="encrypt")
    )


Issue = Callable[..., pki.Certificate]


@pytest.fixture
def issue(run_openssl: Callable[..., bytes]) -> Issue:
    """Another program, that issues whatever it is told to."""

    def run(
        request: pki.Request, issuer: pki.Certificate, key: sm2.PrivateKey, *extensions: str
    ) -> pki.Certificate:
        text = run_openssl(
            *("x509", "-req", "-in", "{request}", "-CA", "{issuer}", "-CAkey", "{key}", "-sm3"),
            *("-days", "9", "-extfile", "{extensions}"),
            request=request.to_pem(),
            issuer=issuer.to_pem(),
            key=key.to_pem(),
            extensions="\n".join(extensions).encode(),
        )
        return pki.Certificate.from_pem(text)

    return run


REQUEST = pki.Request.create(KEY, common_name="a.example")
CA_REQUEST = pki.Request.create(OTHER_KEY, common_name="Below")


def test_a_leaf_that_issues(issue: Issue) -> None:
    victim = issue(CA_REQUEST, LEAF, KEY)
    found = verify(victim, intermediates=[LEAF, SUB.certificate])
    assert (lib.X509_V_ERR_INVALID_CA, 1) in codes(found)
    assert "is no CA's: a chain leads through CAs alone" in str(found)


def test_too_many_cas(issue: Issue) -> None:
    usage = "keyUsage=keyCertSign"
    below = issue(
        CA_REQUEST, SUB.certificate, SUB.private_key, "basicConstraints=critical,CA:TRUE", usage
    )
    found = verify(issue(REQUEST, below, OTHER_KEY), intermediates=[below, SUB.certificate])
    assert {code for code, _ in codes(found)} == {lib.X509_V_ERR_PATH_LENGTH_EXCEEDED}
    assert "issue from a CA that stands higher" in str(found)


def test_a_critical_extension_nobody_knows(issue: Issue) -> None:
    odd = issue(REQUEST, SUB.certificate, SUB.private_key, "1.2.3.4=critical,DER:0500")
    said = reason(verify(odd))
    assert "an extension that must be understood, and is not known here" in said


def test_strictness(issue: Issue) -> None:
    """RFC 5280 has a CA's basic constraints be critical."""
    sloppy = issue(CA_REQUEST, *(ROOT.certificate, ROOT.private_key), "basicConstraints=CA:TRUE")
    leaf = issue(REQUEST, sloppy, OTHER_KEY)
    assert verify(leaf, intermediates=[sloppy]).ok
    found = verify(leaf, intermediates=[sloppy], strict=True)
    assert not found.ok
    assert "Basic Constraints of CA cert not marked critical" in str(found)


# ---- revocation ----


def lists(*revoked: pki.Certificate, root: bool = True, **options: Any) -> list[pki.CRL]:
    """A list of each CA; of the root's only if it is wanted."""
    wanted = []
    for ca in (SUB, ROOT) if root else (SUB,):
        own = [each for each in revoked if each.is_issued_by(ca.certificate)]
        wanted.append(ca.issue_crl(own, number=1, **options))
    return wanted


def test_revocation() -> None:
    assert verify(crls=lists()).ok
    assert verify(crls=lists(PAIR.sign)).ok
    found = verify(crls=lists(LEAF))
    assert codes(found) == {(23, 0)}
    assert "certificate revoked; CN=Sub took it back" in reason(found)
    assert codes(verify(crls=lists(SUB.certificate))) == {(23, 1)}
    assert codes(verify(crls=lists(LEAF, SUB.certificate))) == {(23, 0), (23, 1)}


def test_missing_lists() -> None:
    found = verify(crls=lists(root=False))
    assert "give a revocation list of CN=Root" in str(found)
    assert {code for code, _ in codes(found)} == {3}
    assert (3, 0) in codes(verify(crls=lists()[1:]))


def test_lists_out_of_date() -> None:
    times: dict[str, Any] = {"not_before": NOW - 9 * DAY, "not_after": NOW + 99 * DAY}
    root = pki.CA.create("Root", **times)
    leaf = root.issue("a.example", key=KEY, **times)
    crl = root.issue_crl([], number=1, days=30)
    assert crl.next_update is not None

    def look(at: datetime) -> pki.Verification:
        return verify(leaf, roots=[root.certificate], crls=[crl], at=at)

    assert look(NOW).ok
    late, early = look(crl.next_update + DAY), look(crl.this_update - DAY)
    assert codes(late) == {(12, 0), (12, 1)}
    assert "the revocation list of CN=Root is out of date: get the newest one" in str(late)
    assert codes(early) == {(11, 0), (11, 1)}
    assert "is from the future" in str(early)


def test_a_list_of_a_namesake() -> None:
    """It has the CA's name and key identifier, and another signature."""
    altered = pki.CRL.from_der(flipped(lists()[0].to_der(), -1))
    found = verify(crls=[altered, *lists()[1:]])
    assert (8, 0) in codes(found)
    assert "the revocation list of CN=Sub was altered, or is another CA's" in str(found)


def test_gmssl_and_its_list() -> None:
    root, device = (
        pki.load_certificate(VECTORS / f"gmssl-{name}.pem") for name in ("ca", "device")
    )
    at = datetime(2027, 1, 1, tzinfo=UTC)
    assert pki.verify_chain(device, roots=[root], at=at).ok
    crl = pki.load_crl(VECTORS / "gmssl.crl")
    assert codes(pki.verify_chain(device, roots=[root], crls=[crl], at=at)) == {(23, 0)}


# ---- several ----


def test_everything_at_once() -> None:
    expired = SUB.issue("a.example", key=KEY, side="client", **PAST)  # type: ignore[arg-type]
    found = verify(
        expired, purpose="server", usage="encrypt", host="b.example", crls=lists(expired)
    )
    assert [problem.certificate for problem in found.problems] == [expired] * 5
    assert codes(found) == {(10, 0), (23, 0), (26, 0), (62, 0)}
    assert str(found).count("CN=a.example: ") == 5


# ---- pairs ----


def test_a_good_pair() -> None:
    found = pki.verify_pair(
        PAIR.sign,
        PAIR.enc,
        roots=iter(ROOTS),
        intermediates=iter(SUB.chain),
        crls=iter(lists()),
        purpose="server",
        host="a.example",
        strict=True,
    )
    assert found.ok
    assert str(found) == "verified"
    assert found.sign.chain == (PAIR.sign, SUB.certificate, ROOT.certificate)
    assert found.enc.chain == (PAIR.enc, SUB.certificate, ROOT.certificate)


def test_bad_pairs() -> None:
    def said(sign: pki.Certificate, enc: pki.Certificate, **options: Any) -> str:
        found = pki.verify_pair(sign, enc, roots=ROOTS, intermediates=SUB.chain, **options)
        assert not found.ok
        return str(found)

    assert said(PAIR.enc, PAIR.sign).count("are two swapped?") == 2
    assert "both certificates are the same one" in said(PAIR.sign, PAIR.sign)
    twins = SUB.issue_pair("a.example", sign_key=KEY, enc_key=KEY)
    assert said(twins.sign, twins.enc).startswith("both certificates are for the same key")
    other = SUB.issue_pair("b.example", sign_key=OTHER_KEY, enc_key=KEY)
    assert "CN=b.example signs, CN=a.example encrypts" in said(other.sign, PAIR.enc)
    assert said(PAIR.sign, PAIR.enc, host="b.example").count("mismatch") == 2
    revoked = said(PAIR.sign, PAIR.enc, crls=lists(PAIR.enc))
    assert revoked.count("certificate revoked") == 1
    unknown = pki.verify_pair(PAIR.sign, PAIR.enc, roots=())
    assert [problem.code for problem in unknown.problems] == [20, 20]


# ---- bad input ----


def test_what_is_no_certificate() -> None:
    for options in ({"roots": [b"x"]}, {"intermediates": [ROOT]}, {"certificate": "x"}):
        with pytest.raises(TypeError, match=r"a pki.Certificate is needed"):
            verify(**options)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a pki.CRL is needed, not bytes"):
        verify(crls=[b"x"])
    with pytest.raises(ValueError, match='purpose must be one of "server", "client", not'):
        verify(purpose="sign")
    with pytest.raises(ValueError, match='usage must be one of "sign", "encrypt", not'):
        verify(usage="x")
    with pytest.raises(ValueError, match="neither a host name"):
        verify(host="a b")


def test_rubbish_in_a_certificate() -> None:
    """What can be read and says nonsense is a problem, never a crash."""
    for changed in islice(flips(LEAF.to_der(), (0x55,)), 0, None, 3):
        try:
            certificate = pki.Certificate.from_der(changed)
        except ValueError:
            continue
        assert not verify(certificate, strict=True, host="a.example", purpose="server").ok
    assert lib.ERR_peek_error() == 0


def test_names_that_cannot_be_read() -> None:
    names = der.tlv(der.SEQUENCE, der.tlv(0x82, b"\xff.example"))
    certificate = pki.Certificate.from_der(
        der.certificate(extensions=[der.extension("2.5.29.17", names)])
    )
    found = verify(certificate, host="a.example")
    assert (lib.X509_V_ERR_HOSTNAME_MISMATCH, 0) in codes(found)
    assert "it is for names that cannot be read: connect by such a name" in str(found)
