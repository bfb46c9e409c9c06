"""Fuzzing of everything that reads bytes from outside: ``make fuzz``, or ``python -m fuzz``.

``targets`` says what is fuzzed, and what each may raise; ``seeds`` makes the files that it starts
from. The tests run each target over its seeds and over some that were cut and bent, without
atheris (tests/fuzz).
"""
