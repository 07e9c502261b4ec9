"""Lines of the frame: the head, the tabs and the keys; each draws itself only when its text changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.text import Span, Text
from textual.events import Click
from textual.message import Message
from textual.strip import Strip

from queuectl_tui.rules.safe import line
from queuectl_tui.rules.shares import percent
from queuectl_tui.store.rates import MINUTE
from queuectl_tui.tui.format import bars
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.look import TABS, Snapshot
from queuectl_tui.tui.widgets.lined import Lined

#: The pace is that of so many spans of a minute.
_LATE = 3
#: Up to so many workers are drawn one by one.
_METER = 8
_TITLES = {name: name.capitalize() for name in TABS}
#: What the tabs are called where there is less and less room; the open one keeps the second name at least.
_ABBREVIATED = _TITLES | {"processing": "Proc", "completed": "Done", "workers": "Wrk"}
_SHORT = _ABBREVIATED | {"all": "", "metrics": ""}
_SHORTER = _SHORT | {"pending": "Pend", "failed": "Fail", "workers": ""}
_NAMES = (_TITLES, _ABBREVIATED, _ABBREVIATED | {"metrics": ""}, _SHORT, _SHORTER, dict.fromkeys(TABS, ""))


class OneLine(Lined):
    """One line with a left and a right part; the right one goes when there is no room."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._left = self._right = Text()
        self._seen: tuple[object, ...] = ()
        self._colours: dict[str, str] = {}

    def knows(self, *seen: object) -> bool:
        """Tell whether it was shown the same before, and as wide; if not, it knows it now."""
        old, self._seen = self._seen, (*seen, self.size.width)
        return old == self._seen

    def change_colours(self) -> None:
        """Draw in other colours."""
        self._colours.clear()
        super().change_colours()

    def put(self, left: Text, right: Text | None = None) -> None:
        """Show other words."""
        right = right or Text()
        if (left, right) != (self._left, self._right) or left.spans != self._left.spans:
            self._left, self._right = left, right
            self.redraw()

    def render_line(self, y: int) -> Strip:
        """Draw a line; where there are more than it has, they are empty."""
        lines = self.lines()
        ground = self.rich_style
        segments: list[Segment] = []
        if y < len(lines):
            drawn = self.coloured(lines[y]).render(self.app.console)
            segments = [Segment(part.text, ground + part.style if part.style else ground) for part in drawn]
        return Strip(segments).adjust_cell_length(self.size.width, ground)

    def lines(self) -> list[Text]:
        """Give what is drawn: one line with both parts."""
        cells = self.size.width
        found = self._left.copy()
        if found.cell_len + self._right.cell_len + 1 <= cells:
            found.pad_right(cells - found.cell_len - self._right.cell_len)
            found.append_text(self._right)
        found.truncate(cells, overflow="crop")
        found.end = ""
        return [found]

    def style_of(self, name: str) -> str:
        """Name a component class as the style of a text; what it looks like is looked up when it is drawn."""
        return f"@{name}"

    def coloured(self, text: Text) -> Text:
        """Put colours in the place of the names of component classes."""
        text.spans = [Span(start, end, self._colour(str(style))) for start, end, style in text.spans]
        return text

    def _colour(self, names: str) -> str:
        if names not in self._colours:
            styles = (self.part_style(f"one-line--{name[1:]}") for name in names.split())
            self._colours[names] = " ".join(map(str, styles))
        return self._colours[names]


class Head(OneLine):
    """What queue this is, how fast it goes, and what needs a person's eye."""

    def __init__(self, place: str, *, ascii_only: bool = False) -> None:
        super().__init__(id="head")
        self._place = line(place)
        self._ascii = ascii_only

    def show(self, snapshot: Snapshot) -> None:
        """Show the queue as it is."""
        if self.knows(snapshot.counts, snapshot.workers, snapshot.completed, snapshot.trouble):
            return
        left = Text()
        left.append(" queuectl ", self.style_of("brand"))
        told = self._state(snapshot)
        if snapshot.trouble is not None:
            told = [Text(f" {line(snapshot.trouble)} ", self.style_of("error"))]
        while len(told) > 1 and sum(part.cell_len for part in told) > self.size.width - left.cell_len - 1:
            told.pop(0)
        right = Text().join(told)
        room = self.size.width - left.cell_len - right.cell_len - 3
        place = self._place
        if cell_len(place) > room:
            # Its end says most.
            place = set_cell_size(place[::-1], max(0, room - 1)).rstrip()[::-1]
            place = ("~" if self._ascii else "…") + place if place else ""
        left.append(f"  {place}", self.style_of("muted"))
        self.put(left, right)

    def _state(self, snapshot: Snapshot) -> list[Text]:
        """Tell how the queue does, in parts; what matters most comes last."""
        told = []
        done = snapshot.completed
        if any(done):
            told.append(Text(bars(done, ascii_only=self._ascii)[0], self.style_of("good")))
            told.append(Text(f" {_pace(done, snapshot.at):.1f}/s ", self.style_of("strong")))
        jobs = snapshot.counts.jobs
        if ended := jobs["completed"] + jobs["dead"]:
            told.append(Text(f" {percent(jobs['completed'] / ended)} ok ", self.style_of("muted")))
        return [*told, *self._workers(snapshot), *self._paused(snapshot)]

    def _workers(self, snapshot: Snapshot) -> list[Text]:
        told = []
        jobs = snapshot.counts.jobs
        workers = [worker for worker in snapshot.workers if worker.state != "lost"]
        busy = sum(worker.job is not None for worker in workers)
        if workers:
            style = self.style_of("accent" if busy else "muted")
            if len(workers) <= _METER:
                full, empty = ("#", "-") if self._ascii else ("◆", "◇")
                told.append(Text(f"  {full * busy}{empty * (len(workers) - busy)}", style))
            told.append(Text(f" {busy}/{len(workers)} busy ", style))
        elif jobs["pending"] or jobs["failed"]:
            told.append(Text(f" no worker runs: press {named(self.app, 'start_worker')} ", self.style_of("alert")))
        if lost := len(snapshot.workers) - len(workers):
            told.append(Text(f" {lost} lost ", self.style_of("error")))
        return told

    def _paused(self, snapshot: Snapshot) -> list[Text]:
        queues = snapshot.counts.queues
        paused = [queue.name for queue in queues if queue.paused]
        names = ", ".join(paused[:3]) + (" …" if len(paused) > 3 else "")
        told = "all queues paused" if len(paused) == len(queues) > 1 else f"paused: {line(names)}"
        return [Text(f" {told} ", self.style_of("alert"))] if paused else []


class Tabs(OneLine):
    """The tabs by number, with their counts; a click opens one."""

    class Chosen(Message):
        """A tab was clicked."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(id="tabs")
        self._ascii = ascii_only
        self._ends: list[tuple[int, str]] = []
        #: The cells that the open tab takes, and its name.
        self._under = (0, 0, "all")

    def show(self, active: str, snapshot: Snapshot) -> None:
        """Show the counts, and which tab is open; in short where there is no room for all."""
        if self.knows(active, snapshot.counts, len(snapshot.workers)):
            return
        jobs = snapshot.counts.jobs
        numbers = {**jobs, "all": sum(jobs.values()), "workers": len(snapshot.workers)}
        for names in _NAMES:
            text = self._line(active, numbers, names)
            if text.cell_len <= self.size.width:
                break
        self.put(text)

    def _line(self, active: str, numbers: Mapping[str, int], names: Mapping[str, str]) -> Text:
        text = Text()
        short = names is not _TITLES
        self._ends = []
        for number, name in enumerate(TABS):
            count = numbers.get(name)
            on = name == active
            begin = text.cell_len
            title = (names if not on or not short else _SHORT)[name] or (_TITLES[name] if on else "")
            label = f" {title}" if title else ""
            if on:
                text.append(f" {number}{label} ", self.style_of("active"))
            else:
                text.append(f" {number}", self.style_of("muted"))
                text.append(f"{label} ", self.style_of("strong" if count else "muted"))
            if count is not None and (count or on) and not (short and name == "all" and not on):
                style = self.style_of("active") + " " + self.style_of(name) if on else self.style_of(name)
                text.append(f"{_short(count) if short else f'{count:,}'} ", style)
            if on:
                self._under = (begin, text.cell_len, name)
            text.append("" if short else " ")
            self._ends.append((text.cell_len, name))
        return text

    def lines(self) -> list[Text]:
        """Give the tabs, and where there is room a rule that the open one stands on."""
        if self.size.height < 2:
            return super().lines()
        begin, end, name = self._under
        thin, thick = ("-", "=") if self._ascii else ("─", "━")
        rule = Text(end="")
        rule.append(thin * begin, self.style_of("rule"))
        rule.append(thick * (end - begin), self.style_of(name))
        rule.append(thin * max(0, self.size.width - end), self.style_of("rule"))
        return [*super().lines(), rule]

    def on_click(self, event: Click) -> None:
        """Open the tab at the mouse."""
        for end, name in self._ends:
            if event.x < end:
                self.post_message(self.Chosen(name))
                return


class Hint(NamedTuple):
    """A key that can be pressed here."""

    key: str
    label: str
    legal: bool = True


class Keys(OneLine):
    """What can be pressed here; what cannot be done to the job at the cursor is dim."""

    def show(self, hints: Sequence[Hint], note: str = "") -> None:
        """Show the keys that fit; the last one always."""
        text, last = Text(), Text()
        for hint in hints[-1:]:
            self._add(last, hint)
        room = self.size.width - len(note) - last.cell_len - 1
        for hint in hints[:-1]:
            if text.cell_len + len(hint.key) + len(hint.label) + 3 > room:
                break
            self._add(text, hint)
        self.put(text.append_text(last), Text(note, self.style_of("warning")))

    def _add(self, text: Text, hint: Hint) -> None:
        text.append(f" {hint.key}", self.style_of("accent" if hint.legal else "muted"))
        text.append(f" {hint.label} ", self.style_of("strong" if hint.legal else "muted"))


def _pace(done: Sequence[int], at: int) -> float:
    """Give the jobs completed each second of late: in the last spans but the one that has just begun, and in that."""
    late = done[-_LATE:]
    return sum(late) * 1000 / ((len(late) - 1) * MINUTE.each_ms + at % MINUTE.each_ms + 1)


def _short(count: int) -> str:
    for length, unit in ((1_000_000, "M"), (10_000, "k")):
        if count >= length:
            return f"{count / (1000 if unit == 'k' else length):.3g}{unit}"
    return str(count)
