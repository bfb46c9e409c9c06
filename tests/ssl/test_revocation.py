"""Certificates that were revoked: VERIFY_CRL_CHECK_LEAF and _CHAIN, in TLS and in TLCP.

In TLS the standard library has to say the same.
"""

from __future__ import annotations

import ssl as stdlib
from pathlib import Path
from typing import Any

import pytest
from authorities import CURRENT, EXPIRED, FUTURE, Authority, TlcpAuthority
from peers import handshake

from tongsuo_py import ssl

LEAF, CHAIN = ssl.VERIFY_CRL_CHECK_LEAF, ssl.VERIFY_CRL_CHECK_CHAIN
# Of X509_V_ERR_*:
NO_LIST, FORGED, NOT_YET_VALID, OUT_OF_DATE, REVOKED = 3, 8, 11, 12, 23

VERIFIERS = pytest.mark.parametrize("verifier", ["client", "server"])


def verify(
    authority: Authority, verifier: str, flags: stdlib.VerifyFlags, lists: Path | None
) -> int:
    """The verify_code of a handshake in which ``verifier`` looks at ``lists``; 0 if it succeeds.

    By ours, and in TLS by the standard library as well, which has to come to the same.
    """
    modules = [ssl] if isinstance(authority, TlcpAuthority) else [ssl, stdlib]
    codes = {_verify(authority, verifier, flags, lists, module) for module in modules}
    assert len(codes) == 1
    return codes.pop()


def _verify(
    authority: Authority,
    verifier: str,
    flags: stdlib.VerifyFlags,
    lists: Path | None,
    module: Any,
) -> int:
    contexts = {
        side: authority.context(side, module if side == verifier else ssl)
        for side in ("server", "client")
    }
    context = contexts[verifier]
    if lists is not None:
        context.load_verify_locations(lists)
        assert context.cert_store_stats()["crl"] == lists.read_bytes().count(b"BEGIN X509 CRL")
    context.verify_flags |= flags
    ends = handshake(contexts["server"], contexts["client"], None)
    for end in ends:
        if not isinstance(end, BaseException):
            end.close()
    error = ends[verifier == "client"]
    if not isinstance(error, BaseException):
        return 0
    assert isinstance(error, stdlib.SSLCertVerificationError)
    assert error.reason == "CERTIFICATE_VERIFY_FAILED"
    assert error.verify_message in str(error)
    return int(error.verify_code)


@VERIFIERS
@pytest.mark.parametrize("flags", [LEAF, CHAIN])
def test_no_list(authority: Authority, verifier: str, flags: stdlib.VerifyFlags) -> None:
    assert verify(authority, verifier, flags, None) == NO_LIST


@VERIFIERS
def test_lists_are_not_looked_at_unless_told(authority: Authority, verifier: str) -> None:
    lists = authority.lists(leaf=authority.server.serials + authority.client.serials)
    assert verify(authority, verifier, ssl.VERIFY_DEFAULT, lists) == 0


@VERIFIERS
def test_none_of_them_is_revoked(authority: Authority, verifier: str) -> None:
    assert verify(authority, verifier, LEAF, authority.lists(leaf=[1])) == 0
    assert verify(authority, verifier, CHAIN, authority.lists(leaf=[1], root=[1])) == 0


@VERIFIERS
@pytest.mark.parametrize("which", [0, -1], ids=["the first", "the last"])
@pytest.mark.parametrize("flags", [LEAF, CHAIN])
def test_one_is_revoked(
    authority: Authority, verifier: str, which: int, flags: stdlib.VerifyFlags
) -> None:
    """In TLCP the signing or the encryption certificate."""
    peer = authority.client if verifier == "server" else authority.server
    lists = authority.lists(leaf=[1, peer.serials[which]], root=[])
    assert verify(authority, verifier, flags, lists) == REVOKED


@VERIFIERS
def test_the_intermediate_ca_is_revoked(authority: Authority, verifier: str) -> None:
    lists = authority.lists(leaf=[], root=[authority.intermediate_serial])
    assert verify(authority, verifier, LEAF, lists) == 0
    assert verify(authority, verifier, CHAIN, lists) == REVOKED


@VERIFIERS
def test_a_list_is_missing_for_the_intermediate_ca(authority: Authority, verifier: str) -> None:
    assert verify(authority, verifier, CHAIN, authority.lists(leaf=[])) == NO_LIST
    assert verify(authority, verifier, CHAIN, authority.lists(root=[])) == NO_LIST


@VERIFIERS
@pytest.mark.parametrize(
    ("validity", "code"), [(EXPIRED, OUT_OF_DATE), (FUTURE, NOT_YET_VALID), (CURRENT, 0)]
)
def test_times(authority: Authority, verifier: str, validity: tuple[int, int], code: int) -> None:
    assert verify(authority, verifier, LEAF, authority.lists(leaf=[], validity=validity)) == code


@VERIFIERS
def test_a_list_of_somebody_else(authority: Authority, verifier: str, tmp_path: Path) -> None:
    """It bears the name of the CA, but not its signature."""
    forged = tmp_path / "forged.pem"
    forged.write_bytes(authority.revocations("forger", [], CURRENT))
    assert verify(authority, verifier, LEAF, forged) in (FORGED, NO_LIST)
