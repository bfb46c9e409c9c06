"""What is written to a directory, how, and that it comes back; and what is refused."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tongsuo_py import pki, sm2
from tongsuo_py._binding import lib
from tongsuo_py.exceptions import FormatError, PasswordError

CA = pki.CA.create("Root")
SUB = CA.issue_ca("Sub")
PAIR = SUB.issue_pair("a.example", role="meter")
SINGLE = SUB.issue("a.example")
OTHER_CA = pki.CA.create("Root")  # the same name, another key


@pytest.fixture(autouse=True)
def no_error_is_left() -> Iterator[None]:
    yield
    assert lib.ERR_peek_error() == 0


def names(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def snapshot(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def same(one: pki.KeyedCertificate, other: pki.KeyedCertificate) -> bool:
    return (
        one == other
        and one.private_key.to_bytes() == other.private_key.to_bytes()
        and one.chain == other.chain
        and one.root == other.root
    )


@pytest.mark.parametrize("password", [None, "密码", b"secret"])
def test_there_and_back(tmp_path: Path, password: Any) -> None:
    for number, ca in enumerate((CA, SUB)):
        ca.save(tmp_path / f"ca{number}", password)
        assert names(tmp_path / f"ca{number}") == {"ca.pem", "ca.key"}
        loaded = pki.CA.load(tmp_path / f"ca{number}", password)
        assert loaded.certificate == ca.certificate
        assert loaded.root == ca.root
        assert loaded.chain == ca.chain
        assert loaded.private_key.to_bytes() == ca.private_key.to_bytes()
        # It goes on where it was.
        pair = loaded.issue_pair("b.example")
        assert pair.sign.is_issued_by(ca.certificate)
        assert pair.root == CA.certificate

    PAIR.save(tmp_path / "pair", password)
    assert names(tmp_path / "pair") == {"sign.pem", "sign.key", "enc.pem", "enc.key", "ca.pem"}
    pair = pki.CertificatePair.load(tmp_path / "pair", password)
    assert same(pair.sign, PAIR.sign)
    assert same(pair.enc, PAIR.enc)

    SINGLE.save(str(tmp_path / "single"), password)
    assert names(tmp_path / "single") == {"cert.pem", "cert.key", "ca.pem"}
    assert same(pki.KeyedCertificate.load(str(tmp_path / "single"), password), SINGLE)


def test_a_password_may_be_asked_for(tmp_path: Path) -> None:
    PAIR.save(tmp_path, "secret")
    asked = []

    def answer() -> str:
        asked.append(1)
        return "secret"

    assert same(pki.CertificatePair.load(tmp_path, answer).enc, PAIR.enc)
    assert len(asked) == 2

    def fail() -> str:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pki.CertificatePair.load(tmp_path, fail)
    # A password that is not needed does no harm, and nobody is asked.
    SINGLE.save(tmp_path / "plain")
    assert same(pki.KeyedCertificate.load(tmp_path / "plain", fail), SINGLE)


def test_a_pair_beside_its_ca_and_a_certificate(tmp_path: Path) -> None:
    CA.save(tmp_path)
    CA.issue_pair("a.example").save(tmp_path)
    CA.issue("a.example").save(tmp_path)
    CA.issue("b.example").save(tmp_path, name="b.example")
    assert pki.KeyedCertificate.load(tmp_path, name="b.example").subject == "CN=b.example"
    assert pki.CertificatePair.load(tmp_path).root == CA.certificate
    assert pki.CA.load(tmp_path).certificate == CA.certificate
    before = snapshot(tmp_path)
    with pytest.raises(FileExistsError):
        OTHER_CA.issue("c.example").save(tmp_path, name="c")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022, 0o077])
@pytest.mark.parametrize("password", [None, "secret"])
def test_modes_do_not_depend_on_the_umask(tmp_path: Path, mask: int, password: str | None) -> None:
    # In a process of its own, since the umask is everybody's.
    program = (
        "import os, sys; from tongsuo_py import pki\n"
        f"os.umask({mask}); password = {password!r}\n"
        "ca = pki.CA.create('Root'); ca.save(sys.argv[1] + '/ca', password)\n"
        "ca.issue_pair('a.example').save(sys.argv[1] + '/pair', password)\n"
        "ca.issue('a.example').save(sys.argv[1] + '/single', password)\n"
        "ca.save(sys.argv[1] + '/ca', password, overwrite=True)\n"
    )
    root = Path(pki.__file__).parents[2]
    subprocess.run([sys.executable, "-c", program, tmp_path], check=True, timeout=60, cwd=root)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) == 2 + 5 + 3
    for path in files:
        wanted = 0o600 if path.suffix == ".key" else 0o644 & ~mask
        assert stat.S_IMODE(path.stat().st_mode) == wanted, path


def test_a_key_file_is_never_open_to_others(tmp_path: Path) -> None:
    """Its mode, before it gets its name, is what it was made with: nothing was changed between."""
    modes: dict[str, int] = {}
    changed: list[object] = []
    active = True  # a hook cannot be taken away again

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if active and event == "os.rename":
            modes[Path(arguments[1]).name] = stat.S_IMODE(os.stat(arguments[0]).st_mode)
        if active and event == "os.chmod":
            changed.append(arguments)

    sys.addaudithook(watch)
    try:
        PAIR.save(tmp_path)
    finally:
        active = False
    assert modes["sign.key"] == modes["enc.key"] == 0o600
    assert len(modes) == 5
    assert changed == []


@pytest.mark.parametrize("thing", [CA, PAIR, SINGLE], ids=["CA", "pair", "single"])
def test_nothing_is_overwritten_unasked(tmp_path: Path, thing: Any) -> None:
    thing.save(tmp_path)
    before = snapshot(tmp_path)
    with pytest.raises(FileExistsError) as caught:
        thing.save(tmp_path)
    assert Path(caught.value.filename).parent == tmp_path
    assert snapshot(tmp_path) == before
    thing.save(tmp_path, overwrite=True)
    assert names(tmp_path) == set(before)


@pytest.mark.parametrize("name", ["sign.key", "sign.pem", "enc.key", "enc.pem", "ca.pem"])
def test_one_file_in_the_way_stops_all(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError) as caught:
        PAIR.save(tmp_path)
    assert caught.value.filename == str(tmp_path / name)
    assert snapshot(tmp_path) == {name: b"mine"}


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    directory = tmp_path / "ca"
    directory.mkdir()
    (directory / "ca.key").symlink_to(target)
    with pytest.raises(FileExistsError):
        CA.save(directory)
    CA.save(directory, overwrite=True)
    assert not target.exists()
    assert not (directory / "ca.key").is_symlink()
    assert stat.S_IMODE((directory / "ca.key").stat().st_mode) == 0o600


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """A limit on file sizes is a full disk that a test may make."""
    CA.save(tmp_path)
    before = snapshot(tmp_path)
    program = (
        "import resource, signal, sys; from tongsuo_py import pki\n"
        "ca = pki.CA.create('x' * 64)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))\n"
        "try:\n"
        "    ca.save(sys.argv[1], overwrite=sys.argv[2] == 'True')\n"
        "except OSError as error:\n"
        "    print(type(error).__name__)\n"
    )
    root = Path(pki.__file__).parents[2]
    for directory, overwrite in ((tmp_path, "True"), (tmp_path / "new", "False")):
        result = subprocess.run(
            [sys.executable, "-c", program, directory, overwrite],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=root,
        )
        assert result.stdout == "OSError\n"
    assert names(tmp_path / "new") == set()
    (tmp_path / "new").rmdir()
    assert snapshot(tmp_path) == before


def test_of_many_writers_one_wins(tmp_path: Path) -> None:
    cas = [pki.CA.create(f"CA {number}") for number in range(8)]
    start, winners, errors = threading.Barrier(8), [], []

    def save(ca: pki.CA) -> None:
        start.wait()
        try:
            ca.save(tmp_path)
            winners.append(ca)
        except FileExistsError as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(ca,)) for ca in cas]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(winners), len(errors)) == (1, 7)
    assert pki.CA.load(tmp_path).certificate == winners[0].certificate
    assert names(tmp_path) == {"ca.pem", "ca.key"}


def test_a_directory_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(OSError, match=str(place)):
            CA.save(place)


# ---- what does not load ----


def saved(tmp_path: Path) -> Path:
    CA.save(tmp_path / "ca")
    PAIR.save(tmp_path / "pair")
    SINGLE.save(tmp_path / "single")
    return tmp_path


LOADERS: list[tuple[str, Callable[[Path], object], str]] = [
    ("ca", lambda place: pki.CA.load(place / "ca"), "ca.pem"),
    ("ca", lambda place: pki.CA.load(place / "ca"), "ca.key"),
    *(
        ("pair", lambda place: pki.CertificatePair.load(place / "pair"), name)
        for name in ("sign.pem", "sign.key", "enc.pem", "enc.key")
    ),
    ("single", lambda place: pki.KeyedCertificate.load(place / "single"), "cert.pem"),
    ("single", lambda place: pki.KeyedCertificate.load(place / "single"), "cert.key"),
]
every_file = pytest.mark.parametrize(
    ("directory", "load", "name"), LOADERS, ids=[f"{d}/{n}" for d, _, n in LOADERS]
)


@every_file
def test_missing_files(
    tmp_path: Path, directory: str, load: Callable[[Path], object], name: str
) -> None:
    path = saved(tmp_path) / directory / name
    path.unlink()
    with pytest.raises(FileNotFoundError) as caught:
        load(tmp_path)
    assert caught.value.filename == str(path)


@every_file
def test_truncated_files(
    tmp_path: Path, directory: str, load: Callable[[Path], object], name: str
) -> None:
    path = saved(tmp_path) / directory / name
    content = path.read_bytes()
    for length in (0, 1, 30, 60, len(content) // 2, len(content) - 20):
        path.write_bytes(content[:length])
        with pytest.raises(FormatError) as caught:
            load(tmp_path)
        assert str(caught.value).startswith(f"{path}: ")
        assert content.splitlines()[1].decode() not in str(caught.value)


@every_file
def test_files_of_others(
    tmp_path: Path, directory: str, load: Callable[[Path], object], name: str
) -> None:
    path = saved(tmp_path) / directory / name
    stranger = OTHER_CA.issue_pair("a.example").sign
    if path.suffix == ".key":
        path.write_bytes(stranger.private_key.to_pem())
    else:
        path.write_bytes(stranger.to_pem())
    with pytest.raises(FormatError, match="the private key does not belong to this certificate"):
        load(tmp_path)


@every_file
def test_rsa_where_sm2_is_needed(
    tmp_path: Path, directory: str, load: Callable[[Path], object], name: str
) -> None:
    path = saved(tmp_path) / directory / name
    key = rsa.generate_private_key(65537, 2048)
    if path.suffix == ".key":
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    else:
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rsa")])
        certificate = (
            x509.CertificateBuilder(subject, subject, key.public_key(), 5)
            .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
            .not_valid_after(datetime(2050, 1, 1, tzinfo=UTC))
            .sign(key, hashes.SHA256())
        )
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    with pytest.raises(FormatError, match=r"an SM2 (key|certificate) is needed.*RSA") as caught:
        load(tmp_path)
    assert str(path) in str(caught.value)


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("encrypted")
    for thing, name in ((CA, "ca"), (PAIR, "pair"), (SINGLE, "single")):
        thing.save(directory / name, "right")
    return directory


@pytest.mark.parametrize("password", [None, "", "wrong", lambda: b"wrong", "x" * 5000])
def test_wrong_passwords(encrypted: Path, password: Any) -> None:
    kind = ValueError if isinstance(password, str) and len(password) > 1024 else PasswordError
    for load, name in (
        (pki.CA.load, "ca"),
        (pki.CertificatePair.load, "pair"),
        (pki.KeyedCertificate.load, "single"),
    ):
        with pytest.raises(kind) as caught:
            load(encrypted / name, password)
        assert kind is ValueError or str(caught.value).startswith(str(encrypted / name))
        assert "right" not in str(caught.value).replace("is the password right?", "")


def test_a_pair_that_is_swapped(tmp_path: Path) -> None:
    message = (
        r"signing certificate's key usage must have digitalSignature, and it has KEY_.*swapped"
    )
    with pytest.raises(FormatError, match=message):
        pki.CertificatePair(PAIR.enc, PAIR.sign)
    with pytest.raises(FormatError, match="encryption certificate's key usage must have"):
        pki.CertificatePair(PAIR.sign, PAIR.sign)
    PAIR.save(tmp_path)
    for suffix in (".pem", ".key"):
        (tmp_path / f"sign{suffix}").rename(tmp_path / "aside")
        (tmp_path / f"enc{suffix}").rename(tmp_path / f"sign{suffix}")
        (tmp_path / "aside").rename(tmp_path / f"enc{suffix}")
    with pytest.raises(FormatError, match=message) as caught:
        pki.CertificatePair.load(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path}: ")


def test_a_root_of_others(tmp_path: Path) -> None:
    PAIR.save(tmp_path)
    (tmp_path / "ca.pem").write_bytes(OTHER_CA.certificate.to_pem())
    with pytest.raises(FormatError, match="is not the root of this certificate"):
        pki.CertificatePair.load(tmp_path)
    # Among several it is found.
    both = OTHER_CA.certificate.to_pem() + CA.certificate.to_pem()
    (tmp_path / "ca.pem").write_bytes(both)
    assert pki.CertificatePair.load(tmp_path).root == CA.certificate
    # And without one, there is none.
    (tmp_path / "ca.pem").unlink()
    pair = pki.CertificatePair.load(tmp_path)
    assert pair.root is None
    assert pair.sign.chain == PAIR.sign.chain
    pair.save(tmp_path / "again")
    assert names(tmp_path / "again") == {"sign.pem", "sign.key", "enc.pem", "enc.key"}


def test_a_leaf_is_no_ca(tmp_path: Path) -> None:
    SINGLE.save(tmp_path)
    (tmp_path / "cert.pem").rename(tmp_path / "ca.pem")
    (tmp_path / "cert.key").rename(tmp_path / "ca.key")
    with pytest.raises(FormatError, match="this certificate is not a CA's"):
        pki.CA.load(tmp_path)


def test_a_chain_out_of_order(tmp_path: Path) -> None:
    SUB.save(tmp_path)
    (tmp_path / "ca.pem").write_bytes(
        SUB.certificate.to_pem() + OTHER_CA.certificate.to_pem() + CA.certificate.to_pem()
    )
    with pytest.raises(FormatError, match="did not issue what stands before it"):
        pki.CA.load(tmp_path)


def test_putting_a_pair_together_from_elsewhere() -> None:
    """A CA that is not ours gives certificates and the keys by themselves."""
    sign = pki.KeyedCertificate.of(
        pki.Certificate.from_pem(PAIR.sign.to_pem()),
        sm2.PrivateKey.from_pem(PAIR.sign.private_key.to_pem()),
        [SUB.certificate],
        CA.certificate,
    )
    assert same(sign, PAIR.sign)
    assert pki.CertificatePair(sign, PAIR.enc).sign is sign
    with pytest.raises(FormatError, match="does not belong"):
        pki.KeyedCertificate.of(PAIR.sign, PAIR.enc.private_key)
    with pytest.raises(FormatError, match="is not the root"):
        pki.KeyedCertificate.of(PAIR.sign, PAIR.sign.private_key, [], CA.certificate)
