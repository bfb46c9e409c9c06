"""Whose certificates a connection uses, given to our side and to the native one alike."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from native_peer import run
from our_side import NAMES

from tongsuo_py import pki

PAIR = ("sign", "enc")


@dataclass(frozen=True)
class Identity:
    """A server's and a client's certificates of one CA, as files.

    ``stems`` are their names in the directories ``server`` and ``client``, without ``.pem`` and
    ``.key``: one certificate for TLS, or a pair for TLCP.
    """

    ca: Path
    server: Path
    client: Path
    stems: tuple[str, ...]

    def files(self, side: str) -> list[Path]:
        """Certificate and key, for a pair the signing ones first."""
        directory: Path = getattr(self, side)
        return [directory / f"{stem}.{end}" for stem in self.stems for end in ("pem", "key")]

    def der(self, side: str) -> list[bytes]:
        """The certificates, the signing one first."""
        files = self.files(side)[::2]
        return [pki.Certificate.from_pem(path.read_bytes()).to_der() for path in files]

    def load(self, context: Any, side: str) -> None:
        """Give a side's certificates to a context of ours."""
        load = context.load_ntls_cert_pair if self.stems == PAIR else context.load_cert_chain
        load(*self.files(side))

    def options(self, side: str) -> list[str | Path]:
        """What gives a side's certificates to a native program."""
        names = ("sign_cert", "sign_key", "enc_cert", "enc_key")
        if self.stems != PAIR:
            names = ("cert", "key")
        files = self.files(side)
        return [
            part for name, file in zip(names, files, strict=True) for part in (f"-{name}", file)
        ]


def make_p256(openssl: Path, directory: Path, name: str) -> Identity:
    """A certificate of P-256 for ``name``, its own trust anchor; both sides have it."""
    new = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
    subject = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "2")
    files = ("-keyout", directory / "cert.key", "-out", directory / "cert.pem")
    run(openssl, *new, *subject, *files)
    return Identity(directory / "cert.pem", directory, directory, ("cert",))


def make_rsa(openssl: Path, directory: Path, *, agreement: bool = True) -> Identity:
    """TLCP pairs of RSA keys for both sides, made by the native program: pki makes SM2 alone.

    ``agreement`` is whether the key usage of the encryption certificates has keyAgreement.
    """
    encipherment = "keyEncipherment,dataEncipherment"
    usages = {
        "sign": "digitalSignature",
        "enc": f"{encipherment},keyAgreement" if agreement else encipherment,
    }
    ca, ca_key = directory / "ca.pem", directory / "ca.key"
    new = ("req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2")
    run(openssl, *new, "-subj", "/CN=RSA Root", "-keyout", ca_key, "-out", ca)
    names = ",".join(f"{'IP' if name[0].isdigit() else 'DNS'}:{name}" for name in NAMES)
    extensions = (f"subjectAltName={names}", "basicConstraints=critical,CA:FALSE")
    for side in ("server", "client"):
        (directory / side).mkdir()
        for stem, usage in usages.items():
            path = directory / side / stem
            options = [
                part for each in (*extensions, f"keyUsage={usage}") for part in ("-addext", each)
            ]
            files = ("-keyout", path.with_suffix(".key"), "-out", path.with_suffix(".pem"))
            issuer = ("-CA", ca, "-CAkey", ca_key)
            run(openssl, *new, "-subj", f"/OU={side}/CN={stem}", *options, *issuer, *files)
    return Identity(ca, directory / "server", directory / "client", PAIR)
