"""SM2 keys in every form: what each implementation finds in the others' is the public key."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gmalg
import pytest
from asn1crypto import keys as asn1_keys
from implementations import gmalg_signature, peer_point, peer_sm2
from parties import Artefact, Party, a_file
from programs import Program

from tongsuo_py import _der, _pem, sm2

Meet = Callable[..., None]

VECTORS = Path(__file__).resolve().parent.parent / "vectors"
BOUNCYCASTLE = VECTORS / "bouncycastle"
PASSWORD = "password"  # of BouncyCastle's files
DATA = b"data"


def theirs(name: str) -> Party:
    """A file that BouncyCastle wrote, which is about the key of this module."""
    return a_file((BOUNCYCASTLE / name).read_bytes())


@pytest.fixture(scope="module")
def key() -> sm2.PrivateKey:
    return sm2.PrivateKey.from_der((BOUNCYCASTLE / "pkcs8.der").read_bytes())


@pytest.fixture(scope="module")
def point(key: sm2.PrivateKey) -> bytes:
    return key.public_key().to_bytes()


def private(makes: Callable[[], Artefact] | None) -> Party:
    """We, with a private key in a form that ``load_private_key`` finds out."""
    return Party(makes, lambda form: sm2.load_private_key(form, PASSWORD).public_key().to_bytes())


def public(makes: Callable[[], Artefact] | None) -> Party:
    """We, with a public key in a form that ``load_public_key`` finds out."""
    return Party(makes, lambda form: sm2.load_public_key(form).to_bytes())


class Native:
    """Tongsuo's ``openssl``: makes a form of a key by a command, and takes any."""

    def __init__(self, run: Program, pem: bytes) -> None:
        self._run = run
        self._pem = pem

    def private(self, *command: str, form: str = "PEM") -> Party:
        def makes() -> bytes:
            return self._run(*command, "-in", "{k}", "-outform", form, k=self._pem)

        def takes(data: Artefact) -> bytes:
            unlock = ("-inform", form, "-passin", f"pass:{PASSWORD}")
            return self._point("ec", "-pubout", *unlock, k=data)

        return Party(makes, takes)

    def public(self, *command: str, form: str = "PEM", cut: int = 0) -> Party:
        """``cut`` is what stands in its DER before the bytes that are meant."""

        def makes() -> bytes:
            return self._run(*command, "-in", "{k}", "-outform", form, k=self._pem)[cut:]

        def takes(data: Artefact) -> bytes:
            assert isinstance(data, bytes)
            spki = data
            if cut:
                curve = _der.oid("1.2.156.10197.1.301")
                algorithm = _der.sequence(_der.oid("1.2.840.10045.2.1"), curve)
                spki = _der.sequence(algorithm, _der.bits(data))
            return self._point("ec", "-pubin", "-pubout", "-inform", form, k=spki)

        return Party(makes, takes)

    def _point(self, *command: str, k: Artefact) -> bytes:
        text = self._run(*command, "-conv_form", "uncompressed", "-in", "{k}", k=k)
        return next(_pem.blocks(text)).decode()[-65:]


@pytest.fixture(scope="module")
def by_openssl(run_openssl: Program, key: sm2.PrivateKey) -> Native:
    return Native(run_openssl, key.to_pem())


class TestPrivateKeys:
    def test_numbers(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        def of_number(digits: Artefact) -> bytes:
            return sm2.PrivateKey.from_int(int(digits)).public_key().to_bytes()

        ours = Party(lambda: str(key.to_int()), of_number)
        pure = Party(takes=lambda digits: peer_point(int(digits)))
        meet("SM2 private key", "integer", point, ours, gmssl=pure)

    def test_hex(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        pure = Party(takes=lambda digits: peer_point(int(digits, 16)))
        meet("SM2 private key", "hex", point, private(key.to_hex), gmssl=pure)

    def test_bytes(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        def signed_by_it(number: Artefact) -> bytes:
            assert isinstance(number, bytes)
            signature = gmalg_signature(gmalg.SM2(number, b"id", point), DATA)
            key.public_key().verify(signature, DATA, b"id", "raw")
            return point

        ours = private(key.to_bytes)
        meet("SM2 private key", "32 bytes", point, ours, gmalg=Party(None, signed_by_it))

    def test_jwk(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        def by_hand(text: Artefact) -> bytes:
            members = json.loads(text)
            assert (members["kty"], members["crv"]) == ("EC", "SM2")
            octets = {name: base64.b64decode(members[name] + "=", altchars=b"-_") for name in "xyd"}
            assert peer_point(int.from_bytes(octets["d"], "big")) == point
            return b"\4" + octets["x"] + octets["y"]

        ours = private(lambda: json.dumps(key.to_jwk()))
        meet("SM2 private key", "JWK", point, ours, gmssl=Party(None, by_hand))

    @pytest.mark.parametrize(
        ("name", "form", "command", "file"),
        [
            ("PKCS #8, PEM", "pkcs8", ("pkcs8", "-topk8", "-nocrypt"), None),
            ("SEC1, PEM", "sec1", ("ec",), "sec1.pem"),
        ],
    )
    def test_pem(
        self, meet: Meet, key: sm2.PrivateKey, point: bytes, by_openssl: Native,
        name: str, form: sm2.PrivateFormat, command: tuple[str, ...], file: str | None,
    ) -> None:  # fmt: skip
        others = {"Tongsuo": by_openssl.private(*command)}
        if file:
            others["BouncyCastle"] = theirs(file)
        meet("SM2 private key", name, point, private(lambda: key.to_pem(format=form)), **others)

    def test_pkcs8_der(
        self, meet: Meet, key: sm2.PrivateKey, point: bytes, by_openssl: Native
    ) -> None:
        def parsed(data: Artefact) -> bytes:
            info = asn1_keys.PrivateKeyInfo.load(data, strict=True)
            inner: bytes = info["private_key"].parsed["public_key"].native
            return inner

        meet(
            "SM2 private key", "PKCS #8, DER", point, private(key.to_der),
            Tongsuo=by_openssl.private("pkcs8", "-topk8", "-nocrypt", form="DER"),
            BouncyCastle=theirs("pkcs8.der"), asn1crypto=Party(None, parsed),
        )  # fmt: skip

    def test_sec1_der(
        self, meet: Meet, key: sm2.PrivateKey, point: bytes, by_openssl: Native
    ) -> None:
        ours = private(lambda: key.to_der(format="sec1"))
        native = by_openssl.private("ec", form="DER")
        meet("SM2 private key", "SEC1, DER", point, ours, Tongsuo=native)

    def test_encrypted_sec1(self, meet: Meet, point: bytes, by_openssl: Native) -> None:
        native = by_openssl.private("ec", "-aes128", "-passout", f"pass:{PASSWORD}")
        meet(
            "SM2 private key", "SEC1, encrypted", point, private(None),
            Tongsuo=Party(native.makes), BouncyCastle=theirs("sec1-aes.pem"),
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("name", "options", "encryption", "file"),
        [
            ("AES-256-CBC", ("-v2", "aes-256-cbc"), "aes-256-cbc", "pkcs8-aes-sha256.pem"),
            ("SM4-CBC, HMAC-SM3", ("-v2", "sm4-cbc", "-v2prf", "hmacWithSM3"), "sm4-cbc", None),
            ("3DES", ("-v2", "des3"), None, "pkcs8-3des-sha1.pem"),
            ("PKCS #12's 3DES", ("-v1", "PBE-SHA1-3DES"), None, "pkcs8-pkcs12-3des.pem"),
            ("AES, scrypt", ("-v2", "aes-256-cbc", "-scrypt"), None, None),
        ],
    )
    def test_encrypted_pkcs8(
        self, meet: Meet, key: sm2.PrivateKey, point: bytes, by_openssl: Native,
        name: str, options: tuple[str, ...], encryption: Any, file: str | None,
    ) -> None:  # fmt: skip
        lock = ("pkcs8", "-topk8", "-passout", f"pass:{PASSWORD}", *options)
        makes = (lambda: key.to_pem(PASSWORD, encryption=encryption)) if encryption else None
        others = {"Tongsuo": by_openssl.private(*lock)}
        if file:
            others["BouncyCastle"] = theirs(file)
        meet("SM2 private key", f"PKCS #8, {name}", point, private(makes), **others)

    def test_gmssls(self, meet: Meet, run_gmssl: Program, tmp_path: Path) -> None:
        made, point = tmp_path / "key.pem", tmp_path / "public.pem"
        run_gmssl("sm2keygen", "-pass", PASSWORD, "-out", str(made), "-pubout", str(point))
        key = sm2.PrivateKey.from_pem(made.read_bytes(), PASSWORD)
        whose = sm2.PublicKey.from_pem(point.read_bytes())

        def signed_by_it(pem: Artefact) -> bytes:
            command = ("sm2sign", "-key", "{key}", "-pass", PASSWORD, "-out", "{out}")
            whose.verify(run_gmssl(*command, stdin=DATA, key=pem), DATA)
            return whose.to_bytes()

        ours = private(lambda: key.to_pem(PASSWORD, encryption="gmssl"))
        peer = Party(made.read_bytes, signed_by_it)
        meet("SM2 private key", "PKCS #8, GmSSL's", whose.to_bytes(), ours, GmSSL=peer)

    def test_enveloped(self, meet: Meet) -> None:
        known = json.loads((VECTORS / "sm2_enveloped.json").read_text(encoding="utf-8"))["gmsm"]
        recipient = sm2.PrivateKey.from_hex(known["recipient"])
        key = sm2.PrivateKey.from_hex(known["private_key"])
        point = key.public_key().to_bytes()

        def opened(data: Artefact) -> bytes:
            assert isinstance(data, bytes)
            outer = _der.Reader(data, "it").only()
            outer.element()
            cipher, shown, encrypted = outer.element(), outer.bits(), outer.bits()
            raw = sm2.convert_ciphertext(cipher, "der", "c1c3c2-bare")
            block = gmalg.SM4(peer_sm2(recipient.public_key(), recipient).decrypt(raw)).decrypt
            number = block(encrypted[:16]) + block(encrypted[16:])
            assert peer_point(int.from_bytes(number, "big")) == shown
            return shown

        ours = Party(
            lambda: key.to_enveloped(recipient.public_key()),
            lambda data: sm2.PrivateKey.from_enveloped(data, recipient).public_key().to_bytes(),
        )
        gmsm = a_file(bytes.fromhex(known["envelope"]))
        meet("SM2 private key", "enveloped", point, ours, gmsm=gmsm, gmssl=Party(None, opened))


class TestPublicKeys:
    @pytest.mark.parametrize(
        ("form", "size"), [("uncompressed", 65), ("compressed", 33), ("hybrid", 65)]
    )
    def test_points(
        self, meet: Meet, key: sm2.PrivateKey, point: bytes, by_openssl: Native,
        form: sm2.PointForm, size: int,
    ) -> None:  # fmt: skip
        ours = public(lambda: key.public_key().to_bytes(form))
        native = by_openssl.public("ec", "-pubout", "-conv_form", form, form="DER", cut=-size)
        meet("SM2 public key", f"point, {form}", point, ours, Tongsuo=native)

    def test_bare_points(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        pure = Party(lambda: bytes.fromhex(peer_sm2(key.public_key()).public_key))
        ours = public(lambda: key.public_key().to_bytes("bare"))
        meet("SM2 public key", "point without 04", point, ours, gmssl=pure)

    def test_hex(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        pure = Party(lambda: peer_sm2(key.public_key()).public_key)
        ours = public(lambda: key.public_key().to_hex("bare"))
        meet("SM2 public key", "hex", point, ours, gmssl=pure)

    def test_coordinates(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        def taken(text: Artefact) -> bytes:
            x, y = json.loads(text)
            return sm2.PublicKey.from_coordinates(x, y).to_bytes()

        def of_gmssl() -> str:
            computed = peer_point(key.to_int())
            return json.dumps([int.from_bytes(computed[i : i + 32], "big") for i in (1, 33)])

        ours = Party(lambda: json.dumps([key.public_key().x, key.public_key().y]), taken)
        meet("SM2 public key", "coordinates", point, ours, gmssl=Party(of_gmssl))

    def test_jwk(self, meet: Meet, key: sm2.PrivateKey, point: bytes) -> None:
        def of_gmssl() -> str:
            computed = peer_point(key.to_int())
            x, y = (
                base64.b64encode(computed[i : i + 32], altchars=b"-_").decode().rstrip("=")
                for i in (1, 33)
            )
            return json.dumps({"y": y, "x": x, "crv": "SM2", "kty": "EC"})

        ours = public(lambda: json.dumps(key.public_key().to_jwk()))
        meet("SM2 public key", "JWK", point, ours, gmssl=Party(of_gmssl))

    def test_pem(
        self, meet: Meet, key: sm2.PrivateKey, point: bytes, by_openssl: Native, run_gmssl: Program
    ) -> None:
        def encrypted_for_it(pem: Artefact) -> bytes:
            command = ("sm2encrypt", "-pubkey", "{key}", "-out", "{out}")
            assert key.decrypt(run_gmssl(*command, stdin=DATA, key=pem)) == DATA
            return point

        meet(
            "SM2 public key", "SubjectPublicKeyInfo, PEM", point, public(key.public_key().to_pem),
            Tongsuo=by_openssl.public("pkey", "-pubout"), GmSSL=Party(None, encrypted_for_it),
            BouncyCastle=theirs("public.pem"),
        )  # fmt: skip

    def test_der(self, meet: Meet, key: sm2.PrivateKey, point: bytes, by_openssl: Native) -> None:
        def parsed(data: Artefact) -> bytes:
            found: bytes = asn1_keys.PublicKeyInfo.load(data, strict=True)["public_key"].native
            return found

        meet(
            "SM2 public key", "SubjectPublicKeyInfo, DER", point, public(key.public_key().to_der),
            Tongsuo=by_openssl.public("pkey", "-pubout", form="DER"),
            asn1crypto=Party(None, parsed),
        )  # fmt: skip

    def test_in_a_certificate(
        self, meet: Meet, key: sm2.PrivateKey, point: bytes, run_openssl: Program
    ) -> None:
        command = ("req", "-x509", "-new", "-key", "{k}", "-subj", "/CN=x", "-sm3", "-out", "{out}")
        native = Party(lambda: run_openssl(*command, k=key.to_pem()))
        meet("SM2 public key", "in a certificate", point, public(None), Tongsuo=native)
