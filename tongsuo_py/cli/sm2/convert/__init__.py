"""Signatures and ciphertexts from one form into another. No key is needed, nothing is checked."""

SUMMARY = "convert signatures and ciphertexts, without a key"
COMMANDS = ("signature", "ciphertext")
EXAMPLES = """\
tongsuo-py sm2 convert signature --to raw --text hex report.sig
tongsuo-py sm2 convert ciphertext --from c1c2c3 --to der old.bin --out new.der
"""
