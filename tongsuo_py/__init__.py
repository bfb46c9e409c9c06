"""SM2, SM3, SM4 and the TLCP protocol (GB/T 38636-2020) for Python, on Tongsuo.

``from tongsuo_py import ssl`` is a drop-in for the standard library's module that speaks TLCP too;
``sm2``, ``sm3`` and ``sm4`` are the algorithms, ``pki`` makes certificates. For programs that only
ever say ``import ssl`` there is ``inject_into_ssl()``.
"""

from __future__ import annotations

__version__ = "0.1.0"


def inject_into_ssl() -> None:
    """Have programs that say ``import ssl``, and the libraries that they use, speak TLCP.

    Call it as early as possible. From then on ``ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)`` and
    ``ssl.create_default_context()`` are ours and make clients of TLCP (GB/T 38636-2020), which
    talk to no server of TLS any more; those for PROTOCOL_TLS_SERVER take TLCP beside TLS, once they
    have a pair (``load_ntls_cert_pair``). TLS versions and post-handshake authentication, which
    libraries set without being asked, are kept and have no effect in TLCP. Contexts that are there
    already stay what they are. ``extract_from_ssl()`` undoes it; doing it twice changes nothing.
    """
    from tongsuo_py import _injection  # importing this package must not load the extension

    _injection.inject()


def extract_from_ssl() -> None:
    """Undo ``inject_into_ssl()``; contexts that were made meanwhile go on working."""
    from tongsuo_py import _injection

    _injection.extract()
