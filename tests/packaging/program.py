"""What an installed package must be able to do, with nothing but what is installed.

Run by test_install.py: SM3, SM2, SM4, certificates, and a TLCP session in memory.
"""

import importlib.metadata
import sys
from pathlib import Path

import tongsuo_py
from tongsuo_py import pki, sm2, sm3, sm4, ssl

assert Path(tongsuo_py.__file__).is_relative_to(sys.prefix), tongsuo_py.__file__
assert importlib.metadata.version("tongsuo-py") == tongsuo_py.__version__

ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905, A.1
assert sm3.sm3(b"abc").hexdigest() == ABC

key = sm2.PrivateKey.generate()
key.public_key().verify(key.sign(b"message"), b"message")
assert key.decrypt(key.public_key().encrypt(b"secret")) == b"secret"
cipher = sm4.GCM(bytes(16))
assert cipher.decrypt(bytes(12), cipher.encrypt(bytes(12), b"secret", b"")) == b"secret"

ca = pki.CA.create("Root")
server = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
ca.issue_pair("localhost").configure(server)
client = ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
ca.configure_trust(client)

to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
ends = [
    client.wrap_bio(to_client, to_server, server_hostname="localhost"),
    server.wrap_bio(to_server, to_client, server_side=True),
]
waiting = list(ends)
for _ in range(10):
    for end in list(waiting):
        try:
            end.do_handshake()
            waiting.remove(end)
        except ssl.SSLWantReadError:
            pass
assert not waiting
ends[0].write(b"over TLCP")
assert ends[1].read(100) == b"over TLCP"
print(ends[0].version(), ends[0].cipher()[0])
