"""PKCS #12 files taken apart."""

from __future__ import annotations

from dataclasses import dataclass, field

from tongsuo_py import _ber
from tongsuo_py._binding import pbe, pbes
from tongsuo_py._binding.callbacks import Password, PasswordSource
from tongsuo_py._der import BMP_STRING, SEQUENCE, SET, Reader, context
from tongsuo_py.exceptions import FormatError, PasswordError
from tongsuo_py.pki.certificate import Certificate
from tongsuo_py.pki.pkcs12 import identifiers as oid
from tongsuo_py.pki.pkcs12 import mac
from tongsuo_py.sm2 import PrivateKey

WHAT = "the PKCS #12 file"
_DEEPEST = 8  # bags in bags

#: Keys and safes, each of which may take a few seconds to decrypt (see ``_binding.pbes``).
MOST_ENCRYPTED = 64


@dataclass
class Bags:
    """What a file holds, in its order, each with the name that it has there (friendlyName)."""

    keys: list[tuple[str | None, PrivateKey]] = field(default_factory=list)
    certificates: list[tuple[str | None, Certificate]] = field(default_factory=list)


def is_pkcs12(data: bytes) -> bool:
    """Whether this begins as a PKCS #12 file does: version 3, then data or signed data."""
    try:
        reader = Reader(_ber.to_der(data, WHAT), WHAT).only()
        return reader.integer() == 3 and reader.enter().oid() in (oid.DATA, oid.SIGNED_DATA)
    except FormatError:
        return False


def read(data: bytes, password: Password = None, *, require_mac: bool = True) -> Bags:
    """What is in a file; bags of anything but X.509 certificates and keys are passed over.

    Raises PasswordError where the password is missing or wrong or the file was altered; FormatError
    where it cannot be read, has no MAC though one is required, or has a key that is not SM2.
    """
    outer = Reader(_ber.to_der(data, WHAT), WHAT).only()
    at = outer.position
    version = outer.number()
    if version != 3:
        outer.fail("version 3", f"{version}", at)
    info = outer.enter()
    at = info.position
    kind = info.oid()
    if kind != oid.DATA:
        found = "a signature" if kind == oid.SIGNED_DATA else kind
        info.fail("data that a password protects", found, at)
    safes = _ber.explicit_octets(info)
    reading = _Reading(password)
    if outer:
        reading.check_mac(safes, outer.enter())
    elif require_mac:
        raise FormatError(
            f"{WHAT} has no MAC, so nobody can tell whether it was altered: to read it all the "
            "same, say require_mac=False"
        )
    outer.finish()
    inside = f"{WHAT} (its safes)"
    authenticated = Reader(_ber.to_der(safes, inside), inside).only()
    while authenticated:
        reading.safe(authenticated.enter())
    return reading.bags


class _Reading:
    """One file being read: its password, the rounds that are left, and what was found."""

    def __init__(self, password: Password) -> None:
        self.bags = Bags()
        source = PasswordSource(password)
        secret = source.answer(pbe.LONGEST_PASSWORD)
        self._missing = source.missing
        # The older schemes tell an empty password from none at all, and programs mix them up.
        self._passwords: list[bytes | None] = [secret] if secret else [b"", None]
        self._authentic = False
        self._parts = 0
        self._encrypted = 0

    def check_mac(self, data: bytes, mac_data: Reader) -> None:
        """Keep the password under which the MAC is right, or raise PasswordError."""
        right = mac.check(data, mac_data, self._passwords)
        if not right:
            raise self._wrong()
        self._passwords = right
        self._authentic = True

    def safe(self, info: Reader) -> None:
        """One ContentInfo of the AuthenticatedSafe: bags in the clear, or encrypted."""
        self._parts += 1
        at = info.position
        kind = info.oid()
        if kind == oid.DATA:
            what, contents = f"{WHAT} (safe {self._parts})", _ber.explicit_octets(info)
        elif kind == oid.ENCRYPTED_DATA:
            what = f"{WHAT} (safe {self._parts})"
            contents = self._decrypted(info.only(context(0)).enter(), what)
            what += ", decrypted"
        else:
            info.fail("data, or data encrypted by a password", kind, at)
        try:
            bags = Reader(_ber.to_der(contents, what), what).only()
            while bags:
                self._bag(bags.enter(), _DEEPEST)
        except PasswordError:
            raise
        except FormatError:
            # A wrong password may give padding that looks right; a MAC would have told.
            if kind == oid.ENCRYPTED_DATA and not self._authentic:
                raise self._wrong() from None
            raise

    def _decrypted(self, encrypted_data: Reader, what: str) -> bytes:
        encrypted_data.integer()
        content = encrypted_data.enter()
        content.oid()
        algorithm = pbes.algorithm_for_tongsuo(content.enter())
        encrypted = pbe.Encrypted(algorithm, _ber.implicit_octets(content))
        self._count()
        for password in self._passwords:
            try:
                return pbe.decrypt(encrypted, password, what)
            except PasswordError:
                continue
        raise self._wrong()

    def _bag(self, bag: Reader, depth: int) -> None:
        kind = bag.oid()
        value = bag.enter(context(0))
        name = _name(bag.enter(SET)) if bag else None
        bag.finish()
        if kind == oid.CERTIFICATE_BAG:
            certificate = value.only()
            if certificate.oid() == oid.X509_CERTIFICATE:
                der = _ber.explicit_octets(certificate)
                self.bags.certificates.append((name, Certificate.from_der(der)))
        elif kind == oid.KEY_BAG:
            self.bags.keys.append((name, PrivateKey.from_der(value.rest())))
        elif kind == oid.SHROUDED_KEY_BAG:
            self.bags.keys.append((name, self._key(value.rest())))
        elif kind == oid.NESTED_BAG:
            if depth == 0:
                value.fail("fewer bags in bags", "more")
            nested = value.only()
            while nested:
                self._bag(nested.enter(), depth - 1)

    def _key(self, encrypted: bytes) -> PrivateKey:
        """The key of an EncryptedPrivateKeyInfo."""
        self._count()
        for password in self._passwords:
            try:
                return PrivateKey.from_der(encrypted, password or b"")
            except PasswordError:
                continue
        raise self._wrong()

    def _count(self) -> None:
        self._encrypted += 1
        if self._encrypted > MOST_ENCRYPTED:
            raise FormatError(
                f"{WHAT}: expected at most {MOST_ENCRYPTED} encrypted parts, found more"
            )

    def _wrong(self) -> PasswordError:
        if self._missing:
            return PasswordError(f"{WHAT} is encrypted: a password is needed")
        return PasswordError(f"{WHAT} does not open: is the password right, and the file whole?")


def _name(attributes: Reader) -> str | None:
    """The friendlyName among a bag's attributes."""
    name = None
    while attributes:
        attribute = attributes.enter(SEQUENCE)
        kind, values = attribute.oid(), attribute.only(SET)
        if kind == oid.FRIENDLY_NAME and values.peek() == BMP_STRING:
            name = values.value(BMP_STRING).decode("utf-16-be", "replace")
    return name
