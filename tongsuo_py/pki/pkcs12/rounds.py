"""How much work a file may ask for before its password is known to be right."""

from __future__ import annotations

from tongsuo_py._der import INTEGER, OCTET_STRING, SEQUENCE, Reader
from tongsuo_py.pki.pkcs12 import identifiers as oid

#: Rounds of hashing in all parts of a file together: some ten seconds of work. OpenSSL writes
#: 2048 for each part, we 600,000.
MOST = 20_000_000


class Rounds:
    """Counts the rounds that a file asks for, and refuses those that would be too many."""

    def __init__(self) -> None:
        self._left = MOST

    def read(self, reader: Reader) -> int:
        """The number of rounds that comes next; FormatError if it is too large, or below 1."""
        at = reader.position
        count = reader.integer()
        if not 1 <= count <= self._left:
            reader.fail(f"1 to {self._left} rounds of hashing", str(count), at)
        self._left -= count
        return count

    def of_scheme(self, algorithm: bytes, what: str) -> None:
        """Count what an encryption scheme (the DER of its AlgorithmIdentifier) asks for.

        Of schemes that are not known here nothing is counted: Tongsuo bounds scrypt by itself, and
        refuses the others.
        """
        reader = Reader(algorithm, what).only()
        scheme = reader.oid()
        if scheme == oid.PBES2:
            function = reader.enter().enter()
            if function.oid() != oid.PBKDF2:
                return
            reader = function
        elif not scheme.startswith(oid.PKCS12_PBE):
            return
        parameters = reader.enter(SEQUENCE)
        parameters.value(OCTET_STRING)
        if parameters.peek() == INTEGER:
            self.read(parameters)
