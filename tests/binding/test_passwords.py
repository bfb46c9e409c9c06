"""Where a password comes from, and what it may be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from material import PASSWORD

from tongsuo_py._binding import lib, pem
from tongsuo_py.exceptions import PasswordError

LIMIT = 1024  # PEM_BUFSIZE
READERS = {"locked.key": pem.private_key_from_pem, "locked.der": pem.private_key_from_der}


@pytest.fixture(params=READERS)
def unlock(request: pytest.FixtureRequest, material: Path) -> Callable[[Any], Any]:
    """Reads an encrypted key with a password."""
    data = (material / request.param).read_bytes()

    def read(password: Any) -> Any:
        try:
            return READERS[request.param](data, password)
        finally:
            assert lib.ERR_peek_error() == 0

    return read


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        PASSWORD.encode(),
        bytearray(PASSWORD.encode()),
        lambda: PASSWORD,
        lambda: PASSWORD.encode(),
        lambda: bytearray(PASSWORD.encode()),
    ],
    ids=["str", "bytes", "bytearray", "callable: str", "callable: bytes", "callable: bytearray"],
)
def test_it_may_come_as(password: Any, unlock: Callable[[Any], Any]) -> None:
    unlock(password)


@pytest.mark.parametrize(
    "password", ["", b"", "wrong", PASSWORD + "x", PASSWORD[:-1], "x" * LIMIT, lambda: "wrong"]
)
def test_a_wrong_one(password: Any, unlock: Callable[[Any], Any]) -> None:
    with pytest.raises(PasswordError, match=r"could not be decrypted: is the password right\?"):
        unlock(password)


def test_none_where_one_is_needed(material: Path) -> None:
    with pytest.raises(PasswordError, match=r"is encrypted: a password is needed"):
        pem.private_key_from_pem((material / "locked.key").read_bytes())


def test_none_for_encrypted_der(material: Path) -> None:
    with pytest.raises(PasswordError, match="a password is needed"):
        pem.private_key_from_der((material / "locked.der").read_bytes())


@pytest.mark.parametrize("password", [5, 1.5, ["x"], object(), memoryview(b"x")])
def test_wrong_types_do_not_reach_c(password: Any, unlock: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="password should be a string or callable"):
        unlock(password)


@pytest.mark.parametrize("returned", [None, 5, ["x"], memoryview(b"x")])
def test_a_callable_that_returns_no_text(returned: Any, unlock: Callable[[Any], Any]) -> None:
    with pytest.raises(TypeError, match="password callback must return a string"):
        unlock(lambda: returned)


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, SystemExit, MemoryError])
def test_what_a_callable_raises_comes_out(
    error: type[BaseException], unlock: Callable[[Any], Any]
) -> None:
    raised = error("from the callable")

    def password() -> str:
        raise raised

    with pytest.raises(error) as caught:
        unlock(password)
    assert caught.value is raised
    unlock(PASSWORD)  # and all goes on


def test_a_callable_is_asked_once(unlock: Callable[[Any], Any]) -> None:
    for answer in (PASSWORD, "wrong"):
        asked = []

        def password(answer: str = answer, asked: list[str] = asked) -> str:
            asked.append(answer)
            return answer

        try:
            unlock(password)
        except PasswordError:
            assert answer == "wrong"
        assert asked == [answer]


def test_a_callable_may_use_the_library(unlock: Callable[[Any], Any], material: Path) -> None:
    data = (material / "locked.key").read_bytes()

    def password() -> str:
        pem.private_key_from_pem(data, PASSWORD)
        with pytest.raises(PasswordError):
            pem.private_key_from_pem(data, "wrong")
        return PASSWORD

    unlock(password)


@pytest.mark.parametrize(
    "password",
    ["x" * (LIMIT + 1), b"x" * (LIMIT + 1), "é" * (LIMIT // 2 + 1), lambda: "x" * 100_000],
)
def test_one_that_is_too_long(password: Any, unlock: Callable[[Any], Any]) -> None:
    with pytest.raises(ValueError, match=f"^password cannot be longer than {LIMIT} bytes$"):
        unlock(password)


def test_one_that_is_no_text(unlock: Callable[[Any], Any]) -> None:
    with pytest.raises(UnicodeEncodeError):
        unlock("half a pair: \ud800")


@pytest.mark.parametrize("name", ["sign.key", "sec1.key"])
def test_a_plain_key_asks_for_none(name: str, material: Path) -> None:
    def password() -> str:
        raise AssertionError("asked")

    data = (material / name).read_bytes()
    pem.private_key_from_pem(data, password)
    pem.private_key_from_pem(data, "not needed")


def test_it_is_in_no_message(unlock: Callable[[Any], Any]) -> None:
    with pytest.raises(PasswordError) as caught:
        unlock("a-wrong-one")
    assert "a-wrong-one" not in repr(caught.value) + str(caught.value) + repr(caught.value.errors)
