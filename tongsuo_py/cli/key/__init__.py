"""SM2 private keys: made, shown, and converted between all their formats."""

SUMMARY = "SM2 private keys: make, convert, show"
COMMANDS = ("make", "convert", "show")
EXAMPLES = """\
tongsuo-py key make --encrypt sm4-cbc --out sm2.key
tongsuo-py key convert gmssl.pem --to hex --out sm2.hex
tongsuo-py key show sm2.key
"""
