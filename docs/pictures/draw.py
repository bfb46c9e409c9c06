"""The pictures of the pages: ``python docs/pictures/draw.py`` writes them beside this file.

They are kept as files, since those who read the pages where they are stored see them too; a test
makes them again and compares.
"""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).resolve().parent

INK, SOFT, LINE = "#1b2733", "#5b6b7a", "#8595a5"
BLUE, GREEN, SAND, GREY = "#dbe9f6", "#dff0e0", "#f6ecd6", "#eceff2"


class Drawing:
    """Boxes, arrows and words on a white card."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self.width, self.height, self.title = width, height, title
        self._parts: list[str] = []

    def box(self, x: int, y: int, width: int, height: int, *lines: str, fill: str = BLUE) -> None:
        """A box with a title and smaller lines below it, all in the middle."""
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" '
            f'fill="{fill}" stroke="{LINE}"/>'
        )
        top = y + height / 2 - (len(lines) - 1) * 9 + 5
        for number, line in enumerate(lines):
            if number == 0:
                self.text(x + width / 2, top, line, bold=True)
            else:
                self.text(x + width / 2, top + number * 18, line, size=12, colour=SOFT)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: int = 14,
        bold: bool = False,
        colour: str = INK,
        anchor: str = "middle",
    ) -> None:
        """One line of words."""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}" '
            f'text-anchor="{anchor}"{weight}>{escape(words)}</text>'
        )

    def line(self, x1: int, y1: int, x2: int, y2: int, *, dashed: bool = False) -> None:
        """A line without a point."""
        dash = ' stroke-dasharray="4 4"' if dashed else ""
        self._parts.append(f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{LINE}"{dash}/>')

    def arrow(self, x1: int, y1: int, x2: int, y2: int, words: str = "", *, note: str = "") -> None:
        """An arrow, with words above it and a smaller note below."""
        self._parts.append(
            f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="{INK}" '
            f'stroke-width="1.4" marker-end="url(#point)"/>'
        )
        middle = (x1 + x2) / 2
        if words:
            self.text(middle, (y1 + y2) / 2 - 7, words, size=13)
        if note:
            self.text(middle, (y1 + y2) / 2 + 16, note, size=11, colour=SOFT)

    def svg(self) -> str:
        """The picture."""
        body = "\n".join(self._parts)
        return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" \
width="{self.width}" role="img" font-family="system-ui, 'DejaVu Sans', Arial, sans-serif">
<title>{escape(self.title)}</title>
<defs><marker id="point" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" \
orient="auto-start-reverse"><path d="M0 0L10 5L0 10z" fill="{INK}"/></marker></defs>
<rect width="{self.width}" height="{self.height}" rx="10" fill="#ffffff"/>
{body}
</svg>
"""


def floors() -> Drawing:
    """The package, floor by floor."""
    drawing = Drawing(760, 430, "The package's floors: imports only point down")
    drawing.box(20, 20, 350, 58, "tongsuo-py", "cli/: arguments and output", fill=SAND)
    drawing.box(390, 20, 350, 58, "your program", "and the libraries it uses", fill=SAND)
    drawing.box(20, 108, 350, 58, "ssl/", "contexts, sockets, sessions")
    drawing.box(390, 108, 350, 58, "pki/", "certificates, authorities, PKCS #12, CMS")
    drawing.box(20, 186, 720, 48, "sm2/   sm3/   sm4/   zuc", "algorithms, keys, forms")
    drawing.box(
        20, 254, 720, 58, "_binding/", "the only place that touches C: errors, handles, buffers",
        fill=GREEN,
    )  # fmt: skip
    drawing.box(
        20, 332, 350, 78, "native/", "our C: a connection's lock and waiting,",
        "the accelerator's provider", fill=GREY,
    )  # fmt: skip
    drawing.box(
        390, 332, 350, 78, "Tongsuo: libssl.a, libcrypto.a", "linked in; none of its symbols is",
        "visible outside _tongsuo.abi3.so", fill=GREY,
    )  # fmt: skip
    for x, top, bottom in (
        (195, 78, 108), (565, 78, 108), (195, 166, 186), (565, 166, 186),
        (380, 234, 254), (195, 312, 332), (565, 312, 332),
    ):  # fmt: skip
        drawing.arrow(x, top, x, bottom)
    return drawing


def handshake() -> Drawing:
    """TLCP's full handshake with certificates on both sides."""
    drawing = Drawing(
        760, 560, "A full TLCP handshake with an ECDHE suite, both sides authenticated"
    )
    client, server = 150, 610
    drawing.box(60, 16, 180, 40, "client", fill=SAND)
    drawing.box(520, 16, 180, 40, "server", fill=SAND)
    drawing.line(client, 56, client, 525, dashed=True)
    drawing.line(server, 56, server, 525, dashed=True)
    steps = [
        (True, "ClientHello", "version 1.1 (bytes 01 01), random, suites"),
        (False, "ServerHello", "suite, random, session ID"),
        (False, "Certificate", "signing certificate, encryption certificate, chain"),
        (False, "ServerKeyExchange", "point for SM2's key exchange, SM2 signature"),
        (False, "CertificateRequest, ServerHelloDone", "ECDHE always asks for the client's pair"),
        (True, "Certificate", "signing certificate, encryption certificate, chain"),
        (True, "ClientKeyExchange", "point; with ECC a secret, encrypted for the server"),
        (True, "CertificateVerify", "SM2 signature over SM3 of all messages so far"),
        (True, "ChangeCipherSpec, Finished", "SM4 from here on"),
        (False, "ChangeCipherSpec, Finished", ""),
    ]  # fmt: skip
    for number, (from_client, words, note) in enumerate(steps):
        y = 88 + number * 46
        ends = (client, server) if from_client else (server, client)
        drawing.arrow(ends[0], y, ends[1], y, words, note=note)
    drawing.text(
        380, 545, "application data, in records of SM4-GCM or SM4-CBC with HMAC-SM3", size=13
    )
    return drawing


def certificates() -> Drawing:
    """Who makes which key when a device asks for its pair."""
    drawing = Drawing(760, 300, "A device asks for its pair: who makes which key")
    drawing.box(
        30, 20, 260, 78, "device", "makes the signing key,", "which never leaves it", fill=SAND
    )
    drawing.box(
        470, 20, 260, 78, "CA", "makes the encryption key,", "and does not keep it", fill=GREEN
    )
    drawing.arrow(290, 45, 470, 45, "request", note="name, signing key's public half")
    drawing.arrow(470, 84, 290, 84)
    drawing.text(380, 112, "answer", size=13)
    drawing.box(30, 150, 340, 62, "signing certificate", "digitalSignature: proves who it is")
    drawing.box(
        390, 150, 340, 62, "encryption certificate", "keyEncipherment ...: keys are sent to it"
    )
    drawing.box(
        390,
        226,
        340,
        58,
        "enveloped key (GB/T 35276)",
        "opens with the signing key alone",
        fill=GREY,
    )
    drawing.text(200, 258, "The two certificates have the same subject", size=13, colour=SOFT)
    drawing.text(200, 276, "and names; only key and usage differ.", size=13, colour=SOFT)
    return drawing


def waiting() -> Drawing:
    """Where a call to sendall spends its time."""
    drawing = Drawing(760, 330, "One call of C for one call of Python")
    drawing.box(20, 20, 200, 290, fill=SAND)
    drawing.text(120, 46, "Python, with the GIL", bold=True)
    drawing.box(240, 20, 300, 290, fill=BLUE)
    drawing.text(390, 46, "native/, without the GIL", bold=True)
    drawing.box(560, 20, 180, 290, fill=GREY)
    drawing.text(650, 46, "the system", bold=True)
    drawing.box(40, 66, 160, 40, "tls.sendall(data)", fill="#ffffff")
    drawing.box(260, 66, 260, 40, "take the connection's lock", fill="#ffffff")
    drawing.box(260, 130, 260, 52, "SSL_write", "encrypts a record (SM4)", fill="#ffffff")
    drawing.box(580, 130, 140, 52, "send", "never blocks", fill="#ffffff")
    drawing.box(260, 206, 260, 40, "give the lock; poll()", fill="#ffffff")
    drawing.box(580, 206, 140, 40, "wait", fill="#ffffff")
    drawing.box(40, 258, 160, 40, "signals are heard", fill="#ffffff")
    drawing.arrow(200, 86, 260, 86)
    drawing.arrow(390, 106, 390, 130)
    drawing.arrow(520, 156, 580, 156)
    drawing.arrow(390, 182, 390, 206)
    drawing.arrow(520, 226, 580, 226)
    drawing.line(390, 246, 390, 278)
    drawing.arrow(390, 278, 200, 278)
    drawing.text(392, 296, "every 200 ms at the latest, and when all is sent", size=11, colour=SOFT)
    return drawing


PICTURES = {
    "floors": floors,
    "handshake": handshake,
    "certificates": certificates,
    "waiting": waiting,
}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (HERE / f"{name}.svg").write_text(draw().svg(), encoding="utf-8")
