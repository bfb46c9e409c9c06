"""Whose identifiers a message has: those of GM/T 0010, of PKCS #7, or of one program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tongsuo_py._arguments import check_choice
from tongsuo_py._oids import EC_PUBLIC_KEY, GM_CONTENT, PKCS7_CONTENT, SM2_CURVE

#: ``"gm"``: GM/T 0010-2012 and GB/T 35275-2017. ``"pkcs7"``: the identifiers of PKCS #7 and CMS
#: (RFC 2315, RFC 5652), which OpenSSL and Tongsuo's own programs know. ``"gmssl"``: what GmSSL 3.1
#: reads and writes: GM/T 0010 but for what is signed, and the names of both SM2 algorithms.
ProfileName = Literal["gm", "pkcs7", "gmssl"]

DATA, SIGNED, ENVELOPED, SIGNED_AND_ENVELOPED = 1, 2, 3, 4
KIND_NAMES = {
    DATA: "data",
    SIGNED: "signedData",
    ENVELOPED: "envelopedData",
    SIGNED_AND_ENVELOPED: "signedAndEnvelopedData",
}

SM2_SIGNATURE, SM2_EXCHANGE, SM2_ENCRYPTION = (f"1.2.156.10197.1.301.{n}" for n in (1, 2, 3))
SM2_WITH_SM3 = "1.2.156.10197.1.501"
#: What is found for an SM2 signature: also the curve, and the algorithm of plain elliptic curves.
SIGNATURES = (SM2_SIGNATURE, SM2_WITH_SM3, SM2_CURVE, EC_PUBLIC_KEY)
KEY_ENCRYPTIONS = (SM2_ENCRYPTION, SM2_EXCHANGE, SM2_CURVE, EC_PUBLIC_KEY)

CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_TIME = (f"1.2.840.113549.1.9.{n}" for n in (3, 4, 5))


@dataclass(frozen=True)
class Profile:
    """How messages are written.

    ``signs_content_info``: without signed attributes, GmSSL signs the SM3 of the whole ContentInfo,
    and not of Z and the content.
    """

    prefix: str
    signature: str
    key_encryption: str
    recipient_version: int
    signs_content_info: bool = False

    def kind(self, number: int) -> str:
        """The identifier of a content type."""
        return f"{self.prefix}{number}"


_PROFILES: dict[str, Profile] = {
    "gm": Profile(GM_CONTENT, SM2_SIGNATURE, SM2_ENCRYPTION, 1),
    "pkcs7": Profile(PKCS7_CONTENT, SM2_WITH_SM3, SM2_ENCRYPTION, 0),
    "gmssl": Profile(GM_CONTENT, SM2_WITH_SM3, SM2_EXCHANGE, 1, signs_content_info=True),
}


def profile_named(name: str) -> Profile:
    """The profile of this name; ValueError for another one."""
    check_choice("profile", name, _PROFILES)
    return _PROFILES[name]


def kind_of(identifier: str) -> int | None:
    """Which content type an identifier of either family stands for."""
    for prefix in (GM_CONTENT, PKCS7_CONTENT):
        number = identifier.removeprefix(prefix)
        if number != identifier and number in ("1", "2", "3", "4"):
            return int(number)
    return None
