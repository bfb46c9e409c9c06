"""Certificate requests (PKCS#10): a device asks with its own key, a CA answers."""

SUMMARY = "certificate requests: make, answer, show"
COMMANDS = ("make", "answer", "show")
EXAMPLES = """\
tongsuo-py key make --out sign.key
tongsuo-py req make meter.example --key sign.key --out meter.req
tongsuo-py req answer meter.req --ca ca --out meter.pem
"""
