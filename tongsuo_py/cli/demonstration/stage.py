"""What the demo shows, and what it finds true or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

from tongsuo_py import __version__
from tongsuo_py.cli.demonstration.programs import Program, Unexpected
from tongsuo_py.cli.demonstration.world import World
from tongsuo_py.cli.events import STEPS, Event
from tongsuo_py.cli.failures import EXIT_OK, EXIT_SESSION
from tongsuo_py.cli.output import Printer, count
from tongsuo_py.cli.process import shielded
from tongsuo_py.ssl import TONGSUO_VERSION

_WIDEST = 8  # "attacker"
_MANY = 3  # more messages than this at once are shown as their sum


@dataclass
class Act:
    """A part of the demo and whether all that was checked in it was as it should be."""

    title: str
    checks: int = 0
    wrong: list[str] = field(default_factory=list)
    result: str = ""

    @property
    def good(self) -> bool:
        """Whether something was checked, and all of it held."""
        return self.checks > 0 and not self.wrong


@dataclass(frozen=True)
class Note:
    """A line of one of those who take part: a program, or the demo itself in another role."""

    time: int
    who: str
    label: str
    text: str
    style: str = ""


class Stage:
    """Shows the programs' events in the order in which they happened, and collects findings."""

    def __init__(self, printer: Printer, world: World) -> None:
        self._printer = printer
        self._home = f"{world.directory}/"
        self._bar = printer.glyph("│", "|")
        self._good = printer.glyph("✓", "+")
        self._bad = printer.glyph("✗", "!")
        self._acts: list[Act] = []
        self._cast: list[Program] = []
        self._shown: dict[Program, int] = {}
        self._step = 0

    # ---- the frame ----

    def title(self) -> None:
        """Who we are."""
        self._printer.line(("TLCP, step by step", "title"))
        self._printer.paragraph(f"tongsuo-py {__version__}, {TONGSUO_VERSION}", "dim")

    def act(self, title: str, play: Callable[[], str]) -> None:
        """Play a part; its result is shown if all checks in it held, otherwise what did not."""
        act = Act(title)
        self._acts.append(act)
        self._step = 0
        self._printer.line()
        self._printer.line((title, "title"))
        try:
            act.result = play()
        except Unexpected as error:
            self.show(*self._cast)
            self.check(False, str(error))
        finally:
            for program in self._cast:
                program.end()
            self._cast.clear()

    def summary(self, kept: Path | None) -> int:
        """Show what came of each part; the exit code of the demo."""
        self._printer.line()
        self._printer.line(("Result", "title"))
        for act in self._acts:
            text = act.result if act.good else "; ".join(act.wrong)
            mark = self._good if act.good else self._bad
            style = "result_ok" if act.good else "result_bad"
            self._printer.marked(f"  {mark} ", f"{act.title}: {text}", style)
        if kept is not None:
            self._printer.line()
            self.say("To go on with these certificates, in two terminals:")
            for command in (
                f"tongsuo-py server --pair {quote(str(kept / 'server'))} --echo",
                f"tongsuo-py client --pair {quote(str(kept / 'client'))} --host localhost",
            ):
                self._printer.line((f"  {command}", "label"))
        return EXIT_OK if self._acts and all(act.good for act in self._acts) else EXIT_SESSION

    # ---- in an act ----

    def program(self, side: str, *arguments: str | Path | int) -> Program:
        """Start a program, see there; it ends with the act at the latest."""
        with shielded():
            self._cast.append(Program(side, *arguments))
        return self._cast[-1]

    def say(self, text: str) -> None:
        """A sentence of the narrator's."""
        self._printer.paragraph(text)

    def gap(self) -> None:
        """An empty line."""
        self._printer.line()

    def check(self, holds: bool, text: str) -> bool:
        """Take down a finding; it is shown, and one that does not hold fails the demo."""
        act = self._acts[-1]
        act.checks += 1
        if not holds:
            act.wrong.append(text)
        mark, style = (self._good, "ok") if holds else (self._bad, "result_bad")
        self._printer.marked(f"  {mark} ", text if holds else f"NOT SO: {text}", style)
        return holds

    def show(
        self,
        *programs: Program,
        steps: bool = False,
        leave_out: Iterable[str] = (),
        notes: Iterable[Note] = (),
    ) -> None:
        """Show what the programs told since the last time, in the order in which it happened.

        With ``steps`` under the headings of the steps; then an earlier step comes first. ``notes``
        are shown among the events.
        """
        fresh: list[tuple[Program, Event]] = []
        for program in programs:
            events = list(program.events)
            begin = self._shown.get(program, 0)
            fresh += [(program, event) for event in events[begin:] if event.name not in leave_out]
            self._shown[program] = len(events)
        shown = [self._note_of(program, event) for program, event in _summed(fresh)]
        shown += [(0, note) for note in notes]
        for step, note in sorted(shown, key=lambda item: (item[0] if steps else 0, item[1].time)):
            if steps and step > self._step:
                self._heading(step)
            prefix = (f"  {note.who:<{_WIDEST}} {self._bar} ", note.who)
            self._printer.entry(note.label, note.text, note.style, prefix)

    def _note_of(self, program: Program, event: Event) -> tuple[int, Note]:
        kind = event.kind
        text = kind.text(event.fields).replace(self._home, "")
        return kind.step, Note(event.time, program.side, kind.label, text, kind.style)

    def no_other_lines(self, *programs: Program) -> None:
        """Check that the programs wrote events only: no traceback, no warning."""
        for program in programs:
            for line in program.other_lines:
                self.check(False, f"the {program.side} wrote: {line}")

    def _heading(self, step: int) -> None:
        self._step = step
        self._printer.line()
        self._printer.line((f"{step}. {STEPS[step]}", "heading"))


def _summed(events: list[tuple[Program, Event]]) -> list[tuple[Program, Event]]:
    """The events, but of many messages one way only the sum, where the first of them was."""
    ways: dict[tuple[Program, str], list[Event]] = {}
    for program, event in events:
        if event.name in ("sent", "received"):
            ways.setdefault((program, event.name), []).append(event)
    shown: list[tuple[Program, Event]] = []
    for program, event in events:
        way = ways.get((program, event.name), [])
        if len(way) <= _MANY:
            shown.append((program, event))
        elif event is way[0]:
            total = sum(each.fields["bytes"] for each in way)
            text = f"in {count(len(way), 'message')}"
            shown.append(
                (program, Event(event.name, {"bytes": total, "preview": text}, event.time))
            )
    return shown
