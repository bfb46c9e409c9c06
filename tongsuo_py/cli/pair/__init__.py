"""TLCP's two certificates of one party: the one signs, the other takes the keys."""

SUMMARY = "the two certificates of TLCP: issue, answer, accept, check"
COMMANDS = ("issue", "answer", "accept", "check")
EXAMPLES = """\
tongsuo-py pair issue platform.example --ca ca --out platform
tongsuo-py pair check platform
"""
