"""OpenSSL's error queue as structured data, and the checks of return codes."""

from __future__ import annotations

import copy
import pickle
import threading

import pytest

from tongsuo_py import exceptions
from tongsuo_py._binding import errors, ffi, lib
from tongsuo_py.exceptions import ErrorEntry, FormatError, PasswordError, TongsuoError

KINDS = [
    kind
    for kind in vars(exceptions).values()
    if isinstance(kind, type) and issubclass(kind, TongsuoError)
]
ENTRIES = (
    ErrorEntry("first library", "a reason", 1, 2, "", "a.c", 3, "f"),
    ErrorEntry("", "", 60, 70, "data", "b.c", 4, "g"),
)


def fail(name: str) -> None:
    """Put one entry into the queue, with ``name`` in its data."""
    assert lib.EVP_CIPHER_fetch(ffi.NULL, name.encode(), ffi.NULL) == ffi.NULL


def names(entries: tuple[ErrorEntry, ...]) -> list[str]:
    return [entry.data.partition("Algorithm (")[2].partition(" ")[0] for entry in entries]


def test_an_empty_queue() -> None:
    assert errors.drain() == ()


def test_an_entry_has_everything_that_openssl_knows() -> None:
    fail("no-such-cipher")
    (entry,) = errors.drain()
    assert entry.library == "digital envelope routines"
    assert entry.library_code == lib.ERR_LIB_EVP
    assert entry.reason == "unsupported"
    assert entry.reason_code > 0
    assert entry.data.startswith("Global default library context, Algorithm (no-such-cipher : 0)")
    assert entry.file.endswith("crypto/evp/evp_fetch.c")
    assert entry.line > 0
    assert entry.function == "inner_evp_generic_fetch"
    assert str(entry) == f"digital envelope routines: unsupported ({entry.data})"
    assert lib.ERR_peek_error() == 0


def test_the_whole_queue_comes_in_order() -> None:
    wanted = [f"number-{number}" for number in range(10)]
    for name in wanted:
        fail(name)
    assert names(errors.drain()) == wanted
    assert errors.drain() == ()


def test_a_full_queue_keeps_the_newest() -> None:
    for number in range(100):
        fail(f"number-{number}")
    entries = names(errors.drain())
    assert entries == [f"number-{number}" for number in range(100 - len(entries), 100)]
    assert len(entries) > 10


def test_a_system_error_has_the_systems_text() -> None:
    context = lib.SSL_CTX_new(lib.TLS_method())
    try:
        store = lib.SSL_CTX_get_cert_store(context)
        assert lib.X509_STORE_load_file(store, b"/no/such/file") != 1
    finally:
        lib.SSL_CTX_free(context)
    entry = errors.drain()[0]
    assert entry.library_code == lib.ERR_LIB_SYS
    assert entry.reason == "No such file or directory"
    assert "/no/such/file" in entry.data


def test_an_entry_without_texts_shows_its_numbers() -> None:
    assert str(ENTRIES[0]) == "first library: a reason"
    assert str(ENTRIES[1]) == "60: 70 (data)"


def test_clear_forgets_everything() -> None:
    fail("one")
    fail("two")
    errors.clear()
    assert errors.drain() == ()


def test_failure_takes_the_queue_with_it() -> None:
    fail("one")
    fail("two")
    error = errors.failure("it did not work", FormatError)
    assert type(error) is FormatError
    assert names(error.errors) == ["one", "two"]
    assert str(error) == f"it did not work [{error.errors[0]}; {error.errors[1]}]"
    assert errors.drain() == ()


def test_failure_without_a_queue_is_its_message() -> None:
    error = errors.failure("it did not work")
    assert type(error) is TongsuoError
    assert error.errors == ()
    assert str(error) == "it did not work"


@pytest.mark.parametrize("result", [1, 2, 2**40])
def test_check_passes_on_what_is_positive(result: int) -> None:
    assert errors.check(result, "never seen") == result


@pytest.mark.parametrize("result", [0, -1, -2])
def test_check_raises_for_the_rest(result: int) -> None:
    fail("it")
    with pytest.raises(PasswordError, match=r"^the message \[digital envelope.*\]$") as caught:
        errors.check(result, "the message", PasswordError)
    assert names(caught.value.errors) == ["it"]


def test_check_pointer() -> None:
    pointer = ffi.new("int *")
    assert errors.check_pointer(pointer, "never seen") is pointer
    fail("it")
    with pytest.raises(TongsuoError, match="the message") as caught:
        errors.check_pointer(ffi.NULL, "the message")
    assert names(caught.value.errors) == ["it"]
    with pytest.raises(FormatError) as caught:
        errors.check_pointer(ffi.cast("X509 *", 0), "the message", FormatError)
    assert caught.value.errors == ()


def test_what_they_are_caught_by() -> None:
    assert {kind.__name__ for kind in KINDS if issubclass(kind, ValueError)} == {
        "AmbiguousFormat",
        "DecryptionError",
        "FormatError",
        "PasswordError",
    }
    assert len(KINDS) >= 6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("entries", [(), ENTRIES])
@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        *(lambda e, p=p: pickle.loads(pickle.dumps(e, p)) for p in range(6)),
    ],
)
def test_exceptions_can_be_copied_and_pickled(kind, entries, duplicate) -> None:  # type: ignore[no-untyped-def]
    error = kind("what happened", entries)
    error.add_note("where it happened")
    other = duplicate(error)
    assert type(other) is kind
    assert other.args == ("what happened",)
    assert other.errors == entries
    assert str(other) == str(error)
    assert other.__notes__ == ["where it happened"]


def test_each_thread_has_a_queue_of_its_own() -> None:
    failed, looked = threading.Event(), threading.Event()
    seen: list[tuple[ErrorEntry, ...]] = []

    def other() -> None:
        fail("in-the-thread")
        failed.set()
        assert looked.wait(10)
        seen.append(errors.drain())

    thread = threading.Thread(target=other)
    thread.start()
    assert failed.wait(10)
    assert errors.drain() == ()
    fail("out-here")
    looked.set()
    thread.join()
    assert [names(entries) for entries in seen] == [["in-the-thread"]]
    assert names(errors.drain()) == ["out-here"]


def test_threads_that_fail_at_once_do_not_mix() -> None:
    wrong: list[object] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        start.wait()
        for round_ in range(200):
            mine = [f"thread-{number}-{round_}-{step}" for step in range(3)]
            for name in mine:
                fail(name)
            found = names(errors.drain())
            if found != mine:
                wrong.append(found)

    threads = [threading.Thread(target=work, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
