"""Keys and certificates for the tests of the lower floors, made by the native ``openssl``."""

from __future__ import annotations

import subprocess
from pathlib import Path

PASSWORD = "a password"


def openssl_run(openssl: Path, *arguments: str | Path) -> None:
    """Run the native program; its configuration is its own, whatever OPENSSL_CONF says."""
    subprocess.run(
        [openssl, *arguments],
        check=True,
        capture_output=True,
        env={"OPENSSL_CONF": str(openssl.parent.parent / "ssl" / "openssl.cnf")},
    )


def make_material(openssl: Path, folder: Path) -> Path:
    """Fill ``folder`` with self-signed certificates NAME.pem for localhost, and their NAME.key.

    ``sign`` and ``enc`` are TLCP's pair, ``tls`` has a P-256 key. ``sec1.key``, ``pkcs8.der``,
    ``locked.key`` and ``locked.der`` (with PASSWORD) and ``public.key`` are other forms of sign's.
    """
    usages = {"sign": "digitalSignature", "enc": "keyEncipherment,dataEncipherment"}
    for name, usage in usages.items():
        options = ["-newkey", "sm2", "-sm3", "-addext", f"keyUsage={usage}"]
        _self_signed(openssl, folder, name, options)
    p256 = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-sha256"]
    _self_signed(openssl, folder, "tls", p256)
    key = ["-in", folder / "sign.key"]
    locked = ["-topk8", "-v2", "sm4-cbc", "-iter", "1", "-passout", f"pass:{PASSWORD}"]
    openssl_run(openssl, "ec", *key, "-out", folder / "sec1.key")
    openssl_run(
        openssl,
        "pkcs8",
        "-topk8",
        "-nocrypt",
        *key,
        "-outform",
        "DER",
        "-out",
        folder / "pkcs8.der",
    )
    openssl_run(openssl, "pkcs8", *locked, *key, "-out", folder / "locked.key")
    openssl_run(openssl, "pkcs8", *locked, *key, "-outform", "DER", "-out", folder / "locked.der")
    openssl_run(openssl, "pkey", *key, "-pubout", "-out", folder / "public.key")
    return folder


def _self_signed(openssl: Path, folder: Path, name: str, options: list[str]) -> None:
    files = ["-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "30"]
    openssl_run(openssl, "req", "-x509", "-noenc", *options, *files, *subject)
