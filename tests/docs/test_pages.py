"""Each page is read, and what it says to do is done: its Python, its shell lines, its servers."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pages
import pytest
from pages import Block
from reader import Reader

RUN = ("python", "sh")
# Shown and not run, by language, and why.
SHOWN = {
    "text": "output, or a drawing in letters",
    "nginx": "nginx's configuration: distributions have no nginx with Tongsuo; tried by hand",
    "dockerfile": "tests/docker builds the first; nginx and curl take minutes: tried by hand",
    "go": "gotlcp's: there is no Go here",
    "{toctree}": "the site's own table of contents",
    "{eval-rst}": "the site's own calls of autodoc",
}
# Fragments of Python (```py): shown, compiled and not run. Each page's number of them, and why.
FRAGMENTS = {
    "README.md": "three: the first glance, whose server is anybody's; a client of a web site; the "
    "injection, which is for the reader's own program",
}
# Lines of the shell that others run, and who.
ELSEWHERE = {
    "make": "the machines that CI and the newcomer's tests set up; here: the target exists",
    "git": "they need a network",
    "pip": "they need a network; tests/packaging installs from the checkout",
    "pre-commit": "it needs a git repository of its own",
    "docker": "the tests of docker/",
    "docker-compose": "the tests of docker/",
    "cc": "the image for compiling",
    "curl": "an image with a curl of its own, against a server that is anybody's",
    "TONGSUO_VERSION=8.4.0": "see make",
}
MAKEFILE = (pages.ROOT / "Makefile").read_text(encoding="utf-8")


def is_elsewhere(line: str) -> bool:
    """Whether one of the programs of a line is run by others."""
    return any(part.split()[:1] and part.split()[0] in ELSEWHERE for part in line.split("|"))


def without_others(block: Block) -> Block:
    """The block without the lines that are run elsewhere."""
    lines = block.text.replace("\\\n", " ").splitlines()
    return Block(block.kind, "\n".join(x for x in lines if not is_elsewhere(x)), block.line)


@pytest.mark.parametrize("page", pages.pages(), ids=pages.name)
def test_what_the_page_says_to_do(page: Path, tmp_path: Path, openssl: Path, gmssl: Path) -> None:
    programs = {"openssl": openssl, "gmssl": gmssl}
    with Reader(tmp_path, programs) as reader:
        for section in pages.sections(page):
            for block in section:
                if block.kind in RUN:
                    try:
                        reader.run(without_others(block) if block.kind == "sh" else block)
                    except (AssertionError, subprocess.TimeoutExpired) as error:
                        raise AssertionError(f"{page}:{block.line}: {error}") from None
            reader.end_servers()


@pytest.mark.parametrize("page", pages.pages(), ids=pages.name)
def test_what_is_only_shown_has_a_reason(page: Path) -> None:
    for block in pages.blocks(page):
        if block.kind == "py":
            assert pages.name(page) in FRAGMENTS, f"{page}:{block.line}"
            compile(block.text, str(page), "exec")
        else:
            assert block.kind in RUN or block.kind in SHOWN, f"{page}:{block.line}: {block.kind}"
        if block.kind == "sh":
            for target in re.findall(r"^(?:[A-Z_]+=\S+ )*make (\w+)", block.text, re.MULTILINE):
                assert f"\n{target}:" in MAKEFILE, f"{page}:{block.line}: make {target}"


def test_links_lead_to_files() -> None:
    for page in pages.pages():
        text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not re.match(r"[a-z]+:", target):
                assert (page.parent / target).exists(), f"{page}: {target}"
