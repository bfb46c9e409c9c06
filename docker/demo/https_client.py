"""Three clients of the web server: the standard library's TLS, TLS 1.3 with SM4, and TLCP.

``python https_client.py [NAME...]``: which of them, by default all.
"""

import ssl as stdlib
import sys
from urllib.request import urlopen

from tongsuo_py import ssl

URL = "https://https-server:8443/"
CERTIFICATES = "/certs/made"


def contexts() -> dict[str, tuple[stdlib.SSLContext, str]]:
    """What each client is called, its context, and what the server has to say about it."""
    tls = stdlib.create_default_context(cafile=f"{CERTIFICATES}/p256/cert.pem")
    sm = ssl.create_default_context(cafile=f"{CERTIFICATES}/ca/ca.pem")
    sm.set_ciphersuites("TLS_SM4_GCM_SM3")
    sm.set_server_sigalgs("sm2sig_sm3")  # so that the server answers with its SM2 certificate
    tlcp = ssl.create_ntls_context(cafile=f"{CERTIFICATES}/ca/ca.pem")
    return {
        "TLS": (tls, "TLSv1.3 TLS_AES_256_GCM_SHA384"),  # by the system's OpenSSL
        "RFC 8998": (sm, "TLSv1.3 TLS_SM4_GCM_SM3"),
        "TLCP": (tlcp, "NTLSv1.1 ECC-SM2-SM4-GCM-SM3"),
    }


def main() -> int:
    """Ask with each of them; the exit code is 0 where all got what they have to."""
    wrong = 0
    known = contexts()
    for name in sys.argv[1:] or known:
        context, expected = known[name]
        try:
            with urlopen(URL, context=context, timeout=10) as response:
                answer = response.read().decode().strip()
        except OSError as error:
            answer = str(error)
        print(f"{name}: {answer}", flush=True)
        if answer != expected:
            wrong += 1
            print(f"  but it should be {expected}", file=sys.stderr, flush=True)
    return min(wrong, 1)


if __name__ == "__main__":
    sys.exit(main())
