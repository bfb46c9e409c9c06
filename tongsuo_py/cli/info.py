"""What this installation consists of: versions, how Tongsuo was built, what the CPU runs of it."""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
from pathlib import Path

from tongsuo_py import __version__
from tongsuo_py.cli import output
from tongsuo_py.cli.failures import EXIT_OK

SUMMARY = "show versions, build options and CPU code paths"
EXIT_CODES = {1: "the library could not be asked", 2: "a wrong option"}
EXAMPLES = """\
tongsuo-py info
tongsuo-py info --json | jq .code_paths
"""

_OPTIONAL = ("rich", "argcomplete", "redis")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    output.add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Show it."""
    from tongsuo_py import _tongsuo
    from tongsuo_py._binding import acceleration, build, library

    output.answer(
        args,
        {
            "tongsuo_py": __version__,
            "tongsuo": library.TONGSUO_VERSION,
            "based_on": library.OPENSSL_VERSION,
            "python": f"{platform.python_implementation()} {platform.python_version()}",
            "system": platform.platform(),
            "packages": {name: _version(name) for name in ("cffi", *_OPTIONAL)},
            "library": f"linked into {Path(_tongsuo.__file__).resolve()}",
            "source": build.ORIGIN,
            "built_on": build.built_on(),
            "built_for": build.target(),
            "compiler": build.compiler(),
            "random_seed": build.seed_source(),
            "cpu": " ".join(build.processor_features()),
            "cpu_settings": build.processor(),
            "code_paths": build.code_paths(),
            "acceleration": {
                "library": acceleration.library() or "not built in",
                **acceleration.states(),
            },
        },
    )
    return EXIT_OK


def _version(package: str) -> str | None:
    """The version of an installed package; None where it is missing."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
