"""All of one job: its output, its attempts, and everything else that is known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from queuectl_tui.rules.records import Job, Run, Usage
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.times import show_duration
from queuectl_tui.tui import format as show
from queuectl_tui.tui.look import Detail
from queuectl_tui.tui.widgets.attempts import Attempts
from queuectl_tui.tui.widgets.log_window import LogWindow
from queuectl_tui.tui.widgets.one_line import OneLine
from queuectl_tui.tui.widgets.output_pane import OutputPane
from queuectl_tui.tui.widgets.parts import Panes
from queuectl_tui.tui.widgets.styled import Styled

PANES = ("output", "attempts", "details")
_LONGEST = 20_000
_NONE: Mapping[int, Usage] = MappingProxyType({})


class TextPane(Styled, VerticalScroll, can_focus=True):
    """Text that scrolls; it is drawn only when it changes."""

    def __init__(self, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown = Text()
        self._static = Static(Text(), markup=False)

    def compose(self) -> ComposeResult:
        """Hold the text."""
        yield self._static

    def style_of(self, name: str) -> Style:
        """Give the style of a component class."""
        return self.part_style(f"text-pane--{name}")

    def put(self, text: Text) -> None:
        """Show another text."""
        if text != self._shown or text.spans != self._shown.spans:
            self._shown = text
            self._static.update(text)


class DetailTitle(OneLine):
    """Which job, which pane, and how the last run stands."""

    def show(self, job: Job | None, pane: str, attempts: int, words: Sequence[tuple[str, str]]) -> None:
        """Show the title; of the words about the pane as many as there is room for, the most important first."""
        text = Text()
        text.append(f" {line(job.id) if job else ''} ", self.style_of("strong"))
        for name in PANES if job else ():
            label = name.capitalize() + (f" {attempts}" if name == "attempts" and attempts else "")
            text.append(f" {label} ", self.style_of("active" if name == pane else "muted"))
        right = Text()
        for word, style in words:
            if text.cell_len + right.cell_len + cell_len(word) + 5 <= self.size.width:
                right.append(" · " if right else "", self.style_of("muted")).append(word, self.style_of(style))
        self.put(text, right.append(" "))


class DetailPane(Vertical):
    """The job at the cursor."""

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__(id="detail")
        self.pane = "output"
        self._detail: Detail | None = None
        self._usage: Mapping[int, Usage] = _NONE
        self._title = DetailTitle(id="detail-title")
        self._output = OutputPane(ascii_only=ascii_only)
        self._attempts = Attempts(ascii_only=ascii_only)
        self._details = TextPane("details")

    def compose(self) -> ComposeResult:
        """Hold the title and the three panes."""
        yield self._title
        with Panes(initial="output", id="panes"):
            yield self._output
            yield self._attempts
            yield self._details

    def show(self, detail: Detail | None, usage: Mapping[int, Usage] = _NONE) -> None:
        """Show another job, or the same as it has become."""
        self._detail, self._usage = detail, usage
        job = detail.job if detail is not None else None
        runs = detail.runs if detail is not None else ()
        self._output.put(job, runs)
        self.show_title()
        if self.pane == "attempts":
            self._attempts.put(job, runs)
        elif self.pane == "details":
            self._details.put(Text() if detail is None or job is None else details_text(job, detail))

    def show_title(self) -> None:
        """Show what is in view."""
        job = self._detail.job if self._detail is not None else None
        runs = self._detail.runs if self._detail is not None else ()
        words: list[tuple[str, str]] = []
        run = runs[-1] if runs else None
        if self.pane == "output" and self._output.run is not None:
            words += self._output.words
            run = self._output.run
        usage = self._usage.get(job.seq) if job is not None else None
        words += [(part, "muted") for part in _how(run, usage)]
        self._title.show(job, self.pane, len(runs), words)

    def on_log_window_changed(self, message: LogWindow.Changed) -> None:
        """Show what is in view of the output."""
        message.stop()
        self.show_title()

    def on_attempts_opened(self, message: Attempts.Opened) -> None:
        """Show what a run printed."""
        message.stop()
        self._output.choose(message.run)
        self._show_pane("output")

    def turn(self, step: int) -> None:
        """Show the next pane, or the one before."""
        self._show_pane(PANES[(PANES.index(self.pane) + step) % len(PANES)])

    def _show_pane(self, name: str) -> None:
        self.pane = name
        switcher = self.query_one(Panes)
        had = switcher.visible_content is not None and switcher.visible_content.has_focus_within
        switcher.current = self.pane
        if had:
            self.query_one(f"#{self.pane}").focus()
        self.show(self._detail, self._usage)


def _how(run: Run | None, usage: Usage | None) -> list[str]:
    """Say how a run stands, or went."""
    if run is None:
        return []
    parts = [line(run.outcome).replace("_", " ") if run.outcome != "completed" else ""]
    if run.signal is not None:
        parts.append(f"killed by SIG{show.signal_name(run.signal)}")
    elif run.exit_code:
        parts.append(f"exit {run.exit_code}")
    if run.outcome == "running":
        parts.append(f"since {show.clock(run.started_at)[11:]}")
        if usage is not None and usage.cpu_percent is not None:
            parts.append(f"{usage.cpu_percent:.0f}% CPU")
        parts.append(show.size(usage.rss_bytes) if usage is not None else "")
    else:
        parts.append(show.elapsed(run.duration_ms))
    parts.append(f"run {run.run}")
    if run.max_rss_kib:
        parts.append(f"{show.size(run.max_rss_kib * 1024)} peak")
    return [part for part in parts if part]


def details_text(job: Job, detail: Detail) -> Text:
    """Write everything that is known of a job."""
    text = Text()
    for name, value in _fields(job):
        if value:
            text.append(f" {name:<13}", "dim")
            text.append(f"{line(value[:_LONGEST])}\n")
    if detail.stuck is not None:
        text.append(f" {'stuck':<13}", "dim")
        text.append(f"{line(detail.stuck)}\n", "bold")
    if detail.changes:
        text.append("\n history\n", "bold dim")
    for change in reversed(detail.changes):
        before, after = line(change.before or ""), line(change.after or "gone")
        states = f"{before} → {after}" if before != after else ""
        reason = f"  {line(change.reason)}" if change.reason else ""
        text.append(f" {show.clock(change.at)}  {line(change.move):<10} {states:<26} {line(change.actor)}{reason}\n")
    return text


def _waits(job: Job) -> str:
    what = show.clock(job.due_at) if job.waiting == "due" else job.waiting_for
    return " ".join(part for part in (job.waiting, what) if part)


def _in_all(job: Job) -> str:
    return f", {job.run} runs in all" if job.run > job.attempts else ""


def _fields(job: Job) -> list[tuple[str, str]]:
    return [
        ("id", job.id),
        ("command", job.command),
        ("state", job.state + (f" ({job.reason})" if job.reason else "")),
        ("waits", _waits(job)),
        ("queue", job.queue),
        ("priority", str(job.priority)),
        ("tags", ", ".join(job.tags)),
        ("after", ", ".join(job.after)),
        ("attempts", f"{job.attempts} of {job.max_retries + 1}" + _in_all(job)),
        ("timeout", show_duration(job.timeout_s) if job.timeout_s else "none"),
        ("backoff", f"{job.backoff_base:g} ^ n seconds"),
        ("on interrupt", job.on_interrupt),
        ("cwd", job.cwd),
        ("env", " ".join(f"{name}={value}" for name, value in job.env.items())),
        ("enqueued", show.clock(job.created_at)),
        ("started", show.clock(job.started_at)),
        ("finished", show.clock(job.finished_at)),
        ("took", show.elapsed(job.duration_ms)),
        ("worker", job.worker or ""),
        ("exit", show.ending(job)),
        ("error", job.error or ""),
        ("output", show.size(job.output_bytes)),
    ]
