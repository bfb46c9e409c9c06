"""SM2, SM3, SM4 and the TLCP protocol (GB/T 38636-2020) for Python, on Tongsuo.

``from tongsuo_py import ssl`` is a drop-in for the standard library's module that speaks TLCP too;
``sm2``, ``sm3`` and ``sm4`` are the algorithms, ``pki`` makes certificates.
"""

__version__ = "0.1.0"
