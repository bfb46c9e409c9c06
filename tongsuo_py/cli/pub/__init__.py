"""SM2 public keys: taken out of private keys and certificates, converted, shown."""

SUMMARY = "SM2 public keys: convert, show"
COMMANDS = ("convert", "show")
EXAMPLES = """\
tongsuo-py pub convert sm2.key --out sm2.pub
tongsuo-py pub show cert.pem
"""
