"""How fast SM2, SM3, SM4 and TLCP are here, beside what else there is.

What is compared is measured in one run on this machine, in turn, in many short rounds. Without a
command it is compare.
"""

SUMMARY = "measure SM2, SM3, SM4 and TLCP on this machine"
COMMANDS = ("compare", "schemes", "growth")
DEFAULT = "compare"
EXAMPLES = """\
tongsuo-py bench
tongsuo-py bench --quick --only SM4
tongsuo-py bench compare --json results.json --plots plots
tongsuo-py bench schemes
tongsuo-py bench growth
"""
