"""TLCP pairs from whatever files they come in."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from damage import grown, replaced
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import (
    CA,
    GMSSL,
    GMSSL_PASSWORD,
    MESSAGES,
    OTHER,
    PAIR,
    PASSWORD,
    ROOT,
    ROUNDS,
    assert_same,
    gmssl_keyed,
    p12,
    refused_everywhere,
)

from tongsuo_py import _der, _pem, pki, sm2, ssl
from tongsuo_py.exceptions import FormatError, PasswordError
from tongsuo_py.pki import issuing, profiles, validity

PARTS = {
    "sign.pem": PAIR.sign.to_pem(),
    "enc.pem": PAIR.enc.to_pem(),
    "sign.key": PAIR.sign.private_key.to_pem(),
    "enc.key": PAIR.enc.private_key.to_pem(format="sec1"),
    "chain": CA.certificate.to_pem(),
    "root": ROOT.certificate.to_pem(),
}
GM_DATA, SM4 = "1.2.156.10197.6.1.4.2.1", "1.2.156.10197.1.104"
NEEDED = ["sign.pem", "enc.pem", "sign.key", "enc.key"]


class TestFromPem:
    @settings(max_examples=25, deadline=None)
    @given(order=st.permutations(list(PARTS)))
    def test_one_file_in_any_order(self, order: list[str]) -> None:
        text = b"a comment\n".join(PARTS[name] for name in order)
        assert_same(pki.load_pair(text), PAIR)

    @settings(max_examples=25, deadline=None)
    @given(order=st.permutations(list(PARTS)), size=st.integers(1, 6))
    def test_any_number_of_files(self, order: list[str], size: int) -> None:
        files = [
            b"".join(PARTS[name] for name in order[start : start + size])
            for start in range(0, len(order), size)
        ]
        assert_same(pki.load_pair(*files), PAIR)

    def test_without_chain(self) -> None:
        pair = pki.load_pair(*(PARTS[name] for name in NEEDED))
        assert pair.sign.chain == ()
        assert pair.root is None

    def test_the_same_again(self) -> None:
        assert_same(pki.load_pair(*PARTS.values(), *PARTS.values()), PAIR)

    def test_other_certificates_are_passed_over(self) -> None:
        pair = pki.load_pair(*PARTS.values(), OTHER.sign.to_pem(), OTHER.enc.to_pem())
        assert_same(pair, PAIR)

    def test_encrypted(self) -> None:
        text = b"".join(
            PARTS[name] for name in ("sign.pem", "enc.pem", "chain", "root")
        ) + PAIR.enc.private_key.to_pem("x")
        assert_same(pki.load_pair(text, PARTS["sign.key"], password="x"), PAIR)
        with pytest.raises(PasswordError, match="a password is needed"):
            pki.load_pair(text, PARTS["sign.key"])
        with pytest.raises(PasswordError, match="is the password right"):
            pki.load_pair(text, PARTS["sign.key"], password="y")

    def test_gmssl(self) -> None:
        """Its habit: both certificates with the chain in one file, both keys in another."""
        certificates = b"".join((GMSSL / f"{n}.pem").read_bytes() for n in ("sign", "enc", "root"))
        keys = b"".join((GMSSL / f"{name}.key").read_bytes() for name in ("sign", "enc"))
        pair = pki.load_pair(certificates, keys, password=GMSSL_PASSWORD)
        assert (pair.sign, pair.enc) == (gmssl_keyed("sign"), gmssl_keyed("enc"))
        assert pair.root == pki.load_certificate(GMSSL / "root.pem")


class TestFromOtherForms:
    def test_der(self) -> None:
        files = [
            *(one.to_der() for one in (PAIR.sign, PAIR.enc, CA.certificate, ROOT.certificate)),
            *(one.private_key.to_der() for one in (PAIR.sign, PAIR.enc)),
        ]
        for order in itertools.islice(itertools.permutations(files), 0, 720, 120):
            assert_same(pki.load_pair(*order), PAIR)

    def test_two_pkcs12_files(self) -> None:
        files = [one.to_pkcs12(PASSWORD, iterations=ROUNDS) for one in (PAIR.enc, PAIR.sign)]
        assert_same(pki.load_pair(*files, password=PASSWORD), PAIR)

    def test_pkcs12_and_pem(self) -> None:
        file = PAIR.enc.to_pkcs12(PASSWORD, iterations=ROUNDS)
        pair = pki.load_pair(file, PARTS["sign.pem"], PARTS["sign.key"], password=PASSWORD)
        assert_same(pair, PAIR)

    @pytest.mark.parametrize("form", ["PEM", "base64", "DER"])
    def test_cfca(self, form: str) -> None:
        """The key file of a bank's customer."""
        text = (MESSAGES / "cfca_key.pem").read_bytes()
        (block,) = _pem.blocks(text)
        data = {"PEM": text, "base64": block.body, "DER": block.decode()}[form]
        found = pki.load_keyed(data, password="123456")
        assert found.subject.startswith("CN=051@")
        assert found.private_key.public_key() == found.public_key()
        assert pki.load_pair(data, *_files(PAIR.enc), password="123456").sign == found
        with pytest.raises(PasswordError, match="a password is needed"):
            pki.load_keyed(data)
        for number in range(300):  # of 256 wrong ones, one leaves what looks like padding
            with pytest.raises(PasswordError, match="is the password right"):
                pki.load_keyed(data, password=f"wrong {number}")

    def test_cfca_with_more_in_any_part(self) -> None:
        (block,) = _pem.blocks((MESSAGES / "cfca_key.pem").read_bytes())
        for data in grown(block.decode()):
            with pytest.raises(FormatError, match=r"expected the end at byte \d+, found 2 more"):
                pki.load_keyed(data, password="123456")

    def test_cfca_of_other_algorithms(self) -> None:
        (block,) = _pem.blocks((MESSAGES / "cfca_key.pem").read_bytes())
        outer = _der.Reader(block.decode(), "").only()
        version, key, certificate = (outer.element() for _ in range(3))
        other = _der.oid("1.2.3")
        for name, parts in (
            (SM4, (version, replaced(key, _der.oid(SM4), other), certificate)),
            (GM_DATA, (version, key, replaced(certificate, _der.oid(GM_DATA), other))),
        ):
            with pytest.raises(FormatError, match=rf"expected .*{name}.* at byte \d+, found 1.2.3"):
                pki.load_keyed(_der.sequence(*parts), password="123456")

    def test_cfca_cut_off_anywhere(self) -> None:
        (block,) = _pem.blocks((MESSAGES / "cfca_key.pem").read_bytes())
        refused_everywhere(
            block.decode(), lambda data: pki.load_keyed(data, password="123456"), FormatError
        )

    def test_a_directory(self, tmp_path: Path) -> None:
        PAIR.save(tmp_path, "x")
        (tmp_path / "README").write_bytes(b"not looked at")
        assert_same(pki.load_pair(tmp_path, password="x"), PAIR)
        assert_same(pki.load_pair(str(tmp_path), password=lambda: b"x"), PAIR)

    def test_it_serves(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_NTLS_SERVER)
        pki.load_pair(p12(), password=PASSWORD).configure(context)


class TestSingle:
    def test_from_anything(self) -> None:
        for sources in (
            _files(PAIR.sign),
            (PAIR.sign.to_pkcs12(PASSWORD, iterations=ROUNDS),),
            (b"".join(_files(PAIR.enc)),),
        ):
            found = pki.load_keyed(*sources, PARTS["chain"], PARTS["root"], password=PASSWORD)
            assert found in (PAIR.sign, PAIR.enc)
            assert found.chain == PAIR.sign.chain
            assert found.root == ROOT.certificate

    def test_more_than_one(self) -> None:
        with pytest.raises(FormatError, match=r"more than one certificate with its key: CN=a\."):
            pki.load_keyed(*PARTS.values())
        with pytest.raises(TypeError, match=r"load_keyed\(\) needs the files"):
            pki.load_keyed()


class TestWhichIsWhich:
    def test_one_for_both_is_the_other_one(self) -> None:
        both = for_both()
        for single, side in ((PAIR.sign, "enc"), (PAIR.enc, "sign")):
            pair = pki.load_pair(*_files(both), *_files(single))
            assert getattr(pair, side) == both

    @pytest.mark.parametrize("backwards", [False, True])
    def test_in_a_pkcs12_file_that_was_read(self, backwards: bool) -> None:
        both = for_both()
        for entries in ((both, PAIR.enc), (PAIR.sign, both)):
            found = pki.PKCS12(entries[::-1] if backwards else entries, (None, None), (), ())
            assert (found.pair().sign, found.pair().enc) == entries
        with pytest.raises(FormatError, match="no encryption certificate"):
            pki.PKCS12((PAIR.sign,), (None,), (), ()).pair()

    def test_two_for_both(self) -> None:
        both = [for_both() for _ in range(2)]
        with pytest.raises(FormatError, match=r"which is the signing certificate.*serial.*serial"):
            pki.load_pair(*_files(both[0]), *_files(both[1]))

    def test_three(self) -> None:
        with pytest.raises(FormatError, match="which is the signing certificate"):
            pki.load_pair(*PARTS.values(), *_files(OTHER.sign))
        with pytest.raises(FormatError, match="which is the encryption certificate"):
            pki.load_pair(*PARTS.values(), *_files(OTHER.enc))

    def test_renewed(self) -> None:
        """Two certificates for one key."""
        renewed = CA.issue_pair("a.example", sign_key=PAIR.sign.private_key)
        with pytest.raises(FormatError, match="which is the signing certificate"):
            pki.load_pair(*PARTS.values(), renewed.sign.to_pem())


class TestWhatIsMissing:
    @pytest.mark.parametrize(
        ("missing", "text"),
        [
            ("sign.pem", "a private key whose certificate is missing; its public key is 04"),
            ("enc.pem", "a private key whose certificate is missing"),
            ("sign.key", "there is no signing certificate .* with its key"),
            ("enc.key", "there is no encryption certificate .* with its key"),
        ],
    )
    def test_one(self, missing: str, text: str) -> None:
        with pytest.raises(FormatError, match=text):
            pki.load_pair(*(PARTS[name] for name in NEEDED if name != missing))

    def test_no_key(self) -> None:
        with pytest.raises(FormatError, match="certificates but no private key"):
            pki.load_pair(PARTS["sign.pem"], PARTS["enc.pem"])

    def test_no_certificate(self) -> None:
        with pytest.raises(FormatError, match="there is no certificate"):
            pki.load_pair(PARTS["sign.key"], PARTS["enc.key"])

    def test_nothing(self) -> None:
        with pytest.raises(TypeError, match="needs the files"):
            pki.load_pair()

    def test_the_files_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "one.pem").write_bytes(PARTS["sign.pem"])
        (tmp_path / "two.pem").write_bytes(PARTS["sign.key"])
        with pytest.raises(FormatError, match=r"one\.pem, .*two\.pem: there is no encryption"):
            pki.load_pair(tmp_path / "one.pem", tmp_path / "two.pem")

    def test_a_directory_of_other_things(self, tmp_path: Path) -> None:
        with pytest.raises(FormatError, match="no certificates or keys in this directory"):
            pki.load_pair(tmp_path)

    def test_no_such_file(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            pki.load_pair(tmp_path / "none.pem")


class TestBadInput:
    @pytest.mark.parametrize("name", PARTS)
    def test_broken_pem_names_its_file(self, name: str, tmp_path: Path) -> None:
        path = tmp_path / "broken.pem"
        for size in (40, len(PARTS[name]) - 20):
            path.write_bytes(PARTS[name][:size])
            with pytest.raises(FormatError, match=r"broken\.pem: "):
                pki.load_pair(path, *PARTS.values())

    @pytest.mark.parametrize(
        ("data", "text"),
        [
            (b"", "expected certificates or private keys .* found nothing at byte 0"),
            (b"hello", "found 68 at byte 0"),
            (b"0", "DER"),
            (PAIR.sign.to_der()[:-1], "DER"),
        ],
        ids=["nothing", "text", "one byte", "cut off"],
    )
    def test_something_else(self, data: bytes, text: str) -> None:
        with pytest.raises(FormatError, match=text):
            pki.load_pair(data, *PARTS.values())

    def test_a_large_file(self, tmp_path: Path) -> None:
        path = tmp_path / "large.pem"
        with path.open("wb") as file:
            file.truncate(16 * 2**20 + 1)
        with pytest.raises(FormatError, match="too large"):
            pki.load_pair(path)


def _files(keyed: pki.KeyedCertificate) -> tuple[bytes, bytes]:
    return keyed.to_pem(), keyed.private_key.to_pem()


def for_both() -> pki.KeyedCertificate:
    """A certificate of the kind that no TLCP authority should issue, and some do."""
    key = sm2.PrivateKey.generate()
    certificate = issuing.make(
        profiles.Profile("digitalSignature,keyEncipherment"),
        (("CN", "both.example"),),
        (),
        validity.choose(days=9, not_before=None, not_after=None, default=validity.AUTHORITY_YEARS),
        key.public_key(),
        CA.certificate,
        CA.private_key,
    )
    return pki.KeyedCertificate.of(certificate, key)
