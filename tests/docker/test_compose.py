"""Each profile of compose.yaml, run to its end; and then with a container killed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from containers import Project, environment, run

pytestmark = pytest.mark.xdist_group("docker")

SUITES = (
    "ECDHE-SM2-SM4-GCM-SM3",
    "ECDHE-SM2-SM4-CBC-SM3",
    "ECC-SM2-SM4-GCM-SM3",
    "ECC-SM2-SM4-CBC-SM3",
)


def compose(tree: Path, name: str, *profile: str) -> tuple[int, str]:
    """``make compose``: its exit code, and all that it said."""
    result = run(
        "sh",
        "scripts/docker",
        "compose",
        *profile,
        cwd=tree,
        timeout=600,
        COMPOSE_PROJECT_NAME=name,
        **environment(),
    )
    return result.returncode, result.stdout + result.stderr


# -------------------------------------------------------------------------------- docker compose up


def test_demo(images: Path, project_name: str) -> None:
    code, said = compose(images, project_name)
    assert code == 0, said
    assert "ECDHE-SM2-SM4-GCM-SM3" in said
    assert "Sent through TLCP, and came back: meter 42: 1234.5 kWh" in said


def test_demo_ends_by_itself_and_makes_certificates_once(images: Path, project_name: str) -> None:
    with Project(images, project_name) as project:
        for _ in range(2):
            # No --exit-code-from: all that was started has ended before it returns.
            result = project.compose("up")
            assert result.returncode == 0, (result.stdout, result.stderr)
            assert [project.code(service) for service in ("server", "client")] == [0, 0]
        assert project.logs("server").count("Made a CA and certificates") == 1


def test_demo_without_its_server(images: Path, project_name: str) -> None:
    with Project(images, project_name) as project:
        project.up("server")
        project.wait_healthy("server")
        project.kill("server")
        result = project.again("client")
        assert result.returncode == 1
        assert re.search(
            r"tongsuo-py client: error: (unknown host server|cannot connect)", result.stderr
        )
        # The next server serves as if nothing had been; the certificates are those of the first.
        project.up("client")
        assert project.code("client") == 0
        assert project.logs("server").count("Made a CA and certificates") == 1


# ------------------------------------------------------------------------------------------- https


def test_https(images: Path, project_name: str) -> None:
    with Project(images, project_name, "https") as project:
        project.up("https")
        assert project.code("https") == 0, project.logs("https")
        said = project.logs("https")
        assert "TLS: TLSv1.3 TLS_AES_256_GCM_SHA384" in said
        assert "RFC 8998: TLSv1.3 TLS_SM4_GCM_SM3" in said
        assert "TLCP: NTLSv1.1 ECC-SM2-SM4-GCM-SM3" in said

        project.kill("https-server")
        result = project.again("https")
        assert result.returncode == 1
        assert result.stdout.count("<urlopen error") == 3
        assert "Traceback" not in result.stdout + result.stderr

        project.up("https")
        assert project.code("https") == 0, project.logs("https")


# ----------------------------------------------------------------------------------------- interop


def test_interop(images: Path, project_name: str) -> None:
    with Project(images, project_name, "interop") as project:
        project.up("interop")
        assert project.code("interop") == 0, project.logs()
        ours, native = project.logs("interop"), project.logs("interop-openssl")
        for suite in SUITES:
            assert f"tongsuo-py client -> openssl s_server: {suite}" in ours
            assert f"openssl s_client -> tongsuo-py server: {suite}" in native

        project.kill("interop-openssl")
        result = project.again("interop")
        assert result.returncode == 1
        assert "tongsuo-py client: error: " in result.stderr

        # Without our server the native one never becomes healthy, and its client says why.
        project.kill("interop-server")
        result = project.again("interop-openssl")
        assert result.returncode == 1
        assert "interop-openssl: no session with ECDHE-SM2-SM4-GCM-SM3" in result.stderr


# ------------------------------------------------------------------------------------------- scale


def test_scale(images: Path, project_name: str) -> None:
    tls, tlcp = "TLS 1.3, by ticket: begun on ", "TLCP, by session ID: begun on "

    with Project(images, project_name, "scale") as project:
        assert project.compose("build", "scale-redis", "scale-haproxy").returncode == 0
        project.up("scale")
        assert project.code("scale") == 0, project.logs("scale")
        said = project.logs("scale")
        for protocol in (tls, tlcp):
            assert re.search(rf"{protocol}\w+, resumed on one, three, two$", said, re.MULTILINE)
        assert "full handshakes" not in said

        redis = project.container("scale-redis")
        for guess, answer in (([], "NOAUTH"), (["-a", "guess"], "WRONGPASS")):
            result = run("docker", "exec", redis, "redis-cli", *guess, "keys", "*")
            assert answer in result.stdout + result.stderr

        # One server less: the other two resume its sessions, and HAProxy leaves it out.
        project.kill("scale-two")
        result = project.again("scale", "python", "/demo/scale_client.py", "2")
        assert result.returncode == 0, (result.stdout, result.stderr)
        for protocol in (tls, tlcp):
            assert re.search(rf"{protocol}\w+, resumed on one, three$", result.stdout, re.MULTILINE)

        # It comes back, with another address and the same keys.
        project.up("scale-two")
        project.wait_healthy("scale-two")
        result = project.again("scale")
        assert result.returncode == 0, (result.stdout, result.stderr)

        # Without Redis there is nothing to resume TLCP from. Every client is served all the same.
        project.kill("scale-redis")
        result = project.again("scale")
        assert result.returncode == 1
        assert re.search(rf"{tls}\w+, resumed on one, three, two$", result.stdout, re.MULTILINE)
        assert re.search(rf"{tlcp}\w+, resumed on none$", result.stdout, re.MULTILINE)
        assert "  and full handshakes on one, three, two\n" in result.stdout


# --------------------------------------------------------------------------------------- bad input


def test_unknown_profile(images: Path, project_name: str) -> None:
    code, said = compose(images, project_name, "nonesuch")
    assert code == 1
    assert said == "docker: no such profile: nonesuch (https, interop, scale; none is the demo)\n"
