"""Fuzzing of everything that reads bytes from outside: ``make fuzz``, or ``python -m fuzz``.

``targets`` says what is fuzzed, what each may raise, and how to add one; ``seeds`` and
``handshakes`` make what it starts from. The tests run each target over its seeds and over some that
were cut and bent, without atheris (tests/fuzz).
"""
