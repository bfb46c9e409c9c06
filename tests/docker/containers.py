"""Docker and Compose as the tests call them, and a copy of the repository to build images from."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tree import ROOT, copy_tree, tongsuo

#: The name of the tests' images. They stay: the next run begins with their layers.
IMAGE = "tongsuo-py-test"

PATIENCE = 120.0  # seconds for containers to become healthy, on a busy machine


def why_not() -> str | None:
    """Why there can be no tests with Docker here; None where there can."""
    if shutil.which("docker") is None:
        return "Docker is not installed"
    answer = run("docker", "version", "--format", "{{.Server.Version}}")
    if answer.returncode != 0:
        return f"no Docker daemon answers: {answer.stderr.strip()}"
    return None


def run(
    *command: str | Path, cwd: Path | None = None, timeout: float = 120, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command; its outputs are text."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | env,
        timeout=timeout,
        text=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
    )


def good(*command: str | Path, **kwargs: object) -> str:
    """What a command that has to succeed prints."""
    result = run(*command, **kwargs)  # type: ignore[arg-type]
    assert result.returncode == 0, (command, result.stdout, result.stderr)
    return result.stdout


def in_image(target: str, *arguments: str, entrypoint: str | None = None) -> str:
    """What a command prints that has to succeed in a new container of an image."""
    options = ["--entrypoint", entrypoint] if entrypoint else []
    return good(
        "docker", "run", "--rm", "--network=none", *options, f"{IMAGE}:{target}", *arguments
    )


def environment() -> Mapping[str, str]:
    """What scripts/docker is told here: our images' name, and the CA bundle of this machine."""
    names = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
    bundle = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return {"TONGSUO_PY_IMAGE": IMAGE, "CA_BUNDLE": bundle}


def copy_repository(target: Path) -> Path:
    """A copy of the repository, with the Tongsuo of the user's cache where the images take one.

    Compiling another takes five minutes of a processor; `make docker` does that.
    With TONGSUO_PY_DOCKER=full, these tests do too.
    """
    copy_tree(target)
    # What this checkout's own builds were given stays here.
    given = shutil.ignore_patterns("*.crt", "bin", "include", "lib", "lib64", "share", "ssl")
    for name in ("docker", "scripts"):
        shutil.copytree(ROOT / name, target / name, ignore=given)
    shutil.copy(ROOT / ".dockerignore", target)
    if os.environ.get("TONGSUO_PY_DOCKER") != "full":
        place = target / "docker" / "tongsuo"
        shutil.copytree(tongsuo("8.5.0"), place, symlinks=True, dirs_exist_ok=True)
    return target


class Project:
    """The services of compose.yaml under a name of our own; to be used with ``with``.

    Whatever was started is gone afterwards, with its network and its volume.
    """

    def __init__(self, tree: Path, name: str, profile: str | None = None) -> None:
        self._folder = tree / "docker"
        self._name = name
        self._profile = ["--profile", profile] if profile else []

    def compose(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run Compose, v2 or the older docker-compose."""
        v2 = run("docker", "compose", "version").returncode == 0
        program = ["docker", "compose"] if v2 else ["docker-compose"]
        command = [*program, "-p", self._name, *self._profile, *arguments]
        return run(*command, cwd=self._folder, timeout=timeout, **environment())

    def up(self, service: str) -> None:
        """Start a service after all that it depends on is healthy."""
        result = self.compose("up", "-d", service)
        assert result.returncode == 0, (result.stdout, result.stderr, self.logs())

    def container(self, service: str) -> str:
        """The container of a service, whether it runs or not."""
        label = "com.docker.compose"
        filters = (f"{label}.project={self._name}", f"{label}.service={service}")
        options = [part for text in filters for part in ("--filter", f"label={text}")]
        found = good("docker", "ps", "-a", "-q", "--no-trunc", *options).split()
        assert len(found) == 1, (service, found)
        return found[0]

    def code(self, service: str) -> int:
        """The exit code of a service, once it has ended."""
        return int(good("docker", "wait", self.container(service), timeout=PATIENCE))

    def logs(self, *services: str) -> str:
        """What services said."""
        return self.compose("logs", "--no-color", *services).stdout

    def again(self, service: str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a client once more, with what is running."""
        return self.compose("run", "--rm", "--no-deps", "-T", service, *command)

    def wait_healthy(self, service: str) -> None:
        """Wait until a service's own check says that it is well."""
        deadline = time.monotonic() + PATIENCE
        while True:
            state = json.loads(good("docker", "inspect", self.container(service)))[0]["State"]
            if state["Health"]["Status"] == "healthy":
                return
            assert state["Running"], self.logs(service)
            assert time.monotonic() < deadline, state
            time.sleep(0.2)

    def kill(self, service: str) -> None:
        """End a service without a word."""
        good("docker", "kill", self.container(service))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.compose("kill")
        self.compose("down", "--volumes", "--remove-orphans")
