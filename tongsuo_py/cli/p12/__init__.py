"""PKCS #12 files (.p12, .pfx): certificates and their keys in one, under a password."""

SUMMARY = "PKCS #12 files: export, import, show"
COMMANDS = ("export", "import", "show")
EXAMPLES = """\
tongsuo-py p12 export platform --out platform.p12
tongsuo-py p12 import platform.p12 --out platform
"""
