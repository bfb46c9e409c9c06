"""What the interoperability tests share beside tests/conftest.py."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from native_peer import run


@pytest.fixture(scope="session")
def tls(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A certificate for ordinary TLS (P-256, for localhost): the paths ``cert`` and ``key``.

    It is its own trust anchor. SM2 certificates are of no use to TLS 1.2.
    """
    directory = tmp_path_factory.mktemp("tls")
    files = SimpleNamespace(cert=directory / "cert.pem", key=directory / "cert.key")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")
    name = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2")
    run(openssl, "req", "-x509", *curve, *name, "-keyout", files.key, "-out", files.cert)
    return files
