"""No Docker, an old one, no network, a full disk: one clear line each, and nothing half made."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer

import pytest
from containers import IMAGE, good, run
from tree import ROOT

pytestmark = pytest.mark.xdist_group("docker")

NEEDED = ("sh", "dirname", "mktemp", "rm", "sort", "head", "tail", "awk", "df", "id", "printf")


def call(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """scripts/docker, whose images have a name of their own."""
    env = {"TONGSUO_PY_IMAGE": f"{IMAGE}-bad", "CA_BUNDLE": ""} | env
    return run("sh", "scripts/docker", *arguments, cwd=cwd, **env)


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 1, result
    return result.stderr.splitlines()[-1]


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder for PATH with the programs that the script needs, and no Docker."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def client(tools: Path) -> Path:
    """The same, and Docker's client."""
    found = shutil.which("docker")
    if found is None:
        pytest.skip("Docker is not installed")
    (tools / "docker").symlink_to(found)
    return tools


# ------------------------------------------------------------------------------------------ Docker


@pytest.mark.parametrize("job", ["build", "compose", "reproducible"])
def test_no_docker(tools: Path, job: str) -> None:
    result = call(job, PATH=str(tools))
    assert result.returncode == 1
    assert re.fullmatch(
        r"docker: it is not installed: on Debian .* `apt install docker.io`.*\n", result.stderr
    )


@pytest.mark.parametrize("host", ["unix:///nonexistent/docker.sock", "tcp://127.0.0.1:1"])
def test_no_daemon(client: Path, host: str) -> None:
    result = call("build", PATH=str(client), DOCKER_HOST=host)
    assert result.returncode == 1
    expected = r"docker: it does not answer \(.*\): is it running, and may \S+ use it\?\n"
    assert re.fullmatch(expected, result.stderr)


class OldDaemon(BaseHTTPRequestHandler):
    """What the client hears of an engine from the year 2019."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Api-Version", "1.39")
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(
                b'{"Version": "18.09.9", "ApiVersion": "1.39", "MinAPIVersion": "1.12"}'
            )

    def address_string(self) -> str:
        return "client"

    def log_message(self, format: str, *args: object) -> None:
        pass


class Threaded(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True


@pytest.fixture
def old_daemon(tmp_path: Path) -> Iterator[str]:
    """Where Docker 18.09 listens."""
    path = tmp_path / "d.sock"
    with Threaded(str(path), OldDaemon) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"unix://{path}"
        server.shutdown()
        thread.join()


def test_an_old_docker(client: Path, old_daemon: str) -> None:
    result = call("build", PATH=str(client), DOCKER_HOST=old_daemon)
    assert result.returncode == 1
    assert result.stderr == "docker: version 20.10 or newer is needed, this is 18.09.9\n"


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_no_compose(docker: None, client: Path) -> None:
    (client / "docker").unlink()
    real = shutil.which("docker")
    program(client / "docker", f'[ "$1" != compose ] || exit 1\nexec {real} "$@"')
    result = call("compose", PATH=str(client))
    assert result.stderr == (
        "docker: Compose is not installed: on Debian and Ubuntu `apt install docker-compose`\n"
    )
    program(client / "docker-compose", "echo 1.25.0")
    result = call("compose", PATH=str(client))
    assert result.stderr == "docker: Compose 1.29 or newer is needed, this is 1.25.0\n"


def test_a_disk_that_is_nearly_full(docker: None, client: Path) -> None:
    (client / "df").unlink()
    text = "echo Filesystem 1024-blocks Used Available Capacity Mounted on"
    program(client / "df", f"{text}\necho /dev/disk 9000000 8000000 1000000 89% /")
    result = call("build", PATH=str(client))
    assert result.returncode == 1
    assert re.fullmatch(
        r"docker: 4 GB are needed on the disk of \S+, 1000 MB are free: `docker system prune` "
        r"makes room\n",
        result.stderr,
    )


def test_no_place_for_temporary_files(client: Path) -> None:
    result = call("build", PATH=str(client), TMPDIR="/nonexistent")
    assert last_line(result) == "docker: no place for temporary files in /nonexistent"


def test_unknown_job_and_target(images: Path) -> None:
    assert last_line(call("nonesuch")) == (
        "docker: no such job: nonesuch (build, compose, reproducible)"
    )
    assert "nonesuch" in last_line(call("build", "nonesuch", cwd=images))


# --------------------------------------------------------------------------------------- the build


def spoiled(base: str, text: str, tmp_path: Path) -> str:
    """A base image in which apt-get is what is given; it has to be removed again."""
    (tmp_path / "Dockerfile").write_text(
        "FROM debian:trixie-slim\nCOPY apt-get /usr/bin/apt-get\n", encoding="utf-8"
    )
    program(tmp_path / "apt-get", text)
    good("docker", "build", "-q", "-t", base, tmp_path, DOCKER_BUILDKIT="0")
    return base


@pytest.mark.parametrize(
    ("apt", "said"),
    [
        ("cat /etc/passwd >/dev/full", r"the disk is full: `docker system prune` makes room"),
        # Real ones, each where it looks for a host in vain, or is refused.
        (
            "sed -i -E 's#//[^/ ]+/#//nonexistent.invalid/#' /etc/apt/sources.list*\n"
            "exec apt -o APT::Update::Error-Mode=any update",
            r"no network in the build; behind a proxy, set http_proxy and https_proxy",
        ),
        ("echo 'E: it is broken'; exit 100", r"could not be built: .*"),
    ],
    ids=["full disk", "no network", "something else"],
)
def test_a_build_that_fails(images: Path, tmp_path: Path, apt: str, said: str) -> None:
    base = spoiled(f"{IMAGE}-spoiled", apt, tmp_path)
    before = good("docker", "ps", "-a", "-q", "--filter", f"ancestor={base}")
    try:
        result = call("build", "tongsuo", cwd=images, BASE_IMAGE=base)
        assert re.fullmatch(rf"docker: {IMAGE}-bad:tongsuo:? {said}", last_line(result))
        assert good("docker", "image", "ls", "-q", f"{IMAGE}-bad") == ""
        assert good("docker", "ps", "-a", "-q", "--filter", f"ancestor={base}") == before
    finally:
        good("docker", "image", "rm", base)


def test_a_bundle_that_is_not_there(docker: None, images: Path) -> None:
    result = call("build", cwd=images, CA_BUNDLE="/nonexistent.pem")
    assert result.stderr == "docker: CA_BUNDLE=/nonexistent.pem does not exist or is empty\n"
    assert not list((images / "docker" / "ca").glob("*.crt"))


# ---------------------------------------------------------------------------------- the base image


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "nonexistent.invalid/debian:trixie-slim",
            "only debian:SUITE-slim and ubuntu:24.04 can be made here",
        ),
        ("debian:nonesuch-slim", "debootstrap knows no nonesuch"),
    ],
)
def test_a_base_image_that_cannot_be_had(docker: None, name: str, said: str) -> None:
    if said.startswith("debootstrap") and not can_make():
        pytest.skip("debootstrap is not installed, or this is not root")
    result = run("sh", ROOT / "scripts" / "base-image", name)
    expected = rf"base-image: {re.escape(name)} cannot be pulled \(.*\), and {said}"
    assert re.fullmatch(expected, last_line(result))
    assert good("docker", "image", "ls", "-q", name) == ""


def can_make() -> bool:
    return shutil.which("debootstrap") is not None and os.geteuid() == 0


def test_a_mirror_that_does_not_answer(docker: None, tmp_path: Path) -> None:
    if not can_make():
        pytest.skip("debootstrap is not installed, or this is not root")
    result = run(
        "sh",
        ROOT / "scripts" / "base-image",
        "debian:bullseye-slim",
        DEBIAN_MIRROR="http://127.0.0.1:1/debian",
        TMPDIR=str(tmp_path),
    )
    if good("docker", "image", "ls", "-q", "debian:bullseye-slim"):
        pytest.skip("debian:bullseye-slim can be pulled here")
    assert re.fullmatch(r"base-image: debootstrap failed: E: .*", last_line(result))
    assert list(tmp_path.iterdir()) == []
