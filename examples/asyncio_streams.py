"""asyncio over TLCP, by hand: ``python asyncio_streams.py HOST PORT CA.pem``."""

import asyncio
import sys

from tongsuo_py import ssl


async def main(host: str, port: str, ca: str) -> None:
    """Ask a web server for its first page."""
    context = ssl.create_ntls_context(cafile=ca)
    reader, writer = await asyncio.open_connection(host, int(port), ssl=context)
    print(writer.get_extra_info("cipher"))
    writer.write(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
    print((await reader.read()).decode())
    writer.close()
    await writer.wait_closed()


if len(sys.argv) != 4:
    sys.exit(__doc__)
asyncio.run(main(*sys.argv[1:]))
