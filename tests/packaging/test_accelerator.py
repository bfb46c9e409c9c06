"""Intel's packages are found among what is installed, however the build was begun."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, DistributionFinder, MetadataPathFinder
from pathlib import Path

import pytest
from conftest import load_build_script

load_build_script()  # after it, `tongsuo` can be imported

from tongsuo import accelerator  # noqa: E402


def test_another_package_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not accelerator.wanted():
        pytest.skip("acceleration is for x86-64 Linux with glibc, and not switched off")

    class BackendPath:
        """As pip's, which answers with all that lies in a folder, whatever is asked for."""

        @staticmethod
        def find_spec(*args: object) -> None:
            return None

        @staticmethod
        def find_distributions(context: DistributionFinder.Context) -> Iterator[Distribution]:
            everything = DistributionFinder.Context(path=[str(tmp_path)])
            return iter(MetadataPathFinder.find_distributions(everything))

    own = tmp_path / "tongsuo_py.egg-info"
    own.mkdir()
    (own / "PKG-INFO").write_text("Metadata-Version: 2.4\nName: tongsuo-py\nVersion: 0.1.0\n")
    monkeypatch.setattr(sys, "meta_path", [BackendPath, *sys.meta_path])
    found = accelerator.find()
    assert found is not None
    assert [path.name for path in found.libraries] == ["libippcp.a", "libcrypto_mb.a"]
