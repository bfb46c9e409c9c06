"""How far a long piece of work is: a bar on standard error, on a terminal that rich can draw on."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from tongsuo_py.cli.output import printable

#: Called with what is done by now, and with all there is (None where that is unknown).
Tell = Callable[[int, int | None], None]

_LEAST = 16 * 2**20  # bytes; less is done before a bar could be read
_PIECE = 2**20
_LONGEST_NAME = 20  # columns


def pieces(stream: BinaryIO, label: str) -> Iterator[bytes]:
    """All that is in the stream, piece by piece, with a bar while the caller works on them."""
    status = os.fstat(stream.fileno())
    total = status.st_size if stat.S_ISREG(status.st_mode) else None
    with bar(label) as tell:
        done = 0
        while piece := stream.read(_PIECE):
            yield piece
            done += len(piece)
            tell(done, total)


@contextmanager
def bar(label: str) -> Iterator[Tell]:
    """A bar for work on bytes; it is there as long as the ``with`` block runs.

    Of a path in ``label`` it shows the last part.
    """
    display = _display() if sys.stderr.isatty() else None
    if display is None:
        yield lambda done, total: None
        return
    task = None

    def tell(done: int, total: int | None) -> None:
        nonlocal task
        if task is None and (done if total is None else total) >= _LEAST:
            name = printable(os.path.basename(label))
            task = display.add_task(name, total=total, completed=done)
            display.start()
        if task is not None:
            display.update(task, completed=done)

    try:
        yield tell
    finally:
        if task is not None:
            display.stop()


def _display() -> Any:
    """What draws the bar, a ``rich.progress.Progress``; None where rich is not installed."""
    try:
        from rich import progress
        from rich.console import Console
        from rich.table import Column
    except ImportError:
        return None
    name = Column(max_width=_LONGEST_NAME, no_wrap=True, overflow="ellipsis")
    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False, table_column=name),
        progress.BarColumn(),
        progress.DownloadColumn(),
        progress.TransferSpeedColumn(),
        progress.TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
