"""TLCP's two certificates of one party: the one signs, the other takes the keys."""

SUMMARY = "issue and check the two certificates that TLCP takes"
COMMANDS = ("issue", "answer", "accept", "check")
EXAMPLES = """\
tongsuo-py pair issue platform.example --ca ca --out platform
tongsuo-py pair check platform
"""
