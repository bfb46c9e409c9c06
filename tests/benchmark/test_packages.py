"""Environments for packages: made once, and a reason in a line where they cannot be made."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import time
import zipfile
from pathlib import Path

import pytest

from tongsuo_py.benchmark import packages, sides
from tongsuo_py.benchmark.packages import PACKAGES, Package, Unreachable
from tongsuo_py.benchmark.worker import Missing

#: A package that is in no index, and has an adapter here: gmalg's, whose names it has not.
FAKE = Package("gmalg", "0.0.1")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which alone pip installs, and a cache of our own."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def wheel(folder: Path, source: str) -> None:
    """A wheel of ``gmalg`` that consists of this."""
    name = "gmalg-0.0.1"
    files = {
        "gmalg.py": source,
        f"{name}.dist-info/METADATA": "Metadata-Version: 2.1\nName: gmalg\nVersion: 0.0.1\n",
        f"{name}.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = []
    with zipfile.ZipFile(folder / f"{name}-py3-none-any.whl", "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=")
            record.append(f"{path},sha256={digest.decode()},{len(text)}\n")
        archive.writestr(f"{name}.dist-info/RECORD", "".join(record))


def test_it_is_installed_once(index: Path) -> None:
    wheel(index, "VALUE = 42\n")
    told: list[str] = []
    assert not FAKE.installed
    packages.install(FAKE, told.append)
    assert FAKE.installed
    (index / "gmalg-0.0.1-py3-none-any.whl").unlink()
    packages.install(FAKE, told.append)
    assert told == ["installing gmalg 0.0.1"]
    program = "import gmalg; print(gmalg.VALUE)"
    command = [packages.command(FAKE)[0], "-I", "-c", program]
    assert subprocess.run(command, check=True, capture_output=True).stdout == b"42\n"


def test_one_that_is_not_what_its_adapter_knows(index: Path) -> None:
    """It is installed, and cannot be used: the reason comes from where it runs."""
    wheel(index, "")
    packages.install(FAKE, lambda text: None)
    side = sides.Side(FAKE.name, packages.command(FAKE), packages.variables(FAKE))
    with pytest.raises(Missing, match=r"^ImportError: cannot import name 'bcmode' from 'gmalg'"):
        side.start()
    side.close()


def test_an_adapter_has_nothing_of_ours_but_the_benchmark(index: Path) -> None:
    program = "from tongsuo_py.benchmark.worker import Missing\nraise Missing(__name__)\n"
    wheel(index, program)
    packages.install(FAKE, lambda text: None)
    done = subprocess.run(packages.command(FAKE), check=True, capture_output=True, input=b"")
    assert json.loads(done.stdout) == {"missing": "gmalg"}  # its own, not the adapter's module


def test_one_that_is_not_there(index: Path) -> None:
    with pytest.raises(Missing, match=r"^No matching distribution found for gmalg==0.0.1") as error:
        packages.install(FAKE, lambda text: None)
    assert not isinstance(error.value, Unreachable)
    assert not FAKE.installed


def test_one_that_does_not_build(index: Path) -> None:
    """What pip shows of the build is a page; the reason is a line."""
    (index / "gmalg-0.0.1").mkdir()
    with zipfile.ZipFile(index / "gmalg-0.0.1.zip", "w") as archive:
        archive.writestr("gmalg-0.0.1/pyproject.toml", "[build-system]\nrequires = []\n")
        archive.writestr("gmalg-0.0.1/setup.py", "raise RuntimeError('there is no cmake')\n")
    with pytest.raises(Missing) as error:
        packages.install(FAKE, lambda text: None)
    assert "\n" not in str(error.value)
    assert str(error.value)
    assert not FAKE.installed


def test_one_that_takes_too_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What it has started ends with it."""
    monkeypatch.setattr(packages, "_PATIENCE", 0.5)
    file = tmp_path / "child"
    script = f"sleep 60 & echo $! > {file}; wait"
    with pytest.raises(Missing, match=r"^installing it took longer than 0.5 s$"):
        packages._run(["sh", "-c", script])
    child = int(file.read_text())
    state = Path(f"/proc/{child}/stat")
    for _ in range(100):
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("it goes on")


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first one says so; nobody asks for the others."""
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(packages, "_cache", lambda: tmp_path / "cache")  # Tongsuo's is wanted
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody listens
    told: list[str] = []
    (tmp_path / "trust").mkdir()
    with sides.started(tmp_path / "trust", True, told.append) as (alive, missing):
        assert sides.OURS in {side.name for side in alive}
        assert {missing[package.name] for package in PACKAGES} == {
            "it cannot be fetched: no network, or a proxy or a CA that pip is not told of"
        }
    assert [text for text in told if text.startswith("installing")] == [
        f"installing {PACKAGES[0].name} {PACKAGES[0].version}"
    ]


def test_every_package_has_its_adapter() -> None:
    folder = Path(packages.__file__).with_name("others")
    for package in PACKAGES:
        assert (folder / f"{package.adapter}.py").is_file()
        assert packages.command(package)[-1] == package.adapter
        assert package.gmssl is None or "LD_LIBRARY_PATH" in packages.variables(package)
