"""What the interoperability tests share beside tests/conftest.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from identities import PAIR, Identity, make_p256, make_rsa


@pytest.fixture(scope="session")
def tls(openssl: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A certificate for ordinary TLS (P-256, for localhost): the paths ``cert`` and ``key``.

    It is its own trust anchor. SM2 certificates are of no use to TLS 1.2.
    """
    directory = tmp_path_factory.mktemp("tls")
    certificate, key = make_p256(openssl, directory, "localhost").files("server")
    return SimpleNamespace(cert=certificate, key=key)


@pytest.fixture(scope="session")
def identities(
    openssl: Path,
    trust: SimpleNamespace,
    tls: SimpleNamespace,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, Identity]:
    """Certificates by kind: pairs ``SM2 pair`` and ``RSA pair``, single ones ``SM2``, ``P-256``,
    ``RSA``.

    Of the single ones of SM2 and P-256 there is one only, which both sides have.
    """
    rsa = make_rsa(openssl, tmp_path_factory.mktemp("rsa"))
    sm2_ca, sm2 = trust.dir / "ca" / "ca.pem", trust.dir / "server_cert"
    p256 = tls.cert.parent
    return {
        "SM2 pair": Identity(sm2_ca, trust.dir / "server", trust.dir / "client", PAIR),
        "RSA pair": rsa,
        "SM2": Identity(sm2_ca, sm2, sm2, ("cert",)),
        "P-256": Identity(tls.cert, p256, p256, ("cert",)),
        "RSA": replace(rsa, stems=("sign",)),
    }
