"""The key exchange of GB/T 32918.3-2016, with its key confirmation.

Each side knows the other's public key and identity beforehand. They exchange ephemeral public keys,
and each computes the same key; then their confirmations, which show that the other one has it::

    alice = sm2.KeyExchange(alice_key, initiator=True, peer_key=bob_key.public_key())
    bob = sm2.KeyExchange(bob_key, initiator=False, peer_key=alice_key.public_key())

    at_bob = bob.agree(alice.ephemeral_key, 16)
    at_alice = alice.agree(bob.ephemeral_key, 16)
    at_alice.verify(at_bob.confirmation)              # InvalidConfirmation if it is not bob's
    at_bob.verify(at_alice.confirmation)
    assert at_alice.key == at_bob.key
"""

from __future__ import annotations

import hmac
from typing import Any, NoReturn

from tongsuo_py import sm3
from tongsuo_py._arguments import checked_number
from tongsuo_py._binding import points
from tongsuo_py._binding.buffers import to_bytes
from tongsuo_py._der import Reader
from tongsuo_py.exceptions import FormatError, InvalidConfirmation
from tongsuo_py.sm2 import curve
from tongsuo_py.sm2.private import PrivateKey
from tongsuo_py.sm2.public import PublicKey
from tongsuo_py.sm2.signatures import DEFAULT_ID
from tongsuo_py.sm3.derivation import LONGEST_KDF

_HALF = 16  # bytes of x̄, with the highest bit set: the standard's w is 127
_FROM_RESPONDER, _FROM_INITIATOR = b"\2", b"\3"


class SharedKey:
    """What a key exchange resulted in, on one side: a key, and what confirms it to the other side.

    Made by ``KeyExchange.agree``. ``key`` has as many bytes as were asked for; ``confirmation``, 32
    bytes, is for the other side. Before ``verify`` nobody can say who has the key as well.
    """

    __slots__ = ("_expected", "confirmation", "key")

    def __init__(self, key: bytes, confirmation: bytes, expected: bytes) -> None:
        self.key = key
        self.confirmation = confirmation
        self._expected = expected

    def verify(self, peer_confirmation: object) -> None:
        """Return if this is the ``confirmation`` of somebody who has computed the same key.

        Raises InvalidConfirmation if it is not, for whatever reason: the peer has another key or
        identity than was thought, or what was sent has been changed on the way.
        """
        given = to_bytes(peer_confirmation, "peer_confirmation")
        if not hmac.compare_digest(given, self._expected):
            raise InvalidConfirmation("the other side has not computed the same SM2 key")

    def __reduce__(self) -> NoReturn:
        raise TypeError("a shared key is not pickled or copied: it is a secret")

    def __repr__(self) -> str:
        return f"<sm2.SharedKey of {len(self.key)} bytes>"


class KeyExchange:
    """One side of one key exchange (GB/T 32918.3-2016, 6.1).

    One of the two is the ``initiator``, who sends the first message. ``key`` is this side's private
    key and ``user_id`` its identity, ``peer_key`` and ``peer_id`` are those of the other side; an
    identity has 0 to 8191 bytes, ValueError for more. Each object makes one ephemeral key and
    serves for one exchange.
    """

    __slots__ = ("_ephemeral", "_identities", "_initiator", "_key", "_peer", "_point")

    def __init__(
        self,
        key: PrivateKey,
        *,
        initiator: bool,
        peer_key: PublicKey,
        user_id: object = DEFAULT_ID,
        peer_id: object = DEFAULT_ID,
        _ephemeral: PrivateKey | None = None,  # for the examples of the standard
    ) -> None:
        if not isinstance(key, PrivateKey):
            raise TypeError(f"key must be an sm2.PrivateKey, not {type(key).__name__}")
        if not isinstance(peer_key, PublicKey):
            raise TypeError(f"peer_key must be an sm2.PublicKey, not {type(peer_key).__name__}")
        self._initiator = bool(initiator)
        self._identities = self._in_order(key.public_key().z(user_id), peer_key.z(peer_id))
        self._key, self._peer = key, peer_key
        ephemeral = PrivateKey.generate() if _ephemeral is None else _ephemeral
        self._point = ephemeral.public_key().to_bytes()
        self._ephemeral = [ephemeral]

    @property
    def ephemeral_key(self) -> bytes:
        """What the other side has to be sent: a point of 65 bytes, ``04 || x || y``."""
        return self._point

    def agree(self, peer_ephemeral: object, length: int) -> SharedKey:
        """The key of ``length`` bytes, 1 or more, which the other side should have as well.

        ``peer_ephemeral`` is the ``ephemeral_key`` of the other side: 65 bytes, or 33 compressed.
        Raises FormatError where that is no point of the curve, and where it has been made so that
        the result would be the point at infinity; ValueError for a length that cannot be. Once both
        are accepted there is no second try, since two answers under one ephemeral key would help an
        attacker: RuntimeError.
        """
        length = checked_number("length", length, 1, LONGEST_KDF)
        point = _read(peer_ephemeral)
        try:
            ephemeral = self._ephemeral.pop()
        except IndexError:
            raise RuntimeError("this key exchange is over: make another KeyExchange") from None
        ours, theirs = self._point, points.encode(point)
        shared = points.multiply(
            # t = d + [x̄]r, and P + [x̄]R
            points.add(
                points.decode(self._peer.to_bytes()), points.multiply(point, _shortened(theirs))
            ),
            points.add_product(
                points.private_number(self._key._pkey),
                _shortened(ours),
                points.private_number(ephemeral._pkey),
            ),
        )
        if points.is_infinity(shared):
            raise FormatError("the peer's ephemeral key does not lead to a shared key")
        with points.coordinates(shared, self._identities) as secret:
            key = sm3.kdf(secret, length)
            x, y = secret[: curve.SIZE], secret[curve.SIZE : 2 * curve.SIZE]
            inner = sm3.sm3(x)
            inner.update(self._identities + self._in_order(ours[1:], theirs[1:]))
            from_responder, from_initiator = (
                _confirmation(sender, y, inner.digest())
                for sender in (_FROM_RESPONDER, _FROM_INITIATOR)
            )
        if self._initiator:
            return SharedKey(key, from_initiator, from_responder)
        return SharedKey(key, from_responder, from_initiator)

    def _in_order(self, ours: bytes, theirs: bytes) -> bytes:
        """What both sides put into a digest: the initiator's comes first."""
        return ours + theirs if self._initiator else theirs + ours


def _read(peer_ephemeral: object) -> Any:
    octets = to_bytes(peer_ephemeral, "peer_ephemeral")
    point = points.decode(octets)
    if point is None:
        reader = Reader(octets, "the peer's ephemeral key")
        reader.fail("a point of the SM2 curve", f"{len(octets)} other bytes")
    return point


def _shortened(point: bytes) -> Any:
    """x̄ of the standard: the lower 127 bits of x, and the bit above them."""
    x = point[1 : 1 + curve.SIZE]
    return points.number(bytes((0x80 | x[-_HALF],)) + x[1 - _HALF :])


def _confirmation(sender: bytes, y: memoryview, inner: bytes) -> bytes:
    """S of the standard: SM3 of the sender's mark, y, and the digest of everything else."""
    outer = sm3.sm3(sender)
    outer.update(y)
    outer.update(inner)
    return outer.digest()
