"""The first two steps of server and client: the protocol, and what its context needs."""

from __future__ import annotations

import argparse
import ssl as _stdlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from tongsuo_py import pki, ssl
from tongsuo_py.cli import options, passwords
from tongsuo_py.cli.events import Log
from tongsuo_py.cli.failures import EXIT_USAGE, Failure, usage_errors

Side = Literal["server", "client"]

_MODES = {
    "none": _stdlib.CERT_NONE,
    "optional": _stdlib.CERT_OPTIONAL,
    "required": _stdlib.CERT_REQUIRED,
}
_OTHER: dict[Side, Side] = {"server": "client", "client": "server"}


def make_context(side: Side, args: argparse.Namespace, log: Log) -> ssl.SSLContext:
    """A context for TLCP as the options want it. Raises Failure for anything that is amiss."""
    server = side == "server"
    files, trusted = options.pair_files(args), options.trusted_file(args)
    if server and files is None:
        raise Failure(
            "a server needs a pair of certificates: give --pair, or --sign-cert and --enc-cert",
            EXIT_USAGE,
        )
    if server and trusted is None and args.verify != "none":
        raise Failure(
            f"--verify {args.verify} needs --ca, the CA that issued the clients' certificates "
            "(or use --verify none)",
            EXIT_USAGE,
        )
    context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER if server else ssl.PROTOCOL_NTLS_CLIENT)
    # As create_ntls_context has it; and GmSSL's server ends the handshake at any extension.
    context.options |= ssl.OP_NO_TICKET
    with usage_errors():
        if args.verify == "none":
            context.check_hostname = False
        context.verify_mode = _MODES[args.verify]
        if not server and args.ecdhe == "standard":
            context.ntls_strict_ecdhe = True
        log("protocol", protocol="TLCP 1.1")
        if args.suite:
            context.set_ciphers(":".join(args.suite))
        log("suites", suites=[suite["name"] for suite in context.get_ciphers()])
        _load_trust(context, side, args, trusted, log)
        if files is not None:
            _load_pair(context, files, args, log)
    return context


def _load_trust(
    context: ssl.SSLContext, side: Side, args: argparse.Namespace, file: Path | None, log: Log
) -> None:
    peer = _OTHER[side]
    if args.verify == "none":
        log("verification", mode=args.verify, peer=peer)
        return
    if file is None:
        context.load_default_certs()
        authorities = "a CA that this system trusts"
    else:
        context.load_verify_locations(file)
        authorities = " or ".join(each.subject for each in pki.load_certificates(file))
    log(
        "verification",
        mode=args.verify,
        peer=peer,
        whose=f"the {peer}'s",
        ca=authorities,
        name=getattr(args, "server_name", None),
    )


def _load_pair(
    context: ssl.SSLContext, files: options.PairFiles, args: argparse.Namespace, log: Log
) -> None:
    context.load_ntls_cert_pair(
        files.sign_cert,
        files.sign_key,
        files.enc_cert,
        files.enc_key,
        password=passwords.asked(args),
    )
    for role, file in (("signing", files.sign_cert), ("encryption", files.enc_cert)):
        certificate = pki.load_certificate(file)
        log("own_certificate", **describe("our", role, certificate), file=str(file))
        _warn_if_expired(role, certificate, log)
    log("keys_match")


def describe(whose: str, role: str, certificate: pki.Certificate) -> dict[str, Any]:
    """The fields of an event about a certificate."""
    return {
        "whose": whose,
        "role": role,
        "subject": certificate.subject,
        "issuer": certificate.issuer,
    }


def _warn_if_expired(role: str, certificate: pki.Certificate, log: Log) -> None:
    now = datetime.now(UTC)
    if certificate.not_after < now:
        state = f"out of date since {certificate.not_after:%Y-%m-%d}"
    elif certificate.not_before > now:
        state = f"not valid before {certificate.not_before:%Y-%m-%d}"
    else:
        return
    log("expired", role=role, state=f"{state}: no peer that verifies will accept it")
