"""SM4 (GB/T 32907): files encrypted and authenticated, or in the modes that others prescribe."""

SUMMARY = "SM4: encrypt and decrypt files of any size"
COMMANDS = ("encrypt", "decrypt")
EXAMPLES = """\
tongsuo-py sm4 encrypt --out backup.enc backup.tar
tongsuo-py sm4 decrypt --out backup.tar backup.enc
"""
