"""The images: what is in them and what is not, who runs in them, and that they work."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import IMAGE, good, in_image, run

from tongsuo_py import __version__

pytestmark = [pytest.mark.xdist_group("docker"), pytest.mark.usefixtures("images")]

TARGETS = ("tongsuo", "dev", "runtime", "demo", "demo-openssl")
SHIPPED = ("tongsuo", "dev", "runtime")

PROGRAM = r"""
#include <openssl/ssl.h>
#include <stdio.h>
int main(void) {
    SSL_CTX *ctx = SSL_CTX_new(NTLS_client_method());
    if (ctx == NULL) return 1;
    SSL_CTX_enable_ntls(ctx);
    puts(TONGSUO_VERSION_TEXT);
    SSL_CTX_free(ctx);
    return 0;
}
"""


def shell(target: str, script: str) -> str:
    return in_image(target, "-c", script, entrypoint="sh")


@pytest.mark.parametrize("target", TARGETS)
def test_nobody_is_root(target: str) -> None:
    assert shell(target, "id -u; id -g; touch /data/file && ls /data") == "10001\n10001\nfile\n"


@pytest.mark.parametrize("target", SHIPPED)
def test_nothing_of_the_build_is_left(target: str) -> None:
    left = "ls -d /src /opt/build /var/lib/apt/lists/*.* /root/.cache 2>/dev/null; true"
    assert shell(target, left) == ""
    assert "bundle" not in shell(target, "find / -xdev -name '*bundle.crt' 2>/dev/null; true")


def test_runtime_is_small() -> None:
    for tool in ("cc", "gcc", "make", "cargo", "pip"):
        assert shell("runtime", f"command -v {tool} || true") == ""
    size = int(good("docker", "image", "inspect", "-f", "{{.Size}}", f"{IMAGE}:runtime"))
    base = int(good("docker", "image", "inspect", "-f", "{{.Size}}", "debian:trixie-slim"))
    assert size - base < 120_000_000


def test_runtime_is_the_command() -> None:
    assert in_image("runtime", "--version").startswith(f"tongsuo-py {__version__} (Tongsuo 8.5.0")
    assert "usage: tongsuo-py" in in_image("runtime")
    facts = json.loads(in_image("runtime", "info", "--json"))
    assert set(facts["packages"]) >= {"cffi", "rich", "argcomplete", "redis"}
    digest = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert digest in shell("runtime", "printf abc | tongsuo-py sm3")


def test_runtime_shows_the_demo() -> None:
    result = run("docker", "run", "--rm", "--network=none", f"{IMAGE}:runtime", "demo")
    assert result.returncode == 0, result.stderr
    assert "Attack 3" in result.stdout + result.stderr


def test_runtime_runs_read_only() -> None:
    command = ["docker", "run", "--rm", "--network=none", "--read-only", "--cap-drop=ALL"]
    assert "Tongsuo" in good(*command, f"{IMAGE}:runtime", "--version")


def test_tongsuo_is_a_prefix() -> None:
    assert in_image("tongsuo").startswith("Tongsuo: Tongsuo 8.5.0")
    found = shell("tongsuo", "cd /opt/tongsuo && find . -name '*.a' -o -name ssl.h -o -name NOTICE")
    assert {Path(line).name for line in found.splitlines()} == {
        "libssl.a",
        "libcrypto.a",
        "ssl.h",
        "NOTICE",
    }


def test_dev_builds_software() -> None:
    build = "cc -o /tmp/program /tmp/program.c $(pkg-config --static --cflags --libs openssl)"
    script = f"cat >/tmp/program.c <<'END'\n{PROGRAM}\nEND\n{build} && /tmp/program"
    assert shell("dev", script) == "Tongsuo 8.5.0\n"


@pytest.fixture
def server(project_name: str) -> Iterator[str]:
    """A TLCP server of the runtime image, with a pair that it made itself."""
    make = "tongsuo-py ca create Root --out ca && tongsuo-py pair issue localhost --ca ca --out me"
    start = f"{{ {make}; }} >/dev/null && exec tongsuo-py server --pair me --echo --port 4433"
    options = ["--health-interval=1s", "--label", f"com.docker.compose.project={project_name}"]
    container = good(
        "docker", "run", "-d", *options, "--entrypoint=sh", f"{IMAGE}:runtime", "-c", start
    ).strip()
    yield container
    good("docker", "rm", "--force", "--volumes", container)


def test_health_and_end_of_a_server(server: str) -> None:
    def health() -> str:
        return good("docker", "inspect", "-f", "{{.State.Health.Status}}", server).strip()

    def check(*arguments: str) -> tuple[int, str]:
        program = ["python", "/opt/tongsuo-py/healthcheck.py", *arguments]
        result = run("docker", "exec", server, *program)
        return result.returncode, result.stderr

    deadline = time.monotonic() + 120
    while "listening" not in run("docker", "logs", server).stderr.lower():
        assert time.monotonic() < deadline, run("docker", "logs", server)
        time.sleep(0.2)
    while health() != "healthy":
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert check() == (0, "")
    assert check("4434") == (1, "nothing listens on port 4434\n")
    # As the first process of its container it has to see to signals itself.
    begun = time.monotonic()
    good("docker", "stop", "--time=60", server)
    assert time.monotonic() - begun < 30
    assert good("docker", "inspect", "-f", "{{.State.ExitCode}}", server) == "143\n"


def test_an_image_that_serves_nothing_is_well() -> None:
    check = ["/opt/tongsuo-py/healthcheck.py"]
    assert in_image("runtime", *check, entrypoint="python") == ""
    result = run("docker", "run", "--rm", "--entrypoint=python", f"{IMAGE}:runtime", *check, "4433")
    assert (result.returncode, result.stderr) == (1, "nothing listens on port 4433\n")


@pytest.mark.parametrize("target", SHIPPED)
def test_labels_and_licences(target: str) -> None:
    labels = json.loads(
        good("docker", "image", "inspect", "-f", "{{json .Config.Labels}}", f"{IMAGE}:{target}")
    )
    assert labels["org.opencontainers.image.licenses"] == "Apache-2.0"
    found = shell(target, "find /opt -name 'LICENSE*' -o -name NOTICE")
    assert "NOTICE" in found
    assert "LICENSE" in found
