"""PKCS #12 files (.p12, .pfx): certificates and their keys in one, under a password."""

SUMMARY = "export, import and show PKCS #12 files"
COMMANDS = ("export", "import", "show")
EXAMPLES = """\
tongsuo-py p12 export platform --out platform.p12
tongsuo-py p12 import platform.p12 --out platform
"""
