"""The bill of materials that travels with a wheel (PEP 770): what was linked into the extension.

CycloneDX, in JSON. The same input gives the same text: its serial number is made from its content,
and it has a time only where SOURCE_DATE_EPOCH names one.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tongsuo import accelerator, prefixes, versions
from tongsuo.accelerator import Accelerator
from tongsuo.sources import pinned_crates

NAME = "tongsuo-py.cdx.json"

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/Tongsuo-Project/Tongsuo#tongsuo-py")
_APACHE = [{"license": {"id": "Apache-2.0"}}]


def document(version: str, prefix: Path, accelerates: Accelerator | None) -> str:
    """Describe a wheel of tongsuo-py ``version``.

    ``prefix`` is the Tongsuo that is linked in, ``accelerates`` Intel's library, None without it.
    """
    package = _library("tongsuo-py", version, f"pkg:pypi/tongsuo-py@{version}")
    components = [_tongsuo(prefix)]
    if accelerates is not None:
        components.append(_intel(accelerates))
    linked = [component["bom-ref"] for component in components]
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": _time() | {"component": package},
        "components": components,
        "dependencies": [
            {"ref": package["bom-ref"], "dependsOn": linked},
            *({"ref": reference} for reference in linked),
        ],
    }
    serial = uuid.uuid5(_NAMESPACE, json.dumps(content, sort_keys=True))
    return json.dumps({"serialNumber": f"urn:uuid:{serial}"} | content, indent=2) + "\n"


def _tongsuo(prefix: Path) -> dict[str, Any]:
    version = versions.of_headers(prefix / "include" / "openssl", str(prefix))
    facts = prefixes.facts(prefix)
    crate = pinned_crates().get(version)
    if crate is not None and facts.get("source") == crate.identity:
        release = crate.crate_version.replace("+", "%2B")
        about = _library("Tongsuo", version, f"pkg:cargo/tongsuo-src@{release}")
        about["hashes"] = _hashes(crate.identity)
    else:
        # The user's own: of its source we know the version alone.
        about = _library("Tongsuo", version, f"pkg:github/Tongsuo-Project/Tongsuo@{version}")
    base = versions.of_openssl(prefix / "include" / "openssl", str(prefix))
    openssl = _library("OpenSSL", base, f"pkg:github/openssl/openssl@openssl-{base}")
    openssl["cpe"] = f"cpe:2.3:a:openssl:openssl:{base}:*:*:*:*:*:*:*"
    about["pedigree"] = {"ancestors": [openssl]}
    about["externalReferences"] = [
        {"type": "vcs", "url": "https://github.com/Tongsuo-Project/Tongsuo"}
    ]
    library = prefixes.library_dir(prefix)
    about["components"] = _files(about, [library / "libssl.a", library / "libcrypto.a"])
    options = facts.get("options", [])
    about["properties"] = [{"name": "tongsuo-py:configured", "value": name} for name in options]
    return about


def _intel(accelerates: Accelerator) -> dict[str, Any]:
    name, version = "Intel Cryptography Primitives Library", accelerator.VERSION
    about = _library(name, version, f"pkg:pypi/ipp-crypto-static@{version}")
    about["supplier"] = {"name": "Intel Corporation"}
    about["externalReferences"] = [
        {"type": "vcs", "url": "https://github.com/intel/cryptography-primitives"}
    ]
    about["components"] = _files(about, accelerates.libraries)
    return about


def _library(name: str, version: str, purl: str) -> dict[str, Any]:
    about = {"type": "library", "bom-ref": purl, "name": name, "version": version}
    return about | {"licenses": _APACHE, "purl": purl}


def _files(of: dict[str, Any], paths: Sequence[Path]) -> list[dict[str, Any]]:
    """The files that the linker was given, which a source does not decide alone."""
    return [
        {
            "type": "file",
            "bom-ref": f"{of['bom-ref']}#{path.name}",
            "name": path.name,
            "hashes": _hashes(hashlib.sha256(path.read_bytes()).hexdigest()),
        }
        for path in paths
    ]


def _hashes(sha256: str) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": sha256}]


def _time() -> dict[str, Any]:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not epoch.isdecimal():
        return {}
    return {"timestamp": datetime.fromtimestamp(int(epoch), UTC).isoformat()}
