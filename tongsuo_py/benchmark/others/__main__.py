"""``python -I PATH/others NAME``: a package, in a process of its environment, answers."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path


def _lend_the_package() -> None:
    """Make ``tongsuo_py`` importable where it is not installed, and nothing else beside it."""
    root = Path(__file__).resolve().parents[2]
    spec = importlib.util.spec_from_file_location(
        "tongsuo_py", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tongsuo_py"] = module
    spec.loader.exec_module(module)


def main() -> None:
    """Check that the package does what is asked of it, then answer."""
    sys.path.pop(0)  # this folder, whose modules have the names of packages
    _lend_the_package()
    from tongsuo_py.benchmark import worker
    from tongsuo_py.benchmark.others import known

    def start() -> tuple[worker.Find, Mapping[str, str]]:
        module = importlib.import_module(f"tongsuo_py.benchmark.others.{sys.argv[1]}")
        adapter = getattr(module, "ADAPTER", module)
        known.check(adapter)
        return known.finder(adapter), {"library": adapter.LIBRARY}

    worker.serve(start)


main()
