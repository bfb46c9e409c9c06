"""Host names and subjects: what is taken, in which form, and what is refused."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongsuo_py.pki import names


@pytest.mark.parametrize(
    ("given_name", "form"),
    [
        ("www.example", "www.example"),
        ("WWW.Example", "www.example"),
        ("localhost", "localhost"),
        ("meter-000123", "meter-000123"),
        ("3com.example", "3com.example"),
        ("电力.example", "xn--tfr181f.example"),
        ("bücher。example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("*.grid.example", "*.grid.example"),
        ("*.电力.example", "*.xn--tfr181f.example"),
        ("a" * 63 + ".example", "a" * 63 + ".example"),
        (".".join(["a" * 49] * 5), ".".join(["a" * 49] * 5)),
        ("127.0.0.1", IPv4Address("127.0.0.1")),
        ("::1", IPv6Address("::1")),
        ("2001:DB8::A", IPv6Address("2001:db8::a")),
        (IPv4Address("192.0.2.1"), IPv4Address("192.0.2.1")),
    ],
)
def test_hosts(given_name: str, form: object) -> None:
    assert names.parse_host(given_name) == form


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        " ",
        "a b",
        "www.example.",
        ".www.example",
        "www..example",
        "-a.example",
        "a-.example",
        "a_b.example",
        "www.example:443",
        "https://www.example",
        "user@example",
        "a" * 64 + ".example",
        "电" * 60 + ".example",
        ".".join(["a" * 49] * 6),
        "1.2.3",
        "1.2.3.256",
        "1.2.3.04",
        "127.0.0.1/8",
        "[::1]",
        "fe80::1%eth0",
        ":::1",
        "a,DNS:evil.example",
        "a\nb",
        "a\0b",
        "*",
        "*.",
        "*.example",
        "a.*.example",
        "w*.grid.example",
        "**.grid.example",
        "*.*.grid.example",
        "*.127.0.0.1",
        "\ud800.example",
        "x" * 10_000_000,
        "é" * 100_000,
    ],
    ids=lambda name: ascii(name[:30]),
)
def test_names_that_are_none(name: str) -> None:
    with pytest.raises(ValueError, match=r"name|zone|wildcard"):
        names.parse_host(name)


def test_how_long_a_name_may_be() -> None:
    name = ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(names.parse_host(name)) == 253
    for longer in (f"{name}b", f"*.{name}", f"*.{name[:-2]}b"):
        with pytest.raises(ValueError, match="this host name has more than 253 characters"):
            names.parse_host(longer)


@pytest.mark.parametrize("name", [None, 5, b"www.example", ["www.example"]])
def test_types_that_are_no_names(name: object) -> None:
    with pytest.raises(TypeError, match="a name must be a str or an IP address"):
        names.parse_host(name)  # type: ignore[arg-type]


@given(st.one_of(st.ip_addresses(), st.ip_addresses().map(str)))
def test_every_address(address: object) -> None:
    assert names.parse_host(address) == ip_address(str(address))  # type: ignore[arg-type]


@given(st.text())
def test_any_text_gives_a_host_or_a_value_error(text: str) -> None:
    try:
        host = names.parse_host(text)
    except ValueError:
        return
    assert names.parse_host(host) == host
    if isinstance(host, str):
        assert re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*", host)
        assert len(host) <= 253


def subject(**attributes: str | None) -> tuple[tuple[str, str], ...]:
    all_of_them = dict.fromkeys(("common_name", "role", "organization", "country"))
    return names.subject(**(all_of_them | attributes))  # type: ignore[arg-type]


def test_subjects_go_from_the_general_to_the_particular() -> None:
    assert subject(common_name="n", role="r", organization="o", country="CN") == (
        ("C", "CN"),
        ("O", "o"),
        ("OU", "r"),
        ("CN", "n"),
    )
    assert subject() == ()


@pytest.mark.parametrize("key", ["common_name", "role", "organization"])
def test_subject_attributes_have_limits(key: str) -> None:
    assert subject(**{key: "网" * 64})[0][1] == "网" * 64
    for bad in ("", "a" * 65, "a\0b", "a\nb", "\ud800"):
        with pytest.raises(ValueError, match=key):
            subject(**{key: bad})
    with pytest.raises(TypeError, match=key):
        subject(**{key: 5})  # type: ignore[arg-type]


@pytest.mark.parametrize("country", ["cn", "CHN", "C", "", "中国", "C1"])
def test_countries_are_two_letters(country: str) -> None:
    with pytest.raises(ValueError, match="country"):
        subject(country=country)
