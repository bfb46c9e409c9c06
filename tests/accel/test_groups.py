"""The group of RFC 8998 is there whatever was done with SM2 before: 8.4 is the one to lose it.

libssl looks once for each context which provider has a group's keys, and what it finds depends on
what was looked for before: so each question has a process of its own.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

BEFORE = {
    "nothing": "",
    "a signature": "sm2.PrivateKey.generate().sign(b'data')",
    "a CA": "pki.CA.create('Root')",
    "a context": "ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)",
}
PROGRAM = """\
from tongsuo_py import pki, sm2, ssl
{before}
for protocol in (ssl.PROTOCOL_TLS_SERVER, ssl.PROTOCOL_TLS_CLIENT):
    context = ssl.SSLContext(protocol)
    context.set_groups("curveSM2")
    context.set_groups("curveSM2:prime256v1")
"""


@pytest.mark.parametrize("before", BEFORE)
def test_the_group_is_there(before: str) -> None:
    subprocess.run([sys.executable, "-c", PROGRAM.format(before=BEFORE[before])], check=True)
