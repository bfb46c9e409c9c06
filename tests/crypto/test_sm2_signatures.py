"""SM2 signatures: the standard's example, other programs both ways, and everything that is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from damage import beginnings, flips
from hypothesis import given, settings
from hypothesis import strategies as st
from implementations import BYTES_LIKE, peer_sm2

from tongsuo_py import sm2
from tongsuo_py._der import integer, sequence
from tongsuo_py.sm2 import curve, signatures
from tongsuo_py.sm3.hashing import joined_digest

RunOpenssl = Callable[..., bytes]

N = int.from_bytes(curve.N, "big")
DATA = b"message digest"
BOTH = pytest.mark.parametrize("encoding", ["der", "raw"])


def der(r: int, s: int) -> bytes:
    return sequence(integer(r), integer(s))


@pytest.fixture(scope="module")
def example(vectors: Callable[[str], Any]) -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in vectors("sm2")["signature"].items()}


class TestTheStandardsExample:
    def test_what_is_hashed(self, key: sm2.PrivateKey, example: dict[str, bytes]) -> None:
        z = signatures.identity_digest(key.public_key().to_bytes(), example["user_id"])
        assert z == example["z"]
        assert joined_digest(z, example["data"]) == example["e"]

    def test_the_signature(self, key: sm2.PrivateKey, example: dict[str, bytes]) -> None:
        public = key.public_key()
        assert example["user_id"] == sm2.DEFAULT_ID
        public.verify(example["r"] + example["s"], example["data"], encoding="raw")
        r, s = (int.from_bytes(example[name], "big") for name in "rs")
        public.verify(der(r, s), example["data"])


class TestRoundTrips:
    @BOTH
    @given(data=st.binary(max_size=300), user_id=st.binary(max_size=100))
    @settings(max_examples=60)
    def test_random_data_and_ids(self, encoding: Any, data: bytes, user_id: bytes) -> None:
        key = sm2.PrivateKey.generate()
        signature = key.sign(data, user_id, encoding)
        key.public_key().verify(signature, data, user_id, encoding)
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(signature, data + b"\0", user_id, encoding)
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(signature, data, user_id + b"\0", encoding)

    def test_both_encodings_hold_the_same(self, key: sm2.PrivateKey) -> None:
        for _ in range(300):  # short r and s among them
            raw = key.sign(DATA, encoding="raw")
            assert len(raw) == 64
            r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
            key.public_key().verify(der(r, s), DATA)

    def test_short_numbers(self, key: sm2.PrivateKey) -> None:
        # As raw bytes they begin with zeros, in DER they do not.
        for half in (slice(0, 32), slice(32, 64)):
            raw = bytes((1,)) * 64
            while raw[half][0]:
                raw = key.sign(DATA, encoding="raw")
            key.public_key().verify(raw, DATA, encoding="raw")
            r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
            key.public_key().verify(der(r, s), DATA)

    def test_no_two_are_the_same(self, key: sm2.PrivateKey) -> None:
        assert len({key.sign(DATA, encoding="raw")[:32] for _ in range(200)}) == 200

    @pytest.mark.parametrize("kind", BYTES_LIKE)
    def test_any_bytes_like(self, key: sm2.PrivateKey, kind: str) -> None:
        make = BYTES_LIKE[kind]
        signature = key.sign(make(DATA), make(sm2.DEFAULT_ID))
        key.public_key().verify(make(signature), make(DATA), make(sm2.DEFAULT_ID))
        raw = key.sign(make(DATA), encoding="raw")
        key.public_key().verify(make(raw), make(DATA), encoding="raw")

    @pytest.mark.parametrize("length", [0, 1, 8190, 8191])
    def test_ids_of_every_length(self, key: sm2.PrivateKey, length: int) -> None:
        signature = key.sign(DATA, b"i" * length)
        key.public_key().verify(signature, DATA, b"i" * length)
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(signature, DATA)

    def test_an_id_that_changes_after_use(self, key: sm2.PrivateKey) -> None:
        user_id = bytearray(b"first")
        signature = key.sign(DATA, user_id)
        user_id[:] = b"later"
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(signature, DATA, user_id)
        key.public_key().verify(signature, DATA, b"first")

    def test_large_data(self, key: sm2.PrivateKey) -> None:
        data = bytes(range(256)) * 40_000
        key.public_key().verify(key.sign(data), data)


class TestInvalid:
    @BOTH
    def test_every_altered_bit(self, key: sm2.PrivateKey, encoding: Any) -> None:
        signature = key.sign(DATA, encoding=encoding)
        for altered in flips(signature, (1, 0x80) if encoding == "der" else (1,)):
            with pytest.raises(sm2.InvalidSignature):
                key.public_key().verify(altered, DATA, encoding=encoding)

    @BOTH
    def test_every_other_length(self, key: sm2.PrivateKey, encoding: Any) -> None:
        signature = key.sign(DATA, encoding=encoding)
        for part in beginnings(signature):
            with pytest.raises(sm2.InvalidSignature):
                key.public_key().verify(part, DATA, encoding=encoding)
        for more in (b"\0", b"\0" * 100, signature):
            with pytest.raises(sm2.InvalidSignature):
                key.public_key().verify(signature + more, DATA, encoding=encoding)

    @BOTH
    @given(data=st.binary(max_size=100))
    @settings(max_examples=50)
    def test_random_bytes(self, key: sm2.PrivateKey, encoding: Any, data: bytes) -> None:
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(data, DATA, encoding=encoding)

    def test_another_key(self, key: sm2.PrivateKey, other_key: sm2.PrivateKey) -> None:
        with pytest.raises(sm2.InvalidSignature):
            other_key.public_key().verify(key.sign(DATA), DATA)

    def test_the_other_encoding(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(key.sign(DATA), DATA, encoding="raw")
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(key.sign(DATA, encoding="raw"), DATA)

    def test_ber_that_is_not_der(self, key: sm2.PrivateKey) -> None:
        raw = key.sign(DATA, encoding="raw")
        r, s = integer(raw[:32]), integer(raw[32:])
        body = r + s
        key.public_key().verify(bytes((0x30, len(body))) + body, DATA)
        longer_r = bytes((0x02, r[1] + 1, 0)) + r[2:]
        for other in (
            bytes((0x30, 0x81, len(body))) + body,
            b"\x30\x80" + body + b"\0\0",
            bytes((0x30, len(body) + 1)) + longer_r + s,
            bytes((0x30, len(body) + 2)) + body + b"\5\0",
            bytes((0x30, len(body) + 1, 0x02, 0x81)) + r[1:] + s,
            bytes((0x31, len(body))) + body,
        ):
            with pytest.raises(sm2.InvalidSignature):
                key.public_key().verify(other, DATA)

    def test_the_error_says_no_more_than_that(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(sm2.InvalidSignature, match="not valid for this data, key and user ID"):
            key.public_key().verify(b"", DATA)

    def test_no_is_an_answer_too(self, key: sm2.PrivateKey) -> None:
        # What verifies is made ready once, however many signatures are wrong.
        public, signature = sm2.PublicKey.from_bytes(key.public_key().to_bytes()), key.sign(DATA)
        public.verify(signature, DATA)
        (operation,) = public._verifiers._kept
        with pytest.raises(sm2.InvalidSignature):
            public.verify(signature, DATA + b"x")
        assert public._verifiers._kept == [operation]
        public.verify(signature, DATA)


class TestRangeChecks:
    """Signatures that would be right but for the standard's range checks (7.1, B1, B2 and B5).

    Whoever may choose e can make one for every r and s: r = e + x mod n, where x is that of the
    point sG + tP with t = r + s.
    """

    @staticmethod
    def crafted(key: sm2.PrivateKey, r: int, s: int) -> tuple[int, int, bytes]:
        """(r, s) and the digest e that the verifier's last comparison holds for."""
        d = int.from_bytes(key.to_bytes(), "big")
        number = (s + (r + s) * d) % N
        assert 0 < number < N - 1
        point = sm2.PrivateKey.from_bytes(number.to_bytes(32, "big")).public_key().to_bytes()
        return r, s, ((r - int.from_bytes(point[1:33], "big")) % N).to_bytes(32, "big")

    def refused(self, key: sm2.PrivateKey, r: int, s: int, digest: bytes) -> None:
        public = key.public_key()
        with pytest.raises(sm2.InvalidSignature):
            public.verify_digest(der(r, s), digest)
        if max(r, s) < 2**256:
            raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            with pytest.raises(sm2.InvalidSignature):
                public.verify_digest(raw, digest, encoding="raw")

    @pytest.mark.parametrize(("r", "s"), [(1, 1), (N - 1, 2), (5, N - 1), (2**255, 2**200)])
    def test_crafted_ones_are_right(self, key: sm2.PrivateKey, r: int, s: int) -> None:
        r, s, digest = self.crafted(key, r, s)
        key.public_key().verify_digest(der(r, s), digest)
        raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        key.public_key().verify_digest(raw, digest, encoding="raw")

    @pytest.mark.parametrize("s", [1, 2, N - 1, 2**200])
    def test_r_zero(self, key: sm2.PrivateKey, s: int) -> None:
        self.refused(key, *self.crafted(key, 0, s))
        self.refused(key, *self.crafted(key, N, s))

    @pytest.mark.parametrize("r", [1, 2, N - 1, 2**200])
    def test_s_zero(self, key: sm2.PrivateKey, r: int) -> None:
        self.refused(key, *self.crafted(key, r, 0))
        self.refused(key, *self.crafted(key, r, N))

    @pytest.mark.parametrize("r", [2, N - 2, 2**200])
    def test_a_sum_of_zero(self, key: sm2.PrivateKey, r: int) -> None:
        self.refused(key, *self.crafted(key, r, N - r))

    @pytest.mark.parametrize(("r", "s"), [(1, 1), (7, 9), (2**200, 2**200)])
    def test_the_same_numbers_beyond_n(self, key: sm2.PrivateKey, r: int, s: int) -> None:
        # Whoever took them would take a second form of the signature.
        r, s, digest = self.crafted(key, r, s)
        key.public_key().verify_digest(der(r, s), digest)
        for more_r, more_s in ((N, 0), (0, N), (N, N), (-N, 0), (0, -N)):
            with pytest.raises(sm2.InvalidSignature):
                key.public_key().verify_digest(der(r + more_r, s + more_s), digest)


class TestArguments:
    @pytest.mark.parametrize("value", [None, 1, "text", 1.5])
    def test_wrong_types(self, key: sm2.PrivateKey, value: Any) -> None:
        signature = key.sign(DATA)
        with pytest.raises(TypeError, match="data must be bytes-like"):
            key.sign(value)
        with pytest.raises(TypeError, match="signature must be bytes-like"):
            key.public_key().verify(value, DATA)
        with pytest.raises(TypeError, match="data must be bytes-like"):
            key.public_key().verify(signature, value)

    @pytest.mark.parametrize("value", [1, "text", 1.5])
    def test_ids_of_wrong_types(self, key: sm2.PrivateKey, value: Any) -> None:
        signature = key.sign(DATA)
        with pytest.raises(TypeError, match="user_id must be bytes-like"):
            key.sign(DATA, value)
        with pytest.raises(TypeError, match="user_id must be bytes-like"):
            key.public_key().verify(signature, DATA, value)

    def test_an_id_that_is_too_long(self, key: sm2.PrivateKey) -> None:
        with pytest.raises(ValueError, match="at most 8191 bytes, not 8192"):
            key.sign(DATA, bytes(8192))
        with pytest.raises(ValueError, match="at most 8191 bytes, not 8192"):
            key.public_key().verify(b"", DATA, bytes(8192))

    @pytest.mark.parametrize("encoding", ["DER", "hex", "", None, 3])
    def test_unknown_encodings(self, key: sm2.PrivateKey, encoding: Any) -> None:
        with pytest.raises(ValueError, match='encoding must be one of "der", "raw"'):
            key.sign(DATA, encoding=encoding)
        with pytest.raises(ValueError, match='encoding must be one of "der", "raw"'):
            key.public_key().verify(b"", DATA, encoding=encoding)


class TestOtherPrograms:
    @given(data=st.binary(max_size=200))
    @settings(max_examples=8)
    def test_gmssl_verifies_ours(self, data: bytes) -> None:
        key = sm2.PrivateKey.generate()
        peer = peer_sm2(key.public_key())
        assert peer.verify_with_sm3(key.sign(data, encoding="raw").hex(), data)

    @given(data=st.binary(max_size=200))
    @settings(max_examples=8)
    def test_we_verify_gmssls(self, data: bytes) -> None:
        key = sm2.PrivateKey.generate()
        signature = bytes.fromhex(peer_sm2(key.public_key(), key).sign_with_sm3(data))
        key.public_key().verify(signature, data, encoding="raw")

    @pytest.mark.parametrize("user_id", [b"1234567812345678", b"a", b"somebody@example"])
    @given(data=st.binary(max_size=2000))
    @settings(max_examples=8)
    def test_openssl_both_ways(
        self, key: sm2.PrivateKey, run_openssl: RunOpenssl, user_id: bytes, data: bytes
    ) -> None:
        options = ("-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{user_id.decode()}")
        signature = run_openssl(
            "pkeyutl", "-sign", "-inkey", "{k}", "-in", "{d}", *options, k=key.to_pem(), d=data
        )
        key.public_key().verify(signature, data, user_id)
        check = ("pkeyutl", "-verify", "-pubin", "-inkey", "{k}", "-in", "{d}", "-sigfile", "{s}")
        public, ours = key.public_key().to_pem(), key.sign(data, user_id)
        run_openssl(*check, *options, k=public, d=data, s=ours)
        run_openssl(*check, *options, k=public, d=data + b"x", s=ours, fails=True)

    def test_openssl_dgst(self, key: sm2.PrivateKey, run_openssl: RunOpenssl) -> None:
        files = {"k": key.to_pem(), "d": DATA}
        signature = run_openssl("dgst", "-sm3", "-sign", "{k}", "{d}", **files)
        key.public_key().verify(signature, DATA)

    @pytest.mark.parametrize("user_id", [b"", b"i" * 8191])
    def test_ids_that_openssl_does_not_take(self, key: sm2.PrivateKey, user_id: bytes) -> None:
        # The formula of the standard written out, with the SM3 of OpenSSL and the SM2 of gmssl.
        def digest(data: bytes) -> bytes:
            state = hashes.Hash(hashes.SM3())
            state.update(data)
            return state.finalize()

        point = key.public_key().to_bytes()[1:]
        length = (8 * len(user_id)).to_bytes(2, "big")
        z = digest(length + user_id + curve.A + curve.B + curve.G + point)
        signature = key.sign(DATA, user_id, encoding="raw")
        assert peer_sm2(key.public_key()).verify(signature.hex(), digest(z + DATA))

    @pytest.mark.parametrize("option", ["distid:", "hexdistid:"])
    def test_openssls_empty_id_is_the_default_one(
        self, key: sm2.PrivateKey, run_openssl: RunOpenssl, option: str
    ) -> None:
        options = ("-rawin", "-digest", "sm3", "-pkeyopt", option)
        signature = run_openssl(
            "pkeyutl", "-sign", "-inkey", "{k}", "-in", "{d}", *options, k=key.to_pem(), d=DATA
        )
        key.public_key().verify(signature, DATA, sm2.DEFAULT_ID)
        with pytest.raises(sm2.InvalidSignature):
            key.public_key().verify(signature, DATA, b"")
