"""The schemes do what they are measured for: what is read is what was sent, and nothing else."""

from __future__ import annotations

import os
import ssl as stdlib
from dataclasses import fields, replace
from pathlib import Path
from types import ModuleType

import pytest

from tongsuo_py import ssl
from tongsuo_py.benchmark import scheme_rounds, scheme_sessions, schemes, schemes_beside
from tongsuo_py.benchmark.scheme_rounds import Side
from tongsuo_py.benchmark.schemes import Message, Refused, Scheme, receive, send

ALL = (schemes.SM, *schemes_beside.ALL)
#: Which step has to find out that a part of the message is not what was sent.
FINDS = {
    "signature": "verify",
    "wrapped": "unwrap",
    "counter": "check",
    "ciphertext": "check",
    "code": "check",
}


@pytest.fixture(scope="module", params=ALL, ids=lambda scheme: scheme.name)
def scheme(request: pytest.FixtureRequest) -> Scheme:
    made: Scheme = request.param()
    return made


@pytest.mark.parametrize("size", [1, 15, 16, 17, 64, 1000, 65536])
def test_what_is_read_is_what_was_sent(scheme: Scheme, size: int) -> None:
    challenge, reading = os.urandom(schemes.CHALLENGE), os.urandom(size)
    message = send(scheme, challenge, reading)
    assert len(message.ciphertext) == size
    assert size < 15 or reading not in message.ciphertext
    assert receive(scheme, challenge, message) == reading


def test_nothing_comes_twice(scheme: Scheme) -> None:
    challenge, reading = os.urandom(schemes.CHALLENGE), bytes(64)
    one, other = (send(scheme, challenge, reading) for _ in range(2))
    for name in ("wrapped", "counter", "ciphertext", "code"):
        assert getattr(one, name) != getattr(other, name)


@pytest.mark.parametrize("name", [field.name for field in fields(Message)])
@pytest.mark.parametrize("at", [0, -1])
def test_a_message_that_was_altered(scheme: Scheme, name: str, at: int) -> None:
    challenge = os.urandom(schemes.CHALLENGE)
    message = send(scheme, challenge, os.urandom(64))
    altered = bytearray(getattr(message, name))
    altered[at] ^= 1
    with pytest.raises(Refused, match=f"^{FINDS[name]}$"):
        receive(scheme, challenge, replace(message, **{name: bytes(altered)}))


@pytest.mark.parametrize("name", [field.name for field in fields(Message)])
@pytest.mark.parametrize("kept", [0, 7, -1])
def test_a_message_that_was_cut_off(scheme: Scheme, name: str, kept: int) -> None:
    challenge = os.urandom(schemes.CHALLENGE)
    message = send(scheme, challenge, os.urandom(64))
    with pytest.raises(Refused):
        receive(scheme, challenge, replace(message, **{name: getattr(message, name)[:kept]}))


def test_the_answer_to_another_challenge(scheme: Scheme) -> None:
    message = send(scheme, os.urandom(schemes.CHALLENGE), b"reading")
    with pytest.raises(Refused, match=r"^verify$"):
        receive(scheme, os.urandom(schemes.CHALLENGE), message)


@pytest.mark.parametrize("kind", ALL, ids=lambda kind: kind.name)
def test_somebody_elses_message(kind: type[Scheme]) -> None:
    challenge, one, other = os.urandom(schemes.CHALLENGE), kind(), kind()
    message = send(other, challenge, b"reading")
    with pytest.raises(Refused, match=r"^verify$"):
        receive(one, challenge, message)
    with pytest.raises(Refused, match=r"^unwrap$"):
        receive(one, challenge, replace(message, signature=one.sign(challenge)))


def test_keys_of_another_length(scheme: Scheme) -> None:
    challenge = os.urandom(schemes.CHALLENGE)
    message = send(scheme, challenge, b"reading")
    with pytest.raises(Refused, match=r"^unwrap$"):
        receive(scheme, challenge, replace(message, wrapped=scheme.wrap(bytes(24))))


def test_each_step_has_its_time(scheme: Scheme) -> None:
    laps = schemes.timed(scheme, os.urandom(64))
    assert list(laps) == list(schemes.STEPS)
    assert min(laps.values()) > 0


def test_a_wrong_reading_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    scheme = schemes.SM()
    monkeypatch.setattr(schemes.SM, "decrypt", lambda *_: b"another")
    with pytest.raises(AssertionError, match="gave another reading"):
        schemes.timed(scheme, b"reading")


# ---- whole sessions ----


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sessions")
    scheme_sessions.prepare(made)
    return made


#: (The standard library's needs a configuration for the suite of TLS 1.3: see ``test_rounds``.)
SPOKEN = [*((name, ssl) for name in scheme_sessions.SESSIONS), ("TLS 1.2 RSA-2048", stdlib)]


@pytest.mark.parametrize(("name", "module"), SPOKEN, ids=str)
@pytest.mark.parametrize("size", [64, 100_000])
def test_a_session(name: str, module: ModuleType, size: int, directory: Path) -> None:
    laps = scheme_sessions.Pair(module, name, directory).timed(os.urandom(size))
    assert list(laps) == list(scheme_sessions.STEPS)
    assert laps["handshake"] > laps["send"] or size > 64


@pytest.mark.parametrize("name", scheme_sessions.SESSIONS)
def test_a_record_that_was_altered(name: str, directory: Path) -> None:
    client, server = scheme_sessions.Pair(ssl, name, directory).handshake()
    if name.startswith("TLS 1.3"):
        with pytest.raises(ssl.SSLWantReadError):
            client.read()  # the tickets, which are on their way
    client.write(b"reading")
    outgoing, incoming = client._sslobj._outgoing, server._sslobj._incoming
    assert outgoing is incoming
    record = bytearray(outgoing.read())
    record[-1] ^= 1
    incoming.write(record)
    with pytest.raises(ssl.SSLError):
        server.read(100)


# ---- what is compared ----


def test_the_sides() -> None:
    with_provider = scheme_rounds.sides(accelerated=True)
    without = scheme_rounds.sides(accelerated=False)
    assert len(set(with_provider)) == len(with_provider)
    assert [each for each in with_provider if each.child != "plain"] == without
    plain = {each.name for each in with_provider if each.child == "plain"}
    assert plain == {"SM2-SM4-SM3", "TLCP ECC", "TLCP ECDHE", "TLS 1.3 RFC 8998"}
    assert {each.name for each in without if each.ours} == plain
    beside = {each.name for each in without if each.child == "stdlib"}
    assert beside == {"TLS 1.2 RSA-2048", "TLS 1.3 P-256"}


def test_rounds(tmp_path: Path) -> None:
    heard = []
    with scheme_rounds.Rounds(tmp_path, (64, 1024)) as measured:
        chosen = [Side("scheme", schemes.SM.name, "plain"), Side("ssl", "TLS 1.3 P-256", "stdlib")]
        results = measured.measure(chosen, 2, 0.0, lambda *far: heard.append(far))
    assert [(each.side, each.size) for each in results] == [
        (side, size) for size in (64, 1024) for side in chosen
    ]
    assert heard == [(done, 8) for done in range(1, 9)]
    for each in results:
        steps = scheme_sessions.STEPS if each.side.session else schemes.STEPS
        assert list(each.steps) == list(steps)
        low, high = each.spread
        assert 0 < low <= each.total <= high
        # The medians of a few messages: no exact sum, but no other kind of number either.
        assert each.total / 3 < sum(each.steps.values()) < each.total * 3


def test_targets() -> None:
    def result(name: str, size: int, total: float, child: str = "usual") -> scheme_rounds.Result:
        return scheme_rounds.Result(Side("scheme", name, child), size, total)

    results = [
        result("SM2-SM4-SM3", 64, 50),
        result("SM2-SM4-SM3", 64, 500, "plain"),
        result(scheme_rounds.RIVAL, 64, 100),
        result("SM2-SM4-SM3", 1 << 20, 300),
        result(scheme_rounds.RIVAL, 1 << 20, 200),
        result("SM2-SM4-SM3", 1024, 1),
    ]
    small, large = scheme_rounds.targets(results)
    assert (small.size, small.ratio, small.wanted, small.reached) == (64, 0.5, True, True)
    assert (large.size, large.ratio, large.wanted, large.reached) == (1 << 20, 1.5, False, False)
