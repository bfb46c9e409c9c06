"""Certificates arranged as a tree, and how it is drawn."""

from __future__ import annotations

import io
from itertools import permutations

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tongsuo_py import pki
from tongsuo_py.cli.certificates import Entry
from tongsuo_py.cli.output import Printer
from tongsuo_py.cli.tree import Node, draw, forest

ROOT = pki.CA.create("Root")
BELOW = ROOT.issue_ca("Below")
OTHER = ROOT.issue("other.example")
LEAVES = [BELOW.issue(f"{name}.example") for name in "ab"]


def shape(nodes: list[Node]) -> dict[str, object]:
    return {node.certificate.subject: shape(node.children) for node in nodes}


def test_each_below_its_issuer_in_any_order() -> None:
    certificates = [ROOT.certificate, BELOW.certificate, *LEAVES]
    wanted = {"CN=Root": {"CN=Below": {"CN=a.example": {}, "CN=b.example": {}}}}
    for order in permutations(certificates):
        assert shape(forest(order)) == wanted
        assert shape(forest([*order, *order])) == wanted


def test_what_has_no_issuer_here_stands_by_itself() -> None:
    assert list(shape(forest(LEAVES))) == ["CN=a.example", "CN=b.example"]
    assert shape(forest([])) == {}


def test_a_name_alone_makes_no_issuer() -> None:
    other = pki.CA.create("Root")
    assert shape(forest([other.certificate, BELOW.certificate])) == {"CN=Root": {}, "CN=Below": {}}


def test_cross_certificates() -> None:
    # A circle of CAs, each of which issued the next one's certificate; it is not gone round.
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(3)]
    circle = [cross_certificate(keys, number) for number in range(3)]
    for certificate, above in zip(circle, circle[-1:] + circle[:-1], strict=True):
        assert certificate.is_issued_by(above)
    assert shape(forest(circle)) == {"CN=2": {"CN=0": {"CN=1": {}}}}
    assert shape(forest(circle[:2])) == {"CN=0": {"CN=1": {}}}


def cross_certificate(keys: list[ec.EllipticCurvePrivateKey], number: int) -> pki.Certificate:
    """The certificate of a CA, issued by the one before it in the list."""
    subject, issuer = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(each % len(keys)))])
        for each in (number, number - 1)
    )
    validity = LEAVES[0].not_before, LEAVES[0].not_after
    public = keys[number].public_key()
    builder = x509.CertificateBuilder(issuer, subject, public, number + 1, *validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    made = builder.sign(keys[number - 1], hashes.SHA256())
    return pki.Certificate.from_pem(made.public_bytes(serialization.Encoding.PEM))


def drawn(encoding: str) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding)
    below = Node(BELOW.certificate, [Node(leaf) for leaf in LEAVES])
    tree = Node(ROOT.certificate, [below, Node(OTHER)])
    draw(Printer(stream), [tree], lambda each: [Entry("label", "text")], "> ")
    stream.seek(0)
    return stream.read()


DRAWN = """\
> CN=Root
> │  label       text
> ├─ CN=Below
> │  │  label       text
> │  ├─ CN=a.example
> │  │     label       text
> │  └─ CN=b.example
> │        label       text
> └─ CN=other.example
>       label       text
"""


def test_drawn() -> None:
    assert drawn("utf-8") == DRAWN


def test_drawn_without_its_signs() -> None:
    signs = {"│": "|", "├─": "|-", "└─": "`-"}
    plain = DRAWN
    for sign, substitute in signs.items():
        plain = plain.replace(sign, substitute)
    assert drawn("ascii") == plain
