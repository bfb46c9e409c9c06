"""The paper's comparison: a reading from a meter to a platform, with SM2-SM4-SM3 and with others.

Shao et al. (2022) set SM2, SM4 and SM3 against RSA, AES and a hash: all that it takes to
authenticate the sender, hand over a session key, encrypt, check the integrity and decrypt. Every
scheme here does the same eight steps on the same bytes, so that they can be set side by side one
by one. It is what is measured, not a protocol to use: for that there is TLCP.

The platform has sent a challenge of 32 random bytes. The meter then does

- ``sign``: signs the challenge with its private key;
- ``wrap``: draws two new keys of 16 bytes, one for the cipher and one for the code, since no key
  should do both, and encrypts them for the platform's public key;
- ``encrypt``: encrypts the reading in CTR mode, from a random initial counter;
- ``mac``: computes an HMAC of the counter and the ciphertext;

and the platform

- ``verify``: verifies the signature;
- ``unwrap``: decrypts the two keys with its private key;
- ``check``: computes the HMAC again and compares;
- ``decrypt``: decrypts the reading.

CTR on all sides, since there the ciphers are compared and not how well a mode can be computed in
parallel, and HMAC, since the schemes are named after their hash functions; GCM would leave those
without work.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import thread_time_ns
from typing import ClassVar

from tongsuo_py import sm2, sm3, sm4

#: The steps in their order: what the meter does, then what the platform does.
STEPS: Mapping[str, str] = {
    "sign": "the meter signs a challenge of 32 bytes",
    "wrap": "encrypts two new keys of 16 bytes for the platform",
    "encrypt": "encrypts the reading, CTR",
    "mac": "computes the HMAC of counter and ciphertext",
    "verify": "the platform verifies the signature",
    "unwrap": "decrypts the keys",
    "check": "computes the HMAC again and compares",
    "decrypt": "decrypts the reading",
}
CHALLENGE = 32  # bytes
KEY = 16
_COUNTER = 16

#: Told the name of a step as soon as that is done.
Lap = Callable[[str], None]


class Refused(Exception):
    """The platform does not take a message; the text is the step that found out."""


@dataclass(frozen=True)
class Message:
    """What goes from the meter to the platform."""

    signature: bytes
    wrapped: bytes
    counter: bytes
    ciphertext: bytes
    code: bytes


class Scheme(ABC):
    """The steps of one scheme, with the key pairs of a meter and a platform."""

    name: ClassVar[str]
    #: What each kind of step is, in words: signature, key, cipher, code.
    parts: ClassVar[tuple[str, str, str, str]]
    #: What its steps raise where something is wrong.
    errors: ClassVar[tuple[type[Exception], ...]]

    @abstractmethod
    def sign(self, challenge: bytes) -> bytes:
        """The meter's signature."""

    @abstractmethod
    def verify(self, signature: bytes, challenge: bytes) -> None:
        """Raise one of ``errors`` unless it is the meter's."""

    @abstractmethod
    def wrap(self, keys: bytes) -> bytes:
        """The keys, encrypted for the platform."""

    @abstractmethod
    def unwrap(self, wrapped: bytes) -> bytes:
        """The keys again."""

    @abstractmethod
    def encrypt(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """The ciphertext, as long as the data."""

    @abstractmethod
    def decrypt(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """The data again."""

    @abstractmethod
    def mac(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """The code of 32 bytes."""

    @abstractmethod
    def check(self, key: bytes, counter: bytes, data: bytes, code: bytes) -> None:
        """Raise one of ``errors`` unless the code is right."""


class SM(Scheme):
    """SM2-SM4-SM3, with this package."""

    name = "SM2-SM4-SM3"
    parts = ("SM2 signature (GB/T 32918.2)", "SM2 encryption (GB/T 32918.4)", "SM4", "HMAC-SM3")
    errors = (sm2.InvalidSignature, sm2.DecryptionError, ValueError)

    def __init__(self) -> None:
        self._meter, self._platform = sm2.PrivateKey.generate(), sm2.PrivateKey.generate()
        # What the other side knows of it; a key object of its own, as the other side would have.
        self._meter_public = self._meter.public_key()
        self._platform_public = self._platform.public_key()

    def sign(self, challenge: bytes) -> bytes:
        """With Z of the default ID, as certificates have it."""
        return self._meter.sign(challenge)

    def verify(self, signature: bytes, challenge: bytes) -> None:
        """As ``sign``."""
        self._meter_public.verify(signature, challenge)

    def wrap(self, keys: bytes) -> bytes:
        """As C1, C3, C2 in DER."""
        return self._platform_public.encrypt(keys)

    def unwrap(self, wrapped: bytes) -> bytes:
        """As ``wrap``."""
        return self._platform.decrypt(wrapped)

    def encrypt(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """SM4-CTR."""
        stream = sm4.encryptor(key, sm4.CTR(counter))
        return stream.update(data) + stream.finalize()

    def decrypt(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """SM4-CTR."""
        stream = sm4.decryptor(key, sm4.CTR(counter))
        return stream.update(data) + stream.finalize()

    def mac(self, key: bytes, counter: bytes, data: bytes) -> bytes:
        """HMAC-SM3."""
        code = sm3.hmac(key, counter)
        code.update(data)
        return code.digest()

    def check(self, key: bytes, counter: bytes, data: bytes, code: bytes) -> None:
        """HMAC-SM3, in constant time."""
        if not sm3.hmac.compare_digest(self.mac(key, counter, data), code):
            raise ValueError("the code is wrong")


# ---- what is done with a scheme ----


def _unheard(step: str) -> None:
    """Nobody wants to know."""


def send(scheme: Scheme, challenge: bytes, reading: bytes, lap: Lap = _unheard) -> Message:
    """What the meter does."""
    signature = scheme.sign(challenge)
    lap("sign")
    keys = os.urandom(2 * KEY)
    wrapped = scheme.wrap(keys)
    lap("wrap")
    counter = os.urandom(_COUNTER)
    ciphertext = scheme.encrypt(keys[:KEY], counter, reading)
    lap("encrypt")
    code = scheme.mac(keys[KEY:], counter, ciphertext)
    lap("mac")
    return Message(signature, wrapped, counter, ciphertext, code)


def receive(scheme: Scheme, challenge: bytes, message: Message, lap: Lap = _unheard) -> bytes:
    """What the platform does: the reading, or Refused."""
    step = "verify"
    try:
        scheme.verify(message.signature, challenge)
        lap(step)
        step = "unwrap"
        keys = scheme.unwrap(message.wrapped)
        if len(keys) != 2 * KEY:
            raise Refused(step)
        lap(step)
        step = "check"
        scheme.check(keys[KEY:], message.counter, message.ciphertext, message.code)
        lap(step)
        reading = scheme.decrypt(keys[:KEY], message.counter, message.ciphertext)
        lap("decrypt")
    except scheme.errors as error:
        raise Refused(step) from error
    return reading


class Stopwatch:
    """Nanoseconds by step; calling it ends a step.

    By the clock of the thread's own work, which stands still while other programs run: no step
    waits for anything, and on a machine that does nothing else it goes like that on the wall.
    """

    def __init__(self) -> None:
        self.laps: dict[str, int] = {}
        self._last = thread_time_ns()

    def __call__(self, step: str) -> None:
        """The step ends."""
        now = thread_time_ns()
        self.laps[step] = now - self._last
        self._last = now


def timed(scheme: Scheme, reading: bytes) -> dict[str, int]:
    """One message there and read: nanoseconds for each of STEPS."""
    challenge = os.urandom(CHALLENGE)
    watch = Stopwatch()
    message = send(scheme, challenge, reading, watch)
    if receive(scheme, challenge, message, watch) != reading:
        raise AssertionError(f"{scheme.name} gave another reading")
    return watch.laps
