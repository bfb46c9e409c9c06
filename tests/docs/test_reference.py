"""What is made from the code or by a script is complete, and as it would be made today."""

from __future__ import annotations

import importlib.util
import pkgutil
import re
import ssl as stdlib
from pathlib import Path
from types import ModuleType

import pages
import pytest

import tongsuo_py
from tongsuo_py import cli, ssl
from tongsuo_py.cli import parser

DOCS = pages.ROOT / "docs"
REFERENCE = "\n".join(path.read_text("utf-8") for path in (DOCS / "reference").glob("*.md"))


def loaded(path: Path) -> ModuleType:
    """A module of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def public_modules() -> list[str]:
    """The package's modules that are anybody's to import: those with an ``__all__``, mostly."""
    inner = [
        f"tongsuo_py.{module.name}"
        for module in pkgutil.iter_modules(tongsuo_py.__path__)
        if not module.name.startswith("_") and module.name not in ("benchmark", "cli")
    ]
    return ["tongsuo_py", *inner, "tongsuo_py.pki.cms"]


@pytest.mark.parametrize("module", public_modules())
def test_each_public_module_is_in_the_reference(module: str) -> None:
    assert re.search(rf"^\.\. automodule:: {re.escape(module)}$", REFERENCE, re.MULTILINE)


def test_what_ssl_has_beyond_the_standard_library_is_in_its_reference() -> None:
    text = (DOCS / "reference" / "ssl.md").read_text(encoding="utf-8")
    for name in ssl.__all__:
        if not hasattr(stdlib, name):
            assert name in text, name


def test_the_page_of_the_commands_has_all_of_them() -> None:
    text = loaded(DOCS / "cli_reference.py").page()
    for command in parser.commands(parser.build(cli, cli.PROGRAM)):
        begin = re.search(rf"^###? {re.escape(command.prog)}$", text, re.MULTILINE)
        assert begin
        part = text[begin.end() :].partition("\n## ")[0]
        for action in command._actions:
            for option in action.option_strings:
                assert option in ("-h", "--help") or option in part, (command.prog, option)


def test_it_is_not_written_again_unless_it_changed(tmp_path: Path) -> None:
    module = loaded(DOCS / "cli_reference.py")
    page = tmp_path / "cli.md"
    module.write(page)
    before = page.stat().st_mtime_ns
    module.write(page)
    assert page.stat().st_mtime_ns == before


def test_the_pictures_are_what_the_script_draws() -> None:
    for name, draw in loaded(DOCS / "pictures" / "draw.py").PICTURES.items():
        kept = (DOCS / "pictures" / f"{name}.svg").read_text(encoding="utf-8")
        assert kept == draw().svg(), f"{name}.svg: run docs/pictures/draw.py"
