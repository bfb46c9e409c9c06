"""No code without a use: what vulture finds is used by somebody whom it does not know, or goes."""

from __future__ import annotations

from fnmatch import fnmatch

import vulture
from tree import ROOT

#: What is looked through for uses; only what is not of tests/ is reported.
WHERE = ("tongsuo_py", "tongsuo", "native", "fuzz", "benchmarks", "docs", "examples", "tests")
PROGRAMS = ("build_ffi.py", "setup.py")

#: Names (or patterns), and who uses them.
USED_BY_OTHERS = {
    "build_ffi.py:make_ffi": "setup.py names it to CFFI in a string",
    "build_ffi.py:pre_run": "setuptools calls it before it builds",
    "build_ffi.py:extra_objects": "setuptools reads it",
    "docs/conf.py:*": "Sphinx reads its settings from there",
    "examples/mqtt_paho.py:on_*": "paho-mqtt calls what its decorators were given",
    "tongsuo/steps.py:frame": "an argument that every handler of a signal has",
    "tongsuo_py/benchmark/growth_data.py:writable": "io asks for it",
    "tongsuo_py/benchmark/others/*:sm[24]_*": "found by their names, by the worker that loads them",
    "tongsuo_py/benchmark/others/*:_has_p*_key": "fields that the package's own methods look at",
    "tongsuo_py/cli/process.py:frame": "an argument that every handler of a signal has",
    "tongsuo_py/_binding/callbacks.py:rwflag": "an argument that OpenSSL's callback has",
    "tongsuo_py/_binding/ssl_callbacks.py:arg": "an argument that OpenSSL's callbacks have",
    "tongsuo_py/_binding/parameters.py:data_*": "fields of a struct: OpenSSL reads them",
    "tongsuo_py/_binding/pkey.py:data_*": "fields of a struct: OpenSSL reads them",
    "tongsuo_py/_binding/x509.py:DECIPHER_ONLY": "a key usage of RFC 5280, there for the users",
    "tongsuo_py/pki/crl.py:*": "reasons of RFC 5280, there for the users",
    "tongsuo_py/_injection.py:__instancecheck__": "Python calls it",
    "tongsuo_py/cli/parser.py:_split_lines": "argparse calls it",
    "tongsuo_py/__init__.py:*ct_*_ssl": "public functions, called by programs that tests start",
    "tongsuo_py/cli/relay.py:sent_*": "asdict writes them to the log",
    "tongsuo_py/cli/relay.py:received_*": "asdict writes them to the log",
    "tongsuo_py/sm3/hashing.py:usedforsecurity": "an argument that hashlib's functions have",
    "tongsuo_py/ssl/_context.py:_wrap_*": "the standard library's SSLSocket, SSLObject call it",
    "tongsuo_py/ssl/_memory.py:_given": "keeps alive the bytes that C reads where they are",
    "tongsuo_py/ssl/_negotiation.py:npn_protocols": "an argument as in the standard library",
}


def test_every_name_has_a_use() -> None:
    finder = vulture.Vulture()
    finder.scavenge([str(ROOT / name) for name in (*WHERE, *PROGRAMS)])
    found = []
    for item in finder.get_unused_code(min_confidence=60):
        path = item.filename.relative_to(ROOT).as_posix()
        if not path.startswith("tests/"):  # fixtures and plugins are found by their names
            found.append(f"{path}:{item.name}")
    unknown = [name for name in found if not any(fnmatch(name, use) for use in USED_BY_OTHERS)]
    assert not unknown, "used by nobody: " + ", ".join(unknown)
    for use in USED_BY_OTHERS:
        assert any(fnmatch(name, use) for name in found), f"{use} excuses nothing any more"
