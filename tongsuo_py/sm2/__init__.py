"""SM2: public-key cryptography on the curve sm2p256v1 (GB/T 32918-2016)."""

from tongsuo_py.sm2.keys import PrivateFormat, PrivateKey, PublicKey

__all__ = ["PrivateFormat", "PrivateKey", "PublicKey"]
