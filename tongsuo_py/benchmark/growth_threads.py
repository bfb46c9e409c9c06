"""Throughput against threads, in a process of its own (``Child``)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from functools import cache, partial
from time import perf_counter

from tongsuo_py import sm2, sm4
from tongsuo_py.benchmark.timing import Call

_BLOCK = 1 << 16  # bytes

#: What is measured; each thread does it over and over.
OPERATIONS: Mapping[str, str] = {
    "SM2 sign": "a message of 32 bytes, one key for all threads",
    "SM2 verify": "the same",
    "SM4-GCM 64 KiB": "encrypted, one key for all threads",
    "TLCP handshake": "both ends, in memory, one pair of contexts; ECC, mutual",
}


@cache
def _operation(name: str, directory: str) -> Callable[[], Call]:
    """Makes what one thread does."""
    if name == "SM4-GCM 64 KiB":
        cipher, data = sm4.GCM(os.urandom(16)), os.urandom(_BLOCK)
        return lambda: partial(cipher.encrypt, os.urandom(12), data, None)
    if name == "TLCP handshake":
        from pathlib import Path

        from tongsuo_py import ssl
        from tongsuo_py.benchmark.scheme_sessions import Pair

        pair = Pair(ssl, "TLCP ECC", Path(directory))
        return lambda: pair.handshake
    key, message = sm2.PrivateKey.generate(), os.urandom(32)
    if name == "SM2 sign":
        return lambda: partial(key.sign, message)
    public, signature = key.public_key(), key.sign(message)
    return lambda: partial(public.verify, signature, message)


def throughput(name: str, directory: str, threads: int, seconds: float) -> float:
    """How often so many threads do it in a second, all together."""
    calls = [_operation(name, directory)() for _ in range(threads)]
    done = [0] * threads
    ready, end = threading.Barrier(threads + 1), threading.Event()

    def work(index: int) -> None:
        call = calls[index]
        call()  # what a thread has of its own is made once
        ready.wait()
        while not end.is_set():
            call()
            done[index] += 1

    workers = [threading.Thread(target=work, args=(index,)) for index in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    start = perf_counter()
    end.wait(seconds)
    end.set()
    for worker in workers:
        worker.join()
    return sum(done) / (perf_counter() - start)


ANSWERS = {"throughput": throughput}
