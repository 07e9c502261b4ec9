"""Print what a job printed."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.choosing import Reading, jobs_argument
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.noun import Noun
from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.rules.safe import Cleaner
from queuectl_tui.store import output as stored
from queuectl_tui.store import past, queries, watch
from queuectl_tui.store.database import Store

_LOOK_S = 0.1


class Printer:
    """Writes pieces of output: raw bytes, or made safe on a terminal; `apart`, stderr goes to stderr.

    A context manager that leaves the terminal without the job's colours, also at ctrl-c.
    """

    def __init__(self, *, apart: bool = False) -> None:
        err = sys.stderr if apart else sys.stdout
        self._files = {"stdout": sys.stdout, "stderr": err}
        self._cleaners = {file: Cleaner(colours=True) for file in self._files.values() if file.isatty()}
        self._ends: dict[str, int] = {}

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush(end=True)

    def piece(self, chunk: Chunk) -> None:
        """Write one piece."""
        expected = self._ends.get(chunk.stream, 0)
        self._ends[chunk.stream] = chunk.offset + len(chunk.data)
        if chunk.offset > expected:
            self._cut(chunk.stream, chunk.offset - expected)
        file = self._files[chunk.stream]
        if file in self._cleaners:
            file.write(self._cleaners[file].feed(chunk.data))
        else:
            file.buffer.write(chunk.data)

    def flush(self, *, end: bool = False) -> None:
        """Let what was written be seen."""
        for file, cleaner in self._cleaners.items():
            if end:
                file.write(cleaner.end())
        for file in self._files.values():
            file.flush()

    def _cut(self, stream: str, count: int) -> None:
        """Say where something was cut: in its place on a terminal, on stderr when the bytes are to be raw."""
        text = f"[{count:,} bytes of {stream} were cut here]"
        file = self._files[stream]
        if file in self._cleaners:
            file.write(self._cleaners[file].end() + f"\n{text}\n")
        else:
            file.flush()
            render.note(text)


@click.group(cls=Noun, epilog="Example: queuectl job output k7m2x9qdab --follow")
def job() -> None:
    """Look at one job."""


_OPTIONS = (
    jobs_argument,
    click.option("--stdout", "only_stdout", is_flag=True, help="Only its stdout."),
    click.option("--stderr", "only_stderr", is_flag=True, help="Only its stderr."),
    click.option("--run", "number", type=click.IntRange(1), metavar="N", help="Of that run (default: the last)."),
    click.option("-f", "--follow", is_flag=True, help="Go on until the run ends."),
    json_option,
    pass_place,
)


def _print_output(
    place: Place,
    jobs: Sequence[str],
    only_stdout: bool,
    only_stderr: bool,
    number: int | None,
    follow: bool,
    as_json: bool,
) -> None:
    """Print what a job printed: both streams in the order read, or one of them."""
    if only_stdout and only_stderr:
        only_stdout = only_stderr = False
    stream = "stdout" if only_stdout else "stderr" if only_stderr else None
    documents = []
    with place.reader() as store:
        reading = Reading(store, jobs)
        for job_id in reading.ids:
            found = queries.job(store, job_id)
            run = found.run if number is None else number
            if number is not None and not any(run.run == number for run in past.runs(store, job_id)):
                raise Refused(f"{job_id} has no run {number}; it has had {found.run}")
            if as_json:
                documents.append(_document(store, job_id, found.seq, run, stream))
                continue
            if follow and not run:
                run = _first_run(store, job_id)
            print_run(store, job_id, found.seq, run, stream=stream, follow=follow)
    if as_json:
        reading.document(documents)
    reading.close()


def _command(name: str, example: str) -> click.Command:
    """Make the command, which has two names."""
    function: Callable[..., None] = _print_output
    for option in reversed(_OPTIONS):
        function = option(function)
    return click.command(name, epilog=f"Example: {example}", help=_print_output.__doc__)(function)


logs = _command("logs", "queuectl logs k7m2x9qdab --follow")
job.add_command(_command("output", "queuectl job output k7m2x9qdab --stderr | less"))


def _first_run(store: Store, job_id: str) -> int:
    """Wait for a job that has not started."""
    render.note(f"{job_id} has not started yet")
    while True:
        found = queries.by_ids(store, [job_id])
        if not found or found[0].run or found[0].state in ("completed", "dead"):
            return found[0].run if found else 0
        store.check_file()
        time.sleep(_LOOK_S)


def print_run(
    store: Store,
    job_id: str,
    seq: int,
    run: int,
    *,
    stream: str | None = None,
    follow: bool = False,
    apart: bool = False,
    meanwhile: Callable[[], None] = lambda: None,
) -> None:
    """Print the output of a run and, if wanted, go on until it ends."""
    after, last, version = 0, 0, -1
    with Printer(apart=apart) as printer:
        while True:
            # Whether it runs is asked before the read: what it printed last is read when it has ended.
            running = follow and _runs(store, job_id, run)
            if not follow or (now := watch.version(store.conn)) != version or not running:
                for row, chunk in stored.read(store, seq, run, stream=stream, after=after):
                    printer.piece(chunk)
                    last = row
                after = last
                version = now if follow else -1
                printer.flush()
            if not running:
                return
            meanwhile()
            store.check_file()
            time.sleep(_LOOK_S)


def _runs(store: Store, job_id: str, run: int) -> bool:
    found = queries.by_ids(store, [job_id])
    return bool(found) and found[0].state == "processing" and found[0].run == run


def _document(store: Store, job_id: str, seq: int, run: int, stream: str | None) -> dict[str, Any]:
    """Give the output for JSON: each stream as text, with what was cut."""
    texts = {name: b"" for name in ("stdout", "stderr") if stream in (None, name)}
    for _, chunk in stored.read(store, seq, run, stream=stream):
        texts[chunk.stream] += chunk.data
    runs = [found for found in past.runs(store, job_id) if found.run == run]
    dropped = runs[0].dropped_bytes if runs else 0
    shown = {name: data.decode("utf-8", "backslashreplace") for name, data in texts.items()}
    return {"id": job_id, "run": run, **shown, "dropped_bytes": dropped}
