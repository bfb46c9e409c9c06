"""The SM2 key exchange: the standard's example, BouncyCastle's, gmalg, ourselves, and bad input."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gmalg
import pytest
from damage import EVERY_BIT, beginnings, flips
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE

from tongsuo_py import sm2
from tongsuo_py.sm2 import curve

N = int.from_bytes(curve.N, "big")
P = int.from_bytes(curve.P, "big")
IDS = st.binary(max_size=40)
Sides = tuple[sm2.KeyExchange, sm2.KeyExchange]


def private(number: int) -> sm2.PrivateKey:
    return sm2.PrivateKey.from_bytes((number % N).to_bytes(32, "big"))


def both(initiator: sm2.PrivateKey, responder: sm2.PrivateKey, **more: Any) -> Sides:
    """The two sides of an exchange; ``id_a`` and ``id_b`` are their identities."""
    a, b = more.get("id_a", sm2.DEFAULT_ID), more.get("id_b", sm2.DEFAULT_ID)
    one = {"peer_key": responder.public_key(), "user_id": a, "peer_id": b}
    other = {"peer_key": initiator.public_key(), "user_id": b, "peer_id": a}
    return (
        sm2.KeyExchange(initiator, initiator=True, **one, _ephemeral=more.get("ephemeral_a")),
        sm2.KeyExchange(responder, initiator=False, **other, _ephemeral=more.get("ephemeral_b")),
    )


def agreed(
    one: sm2.KeyExchange, other: sm2.KeyExchange, length: int = 16
) -> tuple[sm2.SharedKey, sm2.SharedKey]:
    """What both sides have after they have sent each other their ephemeral keys."""
    return one.agree(other.ephemeral_key, length), other.agree(one.ephemeral_key, length)


def refused(shared: sm2.SharedKey, confirmation: object) -> None:
    with pytest.raises(sm2.InvalidConfirmation) as caught:
        shared.verify(confirmation)
    assert str(caught.value) == "the other side has not computed the same SM2 key"


@pytest.fixture
def exchange(key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> Sides:
    return both(key, other_key)


class TestKnownAnswers:
    def check(self, vector: dict[str, str]) -> None:
        values = {name: bytes.fromhex(text) for name, text in vector.items()}
        keys = {
            name: sm2.PrivateKey.from_bytes(values.pop(name))
            for name in ("private_key_a", "private_key_b", "ephemeral_a", "ephemeral_b")
        }
        one, other = both(
            keys.pop("private_key_a"), keys.pop("private_key_b"), **keys,
            id_a=values["id_a"], id_b=values["id_b"],
        )  # fmt: skip
        at_a, at_b = agreed(one, other, len(values["key"]))
        assert at_a.key == at_b.key == values["key"]
        assert at_a.confirmation == values["confirmation_a"]
        assert at_b.confirmation == values["confirmation_b"]
        at_a.verify(values["confirmation_b"])
        at_b.verify(values["confirmation_a"])

    def test_the_standards_example(self, vectors: Callable[[str], Any]) -> None:
        self.check(vectors("sm2")["key_exchange"])

    def test_bouncycastle(self, vectors: Callable[[str], Any]) -> None:
        for vector in vectors("sm2_bouncycastle")["key_exchanges"]:
            self.check(vector)


class TestAgreement:
    @given(id_a=IDS, id_b=IDS, length=st.integers(1, 200))
    @settings(max_examples=50)
    def test_both_sides(self, id_a: bytes, id_b: bytes, length: int) -> None:
        keys = sm2.PrivateKey.generate(), sm2.PrivateKey.generate()
        at_a, at_b = agreed(*both(*keys, id_a=id_a, id_b=id_b), length)
        assert at_a.key == at_b.key
        assert len(at_a.key) == length
        at_a.verify(at_b.confirmation)
        at_b.verify(at_a.confirmation)

    @given(id_a=IDS, id_b=st.binary(min_size=1, max_size=40), length=st.integers(1, 70))
    @settings(max_examples=6)
    def test_gmalg_on_either_side(
        self, key: sm2.PrivateKey, id_a: bytes, id_b: bytes, length: int
    ) -> None:
        peer_key = sm2.PrivateKey.generate()
        peer = gmalg.SM2(peer_key.to_bytes(), id_b, peer_key.public_key().to_bytes())
        for initiator in (True, False):
            ours = sm2.KeyExchange(
                key,
                initiator=initiator,
                peer_key=peer_key.public_key(),
                user_id=id_a,
                peer_id=id_b,
            )
            theirs, t = peer.begin_key_exchange()
            mode = gmalg.KEYXCHG_MODE["RESPONDER" if initiator else "INITIATOR"]
            public = key.public_key().to_bytes()
            their_key = peer.end_key_exchange(length, t, ours.ephemeral_key, id_a, public, mode)
            assert ours.agree(theirs, length).key == their_key

    @pytest.mark.parametrize("size", [0, 1, 8190, sm2.LONGEST_ID])
    def test_ids_of_any_length(
        self, key: sm2.PrivateKey, other_key: sm2.PrivateKey, size: int
    ) -> None:
        at_a, at_b = agreed(*both(key, other_key, id_a=b"a" * size, id_b=b"b" * size))
        at_a.verify(at_b.confirmation)
        at_b.verify(at_a.confirmation)

    def test_long_keys(self, exchange: Sides) -> None:
        at_a, at_b = agreed(*exchange, 100_001)
        assert at_a.key == at_b.key
        assert len(at_a.key) == 100_001

    def test_with_oneself(self, key: sm2.PrivateKey) -> None:
        at_a, at_b = agreed(*both(key, key))
        at_a.verify(at_b.confirmation)
        assert at_a.key == at_b.key

    def test_every_exchange_has_another_key(
        self, key: sm2.PrivateKey, other_key: sm2.PrivateKey
    ) -> None:
        sides = [both(key, other_key) for _ in range(20)]
        assert len({side.ephemeral_key for pair in sides for side in pair}) == 40
        assert len({agreed(*pair)[0].key for pair in sides}) == 20

    def test_ephemeral_keys_in_other_forms(
        self, key: sm2.PrivateKey, other_key: sm2.PrivateKey
    ) -> None:
        for size, form in ((32, 2), (64, 6)):
            one, other = both(key, other_key)
            point = one.ephemeral_key
            at_b = other.agree(bytes((form + point[-1] % 2,)) + point[1 : 1 + size], 16)
            one.agree(other.ephemeral_key, 16).verify(at_b.confirmation)

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(
        self, key: sm2.PrivateKey, other_key: sm2.PrivateKey, kind: str
    ) -> None:
        make = BYTES_LIKE[kind]
        one, other = both(key, other_key, id_a=make(b"alice"), id_b=make(b"bob!"))
        at_a = one.agree(make(other.ephemeral_key), 16)
        at_b = other.agree(make(one.ephemeral_key), 16)
        at_a.verify(make(at_b.confirmation))


class TestConfirmation:
    def test_only_the_other_sides(self, exchange: Sides) -> None:
        at_a, at_b = agreed(*exchange)
        for ours, theirs in ((at_a, at_b), (at_b, at_a)):
            refused(ours, ours.confirmation)  # sent back
            good = theirs.confirmation
            for bad in (*flips(good, EVERY_BIT), *beginnings(good), good + b"\0"):
                refused(ours, bad)
            ours.verify(good)

    @pytest.mark.parametrize("value", [None, 1, "text"])
    def test_wrong_types(self, exchange: Sides, value: Any) -> None:
        at_a, _ = agreed(*exchange)
        with pytest.raises(TypeError, match="peer_confirmation must be bytes-like"):
            at_a.verify(value)

    def different(self, one: sm2.KeyExchange, other: sm2.KeyExchange) -> None:
        at_a, at_b = agreed(one, other)
        assert at_a.key != at_b.key
        refused(at_a, at_b.confirmation)
        refused(at_b, at_a.confirmation)

    def test_another_identity(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        one, _ = both(key, other_key, id_a=b"alice", id_b=b"bob")
        for names in (
            {"id_a": b"alice", "id_b": b"mallory"},
            {"id_a": b"mallory", "id_b": b"bob"},
            {"id_a": b"bob", "id_b": b"alice"},
            {},
        ):
            one, _ = both(key, other_key, id_a=b"alice", id_b=b"bob")
            _, other = both(key, other_key, **names)
            self.different(one, other)

    def test_another_key(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        stranger = sm2.PrivateKey.generate()
        one, _ = both(key, other_key)
        _, other = both(key, stranger)
        self.different(one, other)
        one, _ = both(key, other_key)
        _, other = both(stranger, other_key)
        self.different(one, other)

    def test_the_same_role(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        one, _ = both(key, other_key)
        other, _ = both(other_key, key)
        self.different(one, other)

    def test_an_ephemeral_key_changed_on_the_way(self, exchange: Sides) -> None:
        one, other = exchange
        point = one.ephemeral_key
        negative = (P - int.from_bytes(point[33:], "big")).to_bytes(32, "big")
        at_b = other.agree(point[:33] + negative, 16)
        at_a = one.agree(other.ephemeral_key, 16)
        refused(at_a, at_b.confirmation)
        refused(at_b, at_a.confirmation)


class TestBadEphemeralKeys:
    def refused(self, side: sm2.KeyExchange, point: object) -> None:
        with pytest.raises(sm2.FormatError, match="the peer's ephemeral key: expected a point"):
            side.agree(point, 16)

    def test_points_that_are_none(self, exchange: Sides) -> None:
        one, other = exchange
        good = other.ephemeral_key
        for length in range(65):
            self.refused(one, good[:length])
        odd = good[-1] % 2
        for bad in (
            good + b"\0",
            b"\0",
            bytes(65),
            b"\4" + bytes(64),
            b"\5" + good[1:],
            bytes((7 - odd,)) + good[1:],
            good[:-1] + bytes((good[-1] ^ 1,)),
            b"\4" + curve.P + good[33:],
            b"\2" + curve.P,
            b"\4" + b"\xff" * 64,
        ):
            self.refused(one, bad)
        # It has been waiting for a good one.
        one.agree(good, 16).verify(other.agree(one.ephemeral_key, 16).confirmation)

    @given(data=st.binary(max_size=70))
    def test_random_bytes(
        self, key: sm2.PrivateKey, other_key: sm2.PrivateKey, data: bytes
    ) -> None:
        one, _ = both(key, other_key)
        if len(data) != 33:
            self.refused(one, data)

    @pytest.mark.parametrize("value", [None, 1, "text"])
    def test_wrong_types(self, exchange: Sides, value: Any) -> None:
        with pytest.raises(TypeError, match="peer_ephemeral must be bytes-like"):
            exchange[0].agree(value, 16)

    @pytest.mark.parametrize("initiator", [True, False])
    def test_one_that_cancels_the_peers_own_key(self, key: sm2.PrivateKey, initiator: bool) -> None:
        # P + [x̄]R is the point at infinity: the key would be known to everybody.
        number = 12345
        ephemeral = private(number).public_key().to_bytes()
        peer = private(-shortened(ephemeral) * number)
        side = sm2.KeyExchange(key, initiator=initiator, peer_key=peer.public_key())
        with pytest.raises(sm2.FormatError, match="does not lead to a shared key"):
            side.agree(ephemeral, 16)
        with pytest.raises(RuntimeError, match="this key exchange is over"):
            side.agree(ephemeral, 16)

    def test_an_ephemeral_key_that_cancels_ones_own(self, other_key: sm2.PrivateKey) -> None:
        # t is 0, which nobody draws in a lifetime.
        ephemeral = private(12345)
        key = private(-shortened(ephemeral.public_key().to_bytes()) * 12345)
        one, other = both(key, other_key, ephemeral_a=ephemeral)
        with pytest.raises(sm2.FormatError, match="does not lead to a shared key"):
            one.agree(other.ephemeral_key, 16)


def shortened(point: bytes) -> int:
    """x̄ by the text of GB/T 32918.3, 6.1."""
    x = int.from_bytes(point[1:33], "big")
    return int(2**127 + (x & (2**127 - 1)))


class TestUsedOnce:
    def test_a_second_answer(self, exchange: Sides) -> None:
        one, other = exchange
        with pytest.raises(ValueError, match="length is 1 to"):  # which uses nothing up
            one.agree(other.ephemeral_key, 0)
        one.agree(other.ephemeral_key, 16)
        with pytest.raises(RuntimeError, match="make another KeyExchange"):
            one.agree(other.ephemeral_key, 16)
        assert len(one.ephemeral_key) == 65

    def test_from_many_threads_at_once(self, exchange: Sides) -> None:
        one, other = exchange

        def attempt(_: int) -> sm2.SharedKey | None:
            try:
                return one.agree(other.ephemeral_key, 16)
            except RuntimeError:
                return None

        with ThreadPoolExecutor(8) as pool:
            answers = [answer for answer in pool.map(attempt, range(64)) if answer]
        assert len(answers) == 1
        answers[0].verify(other.agree(one.ephemeral_key, 16).confirmation)


class TestArguments:
    def test_keys_of_the_wrong_kind(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        for ours, theirs, name in (
            (key.public_key(), other_key.public_key(), "key must be an sm2.PrivateKey"),
            (key, other_key, "peer_key must be an sm2.PublicKey"),
            (
                key,
                other_key.public_key().to_bytes(),
                "peer_key must be an sm2.PublicKey, not bytes",
            ),
        ):
            with pytest.raises(TypeError, match=name):
                sm2.KeyExchange(ours, initiator=True, peer_key=theirs)  # type: ignore[arg-type]

    def test_long_identities(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        for name in ("id_a", "id_b"):
            with pytest.raises(ValueError, match="at most 8191 bytes, not 8192"):
                both(key, other_key, **{name: bytes(8192)})

    @pytest.mark.parametrize("value", [None, 1, "text"])
    def test_identities_of_wrong_types(
        self, key: sm2.PrivateKey, other_key: sm2.PrivateKey, value: Any
    ) -> None:
        for name in ("id_a", "id_b"):
            with pytest.raises(TypeError, match="user_id must be bytes-like"):
                both(key, other_key, **{name: value})

    @pytest.mark.parametrize("length", [0, -1, 2**37])
    def test_lengths_out_of_range(self, exchange: Sides, length: int) -> None:
        with pytest.raises(ValueError, match="length is 1 to"):
            exchange[0].agree(exchange[1].ephemeral_key, length)

    def test_a_length_that_is_none(self, exchange: Sides) -> None:
        with pytest.raises(TypeError, match="length must be int"):
            exchange[0].agree(exchange[1].ephemeral_key, 1.5)  # type: ignore[arg-type]


def test_a_shared_key_is_not_shown_or_copied(
    exchange: Sides,
) -> None:
    shared, _ = agreed(*exchange)
    assert repr(shared) == "<sm2.SharedKey of 16 bytes>"
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled or copied"):
            attempt(shared)
