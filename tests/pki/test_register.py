"""A CA's register: kept over processes, crashes and full disks."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import der
import pytest

from tongsuo_py import pki, sm2
from tongsuo_py.exceptions import FormatError

KEY = sm2.PrivateKey.generate()
CA, OTHER_CA = pki.CA.create("Root 根"), pki.CA.create("Other")
PAIR = CA.issue_pair("a.example", sign_key=KEY, enc_key=KEY)
SINGLE = CA.issue("b.example", key=KEY)
MOMENT = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
COMPROMISED = pki.RevocationReason.KEY_COMPROMISE


@pytest.fixture
def register(tmp_path: Path) -> pki.Register:
    """A register that knows three certificates."""
    register = pki.Register(tmp_path / "ca")
    register.add(PAIR.sign, PAIR.enc)
    register.add(SINGLE)
    return register


def with_serial_number_of(certificate: pki.Certificate) -> pki.Certificate:
    """Another certificate of the same number."""
    number = der.integer(certificate.serial_number)
    return pki.Certificate.from_der(der.certificate(serial=number))


def path_of(tmp_path: Path) -> Path:
    return tmp_path / "ca" / "register.jsonl"


def test_an_empty_one(tmp_path: Path) -> None:
    register = pki.Register(tmp_path / "none")
    assert register.issued == register.revoked == ()
    assert register.crl_number == 0
    assert not (tmp_path / "none").exists()
    with pytest.raises(ValueError, match="the register has no certificate 5"):
        register.find(5)
    assert repr(register) == f"<pki.Register '{tmp_path / 'none' / 'register.jsonl'}'>"


def test_what_was_issued(register: pki.Register, tmp_path: Path) -> None:
    again = pki.Register(str(tmp_path / "ca"))
    assert again.issued == (PAIR.sign, PAIR.enc, SINGLE)
    assert again.find(SINGLE.serial_number) == SINGLE
    lines = [json.loads(line) for line in path_of(tmp_path).read_text("utf-8").splitlines()]
    assert [line["subject"] for line in lines] == ["CN=a.example", "CN=a.example", "CN=b.example"]
    assert lines[2]["issued"] == f"{SINGLE.serial_number:x}"
    assert datetime.fromisoformat(lines[2]["not_after"]) == SINGLE.not_after


def test_what_was_revoked_stays_so(register: pki.Register) -> None:
    first = register.revoke(PAIR.enc, COMPROMISED, date=MOMENT)
    assert first == pki.RevokedCertificate(PAIR.enc.serial_number, MOMENT, COMPROMISED)
    crl = register.issue_crl(CA)
    assert crl.revoked == (first,)
    assert (crl.number, register.crl_number) == (1, 1)
    before = datetime.now(UTC).replace(microsecond=0)
    second = register.revoke(SINGLE.serial_number, 4)  # type: ignore[arg-type]
    assert second.reason is pki.RevocationReason.SUPERSEDED
    assert before <= second.date <= datetime.now(UTC)
    crl = register.issue_crl(CA, days=5)
    assert set(crl.revoked) == {first, second} == set(register.revoked)
    assert (crl.number, register.crl_number) == (2, 2)
    assert crl.next_update == crl.this_update + timedelta(days=5)
    crl.verify(CA.certificate)
    assert crl.is_revoked(PAIR.enc)
    assert not crl.is_revoked(PAIR.sign)


def test_what_cannot_be(register: pki.Register, tmp_path: Path) -> None:
    register.revoke(PAIR.enc, date=MOMENT)
    before = path_of(tmp_path).read_bytes()
    namesake = with_serial_number_of(SINGLE)
    for message, action in (
        ("has a certificate [0-9a-f]+ already", lambda: register.add(CA.certificate, SINGLE)),
        ("revoked already, on 2026-05-04", lambda: register.revoke(PAIR.enc)),
        ("the register has no certificate 5", lambda: register.revoke(5)),
        ("must have a time zone", lambda: register.revoke(SINGLE, date=datetime(2026, 1, 1))),
        ("is not a valid RevocationReason", lambda: register.revoke(SINGLE, 7)),  # type: ignore[arg-type]
        (
            "REMOVE_FROM_CRL is for delta lists",
            lambda: register.revoke(SINGLE, pki.RevocationReason.REMOVE_FROM_CRL),
        ),
        ("the register has another CA's certificate", lambda: register.revoke(namesake)),
        ("in the register is not one of", lambda: register.issue_crl(OTHER_CA)),
        ("days must be at least 1", lambda: register.issue_crl(CA, days=0)),
    ):
        with pytest.raises(ValueError, match=message):
            action()
    with pytest.raises(TypeError, match=r"a pki.Certificate is needed, not int"):
        register.add(5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a pki.Certificate is needed, not str"):
        register.revoke("5")  # type: ignore[arg-type]
    assert path_of(tmp_path).read_bytes() == before


def test_the_whole_file_cut_off_anywhere(register: pki.Register, tmp_path: Path) -> None:
    """A crash while a line was written: that line never was, and the next one takes its place."""
    register.revoke(PAIR.enc, date=MOMENT)
    register.issue_crl(CA)
    content = path_of(tmp_path).read_bytes()
    ends = [index + 1 for index, byte in enumerate(content) if byte == ord("\n")]
    places = {*range(0, len(content), 97), *(end + step for end in ends for step in (-1, 0, 1))}
    for length in places:
        path_of(tmp_path).write_bytes(content[:length])
        lines = sum(end <= length for end in ends)
        assert len(register.issued) == min(lines, 3)
        assert len(register.revoked) == (lines >= 4)
        assert register.crl_number == (lines >= 5)
    path_of(tmp_path).write_bytes(content[: ends[3] + 7])
    assert register.issue_crl(CA).number == 1
    assert path_of(tmp_path).read_bytes().count(b"\n") == 5
    assert register.crl_number == 1


@pytest.mark.parametrize(
    "line",
    [
        b"not JSON",
        b"[]",
        b"5",
        b"null",
        b"{}",
        b'{"crl": "x"}',
        b'{"issued": "5"}',
        b'{"issued": "5", "certificate": "AAAA"}',
        b'{"revoked": "5", "date": "2026-01-01T00:00:00+00:00", "reason": null}',
        b'{"crl": Infinity}',
        b"[" * 100_000,
        b"\xff",
    ],
    ids=range(12),
)
def test_lines_that_are_none(register: pki.Register, tmp_path: Path, line: bytes) -> None:
    content = path_of(tmp_path).read_bytes() + line + b"\n"
    path_of(tmp_path).write_bytes(content)
    message = rf"^{path_of(tmp_path)}: expected an event of a CA's register in line 4, found"
    for action in (
        lambda: register.issued,
        lambda: register.revoke(SINGLE),
        lambda: register.issue_crl(CA),
    ):
        with pytest.raises(FormatError, match=message):
            action()
    assert path_of(tmp_path).read_bytes() == content


def test_a_swapped_certificate_is_noticed(register: pki.Register, tmp_path: Path) -> None:
    lines = [json.loads(line) for line in path_of(tmp_path).read_bytes().splitlines()]
    lines[0]["certificate"] = lines[2]["certificate"]
    path_of(tmp_path).write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(FormatError, match=r"in line 1.*has another serial number"):
        _ = register.issued


def test_many_writers(tmp_path: Path) -> None:
    """Threads with registers of their own, as processes would have them."""
    certificates = [CA.issue(f"{number}.example", key=KEY) for number in range(24)]

    def work(mine: list[pki.KeyedCertificate]) -> None:
        register = pki.Register(tmp_path)
        for certificate in mine:
            register.add(certificate)
            register.revoke(certificate)
            numbers.append(register.issue_crl(CA).number)

    numbers: list[int | None] = []
    threads = [threading.Thread(target=work, args=(certificates[i::8],)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, numbers)) == sorted(map(str, range(1, 25)))
    register = pki.Register(tmp_path)
    assert set(register.issued) == set(certificates)
    assert len(register.revoked) == 24


def test_a_full_disk(register: pki.Register, tmp_path: Path) -> None:
    """A limit on file sizes is a full disk that a test may make."""
    before = path_of(tmp_path).read_bytes()
    program = (
        "import resource, signal, sys; from tongsuo_py import pki\n"
        "register = pki.Register(sys.argv[1]); size = int(sys.argv[2])\n"
        "certificate = pki.self_signed('c.example')\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))\n"
        "try:\n"
        "    register.add(certificate)\n"
        "except OSError as error:\n"
        "    print(type(error).__name__)\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "ca", str(len(before))],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=Path(pki.__file__).parents[2],
    )
    assert result.stdout == "OSError\n"
    assert path_of(tmp_path).read_bytes() == before
