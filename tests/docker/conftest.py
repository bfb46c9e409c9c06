"""Images built once for all of these tests, from a copy of the repository."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import containers
import pytest

#: Seconds that it may take from nothing: Debian is installed four times over.
LONGEST_BUILD = 2400


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first of these tests waits for the builds, whichever it is."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LONGEST_BUILD))


@pytest.fixture(scope="session")
def docker() -> None:
    """A Docker daemon; the tests that need one are skipped where there is none."""
    reason = containers.why_not()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def tree(docker: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository to build from."""
    return containers.copy_repository(tmp_path_factory.mktemp("docker") / "tongsuo-py")


@pytest.fixture(scope="session")
def images(tree: Path) -> Path:
    """All targets of the Dockerfile, built as `make docker` builds them; gives the copy."""
    targets = ("tongsuo", "dev", "runtime", "demo", "demo-openssl")
    result = containers.run(
        "sh",
        "scripts/docker",
        "build",
        *targets,
        cwd=tree,
        timeout=LONGEST_BUILD,
        **containers.environment(),
    )
    if result.returncode != 0 and " cannot be pulled (" in result.stderr:
        pytest.skip(result.stderr.splitlines()[-1])  # and what making it here takes is not there
    assert result.returncode == 0, result.stderr[-3000:]
    return tree


@pytest.fixture
def project_name(request: pytest.FixtureRequest) -> str:
    """A name for Compose that nothing else on this machine has."""
    return f"tongsuo-py-test-{os.getpid()}-{request.node.name.replace('_', '-')}"[:60]


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Containers, volumes and networks that a test made are gone after it."""
    name = "project_name"
    project = request.getfixturevalue(name) if name in request.fixturenames else None
    yield
    if project is None:
        return
    label = f"label=com.docker.compose.project={project}"
    for kind in (["ps", "-a"], ["volume", "ls"], ["network", "ls"]):
        assert not containers.good("docker", *kind, "-q", "--filter", label)
