"""docs/guides/docker.md: its `docker run` lines, and an application that begins with the image."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import IMAGE, good, run
from tree import ROOT

pytestmark = [pytest.mark.xdist_group("docker"), pytest.mark.usefixtures("images")]

GUIDE = (ROOT / "docs" / "guides" / "docker.md").read_text(encoding="utf-8")
LINES = re.findall(r"^docker run .*$", GUIDE, re.MULTILINE)
NAME = f"tlcp-{os.getpid()}"  # what the guide calls its server


def ours(text: str) -> str:
    """The same with the tests' images, and with a name and a port that nobody else has."""
    text = re.sub(r"(?<![/\w-])tongsuo-py:(tongsuo|dev)", rf"{IMAGE}:\1", text)
    text = re.sub(r"(?<![/\w'-])tongsuo-py(?= |$)", f"{IMAGE}:runtime", text, flags=re.MULTILINE)
    return text.replace("--name tlcp", f"--name {NAME}").replace("127.0.0.1:4433:", "127.0.0.1::")


@pytest.fixture
def no_server_left() -> Iterator[None]:
    """The guide's server is gone afterwards."""
    yield
    run("docker", "rm", "--force", "--volumes", NAME)


def test_the_lines(tmp_path: Path, no_server_left: None) -> None:
    (tmp_path / "program.c").write_text(
        "#include <openssl/ssl.h>\nint main(void) { return NTLS_client_method() == NULL; }\n"
    )
    lines = [line for line in LINES if "tongsuo-curl" not in line]  # curl takes minutes to build
    assert len(lines) == len(LINES) - 1 >= 6
    for line in lines:
        good("bash", "-euc", ours(line), cwd=tmp_path)
    assert (tmp_path / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    good(tmp_path / "program")  # linked with nothing of the image but libc
    state = good("docker", "inspect", "-f", "{{.State.Running}} {{.State.ExitCode}}", NAME)
    assert state == "true 0\n"


def test_an_application_that_begins_with_the_image(tmp_path: Path) -> None:
    block = re.search(
        r"^```dockerfile\n(FROM tongsuo-py\n.*?)^```", GUIDE, re.MULTILINE | re.DOTALL
    )
    assert block is not None
    (tmp_path / "Dockerfile").write_text(ours(block[1]))
    (tmp_path / "service.py").write_text(
        "from tongsuo_py import sm3\nprint(sm3.sm3(b'abc').hexdigest())\n"
    )
    good("docker", "build", "-q", "-t", f"{IMAGE}:application", tmp_path, DOCKER_BUILDKIT="0")
    try:
        said = good("docker", "run", "--rm", "--network=none", f"{IMAGE}:application")
        assert said.startswith("66c7f0f462eeedd9")
    finally:
        good("docker", "image", "rm", f"{IMAGE}:application")
