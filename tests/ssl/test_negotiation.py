"""Groups, signature algorithms and Diffie-Hellman parameters: chosen, agreed on, reported."""

from __future__ import annotations

import ssl as stdlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from peers import failure, queue_is_empty, session
from side_by_side import OLD_3_11, both, same, tells

from tongsuo_py import ssl

CLIENT, SERVER = ssl.PROTOCOL_TLS_CLIENT, ssl.PROTOCOL_TLS_SERVER
IS_85 = ssl.TONGSUO_VERSION_INFO >= (8, 5)


def server_context(certificate: Path, module: ModuleType = ssl, **settings: Any) -> Any:
    context = module.SSLContext(SERVER)
    context.load_cert_chain(certificate)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


def client_context(tls: SimpleNamespace, module: ModuleType = ssl, **settings: Any) -> Any:
    context = module.create_default_context(cafile=tls.ca)
    for name, value in settings.items():
        setattr(context, name, value)
    return context


# ---- groups ----


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("side", ["server", "client"])
@pytest.mark.parametrize(("group", "name"), [("X25519", "x25519"), ("P-384", "secp384r1")])
def test_groups(group: str, name: str, side: str, version: str, tls: SimpleNamespace) -> None:
    server = server_context(tls.rsa, maximum_version=ssl.TLSVersion[version])
    client = client_context(tls)
    {"server": server, "client": client}[side].set_groups(group)
    with session(server, client) as ends:
        assert [end.group() for end in ends] == [name, name]


@pytest.mark.parametrize("ours", ["server", "client"])
def test_groups_with_the_standard_library(ours: str, tls: SimpleNamespace) -> None:
    if ours == "server":
        server, client = server_context(tls.ec), client_context(tls, stdlib)
        client.set_ecdh_curve("secp521r1")
    else:
        server, client = server_context(tls.ec, stdlib), client_context(tls)
        server.set_ecdh_curve("secp521r1")
    with session(server, client) as ends:
        assert ends[ours == "client"].group() == "secp521r1"


def test_the_first_group_that_both_have(tls: SimpleNamespace) -> None:
    server, client = server_context(tls.ec), client_context(tls)
    server.set_groups("P-521:P-384:X448")
    client.set_groups("P-256:X448:P-384")
    with session(server, client) as ends:
        assert {end.group() for end in ends} <= {"secp384r1", "x448"}


def test_no_group_in_common(tls: SimpleNamespace) -> None:
    server, client = server_context(tls.ec), client_context(tls)
    server.set_groups("P-521")
    client.set_groups("P-256")
    ends = failure(server, client)
    assert ends[0].reason in ("NO_SUITABLE_KEY_SHARE", "NO_SUITABLE_GROUPS")
    assert ends[1].reason == "SSLV3_ALERT_HANDSHAKE_FAILURE"


@pytest.mark.parametrize(
    "group",
    [
        "curveSM2",
        pytest.param(
            "curveSM2MLKEM768",
            marks=pytest.mark.skipif(not IS_85, reason="Tongsuo 8.4 has no ML-KEM"),
        ),
    ],
)
def test_sm2_groups(group: str, trust: SimpleNamespace) -> None:
    server = ssl.SSLContext(SERVER)
    certificate = trust.dir / "server_cert"
    server.load_cert_chain(certificate / "cert.pem", certificate / "cert.key")
    client = ssl.create_default_context(cafile=trust.dir / "ca" / "ca.pem")
    client.set_groups(group)
    with session(server, client) as ends:
        assert {end.group() for end in ends} <= {group, "SM2"}
        assert [end.server_sigalg() for end in ends] == ["sm2sig_sm3"] * 2


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_curve_sm2_for_who_comes_with_a_key_for_it(version: str, tls: SimpleNamespace) -> None:
    """As RFC 8998 wants it; another first key, or a server that was told, is another matter."""
    server = server_context(tls.rsa, maximum_version=ssl.TLSVersion[version])
    for groups, expected in (
        ("curveSM2:X448:X25519", "curveSM2" if version == "TLSv1_3" else "x25519"),
        ("X25519:curveSM2", "x25519"),
        ("P-384", "secp384r1"),
    ):
        client = client_context(tls)
        client.set_groups(groups)
        with session(server, client) as ends:
            assert {end.group() for end in ends} == {expected}
    for choose in ("set_groups", "set_ecdh_curve"):
        server = server_context(tls.rsa, maximum_version=ssl.TLSVersion[version])
        getattr(server, choose)("secp384r1")
        client = client_context(tls)
        client.set_groups("curveSM2:P-384")
        with session(server, client) as (_, end):
            assert end.group() == "secp384r1"


@pytest.mark.parametrize(
    "value", ["nope", "", " ", "X25519:nope", "a\0b", "X25519\0", 5, None, b"X25519"]
)
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("set_groups", "unrecognized group"),
        ("set_client_sigalgs", "unrecognized signature algorithm"),
        ("set_server_sigalgs", "unrecognized signature algorithm"),
    ],
)
def test_what_is_unknown(name: str, message: str, value: Any, tls: SimpleNamespace) -> None:
    server, client = server_context(tls.ec), client_context(tls)
    setter = getattr(client, name)
    expected = ssl.SSLError if isinstance(value, str) and "\0" not in value else None
    expected = expected or (ValueError if isinstance(value, str) else TypeError)
    with pytest.raises(expected) as caught:
        setter(value)
    if expected is ssl.SSLError:
        assert message in str(caught.value)
    assert queue_is_empty()
    with session(server, client):  # nothing was changed
        pass


def test_arguments_are_positional() -> None:
    context = ssl.SSLContext(CLIENT)
    for name, argument in (
        ("set_groups", {"grouplist": "X25519"}),
        ("set_client_sigalgs", {"sigalgslist": "ed25519"}),
        ("set_server_sigalgs", {"sigalgslist": "ed25519"}),
        ("set_ecdh_curve", {"name": "X25519"}),
        ("load_dh_params", {"path": "x"}),
    ):
        with pytest.raises(TypeError):
            getattr(context, name)(**argument)
    with pytest.raises(TypeError):
        context.get_groups(True)


def test_get_groups() -> None:
    context = ssl.SSLContext(CLIENT)
    if not IS_85:
        with pytest.raises(NotImplementedError, match=r"8\.5"):
            context.get_groups()
        return
    groups, aliases = context.get_groups(), context.get_groups(include_aliases=True)
    assert {"secp256r1", "x25519", "curveSM2", "curveSM2MLKEM768"} <= set(groups)
    assert "P-256" in set(aliases) - set(groups)
    for group in groups:
        context.set_groups(group)
    # They are those of the versions that are allowed: TLS 1.3 has no curves over binary fields.
    assert "sect283k1" in groups
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    assert "sect283k1" not in context.get_groups()
    assert "x25519" in context.get_groups()


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "",
        "P-256",
        "prime256v1",
        b"prime256v1",
        5,
        None,
        "a\0b",
        *(() if OLD_3_11 else (Path("X25519"), "SHA1")),
    ],
)
def test_set_ecdh_curve(name: Any) -> None:
    same(lambda context, _: tells(lambda: context.set_ecdh_curve(name)))


@pytest.mark.parametrize("module", [ssl, stdlib], ids=["our client", "theirs"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_an_ecdh_curve_is_the_only_one(
    version: str, module: ModuleType, tls: SimpleNamespace
) -> None:
    server = server_context(tls.ec, maximum_version=ssl.TLSVersion[version])
    server.set_ecdh_curve("secp384r1")
    client = client_context(tls, module)
    with session(server, client) as (end, _):
        assert end.group() == "secp384r1"
    client.set_ecdh_curve("prime256v1")
    failure(server, client)


def test_without_a_connection(tls: SimpleNamespace) -> None:
    client = client_context(tls).wrap_bio(
        ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="localhost"
    )
    assert client.group() is None
    assert client.client_sigalg() is None
    assert client.server_sigalg() is None


# ---- signature algorithms ----


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
@pytest.mark.parametrize("side", ["server", "client"])
@pytest.mark.parametrize("algorithm", ["rsa_pss_rsae_sha384", "rsa_pss_rsae_sha512"])
def test_server_sigalgs(algorithm: str, side: str, version: str, tls: SimpleNamespace) -> None:
    server = server_context(tls.rsa, maximum_version=ssl.TLSVersion[version])
    client = client_context(tls)
    {"server": server, "client": client}[side].set_server_sigalgs(algorithm)
    with session(server, client) as ends:
        for end in ends:
            assert end.server_sigalg() == algorithm
            assert end.client_sigalg() is None


@pytest.mark.parametrize(
    ("algorithm", "kind"),
    [
        ("rsa_pkcs1_sha256", "rsa"),
        ("rsa_pkcs1_sha512", "rsa"),
        ("ecdsa_secp256r1_sha256", "ec"),
        ("ecdsa_secp521r1_sha512", "ec"),
    ],
)
def test_server_sigalgs_of_tls_12(algorithm: str, kind: str, tls: SimpleNamespace) -> None:
    server = server_context(getattr(tls, kind), maximum_version=ssl.TLSVersion.TLSv1_2)
    server.set_server_sigalgs(algorithm)
    with session(server, client_context(tls)) as ends:
        assert [end.server_sigalg() for end in ends] == [algorithm, algorithm]


@pytest.mark.parametrize("ours", ["server", "client"])
def test_server_sigalgs_with_the_standard_library(ours: str, tls: SimpleNamespace) -> None:
    modules = (ssl, stdlib) if ours == "server" else (stdlib, ssl)
    server, client = server_context(tls.rsa, modules[0]), client_context(tls, modules[1])
    mine = server if ours == "server" else client
    mine.set_server_sigalgs("rsa_pss_rsae_sha512")
    with session(server, client) as ends:
        end = ends[ours == "client"]
        assert end.server_sigalg() == "rsa_pss_rsae_sha512"
    mine.set_server_sigalgs("ecdsa_secp256r1_sha256")  # no RSA certificate can do that
    failure(server, client)


@pytest.mark.parametrize("module", [ssl, stdlib], ids=["our client", "theirs"])
@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_client_sigalgs(version: str, module: ModuleType, tls: SimpleNamespace) -> None:
    server = server_context(
        tls.rsa, verify_mode=ssl.CERT_REQUIRED, maximum_version=ssl.TLSVersion[version]
    )
    server.load_verify_locations(tls.ca)
    client = client_context(tls, module)
    client.load_cert_chain(tls.client)
    server.set_client_sigalgs("ecdsa_secp256r1_sha256")
    with session(server, client) as ends:
        for end in ends if module is ssl else ends[:1]:
            assert end.client_sigalg() == "ecdsa_secp256r1_sha256"
    server.set_client_sigalgs("rsa_pss_rsae_sha256")  # no P-256 certificate can do that
    assert failure(server, client)[0].reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"


def test_client_sigalgs_of_a_client(tls: SimpleNamespace) -> None:
    server = server_context(tls.rsa, verify_mode=ssl.CERT_REQUIRED)
    server.load_verify_locations(tls.ca)
    client = client_context(tls)
    client.load_cert_chain(tls.rsa)
    client.set_client_sigalgs("rsa_pss_rsae_sha512")
    with session(server, client) as ends:
        for end in ends:
            assert end.client_sigalg() == "rsa_pss_rsae_sha512"


def test_every_signature_algorithm_can_be_chosen() -> None:
    algorithms = ssl.get_sigalgs()
    assert {"sm2sig_sm3", "ecdsa_secp256r1_sha256", "rsa_pss_rsae_sha256"} <= set(algorithms)
    for algorithm in algorithms:
        context = ssl.SSLContext(SERVER)
        context.set_client_sigalgs(algorithm)
        context.set_server_sigalgs(algorithm)


# ---- RFC 8998: with a suite of SM4, clients sign with SM2 ----


def sm4_contexts(trust: SimpleNamespace, tls: SimpleNamespace, suite: str) -> tuple[Any, Any]:
    """A server with an SM2 certificate that wants the client's, and a client with a P-256 one."""
    folder = trust.dir / "server_cert"
    server = ssl.SSLContext(SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "cert.key")
    server.load_verify_locations(tls.ca)
    server.verify_mode = ssl.CERT_REQUIRED
    client = ssl.create_default_context(cafile=trust.dir / "ca" / "ca.pem")
    client.load_cert_chain(tls.client)
    client.set_ciphersuites(suite)
    return server, client


@pytest.mark.parametrize("suite", ["TLS_SM4_GCM_SM3", "TLS_SM4_CCM_SM3"])
def test_a_server_asks_for_sm2_certificates(
    suite: str, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    server, client = sm4_contexts(trust, tls, suite)
    server.set_ciphersuites("TLS_SM4_GCM_SM3:TLS_SM4_CCM_SM3:TLS_AES_128_GCM_SHA256")
    # The client has none, and must not answer with another.
    assert failure(server, client)[0].reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    folder = trust.dir / "server_cert"
    client.load_cert_chain(folder / "cert.pem", folder / "cert.key")
    server.load_verify_locations(trust.dir / "ca" / "ca.pem")
    with session(server, client) as ends:
        for end in ends:
            assert end.client_sigalg() == "sm2sig_sm3"


@pytest.mark.parametrize("others_first", [True, False])
def test_a_server_with_several_certificates_asks_for_sm2_ones(
    others_first: bool, trust: SimpleNamespace, tls: SimpleNamespace
) -> None:
    server, client = sm4_contexts(trust, tls, "TLS_SM4_GCM_SM3")
    server = ssl.SSLContext(SERVER)
    folder = trust.dir / "server_cert"
    loads: list[Callable[[], None]] = [
        lambda: server.load_cert_chain(tls.rsa),
        lambda: server.load_cert_chain(folder / "cert.pem", folder / "cert.key"),
    ]
    for load in loads if others_first else reversed(loads):
        load()
    server.load_verify_locations(tls.ca)
    server.verify_mode = ssl.CERT_REQUIRED
    server.set_ciphersuites("TLS_SM4_GCM_SM3")
    assert failure(server, client)[0].reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"


def test_other_suites_leave_it_open(trust: SimpleNamespace, tls: SimpleNamespace) -> None:
    server, client = sm4_contexts(trust, tls, "TLS_AES_128_GCM_SHA256")
    with session(server, client) as ends:
        assert ends[0].getpeercert()["subject"] == ((("commonName", "client"),),)


def test_other_certificates_leave_it_open(tls: SimpleNamespace) -> None:
    server = server_context(tls.ec, verify_mode=ssl.CERT_REQUIRED)
    server.load_verify_locations(tls.ca)
    server.set_ciphersuites("TLS_SM4_GCM_SM3")
    client = client_context(tls)
    client.load_cert_chain(tls.client)
    client.set_ciphersuites("TLS_SM4_GCM_SM3")
    with session(server, client):
        pass


def test_a_server_that_was_told_asks_for_that(trust: SimpleNamespace, tls: SimpleNamespace) -> None:
    server, client = sm4_contexts(trust, tls, "TLS_SM4_GCM_SM3")
    server.set_ciphersuites("TLS_SM4_GCM_SM3")
    server.set_client_sigalgs("sm2sig_sm3:ecdsa_secp256r1_sha256")
    with session(server, client) as ends:
        assert ends[0].client_sigalg() == "ecdsa_secp256r1_sha256"


# ---- Diffie-Hellman over a prime field ----

DH_2048 = """-----BEGIN DH PARAMETERS-----
MIIBDAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAgICAOE=
-----END DH PARAMETERS-----
"""  # ffdhe2048 (RFC 7919, A.1)
EC_PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
DH_512 = """-----BEGIN DH PARAMETERS-----
MEYCQQC+9kC4ZnSXkYDwz9ln9pnRKoSRWaSqHeoRkLgbVpMrR3m6lFcCwTPmOmKV
Bf9y7nH0B0pIoZmCmkZ0qF3uS1OrAgEC
-----END DH PARAMETERS-----
"""


@pytest.mark.parametrize("module", [ssl, stdlib], ids=["our client", "theirs"])
def test_dh_parameters(module: ModuleType, tmp_path: Path, tls: SimpleNamespace) -> None:
    file = tmp_path / "dh.pem"
    file.write_text(DH_2048)
    server = server_context(tls.rsa, maximum_version=ssl.TLSVersion.TLSv1_2)
    client = client_context(tls, module)
    client.set_ciphers("DHE-RSA-AES128-GCM-SHA256")
    assert failure(server, client)[0].reason == "NO_SHARED_CIPHER"
    server.load_dh_params(file)
    for _ in range(2):
        with session(server, client) as (end, _):
            assert end.cipher()[0] == "DHE-RSA-AES128-GCM-SHA256"
    assert server.session_stats()["accept_good"] == 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "NO_START_LINE"),
        ("garbage", "NO_START_LINE"),
        (EC_PARAMETERS, "NO_START_LINE"),
        (DH_512, "DH_KEY_TOO_SMALL"),
        (DH_2048, None),
    ],
)
def test_files_of_dh_parameters(content: str, reason: str | None, tmp_path: Path) -> None:
    file = tmp_path / "dh.pem"
    file.write_text(content)
    seen = same(lambda context, _: tells(lambda: context.load_dh_params(str(file))), SERVER)
    assert seen is None if reason is None else seen[-1] == reason


@pytest.mark.parametrize("path", ["/no/such/file", "/", 5, None, "a\0b"])
def test_no_files_of_dh_parameters(path: Any) -> None:
    same(lambda context, _: context.load_dh_params(path), SERVER)


# ---- NPN, session statistics ----


@pytest.mark.parametrize("protocol", [CLIENT, SERVER, ssl.PROTOCOL_NTLS_CLIENT])
def test_npn_is_no_more(protocol: int) -> None:
    with pytest.raises(NotImplementedError, match="set_alpn_protocols"):
        ssl.SSLContext(protocol).set_npn_protocols(["http/1.1"])


def test_session_stats(tls: SimpleNamespace) -> None:
    def action(_: Any, module: ModuleType) -> Any:
        server, client = server_context(tls.ec, module), client_context(tls, module)
        seen = [server.session_stats(), client.session_stats()]
        for version in ("TLSv1_3", "TLSv1_2"):
            client.maximum_version = ssl.TLSVersion[version]
            server.options |= stdlib.OP_NO_TICKET  # so that the server has to keep its sessions
            with session(server, client):
                pass
            seen += [server.session_stats(), client.session_stats()]
        failure(server, module.SSLContext(CLIENT))
        return [*seen, server.session_stats()]

    theirs, ours = both(action)
    assert set(ours[0].values()) == {0}
    assert (ours[-1]["accept"], ours[-1]["accept_good"]) == (3, 2)
    for one, other in zip(theirs, ours, strict=True):
        assert list(one) == list(other)
        # A session whose connection ended without close_notify stays in one store, not the other.
        assert (one.pop("number") > 0) == (other.pop("number") > 0)
        assert one == other


@pytest.mark.parametrize("protocol", [CLIENT, SERVER], ids=["client", "server"])
@pytest.mark.parametrize("value", [0, 1, 100, -1, 2**63, 1.5, None, "2", True])
def test_num_tickets(value: Any, protocol: int) -> None:
    def action(context: Any, _: ModuleType) -> Any:
        context.num_tickets = value
        return context.num_tickets

    same(action, protocol)
