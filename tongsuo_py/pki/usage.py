"""What TLCP (GB/T 38636) wants the key usage of its two certificates to have."""

from __future__ import annotations

from tongsuo_py._binding.x509 import KeyUsage

#: Each: the bits of which one is enough, and their names.
SIGNING = KeyUsage.DIGITAL_SIGNATURE, "digitalSignature"
ENCRYPTION = (
    KeyUsage.KEY_ENCIPHERMENT | KeyUsage.DATA_ENCIPHERMENT | KeyUsage.KEY_AGREEMENT,
    "keyEncipherment, dataEncipherment or keyAgreement",
)


def usage_text(usage: KeyUsage) -> str:
    """A key usage in words."""
    return ", ".join(str(flag.name) for flag in usage) or "nothing"
