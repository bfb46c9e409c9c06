"""Revocation lists (CRLs): which certificates of a CA are valid no more."""

SUMMARY = "revocation lists (CRLs): make, show, check"
COMMANDS = ("make", "show", "check")
EXAMPLES = """\
tongsuo-py ca revoke platform/sign.pem --ca ca --reason keyCompromise
tongsuo-py crl make --ca ca --out ca.crl
tongsuo-py crl check ca.crl platform/sign.pem --ca ca
"""
