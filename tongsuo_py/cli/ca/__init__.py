"""A certificate authority in a directory: made, its certificates revoked."""

SUMMARY = "make and run a certificate authority (CA)"
COMMANDS = ("create",)
EXAMPLES = """\
tongsuo-py ca create "Grid Root CA" --out ca
tongsuo-py pair issue platform.example --ca ca --out platform
"""
