"""HTTPS over TLCP with httpx: ``python https_httpx.py HOST PORT CA.pem``."""

import sys

import httpx

from tongsuo_py import ssl

if len(sys.argv) != 4:
    sys.exit(__doc__)
host, port, ca = sys.argv[1:]
with (
    httpx.Client(verify=ssl.create_ntls_context(cafile=ca), timeout=10) as client,
    client.stream("GET", f"https://{host}:{port}/") as response,
):
    print(response.extensions["network_stream"].get_extra_info("ssl_object").cipher())
    print(response.status_code, response.read().decode())
