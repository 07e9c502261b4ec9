"""Which jobs are meant, and what became of each."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.context import Place, from_terminal
from queuectl_tui.rules.errors import InvalidInput, NoSuchJob
from queuectl_tui.rules.records import Report
from queuectl_tui.store import queries
from queuectl_tui.store.database import Store

jobs_argument = click.argument("jobs", nargs=-1, required=True, metavar="JOB...")


def named(words: Sequence[str]) -> list[str]:
    """Give the names of jobs: the words, and for `-` the words of stdin."""
    found: list[str] = []
    for word in words:
        found += _stdin().split() if word == "-" else [word]
    return list(dict.fromkeys(found))


def _stdin() -> str:
    if sys.stdin is None:
        raise InvalidInput("stdin: is closed")
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError:
        raise InvalidInput("stdin: is not UTF-8") from None


def chosen(store: Store, words: Iterable[str], *, act: bool) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """Find jobs by name; a unique beginning serves one who reads, and on a terminal one who acts.

    Gives their ids, and refusals for names of no job.
    """
    beginnings = not act or from_terminal()
    ids, refused = [], []
    for word in words:
        try:
            job_id = queries.find(store, word, beginnings=beginnings)
        except NoSuchJob as error:
            refused.append((word, str(error).removesuffix(f": {word}")))
            continue
        if act and job_id != word:
            render.note(f"{word} is {job_id}")
        ids.append(job_id)
    return list(dict.fromkeys(ids)), tuple(refused)


class Reading:
    """The jobs that a reader names, one after the other; `document` gives one, or a list when several were named.

    A name of no job is told on stderr, and the command then ends with exit 1.
    """

    def __init__(self, store: Store, words: Sequence[str]) -> None:
        self._words = named(words)
        self.refused: tuple[tuple[str, str], ...] = ()
        if len(self._words) == 1:
            self.ids = [queries.find(store, self._words[0], beginnings=True)]
        else:
            self.ids, self.refused = chosen(store, self._words, act=False)

    def document(self, parts: Sequence[object]) -> None:
        """Print the one document of all jobs."""
        render.document(parts[0] if len(self._words) == 1 else list(parts))

    def close(self) -> None:
        """Tell of the names of no job."""
        for word, why in self.refused:
            render.note(f"{word}: {why}")
        if self.refused:
            raise click.exceptions.Exit(1)


def act_on(
    place: Place,
    words: Sequence[str],
    act: Callable[[Store, list[str]], Report],
    verb: str,
    *,
    as_json: bool,
) -> None:
    """Find the jobs, act on them, and report."""
    with place.store() as store:
        named_words = named(words)
        ids, refused = chosen(store, named_words, act=True)
        result = act(store, ids)
    order = {word: n for n, word in enumerate(named_words)}
    every = sorted((*refused, *result.refused), key=lambda pair: order.get(pair[0], len(order)))
    report(Report(done=result.done, refused=tuple(every)), verb, as_json=as_json)


def report(result: Report, verb: str, *, as_json: bool) -> None:
    """Say what an act did to each; exit 1 when any was refused."""
    if as_json:
        refused = [{"id": job_id, "why": why} for job_id, why in result.refused]
        render.document({"done": list(result.done), "refused": refused})
    else:
        render.lines(f"{verb} {job_id}" for job_id in result.done)
        for job_id, why in result.refused:
            render.note(f"{job_id}: {why}")
    if result.refused:
        raise click.exceptions.Exit(1)
