"""How the queue does: its pace, its success, how long jobs wait and run, by queue, and the slowest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from queuectl_tui.rules.records import Counts, Metrics, Slow, Span
from queuectl_tui.rules.safe import line
from queuectl_tui.rules.shares import percent
from queuectl_tui.tui import format as show
from queuectl_tui.tui.look import Figures
from queuectl_tui.tui.widgets.detail import TextPane

_ROWS = 4
_BAR = 40
_NAME = 16


class MetricsPane(TextPane):
    """The figures as text."""

    KEYS_TITLE = "Moving"

    def __init__(self, *, ascii_only: bool = False) -> None:
        super().__init__("metrics-pane")
        self._ascii = ascii_only
        self._drawn: tuple[Counts, Figures] | None = None

    def change_colours(self) -> None:
        """Write the figures again: their colours are in the text."""
        super().change_colours()
        if self._drawn is not None:
            self.show(*self._drawn)

    def show(self, counts: Counts, figures: Figures) -> None:
        """Show the figures."""
        self._drawn = counts, figures
        text = Text(no_wrap=True)
        self._pace(text, figures.by_minute)
        self._success(text, counts)
        _durations(text, figures, sum(counts.jobs.values()))
        self._queues(text, figures.metrics)
        _slowest(text, figures.slowest)
        self.put(text)

    def _pace(self, text: Text, by_minute: Sequence[int]) -> None:
        _title(text, f"{'THE LAST HOUR':<30}{f'{sum(by_minute):,} completed':>31}")
        for row in show.bars(by_minute, rows=_ROWS, ascii_only=self._ascii):
            text.append(f" {row}\n", self.style_of("good"))
        peak = f"at most {max(by_minute, default=0):,} a minute"
        text.append(f" {'60m ago':<20}{peak:^20}{'now':>20}\n", "dim")

    def _success(self, text: Text, counts: Counts) -> None:
        done, dead = counts.jobs["completed"], counts.jobs["dead"]
        _title(text, "SUCCESS")
        if not done + dead:
            text.append(" nothing has ended yet\n", "dim")
            return
        full = min(round(done / (done + dead) * _BAR), _BAR - bool(dead))
        yes, no = ("#", "-") if self._ascii else ("━", "━")
        text.append(f" {percent(done / (done + dead)):>6}  ", "bold")
        text.append(yes * full, self.style_of("good"))
        text.append(no * (_BAR - full), self.style_of("bad"))
        text.append(f"  {done:,} completed, {dead:,} dead\n")

    def _queues(self, text: Text, metrics: Metrics) -> None:
        if not metrics.queues:
            return
        heads = ("OK", "DONE", "DEAD", "WAIT P50", "RUN P50", "RUN P95")
        _title(text, f"{'BY QUEUE':<{_NAME}}" + "".join(f"{head:>10}" for head in heads))
        for name, part in metrics.queues.items():
            ok = "" if part.success_rate is None else percent(part.success_rate)
            text.append(f" {show.fit(line(name), _NAME)}")
            _cells(text, (ok, f"{part.jobs['completed']:,}"))
            text.append(f"{part.jobs['dead']:>10,}", self.style_of("bad") if part.jobs["dead"] else "")
            _cells(text, map(show.elapsed, (part.wait.p50, part.run.p50, part.run.p95)))
            text.append("\n")


def _title(text: Text, title: str) -> None:
    text.append("\n" if text else "")
    text.append(f" {title}\n", "bold dim")


def _durations(text: Text, figures: Figures, jobs: int) -> None:
    _title(text, f"{'HOW LONG':<{_NAME}}{'AVG':>10}{'P50':>10}{'P95':>10}{'MIN':>10}{'MAX':>10}")
    for name, span in (("wait", figures.metrics.wait), ("run", figures.metrics.run)):
        text.append(f" {name:<{_NAME}}")
        text.append("".join(f"{show.elapsed(value):>10}" for value in _values(span)) + "\n")
    text.append(f" of {'all' if jobs <= figures.newest else f'the last {figures.newest:,}'} jobs\n", "dim")


def _slowest(text: Text, slowest: Sequence[Slow]) -> None:
    if slowest:
        _title(text, "SLOWEST")
    for job in slowest:
        text.append(f" {show.fit(job.id, 12)}", "dim")
        text.append(f"{show.elapsed(job.duration_ms):>10}  {line(job.command[:200])}\n")


def _cells(text: Text, cells: Iterable[str]) -> None:
    for cell in cells:
        text.append(f"{cell:>10}")


def _values(span: Span) -> tuple[float | None, ...]:
    return span.avg, span.p50, span.p95, span.min, span.max
