"""What the other implementations do with SM2 keys, signatures and ciphertexts."""

from __future__ import annotations

from collections.abc import Callable

import gmalg
import gmssl_pyx
from implementations import gmalg_signature, peer_sm2
from parties import Artefact, Party
from programs import Program

from tongsuo_py import sm2

ID = sm2.DEFAULT_ID
DATA = b"a message that is to be signed, or encrypted"
PASSWORD = "a password"


def raw(artefact: Artefact) -> bytes:
    assert isinstance(artefact, bytes)
    return artefact


class Native:
    """Tongsuo's ``openssl`` with one key."""

    def __init__(self, run: Program, key: sm2.PrivateKey) -> None:
        self._run = run
        self._private = {"key": key.to_pem(), "data": DATA}
        self._public = {"key": key.public_key().to_pem(), "data": DATA}

    def signs(self, user_id: bytes = ID) -> Party:
        command = ("pkeyutl", "-rawin", "-digest", "sm3", "-in", "{data}", "-inkey", "{key}")
        named = ("-pkeyopt", f"hexdistid:{user_id.hex()}")

        def takes(signature: Artefact) -> bytes:
            files = {**self._public, "signature": signature}
            verify = ("-verify", "-pubin", "-sigfile", "{signature}")
            self._run(*command, *verify, *named, **files)
            return DATA

        return Party(lambda: self._run(*command, "-sign", *named, **self._private), takes)

    def encrypts(self) -> Party:
        command = ("pkeyutl", "-inkey", "{key}", "-in", "{data}")
        return Party(
            lambda: self._run(*command, "-encrypt", "-pubin", **self._public),
            lambda data: self._run(*command, "-decrypt", **{**self._private, "data": raw(data)}),
        )


class GmSSL:
    """GmSSL's ``gmssl`` with one key, in the files that it reads."""

    def __init__(self, run: Program, key: sm2.PrivateKey) -> None:
        self._run = run
        self._private = {"key": key.to_pem(PASSWORD, encryption="gmssl")}
        self._public = {"key": key.public_key().to_pem()}

    def signs(self, user_id: bytes = ID) -> Party:
        named = ("-id", user_id.decode("ascii"))

        def takes(signature: Artefact) -> bytes:
            files = {**self._public, "signature": signature}
            command = ("sm2verify", "-pubkey", "{key}", "-sig", "{signature}")
            said = self._run(*command, *named, stdin=DATA, **files)
            assert b"success" in said
            return DATA

        command = ("sm2sign", "-key", "{key}", "-pass", PASSWORD, "-out", "{out}")
        return Party(lambda: self._run(*command, *named, stdin=DATA, **self._private), takes)

    def encrypts(self) -> Party:
        encrypt = ("sm2encrypt", "-pubkey", "{key}", "-out", "{out}")
        decrypt = ("sm2decrypt", "-key", "{key}", "-pass", PASSWORD, "-out", "{out}")
        return Party(
            lambda: self._run(*encrypt, stdin=DATA, **self._public),
            lambda data: self._run(*decrypt, stdin=raw(data), **self._private),
        )


def gmalg_signs(key: sm2.PrivateKey, user_id: bytes = ID) -> Party:
    peer = gmalg.SM2(key.to_bytes(), user_id, key.public_key().to_bytes())

    def takes(signature: Artefact) -> bytes:
        assert peer.verify(DATA, raw(signature)[:32], raw(signature)[32:])
        return DATA

    return Party(lambda: gmalg_signature(peer, DATA), takes)


def gmalg_encrypts(key: sm2.PrivateKey) -> Party:
    peer = gmalg.SM2(key.to_bytes(), ID, key.public_key().to_bytes())
    return Party(lambda: peer.encrypt(DATA), lambda data: peer.decrypt(raw(data)))


def gmalg_exchanges(answer: dict[str, bytes]) -> bytes:
    """The key that both of its sides agree on, with the ephemeral keys of ``answer``."""
    sides, points = [], []
    for side in "ab":
        own = sm2.PrivateKey.from_bytes(answer[f"private_key_{side}"]).public_key().to_bytes()
        drawn = int.from_bytes(answer[f"ephemeral_{side}"], "big")
        peer = gmalg.SM2(
            answer[f"private_key_{side}"], answer[f"id_{side}"], own, rnd_fn=lambda _, d=drawn: d
        )
        sides.append((peer, *peer.begin_key_exchange()))
        points.append(own)
    (one, point_a, t_a), (other, point_b, t_b) = sides
    size, roles = len(answer["key"]), gmalg.KEYXCHG_MODE
    at_a = one.end_key_exchange(size, t_a, point_b, answer["id_b"], points[1], roles.INITIATOR)
    at_b = other.end_key_exchange(size, t_b, point_a, answer["id_a"], points[0], roles.RESPONDER)
    assert at_a == at_b
    return bytes(at_a)


def pyx_signs(key: sm2.PrivateKey, user_id: bytes | None = ID) -> Party:
    secret, public = key.to_bytes(), key.public_key().to_bytes()[1:]

    def takes(signature: Artefact) -> bytes:
        assert gmssl_pyx.sm2_verify(public, DATA, raw(signature), signer_id=user_id)
        return DATA

    return Party(lambda: gmssl_pyx.sm2_sign(secret, public, DATA, signer_id=user_id), takes)


def pyx_signs_digests(key: sm2.PrivateKey, digest: bytes) -> Party:
    secret, public = key.to_bytes(), key.public_key().to_bytes()[1:]

    def takes(signature: Artefact) -> bytes:
        assert gmssl_pyx.sm2_verify_sm3_digest(public, digest, raw(signature))
        return digest

    return Party(lambda: gmssl_pyx.sm2_sign_sm3_digest(secret, digest), takes)


def pyx_encrypts(key: sm2.PrivateKey) -> Party:
    secret, public = key.to_bytes(), key.public_key().to_bytes()[1:]
    return Party(
        lambda: gmssl_pyx.sm2_encrypt(public, DATA),
        lambda data: gmssl_pyx.sm2_decrypt(secret, raw(data)),
    )


def pure_signs(key: sm2.PrivateKey) -> Party:
    """The package ``gmssl``, r || s in hexadecimal."""
    peer = peer_sm2(key.public_key(), key)

    def takes(signature: Artefact) -> bytes:
        assert peer.verify_with_sm3(signature, DATA)
        return DATA

    return Party(lambda: str(peer.sign_with_sm3(DATA)), takes)


def pure_encrypts(key: sm2.PrivateKey, order: str) -> Party:
    """The package ``gmssl``, without the 04."""
    peer = peer_sm2(key.public_key(), key, order)
    return Party(lambda: peer.encrypt(DATA), lambda data: peer.decrypt(raw(data)))


def prefixed(prefix: bytes, party: Party) -> Party:
    """A party that leaves out the first bytes which this format has."""
    assert party.makes is not None
    assert party.takes is not None
    makes: Callable[[], Artefact] = party.makes
    takes: Callable[[Artefact], object] = party.takes

    def cut(artefact: Artefact) -> object:
        assert raw(artefact).startswith(prefix)
        return takes(raw(artefact)[len(prefix) :])

    return Party(lambda: prefix + raw(makes()), cut)
