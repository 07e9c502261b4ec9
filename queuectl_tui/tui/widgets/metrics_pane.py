"""How the queue does: rates, durations, by queue."""

from __future__ import annotations

from rich.text import Text

from queuectl_tui.rules.records import Metrics, Span
from queuectl_tui.rules.safe import line
from queuectl_tui.tui import format as show
from queuectl_tui.tui.widgets.detail import TextPane


class MetricsPane(TextPane):
    """The figures as text."""

    def __init__(self) -> None:
        super().__init__("metrics-pane")

    def show(self, metrics: Metrics, completed: tuple[int, ...]) -> None:
        """Show the figures."""
        text = Text(no_wrap=True)
        rate = "" if metrics.success_rate is None else f"{metrics.success_rate:.1%}"
        for name, value in (
            ("success rate", rate),
            ("throughput", f"{metrics.throughput_per_s:.2f} jobs a second"),
            ("last minute", f"{sum(completed):,} completed"),
            ("fastest", _job(metrics.fastest)),
            ("slowest", _job(metrics.slowest)),
        ):
            text.append(f" {name:<14}", "dim")
            text.append(f"{value}\n")
        text.append(f"\n {'':<14}{'AVG':>10}{'P50':>10}{'P95':>10}{'MIN':>10}{'MAX':>10}\n", "bold dim")
        for name, span in (("wait", metrics.wait), ("run", metrics.run)):
            text.append(f" {name:<14}", "dim")
            text.append("".join(f"{show.elapsed(value):>10}" for value in _values(span)) + "\n")
        text.append(f"\n {'QUEUE':<16}{'OK':>8}{'COMPLETED':>11}{'DEAD':>8}{'WAIT P50':>10}{'RUN P50':>10}", "bold dim")
        text.append(f"{'RUN P95':>10}\n", "bold dim")
        for name, part in metrics.queues.items():
            ok = "" if part.success_rate is None else f"{part.success_rate:.1%}"
            text.append(f" {line(name)[:15]:<16}{ok:>8}{part.jobs['completed']:>11,}{part.jobs['dead']:>8,}")
            text.append(f"{show.elapsed(part.wait.p50):>10}{show.elapsed(part.run.p50):>10}")
            text.append(f"{show.elapsed(part.run.p95):>10}\n")
        self.put(text)


def _job(found: tuple[str, int] | None) -> str:
    return "" if found is None else f"{show.elapsed(found[1])}  {found[0]}"


def _values(span: Span) -> tuple[float | None, ...]:
    return span.avg, span.p50, span.p95, span.min, span.max
