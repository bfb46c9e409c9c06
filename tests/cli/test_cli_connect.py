"""``tongsuo-py connect``: what it finds out about servers, and what it calls wrong with them."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from command import ESCAPE, NEEDS_IPV6, bad, closed_port, invoke, on_a_terminal
from listening import listening, serving, shaking_hands
from native_peer import Server

from tongsuo_py import ssl
from tongsuo_py.cli.output import cells

GCM, CBC = "ECC-SM2-SM4-GCM-SM3", "ECC-SM2-SM4-CBC-SM3"
ECDHE = {f"ECDHE-SM2-SM4-{mode}-SM3" for mode in ("GCM", "CBC")}
RSA = {f"RSA-SM4-{mode}-{digest}" for mode in ("GCM", "CBC") for digest in ("SM3", "SHA256")}
# A handshake message of ECDHE (named curve 41, curveSM2), and the record of a fatal alert.
KEY_EXCHANGE_WITHOUT_LENGTH = bytes.fromhex("10000045 030029 4104")
DECODE_ERROR = bytes.fromhex("15 0101 0002 0232")
PROTOCOLS = ["TLCP 1.1", "TLS 1.3 with SM2", "TLS 1.3", "TLS 1.2"]


def tlcp(
    trust: SimpleNamespace, mode: ssl.VerifyMode = ssl.CERT_NONE, pair: Any = None
) -> ssl.SSLContext:
    """A server's context for TLCP."""
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    (pair or trust.server).configure(context)
    trust.ca.configure_trust(context)
    context.verify_mode = mode
    return context


def tls_server(tls: SimpleNamespace) -> ssl.SSLContext:
    """A server's context for TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.ec)
    return context


def look(address: str, *options: object) -> tuple[int, dict[str, Any]]:
    """Exit code and findings."""
    finished = invoke("connect", address, "--json", "--timeout", 20, *options)
    assert finished.stderr == b""
    return finished.returncode, json.loads(finished.stdout)


def protocol(found: dict[str, Any], name: str = PROTOCOLS[0]) -> dict[str, Any]:
    """What was found out about one protocol."""
    return next(each for each in found["protocols"] if each["protocol"] == name)


def outcomes(found: dict[str, Any], name: str = PROTOCOLS[0]) -> dict[str, str]:
    """How the attempt with each suite ended."""
    return {each["suite"]: each["outcome"] for each in protocol(found, name)["suites"]}


def suites_with(outcome: str, found: dict[str, Any]) -> set[str]:
    return {suite for suite, ended in outcomes(found).items() if ended == outcome}


# ---- protocols and suites ----


def test_a_tlcp_server(trust: SimpleNamespace) -> None:
    with serving(tlcp(trust)) as address:
        code, found = look(address, "--pair", trust.dir / "client")
    assert (code, found["good"], found["wrong"], found["advice"]) == (0, True, [], [])
    assert [each["protocol"] for each in found["protocols"]] == PROTOCOLS
    assert [each["supported"] for each in found["protocols"]] == [True, False, False, False]
    assert suites_with("agreed", found) == {GCM, CBC, *ECDHE}
    assert suites_with("refused", found) == RSA
    this = protocol(found)
    assert (this["resumes"], this["asks_for_certificate"], this["needs_certificate"]) == (
        True,
        False,
        False,
    )
    groups = {each["suite"]: each["group"] for each in this["suites"]}
    assert groups[GCM] is None
    assert {groups[suite] for suite in ECDHE} == {"curveSM2"}
    (shown,) = found["certificates"]
    assert [each["role"] for each in shown["sent"]][:2] == ["signing", "encryption"]
    assert [each["sm3"] for each in shown["sent"]][:2] == [
        each.fingerprint().hex() for each in (trust.server.sign, trust.server.enc)
    ]
    assert [each["subject"] for each in shown["trusted"]] == ["CN=Test Root CA"]


@pytest.mark.parametrize("suites", [[GCM], [CBC, *sorted(ECDHE)]])
def test_the_suites_that_it_has(trust: SimpleNamespace, suites: list[str]) -> None:
    context = tlcp(trust)
    context.set_ciphers(":".join(suites))
    with serving(context) as address:
        code, found = look(address, "--pair", trust.dir / "client")
    assert code == 0
    assert suites_with("agreed", found) == set(suites)
    secret = any(suite in ECDHE for suite in suites)
    assert any("no suite with forward secrecy" in text for text in found["advice"]) != secret


def test_ecdhe_as_the_standard_writes_it(trust: SimpleNamespace) -> None:
    """A server that takes a client's parameters only with their length before them.

    GmSSL's is such a one, but for what else it does not take; Tongsuo's all take the other form.
    """
    context = tlcp(trust)

    def answer(connection: socket.socket) -> None:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = context.wrap_bio(incoming, outgoing, server_side=True)
        heard = b""
        while data := connection.recv(65536):
            heard += data
            if KEY_EXCHANGE_WITHOUT_LENGTH in heard:
                connection.sendall(DECODE_ERROR)
                return
            incoming.write(data)
            with suppress(ssl.SSLWantReadError):
                server.do_handshake()
                server.read()
            connection.sendall(outgoing.read())

    with listening(answer) as address:
        code, found = look(address, "--pair", trust.dir / "client")
    assert code == 0
    reached = ECDHE if ssl.TONGSUO_VERSION_INFO >= (8, 5) else set()  # 8.4 has the other form alone
    assert suites_with("agreed", found) == {GCM, CBC, *reached}
    notes = {each["suite"]: each["note"] for each in protocol(found)["suites"]}
    told = {suite for suite, note in notes.items() if "--ecdhe standard" in (note or "")}
    assert told == reached


@pytest.mark.parametrize("mode", [ssl.CERT_NONE, ssl.CERT_OPTIONAL, ssl.CERT_REQUIRED])
@pytest.mark.parametrize("have_one", [False, True])
def test_whether_clients_need_certificates(
    trust: SimpleNamespace, mode: ssl.VerifyMode, have_one: bool
) -> None:
    pair = ["--pair", trust.dir / "client"] if have_one else []
    with serving(tlcp(trust, mode)) as address:
        code, found = look(address, "--ca", trust.dir / "ca", *pair)
    assert code == 0
    needs = mode == ssl.CERT_REQUIRED
    this = protocol(found)
    assert this["asks_for_certificate"] == (mode != ssl.CERT_NONE)
    assert this["needs_certificate"] == needs
    # Tongsuo's servers want one for the ECDHE suites, and verify it, in every mode.
    agreed = {GCM, CBC, *ECDHE} if have_one else set() if needs else {GCM, CBC}
    assert suites_with("agreed", found) == agreed
    assert suites_with("needs-certificate", found) == {GCM, CBC, *ECDHE} - agreed


def test_the_root_of_the_pair_is_trusted(trust: SimpleNamespace) -> None:
    with serving(tlcp(trust, ssl.CERT_REQUIRED)) as address:
        code, found = look(address, "--pair", trust.dir / "client")
    assert (code, found["wrong"]) == (0, [])


def test_tls_13_with_sm2(trust: SimpleNamespace) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.server_cert.configure(context)
    context.set_ciphersuites("TLS_SM4_CCM_SM3")
    with serving(context) as address:
        code, found = look(address, "--ca", trust.dir / "ca")
    assert code == 0
    (attempt,) = protocol(found, "TLS 1.3 with SM2")["suites"]
    assert (attempt["suite"], attempt["group"]) == ("TLS_SM4_CCM_SM3", "curveSM2")
    assert [each["supported"] for each in found["protocols"]] == [False, True, False, False]
    (shown,) = found["certificates"]
    assert (shown["protocols"], shown["sent"][0]["role"]) == (["TLS 1.3 with SM2"], "server")


@pytest.mark.parametrize(
    ("mode", "have_one", "outcome"),
    [
        (ssl.CERT_REQUIRED, False, "needs-certificate"),
        (ssl.CERT_REQUIRED, True, "agreed"),
        (ssl.CERT_OPTIONAL, False, "agreed"),
    ],
)
def test_tls_13_with_sm2_and_clients_that_are_asked(
    trust: SimpleNamespace, mode: ssl.VerifyMode, have_one: bool, outcome: str
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trust.server_cert.configure(context)
    trust.ca.configure_trust(context)
    context.set_ciphersuites("TLS_SM4_GCM_SM3")
    context.verify_mode = mode
    pair = ["--pair", trust.dir / "client"] if have_one else []
    with serving(context) as address:
        _, found = look(address, "--ca", trust.dir / "ca", *pair)
    assert protocol(found, "TLS 1.3 with SM2")["asks_for_certificate"]
    assert outcomes(found, "TLS 1.3 with SM2") == {"TLS_SM4_GCM_SM3": outcome}


def test_ordinary_tls(tls: SimpleNamespace) -> None:
    context = tls_server(tls)
    context.set_alpn_protocols(["http/1.1"])
    with serving(context) as address:
        code, found = look(address, "--ca", tls.ca)
    assert code == 0
    assert [each["supported"] for each in found["protocols"]] == [False, False, True, True]
    assert [each["alpn"] for each in found["protocols"]] == [None, None, "http/1.1", "http/1.1"]
    assert [each["resumes"] for each in found["protocols"]] == [None, None, True, True]
    (shown,) = found["certificates"]  # the same in both
    assert shown["protocols"] == ["TLS 1.3", "TLS 1.2"]


def test_no_resumption(tls: SimpleNamespace) -> None:
    context = tls_server(tls)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    with serving(context) as address:
        _, found = look(address, "--ca", tls.ca)
    assert protocol(found, "TLS 1.3")["resumes"] is False


def test_a_tls_server_that_wants_certificates(tls: SimpleNamespace) -> None:
    context = tls_server(tls)
    context.load_verify_locations(tls.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    with serving(context) as address:
        code, found = look(address, "--ca", tls.ca)
    assert code == 0
    for name in ("TLS 1.3", "TLS 1.2"):
        assert protocol(found, name)["needs_certificate"]
        assert set(outcomes(found, name).values()) == {"needs-certificate"}


def test_both_on_one_port(trust: SimpleNamespace, tls: SimpleNamespace) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.enable_ntls()
    context.load_cert_chain(tls.ec)
    trust.server.configure(context)
    context.set_alpn_protocols(["h2"])
    with serving(context) as address:
        code, found = look(address, "--ca", trust.dir / "ca")
    assert code == 1  # the certificate for TLS is of another CA
    assert [each["supported"] for each in found["protocols"]] == [True, False, True, True]
    assert protocol(found)["alpn"] == "h2"
    wrong = {tuple(shown["protocols"]): shown["findings"] for shown in found["certificates"]}
    assert wrong["TLCP 1.1",] == []
    assert wrong["TLS 1.3", "TLS 1.2"] != []


def test_a_native_server(any_openssl: Path, trust: SimpleNamespace) -> None:
    files = [trust.dir / "server" / name for name in ("sign", "enc")]
    options = [
        word
        for name, file in zip(("sign", "enc"), files, strict=True)
        for kind, end in (("cert", "pem"), ("key", "key"))
        for word in (f"-{name}_{kind}", file.with_suffix(f".{end}"))
    ]
    with Server(any_openssl, "-ntls", "-enable_ntls", *options, connections=100) as native:
        host, port = native.address
        code, found = look(f"{host}:{port}", "--ca", trust.dir / "ca", "--server-name", "localhost")
    assert (code, found["wrong"]) == (0, [])
    assert suites_with("agreed", found) >= {GCM, CBC}
    assert [each["supported"] for each in found["protocols"]] == [True, False, False, False]


@pytest.mark.parametrize(
    ("extension", "words"),
    [(b"localhost", "the server's name"), (b"\0\x23\0\0", "ALPN or a session ticket")],
    ids=["server name", "ticket"],
)
def test_a_server_that_refuses_extensions(
    trust: SimpleNamespace, extension: bytes, words: str
) -> None:
    shake_hands = shaking_hands(tlcp(trust))

    def answer(connection: socket.socket) -> None:
        if extension not in connection.recv(1000, socket.MSG_PEEK):
            shake_hands(connection)

    with listening(answer) as address:
        port = address.rpartition(":")[2]
        code, found = look(f"localhost:{port}", "--ca", trust.dir / "ca")
    assert code == 0
    assert protocol(found)["refused_extensions"] == [words]
    assert suites_with("agreed", found) == {GCM, CBC}
    assert [words in text for text in found["advice"]] == [True]


# ---- certificates ----


def test_a_ca_that_is_not_trusted(trust: SimpleNamespace) -> None:
    with serving(tlcp(trust)) as address:
        code, found = look(address, "--ca", trust.dir / "other_ca")
    assert code == 1
    assert any("CN=Test Root CA" in text for text in found["wrong"])
    assert found["certificates"][0]["trusted"] == []


NOW, DAY = datetime.now(UTC), timedelta(days=1)


@pytest.mark.parametrize(
    ("begin", "end", "wrong"),
    [
        (-9 * DAY, -2 * DAY, "has expired"),
        (2 * DAY, 9 * DAY, "not yet valid"),
    ],
    ids=["expired", "future"],
)
def test_a_server_out_of_its_time(
    trust: SimpleNamespace, begin: timedelta, end: timedelta, wrong: str
) -> None:
    pair = trust.ca.issue_pair("127.0.0.1", not_before=NOW + begin, not_after=NOW + end)
    with serving(tlcp(trust, pair=pair)) as address:
        code, found = look(address, "--ca", trust.dir / "ca")
    assert code == 1
    (text,) = found["wrong"]
    assert wrong in text
    assert text.startswith("the signing certificate and the encryption certificate: ")


def test_a_server_that_expires_soon(trust: SimpleNamespace) -> None:
    pair = trust.ca.issue_pair("127.0.0.1", not_after=NOW + 7.5 * DAY)
    with serving(tlcp(trust, pair=pair)) as address:
        code, found = look(address, "--ca", trust.dir / "ca")
    assert (code, found["wrong"]) == (0, [])
    assert found["advice"] == [
        "the signing certificate and the encryption certificate: it expires in 7 days"
    ]


def test_another_servers_name(trust: SimpleNamespace) -> None:
    with serving(tlcp(trust)) as address:
        code, found = look(address, "--ca", trust.dir / "ca", "--server-name", "platform.example")
    assert code == 1
    (text,) = found["wrong"]
    assert "mismatch" in text
    assert "localhost" in text


def test_revoked(trust: SimpleNamespace, tmp_path: Path) -> None:
    revoked = trust.ca.issue_pair("127.0.0.1")
    crl = tmp_path / "ca.crl"
    crl.write_bytes(trust.ca.issue_crl([revoked.enc], number=1).to_pem())
    with serving(tlcp(trust, pair=revoked)) as address:
        good, _ = look(address, "--ca", trust.dir / "ca")
        code, found = look(address, "--ca", trust.dir / "ca", "--crl", crl)
    assert (good, code) == (0, 1)
    (text,) = found["wrong"]
    assert text.startswith("the encryption certificate: certificate revoked")


# ---- servers that are none ----


def test_nobody_listens() -> None:
    with closed_port() as port:
        code, found = look(f"127.0.0.1:{port}")
    assert (code, found["reachable"], found["protocols"]) == (1, False, [])
    assert found["wrong"] == [f"cannot connect to 127.0.0.1:{port}: connection refused"]


def test_a_host_that_nobody_knows() -> None:
    code, found = look("nobody.invalid")
    assert (code, found["reachable"]) == (1, False)
    assert found["wrong"][0].startswith("unknown host nobody.invalid")


def test_silence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the system accepts, nobody answers
        port = silent.getsockname()[1]
        finished = invoke("connect", f"127.0.0.1:{port}", "--timeout", 0.2, "--json")
    found = json.loads(finished.stdout)
    assert finished.returncode == 1
    # It gives up after TLCP and the first of TLS.
    assert [each["suites"][0]["outcome"] for each in found["protocols"]] == ["silent"] * 2
    assert found["wrong"] == ["it speaks neither TLCP nor TLS"]


@pytest.mark.parametrize(
    ("greeting", "answer", "says"),
    [
        (b"SSH-2.0-Example\r\n", b"", "SSH-2.0-Example"),
        (b"", b"HTTP/1.0 400 Bad Request\r\n\r\n", "HTTP/1.0 400 Bad Request"),
        (b"", b"\x1b[2J\r\n", "\x1b[2J"),
    ],
    ids=["ssh", "http", "steering"],
)
def test_what_it_says_instead(greeting: bytes, answer: bytes, says: str) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(greeting)
        if connection.recv(1000):
            connection.sendall(answer)

    with listening(talk) as address:
        code, found = look(address)
        text = invoke("connect", address).stdout
    assert (code, found["says"]) == (1, says)
    assert found["wrong"] == [f"it speaks neither TLCP nor TLS; without them it says {says!r}"]
    assert b"\x1b" not in text


def test_a_server_that_closes_at_once() -> None:
    with listening(lambda connection: None) as address:
        code, found = look(address)
    assert code == 1
    assert found["wrong"] == ["it speaks neither TLCP nor TLS"]
    assert {each["supported"] for each in found["protocols"]} == {False}


@pytest.mark.parametrize("connections", [1, 3])
def test_a_server_that_ends_in_the_midst_of_it(trust: SimpleNamespace, connections: int) -> None:
    shake_hands, left = shaking_hands(tlcp(trust)), [connections]

    def answer(connection: socket.socket) -> bool:
        shake_hands(connection)
        left[0] -= 1
        return left[0] > 0

    with listening(answer) as address:
        code, found = look(address, "--ca", trust.dir / "ca")
    assert code == 1
    assert [each["supported"] for each in found["protocols"]] == [True]
    assert len(found["certificates"][0]["sent"]) >= 2
    assert found["wrong"] == [f"cannot connect to {address}: connection refused"]


# ---- the command line ----


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([""], "'' is not HOST, HOST:PORT or [ADDRESS]:PORT"),
        (["a:b"], "'b' is not a port"),
        (["[::1]:x"], "'x' is not a port"),
        (["a:0"], "port 0 is no server's"),
        (["a", "--server-name", ""], "'' is neither a host name"),
        (["under_score"], "'under_score' is neither a host name"),
        (["a", "--timeout", "0"], "'0' is not a number of seconds"),
        (["a", "--pair", "nowhere"], "nowhere: No such file"),
        (["a", "--ca", "nowhere"], "nowhere: No such file"),
        (["a", "--crl", "nowhere"], "nowhere: No such file"),
    ],
)
def test_usage(here: Path, arguments: list[str], said: str) -> None:
    assert said in bad(2, "connect", *arguments)


@NEEDS_IPV6
def test_ipv6(trust: SimpleNamespace) -> None:
    with listening(shaking_hands(tlcp(trust)), "::1") as address:
        port = address.rpartition(":")[2]
        code, found = look(f"[::1]:{port}", "--ca", trust.dir / "ca")
    assert (code, found["host"], found["wrong"]) == (0, "::1", [])


def test_the_password_of_our_keys(
    trust: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked.p12"
    locked.write_bytes(trust.client.to_pkcs12("right", iterations=1000))
    options = ["--ca", trust.dir / "ca", "--pair", locked]
    monkeypatch.setenv("TONGSUO_PY_PASSWORD", "right")
    with serving(tlcp(trust, ssl.CERT_REQUIRED)) as address:
        assert suites_with("agreed", look(address, *options)[1]) == {GCM, CBC, *ECDHE}
        monkeypatch.setenv("TONGSUO_PY_PASSWORD", "wrong")
        assert f"{locked}: " in bad(2, "connect", address, *options)


def test_as_text(trust: SimpleNamespace) -> None:
    with serving(tlcp(trust)) as address:
        finished = invoke("connect", address, "--ca", trust.dir / "ca")
        code, shown = on_a_terminal(["connect", address, "--ca", trust.dir / "other_ca"])
    text = finished.stdout.decode()
    assert finished.returncode == 0
    for line in (
        "  ✓ TLCP 1.1\n",
        f"    suite       {GCM}  128 bits, sm2sig_sm3\n",
        "    clients     are not asked for certificates\n",
        "  CN=Test Root CA\n  │  role        CA that is trusted here\n",
        "  ├─ CN=localhost,OU=server\n  │     role        signing\n",
        "  └─ CN=localhost,OU=server\n        role        encryption\n",
        "\nVerdict\n  ✓ nothing is wrong\n",
    ):
        assert line in text
    assert code == 1
    assert ESCAPE.search(shown)
    plain = ESCAPE.sub("", shown)
    assert "WRONG" in plain
    assert max(map(cells, plain.splitlines())) <= 80
