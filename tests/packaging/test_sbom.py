"""The bill of materials in the wheel: valid, complete, and the same each time."""

from __future__ import annotations

import hashlib
import json
import shutil
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from tree import ROOT, Built

import tongsuo_py
from tongsuo import accelerator, sbom
from tongsuo.errors import BuildError
from tongsuo.prefixes import MARKER, library_dir

# One worker makes the wheel, and tests it.
pytestmark = pytest.mark.xdist_group("wheel")

VERSION = tongsuo_py.__version__


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def content(hashes: list[dict[str, str]]) -> str:
    (only,) = hashes
    assert only["alg"] == "SHA-256"
    return only["content"]


def files(component: dict[str, Any]) -> dict[str, str]:
    return {file["name"]: content(file["hashes"]) for file in component["components"]}


@pytest.fixture(scope="module")
def text(wheel: Built) -> str:
    with zipfile.ZipFile(wheel.path) as archive:
        return archive.read(f"tongsuo_py-{VERSION}.dist-info/sboms/tongsuo-py.cdx.json").decode()


@pytest.fixture(scope="module")
def components(text: str) -> dict[str, dict[str, Any]]:
    return {component["name"]: component for component in json.loads(text)["components"]}


def test_it_is_valid(text: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_what_it_is_of(text: str) -> None:
    about = json.loads(text)
    assert about["metadata"]["timestamp"] == "2023-11-14T22:13:20+00:00"  # SOURCE_DATE_EPOCH
    assert about["metadata"]["component"]["purl"] == f"pkg:pypi/tongsuo-py@{VERSION}"
    own, *others = about["dependencies"]
    assert own["dependsOn"] == [other["ref"] for other in others]
    assert own["dependsOn"] == [component["bom-ref"] for component in about["components"]]


def test_tongsuo_and_its_openssl(components: dict[str, dict[str, Any]], prefix: Path) -> None:
    """By the checksum that cargo checks the source against, and the libraries made of it."""
    lock = tomllib.loads((ROOT / "tongsuo" / "Cargo.lock").read_text())["package"]
    (crate,) = (package for package in lock if package["version"].endswith("+8.5.0"))
    tongsuo = components["Tongsuo"]
    assert tongsuo["version"] == "8.5.0"
    assert tongsuo["purl"] == "pkg:cargo/tongsuo-src@" + crate["version"].replace("+", "%2B")
    assert content(tongsuo["hashes"]) == crate["checksum"]
    library = library_dir(prefix)
    assert files(tongsuo) == {name: sha256(library / name) for name in ("libssl.a", "libcrypto.a")}
    (openssl,) = tongsuo["pedigree"]["ancestors"]
    assert (openssl["name"], openssl["version"]) == ("OpenSSL", "3.5.4")
    assert openssl["cpe"].startswith("cpe:2.3:a:openssl:openssl:3.5.4:")


def test_intels_library_where_it_is_in(components: dict[str, dict[str, Any]]) -> None:
    found = accelerator.find()
    assert len(components) == (1 if found is None else 2)
    if found is not None:
        intel = components["Intel Cryptography Primitives Library"]
        assert intel["version"] == accelerator.VERSION
        assert files(intel) == {path.name: sha256(path) for path in found.libraries}


def test_the_older_tongsuo_without_acceleration(
    older_prefix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    text = sbom.document("1.2.3", older_prefix, None)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert text == sbom.document("1.2.3", older_prefix, None)
    about = json.loads(text)
    assert "timestamp" not in about["metadata"]
    (tongsuo,) = about["components"]
    assert tongsuo["version"] == "8.4.0"
    assert tongsuo["pedigree"]["ancestors"][0]["version"] == "3.0.3"
    assert (
        about["serialNumber"]
        != json.loads(sbom.document("1.2.4", older_prefix, None))["serialNumber"]
    )


@pytest.mark.parametrize("marker", [None, "{", "[]", '{"source": "another"}'])
def test_of_a_users_own_tongsuo_no_source_is_claimed(
    marker: str | None, prefix: Path, tmp_path: Path
) -> None:
    for name in ("include", "lib"):
        shutil.copytree(prefix / name, tmp_path / name)
    if marker is not None:
        (tmp_path / MARKER).write_text(marker)
    (tongsuo,) = json.loads(sbom.document("1.2.3", tmp_path, None))["components"]
    assert tongsuo["purl"] == "pkg:github/Tongsuo-Project/Tongsuo@8.5.0"
    assert "hashes" not in tongsuo
    assert set(files(tongsuo)) == {"libssl.a", "libcrypto.a"}


def test_headers_that_do_not_say_which_openssl(prefix: Path, tmp_path: Path) -> None:
    shutil.copytree(prefix / "include", tmp_path / "include")
    header = tmp_path / "include" / "openssl" / "opensslv.h"
    header.write_text(header.read_text().replace("define OPENSSL_VERSION_M", "define OTHER_M"))
    with pytest.raises(BuildError, match="does not say which OpenSSL it was made from"):
        sbom.document("1.2.3", tmp_path, None)
