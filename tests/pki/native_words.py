"""How the native ``openssl`` puts things into words."""

from __future__ import annotations

from collections.abc import Callable

# What Tongsuo 8.5 does by default: 8.4 puts spaces around "=" and escapes what is not ASCII.
_NAMES = "sep_comma_plus_space,sname,esc_ctrl,utf8,dump_unknown,dump_der"


def native_words(run: Callable[..., bytes], command: str, data: bytes) -> list[str]:
    """What ``openssl x509``, ``req`` or ``crl`` prints of something in PEM or DER, in words.

    The spaces are left out: 8.4 ends a list of extensions with a newline more than 8.5.
    """
    form = "PEM" if data.startswith(b"-----") else "DER"
    options = ("-inform", form, "-noout", "-text", "-nameopt", _NAMES)
    return run(command, "-in", "{data}", *options, data=data).decode().split()
