"""SM2 private keys: made, shown, and converted between all their formats."""

SUMMARY = "make, show and convert SM2 private keys"
COMMANDS = ("make",)
EXAMPLES = """\
tongsuo-py key make --out sm2.key
"""
