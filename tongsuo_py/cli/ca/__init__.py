"""A certificate authority (CA) in a directory: made, and what it issued revoked.

Its certificates are issued by the commands cert, pair and req; each is written
down in the directory's register.jsonl, from which it can be revoked.
"""

SUMMARY = "a certificate authority (CA): create, list, revoke"
COMMANDS = ("create", "list", "revoke")
EXAMPLES = """\
tongsuo-py ca create "Grid Root CA" --out ca
tongsuo-py pair issue platform.example --ca ca --out platform
tongsuo-py ca revoke platform/sign.pem --ca ca --reason keyCompromise
"""
