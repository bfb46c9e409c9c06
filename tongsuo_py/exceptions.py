"""The exceptions of this package, and what OpenSSL's error queue said behind them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorEntry:
    """One entry of OpenSSL's error queue.

    ``library`` and ``reason`` are the texts that Tongsuo has for the two numbers beside them
    (empty if it has none), ``data`` is what it added for this one case, ``file``, ``line`` and
    ``function`` say where in its source the error was raised.
    """

    library: str
    reason: str
    library_code: int
    reason_code: int
    data: str
    file: str
    line: int
    function: str

    def __str__(self) -> str:
        text = f"{self.library or self.library_code}: {self.reason or self.reason_code}"
        return f"{text} ({self.data})" if self.data else text


class TongsuoError(Exception):
    """Something went wrong in Tongsuo; the base of every exception that this package defines.

    ``errors`` holds the whole error queue, oldest entry (the cause) first; it is empty where the
    failure was found on our side.
    """

    def __init__(self, message: str, errors: tuple[ErrorEntry, ...] = ()) -> None:
        super().__init__(message)
        self.errors = errors

    def __str__(self) -> str:
        message = str(self.args[0])
        return f"{message} [{'; '.join(map(str, self.errors))}]" if self.errors else message

    def __reduce__(
        self,
    ) -> tuple[type[TongsuoError], tuple[str, tuple[ErrorEntry, ...]], dict[str, object]]:
        return type(self), (str(self.args[0]), self.errors), self.__dict__


class InvalidSignature(TongsuoError):
    """The signature does not belong to this message, key and identity."""


class InvalidTag(TongsuoError):
    """Authenticated decryption failed: key, nonce, data or additional data differ. No plaintext."""


class InvalidConfirmation(TongsuoError):
    """The other side of a key exchange has not computed the same key: it must not be used."""


class DecryptionError(TongsuoError, ValueError):
    """A ciphertext could not be decrypted; on purpose this says no more than that."""


class FormatError(TongsuoError, ValueError):
    """Bytes or text that are not what they should be: a key, a certificate, a signature."""


class AmbiguousFormat(FormatError):
    """Bytes that can be read in more than one way; ``candidates`` has the names of all of them.

    Nothing is guessed: the caller has to say which one it is.
    """

    def __init__(
        self,
        message: str,
        errors: tuple[ErrorEntry, ...] = (),
        candidates: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, errors)
        self.candidates = candidates


class PasswordError(FormatError):
    """A private key is encrypted, and the password is missing or wrong."""
