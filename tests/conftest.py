"""What the tests share: certificates of our own CA, the native ``openssl`` of each Tongsuo."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType, SimpleNamespace

import gmssl_program
import pytest
import tls_certificates
from hypothesis import HealthCheck, settings
from programs import Program

from tongsuo_py import pki

pytest_plugins = ["tables"]

# The same examples in every run, so that a change is to blame where one fails (it is fuzz/ that
# looks for new ones), and however long a busy machine takes for them.
settings.register_profile(
    "tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("tests")

ROOT = Path(__file__).resolve().parent.parent
TONGSUO_VERSIONS = ("8.5.0", "8.4.0")
NAMES = ("localhost", "127.0.0.1", "::1")


def load_build_script() -> ModuleType:
    """tongsuo/build.py as a module, without the checkout on sys.path.

    (There it would put the source tree's tongsuo_py before the installed one that is under test.)
    """
    spec = importlib.util.spec_from_file_location("tongsuo_build", ROOT / "tongsuo" / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def native_openssl(version: str) -> Path:
    """The ``openssl`` program of a Tongsuo version, from the cache that ``make test`` filled.

    Where nothing can be built, TONGSUO_TEST_PREFIXES names a folder with one for each version.
    """
    prefixes = os.environ.get("TONGSUO_TEST_PREFIXES")
    if prefixes:
        return Path(prefixes, version, "bin", "openssl")
    prefix: Path = load_build_script().find_prefix(version)
    return prefix / "bin" / "openssl"


@pytest.fixture(scope="session", params=TONGSUO_VERSIONS)
def any_openssl(request: pytest.FixtureRequest) -> Path:
    """The native ``openssl`` of each Tongsuo version in turn."""
    return native_openssl(request.param)


@pytest.fixture(scope="session")
def openssl() -> Path:
    """The native ``openssl`` of the newest Tongsuo."""
    return native_openssl(TONGSUO_VERSIONS[0])


@pytest.fixture(scope="session")
def gmssl() -> Path:
    """The program ``gmssl`` of GmSSL 3.1.1."""
    return gmssl_program.find()


@pytest.fixture(scope="session")
def run_gmssl(gmssl: Path) -> Program:
    """``gmssl``, to be called with its arguments."""
    return Program(gmssl)


@pytest.fixture(scope="session")
def run_openssl(openssl: Path) -> Program:
    """The native ``openssl`` of the newest Tongsuo, to be called with its arguments."""
    return Program(openssl)


@pytest.fixture(scope="session")
def run_any_openssl(any_openssl: Path) -> Program:
    """The native ``openssl`` of each Tongsuo in turn, to be called with its arguments."""
    return Program(any_openssl)


@pytest.fixture(scope="session")
def trust(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A small world of certificates, in memory and in files, made once for the whole run.

    ``ca`` with the pairs ``server`` and ``client`` (and ``server_cert``, a single one);
    ``other_ca`` and ``stranger``, a server's pair of it; ``dir`` holds a directory for each, by
    these names, with what ``save`` writes.
    """
    directory = tmp_path_factory.mktemp("trust")
    ca, other_ca = pki.CA.create("Test Root CA"), pki.CA.create("Other Root CA")
    world = SimpleNamespace(
        dir=directory,
        ca=ca,
        other_ca=other_ca,
        server=ca.issue_pair(*NAMES, role="server"),
        client=ca.issue_pair("client.example", role="client"),
        stranger=other_ca.issue_pair(*NAMES, role="server"),
        server_cert=ca.issue(*NAMES),
    )
    for name in ("ca", "other_ca", "server", "client", "stranger", "server_cert"):
        getattr(world, name).save(directory / name)
    return world


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Certificates for ordinary TLS: the paths of PEM files, see ``tls_certificates.make``."""
    return tls_certificates.make(tmp_path_factory.mktemp("tls"))
