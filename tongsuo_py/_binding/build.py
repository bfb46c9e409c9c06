"""How the library was built, and which of its code this machine's processor runs."""

from __future__ import annotations

import re

from tongsuo_py._binding import acceleration
from tongsuo_py._binding.library import TONGSUO_VERSION_INFO, ffi, lib

#: Where the Tongsuo came from that the extension was linked with.
ORIGIN: str = ffi.string(lib.TSPY_TONGSUO_ORIGIN).decode("ascii")

# The bits of OPENSSL_ia32cap (see its manual page) and of OPENSSL_armcap that matter for the
# algorithms of TLCP and TLS, by the number of the 64-bit word.
_X86 = {
    0: {33: "PCLMULQDQ", 41: "SSSE3", 57: "AES", 60: "AVX"},
    1: {5: "AVX2", 8: "BMI2", 16: "AVX512F", 19: "ADX", 21: "AVX512IFMA", 29: "SHA", 40: "GFNI",
        41: "VAES", 42: "VPCLMULQDQ"},
}  # fmt: skip
_ARM = {
    0: {0: "NEON", 2: "AES", 4: "SHA256", 5: "PMULL", 6: "SHA512", 9: "SM3", 10: "SM4", 13: "SVE"}
}


def _text(pointer: object) -> str:
    return "" if pointer == ffi.NULL else ffi.string(pointer).decode("ascii", "replace").strip()


def compiler() -> str:
    """The compiler of the library and its options."""
    return _text(lib.OpenSSL_version(lib.OPENSSL_CFLAGS)).removeprefix("compiler: ")


def built_on() -> str:
    """When the library was compiled."""
    return _text(lib.OpenSSL_version(lib.OPENSSL_BUILT_ON)).removeprefix("built on: ")


def target() -> str:
    """What it was configured for, such as ``linux-x86_64``."""
    return _text(lib.OpenSSL_version(lib.OPENSSL_PLATFORM)).removeprefix("platform: ")


def seed_source() -> str:
    """Where the random generators get their entropy."""
    return _text(lib.OPENSSL_info(lib.OPENSSL_INFO_SEED_SOURCE))


def processor() -> str:
    """What the library found out about the processor, in its own form; empty where nothing."""
    return _text(lib.OPENSSL_info(lib.OPENSSL_INFO_CPU_SETTINGS))


def processor_features() -> list[str]:
    """The instructions for cryptography that the processor has and the library may use."""
    settings = processor()
    bits = {"ia32cap": _X86, "armcap": _ARM}.get(settings.partition("=")[0][len("OPENSSL_") :], {})
    words = [int(word, 16) for word in re.findall(r"0x([0-9a-fA-F]+)", settings.split(" ")[0])]
    return [
        name
        for number, word in enumerate(words)
        for bit, name in bits.get(number, {}).items()
        if word >> bit & 1
    ]


def code_paths() -> dict[str, str]:
    """Which code the library runs for each algorithm on this machine."""
    features, machine = processor_features(), target()
    arm = "aarch64" in machine or "arm64" in machine
    paths = {"SM2": "64-bit field arithmetic" if lib.TSPY_HAS_SM2P_64 else "generic big numbers"}
    for name in ("SM3", "SM4"):
        if arm and name in features:
            paths[name] = f"{name} instructions"
        elif arm and name == "SM4" and TONGSUO_VERSION_INFO >= (8, 5, 0):
            paths[name] = "NEON or portable C, as suits the processor"
        else:
            paths[name] = "portable C"
    if acceleration.in_use("SM4"):
        paths["SM4"] = "Intel's library; OFB, CFB and encryption in CBC: " + paths["SM4"]
    if acceleration.in_use("SM2"):
        paths["SM2"] = "signatures: our own code for BMI2; all else: " + paths["SM2"]
    return paths
