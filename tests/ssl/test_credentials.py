"""Certificates and keys that will not do: what is wrong is said, and the program goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from authorities import key_usage
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from peers import exchange, failure, queue_is_empty, session

from tongsuo_py import pki, ssl

NAMES = ("localhost", "127.0.0.1", "::1")
FILES = ("sign.pem", "sign.key", "enc.pem", "enc.key")
SERVER = ssl.PROTOCOL_NTLS_SERVER
EXPIRED, NOT_YET, HOSTNAME, ADDRESS = 10, 9, 62, 64  # X509_V_ERR_* (x509_vfy.h)
UNKNOWN_ISSUER = (19, 20, 21)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def files(directory: Path, **other: Path) -> list[Path]:
    """The four files of a pair in the order that load_ntls_cert_pair takes, some replaced."""
    return [other.get(name.replace(".", "_"), directory / name) for name in FILES]


def refused(paths: list[Path], password: Any = None) -> ssl.SSLError:
    """The error of a pair that a context must not take; it stays as it was."""
    context = ssl.SSLContext(SERVER)
    with pytest.raises(ssl.SSLError) as caught:
        context.load_ntls_cert_pair(*paths, password=password)
    assert not context._has_ntls_pair
    assert queue_is_empty()
    return caught.value


# ---- files ----


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there(trust: SimpleNamespace, tmp_path: Path, name: str) -> None:
    missing = tmp_path / "missing.pem"
    context = ssl.SSLContext(SERVER)
    with pytest.raises(FileNotFoundError) as caught:
        context.load_ntls_cert_pair(
            *files(trust.dir / "server", **{name.replace(".", "_"): missing})
        )
    assert caught.value.filename == str(missing)


@pytest.mark.parametrize(
    "load",
    [
        lambda context, path: context.load_cert_chain(path),
        lambda context, path: context.load_verify_locations(path),
        lambda context, path: context.load_verify_locations(cafile=str(path)),
    ],
)
def test_another_file_that_is_not_there(tmp_path: Path, load: Callable[[Any, Path], None]) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tmp_path / "missing.pem")
    assert caught.value.filename == str(tmp_path / "missing.pem")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0, 1, 30, 0.5, 0.9, -40, -2])
def test_a_file_that_ends_too_early(
    trust: SimpleNamespace, tmp_path: Path, name: str, part: float
) -> None:
    whole = (trust.dir / "server" / name).read_bytes()
    if name.endswith(".pem"):  # the first certificate, without what may follow it
        whole = whole[: whole.index(b"-----END") + len(b"-----END CERTIFICATE-----\n")]
    size = int(part * len(whole)) if isinstance(part, float) else part
    cut = tmp_path / name
    cut.write_bytes(whole[:size])
    error = refused(files(trust.dir / "server", **{name.replace(".", "_"): cut}))
    assert error.library == "SSL"
    assert "PEM lib" in str(error)
    assert str(cut) in str(error)


@pytest.mark.parametrize("value", [None, 7, ["sign.pem"], object()])
def test_a_path_that_is_none(trust: SimpleNamespace, value: Any) -> None:
    context = ssl.SSLContext(SERVER)
    with pytest.raises(TypeError, match="certfile should be a valid filesystem path"):
        context.load_sign_cert_chain(value, trust.dir / "server" / "sign.key")


# ---- passwords ----


@pytest.fixture(scope="module")
def locked(trust: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's pair with encrypted keys."""
    directory = tmp_path_factory.mktemp("locked") / "pair"
    trust.server.save(directory, password="correct horse")
    return directory


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        b"correct horse",
        bytearray(b"correct horse"),
        lambda: "correct horse",
        lambda: b"correct horse",
    ],
)
def test_the_right_password(trust: SimpleNamespace, tlcp: Any, locked: Path, password: Any) -> None:
    server = ssl.SSLContext(SERVER)
    server.load_ntls_cert_pair(*files(locked), password=password)
    with session(server, tlcp.client()) as ends:
        exchange(*ends, b"unlocked")


@pytest.mark.parametrize("password", ["wrong", "", b"", lambda: "wrong"])
def test_the_wrong_password(locked: Path, password: Any) -> None:
    error = refused(files(locked), password)
    assert "is the password right?" in str(error)
    assert str(locked / "sign.key") in str(error)
    assert "wrong" not in str(error)


def test_no_password(locked: Path) -> None:
    assert "a password is needed" in str(refused(files(locked)))


def test_what_a_password_callback_raises_comes_out(locked: Path) -> None:
    class Mine(Exception):
        pass

    def ask() -> str:
        raise Mine("no")

    context = ssl.SSLContext(SERVER)
    with pytest.raises(Mine, match="no"):
        context.load_ntls_cert_pair(*files(locked), password=ask)
    assert queue_is_empty()


@pytest.mark.parametrize(
    ("password", "message"),
    [
        (7, "password should be a string or callable"),
        (lambda: 7, "password callback must return a string"),
    ],
)
def test_a_password_of_the_wrong_type(locked: Path, password: Any, message: str) -> None:
    context = ssl.SSLContext(SERVER)
    with pytest.raises(TypeError, match=message):
        context.load_ntls_cert_pair(*files(locked), password=password)
    assert queue_is_empty()


def test_a_password_that_is_not_needed_is_not_asked_for(trust: SimpleNamespace) -> None:
    def ask() -> str:
        raise AssertionError("asked")

    ssl.SSLContext(SERVER).load_ntls_cert_pair(*files(trust.dir / "server"), password=ask)


# ---- what does not belong together ----


@pytest.mark.parametrize("name", ["sign_key", "enc_key"])
def test_the_key_of_another_certificate(trust: SimpleNamespace, name: str) -> None:
    key = trust.dir / "client" / name.replace("_", ".")
    error = refused(files(trust.dir / "server", **{name: key}))
    assert (error.library, error.reason) == ("X509", "KEY_VALUES_MISMATCH")
    assert str(key) in str(error)
    assert str(trust.dir / "server" / name.replace("_key", ".pem")) in str(error)


def test_a_certificate_in_the_wrong_place(trust: SimpleNamespace) -> None:
    sign, sign_key, enc, enc_key = files(trust.dir / "server")
    assert "wrong key usage: TLCP's signing certificate" in str(
        refused([enc, enc_key, enc, enc_key])
    )
    assert "wrong key usage: TLCP's encryption certificate" in str(
        refused([sign, sign_key, sign, sign_key])
    )


def foreign(directory: Path, key: Any, *usages: str) -> list[Path]:
    """Certificate and key file of another algorithm, with these key usages (none: no keyUsage)."""
    name = x509.Name([])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - HOUR)
        .not_valid_after(datetime.now(UTC) + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
    )
    if usages:
        builder = builder.add_extension(key_usage(*usages), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    paths = [directory / "cert.pem", directory / "key.pem"]
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def test_a_certificate_without_key_usage(trust: SimpleNamespace, tmp_path: Path) -> None:
    cert, key = foreign(tmp_path, ec.generate_private_key(ec.SECP256R1()))
    error = refused([cert, key, *files(trust.dir / "server")[2:]])
    assert "has no keyUsage at all" in str(error)


def test_rsa_where_sm2_is_needed(trust: SimpleNamespace, tmp_path: Path) -> None:
    cert, key = foreign(tmp_path, rsa.generate_private_key(65537, 2048), "key_encipherment")
    error = refused([*files(trust.dir / "server")[:2], cert, key])
    assert "key is SM2, the encryption certificate's RSA" in str(error)


def test_p256_where_sm2_is_needed(trust: SimpleNamespace, tmp_path: Path) -> None:
    cert, key = foreign(tmp_path, ec.generate_private_key(ec.SECP256R1()), "digital_signature")
    context = ssl.SSLContext(SERVER)
    with pytest.raises(ssl.SSLError, match=r"TLCP needs SM2 keys, .* has EC"):
        context.load_sign_cert_chain(cert, key)
    refused([cert, key, *files(trust.dir / "server")[2:]])


def test_a_pair_for_a_context_without_tlcp(trust: SimpleNamespace) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with pytest.raises(ValueError, match="enable_ntls"):
        context.load_ntls_cert_pair(*files(trust.dir / "server"))
    with pytest.raises(ValueError, match="load_ntls_cert_pair"):
        ssl.SSLContext(SERVER).load_cert_chain(*files(trust.dir / "server")[:2])


def test_half_a_pair_is_none(trust: SimpleNamespace, tlcp: Any) -> None:
    server = ssl.SSLContext(SERVER)
    server.load_sign_cert_chain(*files(trust.dir / "server")[:2])
    accepted, _ = failure(server, tlcp.client(pair=False))
    assert "this server has no TLCP pair" in str(accepted)
    server.load_enc_cert_chain(*files(trust.dir / "server")[2:])
    with session(server, tlcp.client()) as ends:
        exchange(*ends, b"whole")


# ---- certificates that the peer refuses ----


def goes_on(tlcp: Any) -> None:
    """After a failure the process can still make a good connection."""
    with session(tlcp.server(mutual=True), tlcp.client()) as ends:
        exchange(*ends, b"go on")


def client_error(
    tlcp: Any, pair: pki.CertificatePair, hostname: str = "localhost"
) -> ssl.SSLCertVerificationError:
    """What a good client says of a server with this pair."""
    server = ssl.SSLContext(SERVER)
    pair.configure(server)
    accepted, connected = failure(server, tlcp.client(), hostname)
    assert isinstance(connected, ssl.SSLCertVerificationError)
    assert connected.reason == "CERTIFICATE_VERIFY_FAILED"
    assert connected.verify_message in str(connected)
    assert isinstance(accepted, ssl.SSLError)
    assert "ALERT" in str(accepted.reason)
    goes_on(tlcp)
    return connected


@pytest.mark.parametrize("part", ["both", "sign", "enc"])
@pytest.mark.parametrize(
    ("begin", "end", "code"), [(-2 * DAY, -DAY, EXPIRED), (DAY, 2 * DAY, NOT_YET)]
)
def test_a_certificate_out_of_its_time(
    trust: SimpleNamespace, tlcp: Any, part: str, begin: timedelta, end: timedelta, code: int
) -> None:
    now = datetime.now(UTC)
    bad = trust.ca.issue_pair(*NAMES, not_before=now + begin, not_after=now + end)
    sign, enc = trust.server.sign, trust.server.enc
    pair = pki.CertificatePair(
        sign if part == "enc" else bad.sign, enc if part == "sign" else bad.enc
    )
    assert client_error(tlcp, pair).verify_code == code


@pytest.mark.parametrize("part", ["both", "sign", "enc"])
def test_a_ca_that_is_not_trusted(trust: SimpleNamespace, tlcp: Any, part: str) -> None:
    sign, enc = trust.server.sign, trust.server.enc
    pair = pki.CertificatePair(
        sign if part == "enc" else trust.stranger.sign,
        enc if part == "sign" else trust.stranger.enc,
    )
    assert client_error(tlcp, pair).verify_code in UNKNOWN_ISSUER


@pytest.mark.parametrize("part", ["both", "sign", "enc"])
def test_a_certificate_for_another_host(trust: SimpleNamespace, tlcp: Any, part: str) -> None:
    other = trust.ca.issue_pair("other.example", "192.0.2.1")
    sign, enc = trust.server.sign, trust.server.enc
    pair = pki.CertificatePair(
        sign if part == "enc" else other.sign, enc if part == "sign" else other.enc
    )
    error = client_error(tlcp, pair)
    assert error.verify_code == HOSTNAME
    assert "certificate is not valid for 'localhost'" in str(error)
    error = client_error(tlcp, pair, "127.0.0.1")
    assert error.verify_code == ADDRESS
    assert "certificate is not valid for '127.0.0.1'" in str(error)


def test_a_client_without_certificates(tlcp: Any) -> None:
    accepted, connected = failure(tlcp.server(mutual=True), tlcp.client(pair=False))
    assert accepted.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE"
    assert "the client sent no certificate pair" in str(accepted)
    assert "load_ntls_cert_pair()" in str(connected)
    goes_on(tlcp)


def test_a_client_of_another_ca(trust: SimpleNamespace, tlcp: Any) -> None:
    client = tlcp.client(pair=False)
    trust.other_ca.issue_pair("client.example").configure(client)
    accepted, connected = failure(tlcp.server(mutual=True), client)
    assert isinstance(accepted, ssl.SSLCertVerificationError)
    assert accepted.verify_code in UNKNOWN_ISSUER
    assert isinstance(connected, ssl.SSLError)
    goes_on(tlcp)


# ---- chains ----


@pytest.mark.parametrize("complete", [True, False])
def test_a_chain_with_an_intermediate_ca(
    trust: SimpleNamespace, tlcp: Any, tmp_path: Path, complete: bool
) -> None:
    """The files of a pair have what comes after the certificate sent along."""
    pair = trust.ca.issue_ca("Test Intermediate CA").issue_pair(*NAMES)
    pair.save(tmp_path / "pair")
    if not complete:
        for name in ("sign.pem", "enc.pem"):
            path = tmp_path / "pair" / name
            text = path.read_text()
            path.write_text(text[: text.index("-----END") + len("-----END CERTIFICATE-----\n")])
    server = ssl.SSLContext(SERVER)
    server.load_ntls_cert_pair(*files(tmp_path / "pair"))
    if complete:
        with session(server, tlcp.client()) as (accepted, connected):
            exchange(accepted, connected, b"chain")
            assert len(connected.get_unverified_chain()) == 3
            assert len(connected.get_verified_chain()) == 3
    else:
        _, error = failure(server, tlcp.client())
        assert error.verify_code in UNKNOWN_ISSUER


# ---- trust ----


@pytest.mark.parametrize("cadata", ["", "nothing", b"", b"\x30\x82", b"nothing"])
def test_trust_in_data_that_holds_no_certificate(cadata: str | bytes) -> None:
    with pytest.raises(ssl.SSLError, match="cadata does not contain a certificate"):
        ssl.SSLContext(SERVER).load_verify_locations(cadata=cadata)
    assert queue_is_empty()


def test_trust_in_a_file_that_holds_no_certificate(tmp_path: Path) -> None:
    path = tmp_path / "empty.pem"
    path.write_bytes(b"")
    with pytest.raises(ssl.SSLError, match=str(path)):
        ssl.SSLContext(SERVER).load_verify_locations(path)
    assert queue_is_empty()


@pytest.mark.parametrize("form", ["text", "bytes", "two", "file"])
def test_trust_in_every_form(trust: SimpleNamespace, tlcp: Any, form: str) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
    der = trust.ca.certificate.to_der()
    if form == "text":
        client.load_verify_locations(cadata=trust.ca.certificate.to_pem().decode())
    elif form == "bytes":
        client.load_verify_locations(cadata=der)
    elif form == "two":
        client.load_verify_locations(cadata=trust.other_ca.certificate.to_der() + der)
    else:
        client.load_verify_locations(trust.dir / "server" / "ca.pem")
    assert client.cert_store_stats()["x509_ca"] == (2 if form == "two" else 1)
    assert der in client.get_ca_certs(binary_form=True)
    with session(tlcp.server(), client) as ends:
        exchange(*ends, b"trusted")
