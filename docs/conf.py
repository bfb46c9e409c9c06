"""The site: Sphinx, MyST and furo (docs/decisions.md says why). ``make docs`` builds it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import cli_reference  # noqa: E402  (it lies here)

from tongsuo_py import __version__  # noqa: E402

project = "tongsuo-py"
author = "the tongsuo-py developers"
copyright = "the tongsuo-py developers, Apache-2.0"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"tongsuo-py {version}"
html_show_sphinx = False
html_copy_source = False
# Nothing is fetched when the site is built or read.
html_theme_options = {"navigation_with_keys": True}

myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
# Links to files that are not pages (../examples/) lead to the repository.
myst_url_schemes = ["http", "https", "mailto"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
add_module_names = False
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"


def _as_users_write_it(*event: Any) -> tuple[str, str] | None:
    """A signature without the names that our modules have for the standard library's."""
    *_, arguments, returned = event
    if arguments is None:
        return None
    return arguments.replace("_stdlib.", "ssl."), (returned or "").replace("_stdlib.", "ssl.")


def setup(app: Sphinx) -> None:
    """Have the reference of the commands written before the pages are read."""
    app.connect("builder-inited", lambda _: cli_reference.write(HERE / "reference" / "cli.md"))
    app.connect("autodoc-process-signature", _as_users_write_it)
