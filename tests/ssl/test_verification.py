"""Which chains and which names verify: verify_flags and host names, TLS and TLCP.

What has to come out is asked of the standard library, for the same certificates with TLS keys.
"""

from __future__ import annotations

import ipaddress
import ssl as stdlib
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from authorities import Authority, TlcpAuthority, certificate, write
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from peers import failure, handshake

from tongsuo_py import pki, ssl

PARTIAL, STRICT = ssl.VERIFY_X509_PARTIAL_CHAIN, ssl.VERIFY_X509_STRICT
NO_ISSUER = 20  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY


def verify_code(server: Any, client: Any, hostname: str | None = None) -> int:
    """What the client says about the server's certificates; 0 where it takes them."""
    ends = handshake(server, client, hostname)
    for end in ends:
        if not isinstance(end, BaseException):
            end.close()
    if not isinstance(ends[1], BaseException):
        return 0
    assert isinstance(ends[1], stdlib.SSLCertVerificationError), ends[1]
    return int(ends[1].verify_code)


# ---- anchors that are no roots ----


def test_partial_chain(authority: Authority) -> None:
    """An intermediate CA is an anchor where the flag says so."""
    modules = [ssl] if isinstance(authority, TlcpAuthority) else [ssl, stdlib]
    server = authority.context("server")
    server.verify_mode = ssl.CERT_NONE
    chain = pki.load_certificates(authority.server.files[0].read_bytes())
    for module in modules:
        client = module.SSLContext(authority.protocol("client"))
        client.check_hostname = False
        client.load_verify_locations(cadata=chain[-1].to_pem().decode())
        client.verify_flags &= ~PARTIAL
        assert verify_code(server, client) == NO_ISSUER - 18  # UNABLE_TO_GET_ISSUER_CERT
        client.verify_flags |= PARTIAL
        assert verify_code(server, client) == 0


# ---- what RFC 5280 asks for ----


@pytest.fixture(scope="module")
def lax(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A CA and a server whose certificates lack the key identifiers that RFC 5280 wants."""
    directory = tmp_path_factory.mktemp("lax")
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = certificate("Lax", ca_key, "Lax", ca_key, ca=True, strict=False)
    leaf = certificate("server", key, "Lax", ca_key, strict=False)
    (directory / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    return SimpleNamespace(ca=directory / "ca.pem", server=write(directory / "s.pem", key, leaf))


def test_strict(lax: SimpleNamespace) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(lax.server)
    for module in (ssl, stdlib):
        client = module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.load_verify_locations(lax.ca)
        assert verify_code(server, client, "localhost") == 0
        client.verify_flags |= STRICT
        assert verify_code(server, client, "localhost") != 0


LAX_EXTENSIONS = """
[ca]
basicConstraints = critical,CA:true
subjectKeyIdentifier = none
[sign]
keyUsage = critical,digitalSignature
subjectAltName = DNS:localhost
authorityKeyIdentifier = none
[enc]
keyUsage = critical,keyEncipherment,dataEncipherment,keyAgreement
subjectAltName = DNS:localhost
authorityKeyIdentifier = none
"""


def test_strict_in_tlcp(native_certificates: Any) -> None:
    """The same for both certificates of a pair; and it is the ready-made context's default."""
    lax = native_certificates(LAX_EXTENSIONS)
    server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
    server.load_ntls_cert_pair(lax.sign, lax.sign_key, lax.enc, lax.enc_key)
    client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    client.load_verify_locations(lax.ca)
    assert verify_code(server, client, "localhost") == 0
    client.verify_flags |= STRICT
    assert verify_code(server, client, "localhost") != 0
    assert verify_code(server, ssl.create_ntls_context(cafile=lax.ca), "localhost") != 0


@pytest.fixture
def native_certificates(openssl: Path, tmp_path: Path) -> Any:
    """Makes a CA and a pair of it from the extensions of an ``openssl`` configuration file."""

    def run(*arguments: str | Path) -> None:
        done = subprocess.run(
            [openssl, *arguments], capture_output=True, timeout=60, check=False, cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr.decode()

    def make(extensions: str, common_name: str = "server") -> SimpleNamespace:
        config = tmp_path / "x.cnf"
        config.write_text(f"[req]\ndistinguished_name = dn\n[dn]\n{extensions}")
        for name in ("ca", "sign", "enc"):
            run(
                *["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-out"],
                f"{name}.key",
            )
        new = ("req", "-new", "-sm3", "-config", config)
        run(
            *new,
            "-x509",
            "-key",
            "ca.key",
            "-subj",
            "/CN=Lax",
            "-extensions",
            "ca",
            "-out",
            "ca.pem",
        )
        for name in ("sign", "enc"):
            run(*new, "-key", f"{name}.key", "-subj", f"/CN={common_name}", "-out", f"{name}.csr")
            run(
                *(
                    "x509",
                    "-req",
                    "-sm3",
                    "-in",
                    f"{name}.csr",
                    "-CA",
                    "ca.pem",
                    "-CAkey",
                    "ca.key",
                ),
                *("-extfile", config, "-extensions", name, "-days", "9", "-out", f"{name}.pem"),
            )
        files = {name: tmp_path / f"{name}.pem" for name in ("ca", "sign", "enc")}
        keys = {f"{name}_key": tmp_path / f"{name}.key" for name in ("sign", "enc")}
        return SimpleNamespace(**files, **keys)

    return make


# ---- host names ----

#: (names in the certificate, its common name, the name asked for), and whether it is for it:
NAMES = [
    (("a.example",), "x", "a.example", True),
    (("a.example",), "x", "A.EXAMPLE", True),
    (("a.example",), "x", "b.example", False),
    (("a.example",), "x", "example", False),
    (("a.example",), "x", "a.a.example", False),
    (("*.example.com",), "x", "a.example.com", True),
    (("*.example.com",), "x", "a.b.example.com", False),
    (("*.example.com",), "x", "example.com", False),
    (("a*.example.com",), "x", "ab.example.com", False),
    (("*",), "x", "localhost", False),
    (("*.com",), "x", "example.com", False),
    (("xn--bcher-kva.example",), "x", "bücher.example", True),
    (("*.example.com",), "x", "xn--bcher-kva.example.com", True),
    (("127.0.0.1",), "x", "127.0.0.1", True),
    (("127.0.0.1",), "x", "127.0.0.2", False),
    (("::1",), "x", "::1", True),
    (("::1",), "x", "0:0:0:0:0:0:0:1", True),
    (("a.example",), "127.0.0.1", "127.0.0.1", False),
    ((), "a.example", "a.example", True),
    (("b.example",), "a.example", "a.example", False),
    (("a.example", "b.example"), "x", "b.example", True),
]


def general_names(names: tuple[str, ...]) -> list[x509.GeneralName]:
    def general(name: str) -> x509.GeneralName:
        try:
            return x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            return x509.DNSName(name)

    return [general(name) for name in names]


@pytest.fixture(scope="module")
def tls_ca(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    directory, key = tmp_path_factory.mktemp("names"), ec.generate_private_key(ec.SECP256R1())
    ca = certificate("CA", key, "CA", key, ca=True)
    (directory / "ca.pem").write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    return SimpleNamespace(key=key, file=directory / "ca.pem")


@pytest.mark.parametrize("common_name_counts", [True, False], ids=["CN counts", "CN never"])
@pytest.mark.parametrize(("names", "common_name", "asked", "expected"), NAMES)
def test_host_names(
    names: tuple[str, ...],
    common_name: str,
    asked: str,
    expected: bool,
    common_name_counts: bool,
    tls_ca: SimpleNamespace,
    tmp_path: Path,
    native_names: Any,
) -> None:
    """In TLS as the standard library has it, and in TLCP the same."""
    key = ec.generate_private_key(ec.SECP256R1())
    leaf = certificate(common_name, key, "CA", tls_ca.key, names=general_names(names))
    tls_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls_server.load_cert_chain(write(tmp_path / "s.pem", key, leaf))
    tlcp_server, root = native_names(names, common_name)
    if names == () and not common_name_counts:
        expected = False
    for module, server, protocol, cafile in (
        (stdlib, tls_server, ssl.PROTOCOL_TLS_CLIENT, tls_ca.file),
        (ssl, tls_server, ssl.PROTOCOL_TLS_CLIENT, tls_ca.file),
        (ssl, tlcp_server, ssl.PROTOCOL_NTLS_CLIENT, root),
    ):
        client = module.SSLContext(protocol)
        client.load_verify_locations(cafile)
        client.hostname_checks_common_name = common_name_counts
        assert (verify_code(server, client, asked) == 0) == expected, (module, protocol)


@pytest.fixture
def native_names(native_certificates: Any) -> Any:
    """Makes a TLCP server with a pair for names that ``pki`` would not give it, and its root."""

    def make(names: tuple[str, ...], common_name: str) -> tuple[ssl.SSLContext, Path]:
        kinds = [
            (g, "IP" if isinstance(g, x509.IPAddress) else "DNS") for g in general_names(names)
        ]
        text = ",".join(f"{kind}:{g.value}" for g, kind in kinds)
        alternative = f"subjectAltName = {text}\n" if names else ""
        made = native_certificates(
            LAX_EXTENSIONS.replace("subjectAltName = DNS:localhost\n", alternative), common_name
        )
        server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
        server.load_ntls_cert_pair(made.sign, made.sign_key, made.enc, made.enc_key)
        return server, made.ca

    return make


def test_both_certificates_of_a_pair_are_for_the_name(trust: SimpleNamespace) -> None:
    """A signing certificate of the right server, an encryption one of another."""
    for right, wrong in (("sign", "enc"), ("enc", "sign")):
        pairs = {right: trust.ca.issue_pair("localhost"), wrong: trust.ca.issue_pair("other")}
        sign, enc = pairs["sign"].sign, pairs["enc"].enc
        server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
        pki.CertificatePair(sign, enc).configure(server)
        client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
        trust.ca.configure_trust(client)
        error = failure(server, client)[1]
        assert "Hostname mismatch" in str(error)


# ---- what is in the store ----


def test_cert_store_stats(authority: Authority, lax: SimpleNamespace) -> None:
    modules = [ssl] if isinstance(authority, TlcpAuthority) else [ssl, stdlib]
    for module in modules:
        context = module.SSLContext(authority.protocol("client"))
        assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
        context.load_verify_locations(authority.root)
        assert context.cert_store_stats() == {"x509": 1, "crl": 0, "x509_ca": 1}
        context.load_verify_locations(authority.lists(root=[], leaf=[]))
        assert context.cert_store_stats() == {"x509": 1, "crl": 2, "x509_ca": 1}
        leaf = pki.load_certificates(authority.server.files[0].read_bytes())[0]
        context.load_verify_locations(cadata=leaf.to_der())
        assert context.cert_store_stats() == {"x509": 2, "crl": 2, "x509_ca": 1}
        assert len(context.get_ca_certs()) == 1


def test_old_authorities_count_as_such(tmp_path: Path, openssl: Path) -> None:
    """One of X.509 version 1, which cannot say that it is a CA."""
    (tmp_path / "x.cnf").write_text("[req]\ndistinguished_name = dn\n[dn]\n")
    for arguments in (
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out k.pem",
        "req -new -x509 -x509v1 -key k.pem -subj /CN=Old -config x.cnf -out old.pem",
    ):
        subprocess.run(
            [openssl, *arguments.split()], cwd=tmp_path, check=True, capture_output=True, timeout=60
        )
    seen = []
    for module in (ssl, stdlib):
        context = module.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(tmp_path / "old.pem")
        seen.append((context.cert_store_stats(), len(context.get_ca_certs())))
    assert seen[0] == seen[1]
    assert seen[0] == ({"x509": 1, "crl": 0, "x509_ca": 1}, 1)
