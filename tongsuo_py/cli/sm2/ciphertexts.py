"""The forms of SM2 ciphertexts, as options."""

from __future__ import annotations

import argparse

_ORDERS = ("c1c3c2", "c1c2c3")
_POINTS = ("", "-bare", "-compressed", "-hybrid")

#: The names of the forms: the library's, but for hex digits, which are ``--text`` here.
FORMATS = ("der", *(order + point for order in _ORDERS for point in _POINTS))

#: Bytes of the longest one that is read, as base64 or hex digits at the most.
LONGEST = 2**31

_DESCRIPTION = """\
A ciphertext is a point C1, the data C2 and a digest C3: in ASN.1 as GM/T 0009
has it (der), or one after the other (c1c3c2; c1c2c3 in the older order). The
point is 04, x and y; x and y (-bare); 02 or 03 and x (-compressed); or 06 or
07, x and y (-hybrid).
"""


def add_group(parser: argparse.ArgumentParser) -> argparse._ArgumentGroup:
    """The group of options for which ``add_format`` is meant."""
    return parser.add_argument_group("form of the ciphertext", _DESCRIPTION)


def add_format(
    group: argparse._ArgumentGroup,
    option: str,
    what: str,
    *,
    dest: str = "format",
    detected: bool = False,
) -> None:
    """An option for the form of a ciphertext; found out by default where it can be."""
    choices = ("auto", *FORMATS) if detected else FORMATS
    found = ", or found out (auto)" if detected else ""
    group.add_argument(
        option,
        dest=dest,
        choices=choices,
        default=choices[0],
        metavar="FORM",
        help=f"{what}: one of {', '.join(FORMATS)}{found}; default: %(default)s",
    )
