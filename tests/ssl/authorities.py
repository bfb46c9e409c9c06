"""Certificate authorities of two levels whose certificates can be revoked, for TLS and for TLCP."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from tongsuo_py import pki, ssl

#: The validity of a list, as days from now: (from, until).
CURRENT, EXPIRED, FUTURE = (-1, 1), (-3, -1), (1, 3)
_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


def key_usage(*names: str) -> x509.KeyUsage:
    """The extension with these bits, by cryptography's names, and no others."""
    return x509.KeyUsage(**(dict.fromkeys(_USAGES, False) | dict.fromkeys(names, True)))


def _time(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)


@dataclass(frozen=True)
class Party:
    """One side's certificates: what a context loads, and the serial numbers, two in TLCP."""

    files: tuple[Path, ...]
    serials: tuple[int, ...]


@dataclass
class Authority:
    """A root and an intermediate CA, and what the intermediate one issued to both sides."""

    directory: Path
    root: Path = field(init=False)
    intermediate_serial: int = field(init=False)
    server: Party = field(init=False)
    client: Party = field(init=False)

    def context(self, side: str, module: Any = ssl) -> Any:
        """A context that shows its certificates and wants the peer's; host names left alone."""
        context = module.SSLContext(self.protocol(side))
        context.check_hostname = False
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(self.root)
        self.load(context, getattr(self, side))
        return context

    def lists(
        self,
        *,
        root: Sequence[int] | None = None,
        leaf: Sequence[int] | None = None,
        validity: tuple[int, int] = CURRENT,
    ) -> Path:
        """A file with a list of the root's, of the intermediate one's, or both; None leaves out."""
        path = self.directory / "crl.pem"
        parts = []
        if root is not None:
            parts.append(self.revocations("root", root, validity))
        if leaf is not None:
            parts.append(self.revocations("intermediate", leaf, validity))
        path.write_bytes(b"".join(parts))
        return path

    def protocol(self, side: str) -> int:
        raise NotImplementedError

    def load(self, context: Any, party: Party) -> None:
        raise NotImplementedError

    def revocations(self, issuer: str, serials: Sequence[int], validity: tuple[int, int]) -> bytes:
        """A revocation list as PEM; ``issuer`` is "root", "intermediate" or "forger"."""
        raise NotImplementedError


class TlsAuthority(Authority):
    """P-256 certificates, with ``cryptography``."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._keys = {
            name: ec.generate_private_key(ec.SECP256R1())
            for name in ("root", "intermediate", "forger")
        }
        self._names = {"root": "Root", "intermediate": "Intermediate", "forger": "Intermediate"}
        root = certificate("Root", self._keys["root"], "Root", self._keys["root"], ca=True)
        middle = certificate(
            "Intermediate", self._keys["intermediate"], "Root", self._keys["root"], ca=True
        )
        self.intermediate_serial = middle.serial_number
        self.root = directory / "root.pem"
        self.root.write_bytes(root.public_bytes(serialization.Encoding.PEM))
        self.server, self.client = (self._party(name, middle) for name in ("server", "client"))

    def _party(self, name: str, middle: x509.Certificate) -> Party:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = certificate(name, key, "Intermediate", self._keys["intermediate"])
        file = write(self.directory / f"{name}.pem", key, leaf, middle)
        return Party((file,), (leaf.serial_number,))

    def protocol(self, side: str) -> int:
        return ssl.PROTOCOL_TLS_SERVER if side == "server" else ssl.PROTOCOL_TLS_CLIENT

    def load(self, context: Any, party: Party) -> None:
        context.load_cert_chain(*party.files)

    def revocations(self, issuer: str, serials: Sequence[int], validity: tuple[int, int]) -> bytes:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self._names[issuer])])
        builder = x509.CertificateRevocationListBuilder(
            name, _time(validity[0]), _time(validity[1])
        )
        for serial in serials:
            revoked = x509.RevokedCertificateBuilder(serial, _time(-1)).build()
            builder = builder.add_revoked_certificate(revoked)
        return builder.sign(self._keys[issuer], hashes.SHA256()).public_bytes(
            serialization.Encoding.PEM
        )


class TlcpAuthority(Authority):
    """SM2 pairs with pki, revocation lists with the native ``openssl ca``."""

    def __init__(self, directory: Path, openssl: Path) -> None:
        super().__init__(directory)
        self._openssl = openssl
        root = pki.CA.create("Root")
        middle = root.issue_ca("Intermediate")
        forger = pki.CA.create("Intermediate")
        for name, ca in (("root", root), ("intermediate", middle), ("forger", forger)):
            ca.save(directory / name)
        self.root = directory / "root" / "ca.pem"
        self.intermediate_serial = middle.certificate.serial_number
        self.server, self.client = (self._party(name, middle) for name in ("server", "client"))

    def _party(self, name: str, middle: pki.CA) -> Party:
        pair = middle.issue_pair("localhost", common_name=name)
        pair.save(self.directory / name)
        names = ("sign.pem", "sign.key", "enc.pem", "enc.key")
        files = tuple(self.directory / name / each for each in names)
        return Party(files, (pair.sign.serial_number, pair.enc.serial_number))

    def protocol(self, side: str) -> int:
        return ssl.PROTOCOL_NTLS_SERVER if side == "server" else ssl.PROTOCOL_NTLS_CLIENT

    def load(self, context: Any, party: Party) -> None:
        context.load_ntls_cert_pair(*party.files)

    def revocations(self, issuer: str, serials: Sequence[int], validity: tuple[int, int]) -> bytes:
        database = self.directory / "index.txt"
        time = "%y%m%d%H%M%SZ"
        database.write_text(
            "".join(
                f"R\t{_time(9):{time}}\t{_time(-1):{time}}\t{_even(serial)}\tunknown\t/CN=x\n"
                for serial in serials
            )
        )
        configuration = self.directory / "ca.cnf"
        configuration.write_text(
            f"[ca]\ndefault_ca = this\n[this]\ndatabase = {database}\ndefault_md = sm3\n"
        )
        output = self.directory / "one.pem"
        folder = self.directory / issuer
        command = [
            *(self._openssl, "ca", "-gencrl", "-config", configuration),
            *("-keyfile", folder / "ca.key", "-cert", folder / "ca.pem", "-out", output),
            *("-crl_lastupdate", f"{_time(validity[0]):%Y%m%d%H%M%SZ}"),
            *("-crl_nextupdate", f"{_time(validity[1]):%Y%m%d%H%M%SZ}"),
        ]
        done = subprocess.run(command, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return output.read_bytes()


def _even(serial: int) -> str:
    text = f"{serial:X}"
    return text.zfill(len(text) + len(text) % 2)


def certificate(
    name: str,
    key: Any,
    issuer: str,
    issuer_key: Any,
    *,
    ca: bool = False,
    usage: Sequence[str] = (),
    names: Sequence[x509.GeneralName] = (x509.DNSName("localhost"),),
    strict: bool = True,
) -> x509.Certificate:
    """A certificate as RFC 5280 wants it; without ``strict``, lacking the key identifiers."""

    def common_name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(common_name(name))
        .issuer_name(common_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_time(-1))
        .not_valid_after(_time(9))
    )
    if ca:
        usage = ("key_cert_sign", "crl_sign")
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    elif names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    if usage:
        builder = builder.add_extension(key_usage(*usage), True)
    if strict:
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        theirs = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(own, False).add_extension(theirs, False)
    return builder.sign(issuer_key, hashes.SHA256())


def write(path: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, *chain: Any) -> Path:
    """A PEM file with a key and its certificates, leaf first."""
    pem = serialization.Encoding.PEM
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    certificates = b"".join(each.public_bytes(pem) for each in chain)
    path.write_bytes(certificates + key.private_bytes(pem, form, plain))
    return path
