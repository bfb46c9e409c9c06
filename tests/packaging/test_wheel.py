"""The wheel as a file: its tag, contents, metadata and licences; what is in the extension."""

from __future__ import annotations

import email.message
import email.parser
import platform
import re
import sysconfig
import zipfile
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename
from tree import Built, environment, pip_wheel, python

import tongsuo_py
from tongsuo.sources import unpack

# One worker makes the wheel, and tests it.
pytestmark = pytest.mark.xdist_group("wheel")

VERSION = tongsuo_py.__version__
DIST_INFO = f"tongsuo_py-{VERSION}.dist-info"
EXTENSION = "tongsuo_py/_tongsuo.abi3.so"


@pytest.fixture(scope="module")
def archive(wheel: Built) -> zipfile.ZipFile:
    return zipfile.ZipFile(wheel.path)


@pytest.fixture(scope="module")
def metadata(archive: zipfile.ZipFile) -> email.message.Message:
    return email.parser.BytesParser().parsebytes(archive.read(f"{DIST_INFO}/METADATA"))


def test_its_tag(wheel: Built, archive: zipfile.ZipFile) -> None:
    machine = re.sub(r"[-.]", "_", sysconfig.get_platform())
    name, version, _, tags = parse_wheel_filename(wheel.path.name)
    assert (name, str(version)) == ("tongsuo-py", VERSION)
    assert [str(tag) for tag in tags] == [f"cp311-abi3-{machine}"]
    assert platform.machine() in machine
    about = email.parser.BytesParser().parsebytes(archive.read(f"{DIST_INFO}/WHEEL"))
    assert about["Tag"] == f"cp311-abi3-{machine}"
    assert about["Root-Is-Purelib"] == "false"


def test_it_has_the_package_and_nothing_else(archive: zipfile.ZipFile, tree: Path) -> None:
    package = {
        path.relative_to(tree).as_posix()
        for path in (tree / "tongsuo_py").rglob("*")
        if path.suffix == ".py" or path.name == "py.typed"
    }
    assert "tongsuo_py/py.typed" in package
    files = {"METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt"}
    files |= {"licenses/LICENSE", "licenses/NOTICE", "sboms/tongsuo-py.cdx.json"}
    about = {f"{DIST_INFO}/{name}" for name in files}
    assert set(archive.namelist()) == package | {EXTENSION} | about
    assert archive.read(f"{DIST_INFO}/top_level.txt") == b"tongsuo_py\n"


def test_its_metadata(metadata: email.message.Message) -> None:
    assert metadata["Name"] == "tongsuo-py"
    assert metadata["Version"] == VERSION
    assert metadata["Requires-Python"] == ">=3.11"
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata.get_all("License-File") == ["LICENSE", "NOTICE"]


def test_cffi_is_all_that_it_needs(metadata: email.message.Message) -> None:
    requirements = metadata.get_all("Requires-Dist") or []
    needed = [requirement for requirement in requirements if "extra ==" not in requirement]
    assert [re.split(r"[^\w-]", requirement)[0] for requirement in needed] == ["cffi"]
    assert len(requirements) > len(needed)


def test_the_command(archive: zipfile.ZipFile) -> None:
    text = archive.read(f"{DIST_INFO}/entry_points.txt").decode()
    assert text == "[console_scripts]\ntongsuo-py = tongsuo_py.cli:main\n"


def test_licences_of_all_that_is_in_it(archive: zipfile.ZipFile, prefix: Path) -> None:
    """Tongsuo is linked in: its licence is ours, word for word, and its notice is in ours.

    So is Intel's library, whose licence is the same and which has no notice.
    """
    licence = archive.read(f"{DIST_INFO}/licenses/LICENSE")
    notice = archive.read(f"{DIST_INFO}/licenses/NOTICE").decode()
    assert b"Apache License" in licence
    assert "This product includes software developed by the OpenSSL Project" in notice
    theirs = prefix / "share" / "licenses" / "tongsuo"
    assert licence == (theirs / "LICENSE.txt").read_bytes()
    assert (theirs / "NOTICE").read_text().strip() in notice
    assert "Intel Cryptography Primitives Library" in notice


def test_twine_takes_both(wheel: Built, sdist: Path) -> None:
    command = ("-m", "twine", "check", "--strict", wheel.path, sdist)
    assert python(*command, env=environment(), cwd=sdist.parent).count("PASSED") == 2


def test_the_build_had_no_warning(wheel: Built) -> None:
    assert "build_ext" in wheel.log
    warnings = re.findall(r"^.*warning:.*$", wheel.log, re.MULTILINE)
    assert [text for text in warnings if "byte-compiling is disabled" not in text] == []


def test_no_path_of_the_machine_is_in_it(archive: zipfile.ZipFile, wheel: Built) -> None:
    """But for the folders that Tongsuo was configured with, which belong to its version texts."""
    content = archive.read(EXTENSION)
    own = tuple(re.findall(rb'(?:OPENSSLDIR|MODULESDIR|ENGINESDIR): "([^"]+)"', content))
    assert len(own) == 3
    paths = re.findall(
        rb"(?<![\w.])/(?:root|home|tmp|usr|opt|var|mnt|Users|private)/[^\0\s]*", content
    )
    assert [path for path in paths if not path.startswith(own)] == []
    for place in (wheel.source, wheel.prefix, Path(sysconfig.get_paths()["stdlib"])):
        assert bytes(place) not in content


def test_the_same_source_gives_the_same_wheel(
    wheel: Built, sdist: Path, prefix: Path, tmp_path: Path
) -> None:
    """In another folder, from the other copy of the prefix, at another time."""
    unpack(sdist, tmp_path / "elsewhere")
    (source,) = (tmp_path / "elsewhere").iterdir()
    again = tmp_path / "dist"
    result = pip_wheel(source, again, TONGSUO_HOME=str(prefix), SOURCE_DATE_EPOCH="1700000000")
    assert result.returncode == 0, result.stdout
    with zipfile.ZipFile(wheel.path) as first, zipfile.ZipFile(again / wheel.path.name) as second:
        for name in first.namelist():
            assert first.read(name) == second.read(name), name
    assert (again / wheel.path.name).read_bytes() == wheel.path.read_bytes()
