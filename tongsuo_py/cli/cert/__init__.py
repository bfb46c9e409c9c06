"""Single certificates: issued by a CA or by themselves, verified, shown."""

SUMMARY = "single certificates: issue, verify, show"
COMMANDS = ("issue", "self-signed", "verify", "show")
EXAMPLES = """\
tongsuo-py cert issue www.example --ca ca --out www
tongsuo-py cert verify www/cert.pem --ca ca
"""
