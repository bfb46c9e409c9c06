"""The packages of PyPI that people use for SM2, SM3 and SM4, each in an environment of its own.

The environments are kept in the user's cache directory, so that only the first run installs them.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tongsuo_py.benchmark.worker import Missing

_PATIENCE = 600  # seconds: one of them compiles a library
_ENVIRONMENT_DONE = "complete"
_NO_NETWORK = ("NewConnectionError", "NameResolution", "Timeout", "ProxyError", "SSLError")
_GMSSL = ".gmssl_3.1.1_install"  # where easy_gmssl puts the library that it builds, in the home


class Unreachable(Missing):
    """The package index cannot be reached: there is no use in asking for another one."""


@dataclass(frozen=True)
class Package:
    """``name`` and ``version`` on PyPI, and what else it needs of there and does not ask for.

    ``gmssl`` is the package whose environment has GmSSL's shared library, for those that load one.
    """

    name: str
    version: str
    needs: tuple[str, ...] = ()
    gmssl: str | None = None

    @property
    def adapter(self) -> str:
        """The module in ``others``."""
        return self.name.replace("-", "_")

    @property
    def environment(self) -> Path:
        """Where it is, or will be, installed; for one Python."""
        python = sysconfig.get_config_var("SOABI")
        return _cache() / f"{self.name}-{self.version}-{python}"

    @property
    def installed(self) -> bool:
        """Whether it is there, all of it."""
        return (self.environment / _ENVIRONMENT_DONE).exists()


#: easy_gmssl first: it builds the library that two others load.
PACKAGES = (
    Package("easy_gmssl", "2.0.1", ("cmake==3.31.6", "pyasn1==0.6.1"), gmssl="easy_gmssl"),
    Package("gmssl-python", "2.2.2", gmssl="easy_gmssl"),
    Package("pygmssl", "0.1.2", gmssl="easy_gmssl"),
    Package("gmssl_pyx", "2.1.0"),
    Package("tongsuopy", "1.0.1"),
    Package("gmssl", "3.2.2"),
    Package("gmalg", "1.1.2"),
    Package("snowland-smx", "1.1.0", ("six==1.17.0",)),
)


def command(package: Package) -> list[str]:
    """What answers for the package, once it is installed."""
    return [str(_python(package)), "-I", str(Path(__file__).with_name("others")), package.adapter]


def variables(package: Package) -> Mapping[str, str]:
    """The environment variables that it needs to find GmSSL's library."""
    if package.gmssl is None:
        return {}
    home = next(each for each in PACKAGES if each.name == package.gmssl).environment
    return {"HOME": str(home), "LD_LIBRARY_PATH": str(home / _GMSSL / "lib")}


def install(package: Package, tell: Callable[[str], None]) -> None:
    """Have it installed; Missing, with the reason in a line, where that cannot be.

    ``tell`` is given a line before anything is fetched.
    """
    place = package.environment
    place.parent.mkdir(parents=True, exist_ok=True)
    with _locked(place.with_name(f".{place.name}.lock")):
        if package.installed:
            return
        tell(f"installing {package.name} {package.version}")
        _run([sys.executable, "-m", "venv", "--clear", "--without-pip", str(place)])
        _pip(package, list(package.needs))
        _pip(package, [f"{package.name}=={package.version}"])
        (place / _ENVIRONMENT_DONE).touch()


def _pip(package: Package, requirements: list[str]) -> None:
    if not requirements:
        return
    options = ["--disable-pip-version-check", "--no-input", "--quiet", "--retries=1"]
    pip = [sys.executable, "-m", "pip", "--python", str(_python(package))]
    command = [*pip, "install", *options, *requirements]
    _run(command, {**variables(package), "PATH": f"{_cmake(package)}:{os.environ.get('PATH', '')}"})


def _run(command: list[str], more: Mapping[str, str] | None = None) -> None:
    environment = {**os.environ, **(more or {})}
    environment.pop("PYTHONPATH", None)
    with subprocess.Popen(  # noqa: S603 - this interpreter, and names that stand above
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        process_group=0,
    ) as process:
        try:
            _, errors = process.communicate(timeout=_PATIENCE)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)  # with the compilers that it has started
            if isinstance(error, subprocess.TimeoutExpired):
                raise Missing(f"installing it took longer than {_PATIENCE} s") from None
            raise
    if process.returncode != 0:
        if any(word in errors for word in _NO_NETWORK):
            raise Unreachable(
                "it cannot be fetched: no network, or a proxy or a CA that pip is not told of"
            )
        raise Missing(_why(errors))


def _why(errors: str) -> str:
    lines = [line.strip() for line in errors.splitlines()]
    said = [line for line in lines if line.startswith(("ERROR:", "error:", "RuntimeError:"))]
    return (said or lines or ["it cannot be installed"])[-1].removeprefix("ERROR: ")


def _python(package: Package) -> Path:
    return package.environment / "bin" / "python"


def _cmake(package: Package) -> Path:
    """The program itself: the script of this name does not run while pip builds a wheel."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return package.environment / "lib" / version / "site-packages" / "cmake" / "data" / "bin"


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(root):
        home = Path.home()
        root = str(home / ("Library/Caches" if sys.platform == "darwin" else ".cache"))
    return Path(root, "tongsuo-py", "bench")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Two runs at once do not install into one place; the kernel lets go however a run ends."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
