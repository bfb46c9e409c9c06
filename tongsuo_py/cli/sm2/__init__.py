"""SM2 (GB/T 32918): signatures and public-key encryption, in every form that others send."""

SUMMARY = "SM2: sign, verify, encrypt, decrypt, convert"
COMMANDS = ("sign", "verify", "encrypt", "decrypt", "convert")
EXAMPLES = """\
tongsuo-py sm2 sign --key sm2.key --out report.sig report.pdf
tongsuo-py sm2 verify --key sm2.pub --signature report.sig report.pdf
"""
