"""One connection, read and written by two threads at each end: a gigabyte, and no byte wrong."""

from __future__ import annotations

import random
from typing import Any

from amounts import GIGABYTE, amount
from peers import at_once, session

# Tongsuo's SM4 is slow: a gigabyte over TLCP keeps a processor busy for half a minute.
TOTAL = {"TLS": GIGABYTE, "TLCP": amount(400_000_000, GIGABYTE)}  # both directions together
# What is sent is a block of random bytes, over and over. Its length is a prime: whatever is lost,
# doubled or out of place, be it a record or a buffer, what follows is not what it should be.
BLOCK = 1_048_573
SIZES = (1, 100, 16384, 16385, 65536, 200_000)


def block(seed: int) -> memoryview:
    return memoryview(random.Random(seed).randbytes(BLOCK) * 2)


def send(sock: Any, seed: int, total: int) -> None:
    data, chance, done = block(seed), random.Random(seed + 1), 0
    while done < total:
        at = done % BLOCK
        piece = data[at : at + min(chance.choice(SIZES), total - done)]
        if chance.random() < 0.5:
            sock.sendall(piece)
            done += len(piece)
        else:
            done += sock.send(piece)


def check(sock: Any, seed: int, total: int) -> int:
    """Receive and compare; how many bytes came as they were sent."""
    data, chance, done = block(seed), random.Random(seed + 2), 0
    buffer = bytearray(65536)
    while done < total:
        count = sock.recv_into(buffer, min(chance.choice((100, 16384, 65536)), total - done))
        assert count, "an early end"
        at = done % BLOCK
        assert buffer[:count] == data[at : at + count], f"wrong bytes at {done} or behind it"
        done += count
    return done


def test_both_directions_at_once(contexts: Any) -> None:
    total = TOTAL[contexts.protocol] // 2
    with session(contexts.server(), contexts.client()) as (server, client):
        results = at_once(
            lambda: send(client, 1, total),
            lambda: send(server, 2, total),
            lambda: check(server, 1, total),
            lambda: check(client, 2, total),
        )
        assert results == [None, None, total, total]
        assert server.pending() == client.pending() == 0
