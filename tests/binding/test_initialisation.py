"""What importing does to the process, and in which kinds of process it works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fresh import UNMEASURED, run_python

# "abc" hashed with SM3 (GB/T 32905, A.1), by the lowest floor alone.
DIGEST = """
def digest():
    from tongsuo_py._binding import ffi, lib
    out = ffi.new("unsigned char[32]")
    assert lib.EVP_Digest(b"abc", 3, out, ffi.NULL, lib.EVP_sm3(), ffi.NULL) == 1
    assert lib.ERR_peek_error() == 0
    return bytes(ffi.buffer(out)).hex()

def random():
    from tongsuo_py._binding import ffi, lib
    out = ffi.new("unsigned char[32]")
    assert lib.RAND_bytes(out, 32) == 1
    return bytes(ffi.buffer(out)).hex()
"""
ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


# ---- no configuration file ----


@pytest.fixture
def breaking_config(openssl: Path, tmp_path: Path) -> Path:
    """An openssl.cnf with which no algorithm is found any more, as the native program shows."""
    path = tmp_path / "openssl.cnf"
    path.write_text(
        "openssl_conf = init\n[init]\nalg_section = algorithms\n"
        "[algorithms]\ndefault_properties = provider=none-such\n"
    )
    result = subprocess.run(
        [openssl, "dgst", "-sm3"],
        input=b"abc",
        capture_output=True,
        env={"OPENSSL_CONF": str(path)},
    )
    assert b"unsupported" in result.stderr
    return path


def test_a_config_file_is_not_heeded(breaking_config: Path) -> None:
    code = DIGEST + "print(digest(), len(random()))"
    assert run_python(code, OPENSSL_CONF=str(breaking_config)) == f"{ABC} 64\n"


def test_a_context_does_not_heed_it_either(breaking_config: Path) -> None:
    code = """
import os, ssl  # the standard library's OpenSSL would read it; that is not our affair
os.environ["OPENSSL_CONF"] = os.environ["THE_CONFIG"]
from tongsuo_py import ssl
for protocol in (ssl.PROTOCOL_NTLS_CLIENT, ssl.PROTOCOL_NTLS_SERVER, ssl.PROTOCOL_TLS_SERVER):
    context = ssl.SSLContext(protocol)
    server_side = protocol != ssl.PROTOCOL_NTLS_CLIENT
    name = None if server_side else "localhost"
    context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side, name)
print(len(context.get_ciphers()) > 0)
"""
    assert run_python(code, THE_CONFIG=str(breaking_config)) == "True\n"


def test_a_config_file_is_not_even_opened(tmp_path: Path) -> None:
    """Whoever opens a pipe to read waits for a writer; nobody writes."""
    pipe = tmp_path / "openssl.cnf"
    os.mkfifo(pipe)
    code = DIGEST + "print(digest())"
    assert run_python(code, timeout=20, OPENSSL_CONF=str(pipe), **UNMEASURED) == f"{ABC}\n"


def test_nor_is_a_directory_for_modules_heeded(tmp_path: Path) -> None:
    for name in ("legacy.so", "fips.so", "default.so"):
        (tmp_path / name).write_text("no shared object")
    code = DIGEST + "print(digest())"
    env = {"OPENSSL_MODULES": str(tmp_path), "OPENSSL_ENGINES": str(tmp_path)}
    assert run_python(code, **env) == f"{ABC}\n"


# ---- no side effects ----


def test_importing_leaves_the_process_as_it_was() -> None:
    """No thread, no open file, no signal handler, no environment variable, no other OpenSSL."""
    code = """
import os, signal, sys, threading, warnings
import _cffi_backend

def state():
    return {
        "threads": (threading.active_count(), os.listdir("/proc/self/task")),
        "files": [os.readlink(f"/proc/self/fd/{number}") for number in (0, 1, 2)]
        + [number for number in range(3, 64) if os.path.exists(f"/proc/self/fd/{number}")],
        "signals": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "environment": dict(os.environ),
        "warnings": list(warnings.filters),
        "path": list(sys.path),
    }

before = state()
import tongsuo_py
assert [name for name in sys.modules if name.startswith("tongsuo_py")] == ["tongsuo_py"]
from tongsuo_py._binding import lib
assert state() == before, (before, state())
assert "ssl" not in sys.modules and "_ssl" not in sys.modules
from tongsuo_py import ssl
assert state() == before, (before, state())
print("ok")
"""
    assert run_python(code) == "ok\n"


def test_importing_opens_nothing_but_python_files() -> None:
    code = """
import os, sys
import ssl, socket, dataclasses, datetime, ipaddress, weakref  # what the package builds on
opened = []
def hook(event, args):
    if event == "open":
        opened.append(str(args[0]))
    elif event.startswith(("socket.", "subprocess.")):
        opened.append(event)
sys.addaudithook(hook)
import tongsuo_py.ssl
strange = [name for name in opened if not name.endswith((".py", ".pyc")) and ".pyc." not in name]
assert strange == [], strange
print("ok")
"""
    assert run_python(code) == "ok\n"


# ---- other processes and interpreters ----


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_child_processes(method: str, tmp_path: Path) -> None:
    """They work, and none draws the random numbers of another."""
    program = tmp_path / "children.py"
    program.write_text(
        DIGEST
        + f"""
import multiprocessing

def work(number):
    return digest(), random()

if __name__ == "__main__":
    own = [work(0), work(0)]
    with multiprocessing.get_context({method!r}).Pool(4) as pool:
        all_of_them = own + pool.map(work, range(40), chunksize=1)
    assert {{digest for digest, _ in all_of_them}} == {{digest()}}
    assert len({{number for _, number in all_of_them}}) == len(all_of_them)
    print(digest())
"""
    )
    code = "import runpy, sys; runpy.run_path(sys.argv[1], run_name='__main__')"
    assert run_python(code, program) == f"{ABC}\n"


def test_a_fork_with_an_error_in_the_queue() -> None:
    """The child has a copy of the queue, and its end leaves the parent's alone."""
    code = """
import os
from tongsuo_py._binding import errors, ffi, lib
lib.EVP_CIPHER_fetch(ffi.NULL, b"no-such-cipher", ffi.NULL)
child = os.fork()
if child == 0:
    os._exit(len(errors.drain()))
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
assert len(errors.drain()) == 1
print("ok")
"""
    assert run_python(code) == "ok\n"


INTERPRETERS = """
import os, sys, threading
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

def create(isolated):
    if sys.version_info >= (3, 13):
        return interpreters.create("isolated" if isolated else "legacy")
    return interpreters.create(isolated=isolated)

def run(interpreter, code):
    '''What the code there writes to the file descriptor `out`; or the text of its error.'''
    reading, out = os.pipe()
    try:
        failed = interpreters.run_string(interpreter, f"out = {out}\\n" + code)
    except interpreters.RunFailedError as error:  # up to 3.12
        failed = error
    os.close(out)
    with open(reading) as file:
        return str(failed) if failed else file.read()
"""


def test_a_sub_interpreter() -> None:
    code = (
        INTERPRETERS
        + f"CODE = {DIGEST!r}\n"
        + """
exec(CODE)
import tongsuo_py.ssl
for _ in range(3):
    interpreter = create(isolated=False)
    answer = run(interpreter, CODE + '''
import os
from tongsuo_py import ssl
ssl.SSLContext(ssl.PROTOCOL_NTLS_CLIENT)
os.write(out, digest().encode())
''')
    assert answer == digest(), answer
    interpreters.destroy(interpreter)
print(digest())
"""
    )
    assert run_python(code, **UNMEASURED) == f"{ABC}\n"


def test_callbacks_in_sub_interpreters(material: Path) -> None:
    """Each gets its own answer. The main interpreter has to have imported the package as well.

    (CFFI takes the GIL by PyGILState_Ensure, which always means the main interpreter.)
    """
    code = (
        INTERPRETERS
        + """
import tongsuo_py._binding.pem
ASK = '''
import os
from tongsuo_py._binding import pem
with open(PATH, "rb") as file:
    data = file.read()
try:
    pem.private_key_from_pem(data, lambda: PASSWORD)
except ValueError as error:
    os.write(out, type(error).__name__.encode())
else:
    os.write(out, b"unlocked")
'''
def variables(password):
    return f"PATH, PASSWORD = {sys.argv[1]!r}, {password!r}\\n"
right, wrong = create(isolated=False), create(isolated=False)
for _ in range(3):
    assert run(right, variables("a password") + ASK) == "unlocked"
    assert run(wrong, variables("another") + ASK) == "PasswordError"
interpreters.destroy(right)
assert run(wrong, variables("a password") + ASK) == "unlocked"
interpreters.destroy(wrong)  # from 3.14 on CPython warns of those that are left
print("ok")
"""
    )
    assert run_python(code, material / "locked.key", **UNMEASURED) == "ok\n"


def test_an_interpreter_with_a_gil_of_its_own_is_refused() -> None:
    """CFFI does not support them; that has to be an ImportError. (Before 3.12 there are none.)"""
    code = (
        INTERPRETERS
        + """
interpreter = create(isolated=True)
answer = run(interpreter, "import os\\ntry:\\n  import tongsuo_py._binding\\n"
             "except ImportError: os.write(out, b'ImportError')\\nelse: os.write(out, b'fine')")
interpreters.destroy(interpreter)
print(answer)
"""
    )
    wanted = "ImportError\n" if sys.version_info >= (3, 12) else "fine\n"
    assert run_python(code, **UNMEASURED) == wanted
