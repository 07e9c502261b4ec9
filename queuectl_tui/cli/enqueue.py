"""Put commands into the queue."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import IO, Any

import click

from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.request import from_flags, job_flags, origin
from queuectl_tui.rules import fields, jobs
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.jobs import Request
from queuectl_tui.store.moves.enqueue import Batch
from queuectl_tui.work import wakeup

_FILES = (".json", ".jsonl", ".ndjson")
_PIECE = 1 << 18
#: A line of input longer than this is no job.
_LONGEST_LINE = 16 << 20
#: So many ids are printed at once.
_AT_ONCE = 1000


class Words(click.Command):
    """A command that knows whether `--` stood among its words: what follows is an argv, whatever it looks like."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Note the `--`."""
        ctx.meta["argv"] = "--" in args[:-1]
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            hint = f"{error.format_message()} Put -- before a command with options of its own."
            raise click.UsageError(hint, ctx) from None


@click.command(cls=Words, epilog="Example: queuectl enqueue --queue video 'ffmpeg -i a.mov a.mp4'")
@click.argument("words", nargs=-1, metavar="[COMMAND | JSON | FILE.json... | - | -- ARGV...]")
@click.option("--command", metavar="TEXT", help="One shell command, whatever it looks like.")
@job_flags
@click.option("--wait", is_flag=True, help="Wait until all are done; exit 0 only when all completed.")
@click.option("-q", "--quiet", is_flag=True, help="Print the bare ids.")
@json_option
@pass_place
@click.pass_context
def enqueue(
    ctx: click.Context,
    place: Place,
    /,
    words: tuple[str, ...],
    command: str | None,
    wait: bool,
    quiet: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Put commands into the queue: a shell command, an argv, JSON, files of JSON, or lines of stdin."""
    given = from_flags(flags)
    with Batch(place.path, origin(flags), given) as batch:
        if words == ("-",) and command is None and not ctx.meta["argv"]:
            count = _from_stdin(batch)
        else:
            requests = list(requests_of(words, command, argv=ctx.meta["argv"]))
            batch.add(requests)
            count = len(requests)
        if given.id is not None and count != 1:
            raise InvalidInput(f"--id: names one job, and {count} are given")
        if not count:
            _print(iter(()), quiet=quiet, as_json=as_json)
            return
        batch.commit()
        wakeup.poke(batch.store, count)
        _print(batch.ids(), quiet=quiet, as_json=as_json)
        ids = list(batch.ids()) if wait else []
    if wait:
        sys.stdout.flush()
        ctx.exit(_wait(ctx, ids))


def _wait(ctx: click.Context, ids: list[str]) -> int:
    """Wait as `wait` does; its module brings what `enqueue` alone does without."""
    root = ctx.find_root()
    assert isinstance(root.command, click.Group)
    command = root.command.get_command(root, "wait")
    assert command is not None
    try:
        ctx.invoke(command, jobs=tuple(ids), queue=None, timeout=None, as_json=False, quiet=True)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def requests_of(words: Sequence[str], command: str | None, *, argv: bool) -> Iterator[Request]:
    """Read the words by the table of the manual."""
    if command is not None:
        if words:
            raise InvalidInput(f"--command and {words[0]!r} exclude each other; give one")
        yield Request(command=fields.check_command(command, field="--command"))
    elif not words:
        raise InvalidInput("nothing to enqueue; give a command, JSON, a file of JSON, or - for stdin")
    elif argv:
        yield Request(command=_quoted(words))
    elif jobs.is_json(words[0]):
        for word in words:
            yield from jobs.from_text(fields.check_text(word, field="JSON"))
    elif all(word.lower().endswith(_FILES) for word in words):
        for word in words:
            yield from _from_file(word)
    elif len(words) == 1:
        yield Request(command=fields.check_command(words[0]))
    else:
        yield Request(command=_quoted(words))


def _quoted(words: Sequence[str]) -> str:
    for word in words:
        fields.check_text(word, field="command")
    if not any(word.strip() for word in words):
        raise InvalidInput("command: is empty")
    return fields.check_command(jobs.quote(words))


def _from_file(name: str) -> Iterator[Request]:
    try:
        with open(name, "rb") as file:
            if name.lower().endswith(".json"):
                yield from jobs.from_text(_decoded(file.read(), name), where=name)
                return
            for number, line in _lines(file):
                yield from _located(name, line, number)
    except OSError as error:
        raise InvalidInput(f"{name}: {error.strerror}") from None


def _located(name: str, line: bytes, number: int) -> list[Request]:
    text = _decoded(line, f"{name}: line {number}")
    return jobs.from_text(text, where=f"{name}: line {number}") if text.strip() else []


def _decoded(data: bytes, where: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{where}: is not UTF-8 (byte {error.start + 1})") from None


def _from_stdin(batch: Batch) -> int:
    """Read all of stdin, checked and spooled in bounded memory; nothing is stored before its end."""
    if sys.stdin is None:
        raise InvalidInput("stdin: is closed")
    count = 0
    for first, lines in _groups(sys.stdin.buffer):
        commands = jobs.commands_from_lines(lines)
        if commands is not None:
            batch.add_commands(commands)
            count += len(commands)
            continue
        for number, line in enumerate(lines, first):
            requests = jobs.from_line(line, number) or []
            batch.add(requests)
            count += len(requests)
    return count


def _lines(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Give the lines of a file with their numbers, in bounded memory."""
    for first, lines in _groups(file):
        yield from enumerate(lines, first)


def _groups(file: IO[bytes]) -> Iterator[tuple[int, list[bytes]]]:
    """Give the lines of a file as they are read, many at once, each time with the number of the first."""
    rest = b""
    first = 1
    while piece := file.read1(_PIECE) if hasattr(file, "read1") else file.read(_PIECE):
        *lines, rest = (rest + piece).split(b"\n")
        if lines:
            yield first, lines
            first += len(lines)
        if len(rest) > _LONGEST_LINE:
            raise InvalidInput(f"line {first}: is longer than {_LONGEST_LINE >> 20} MiB")
    if rest:
        yield first, [rest]


def _print(ids: Iterator[str], *, quiet: bool, as_json: bool) -> None:
    if as_json:
        sys.stdout.write('{"done": [')
        separator = ""
        while some := list(islice(ids, _AT_ONCE)):
            sys.stdout.write(separator + ", ".join([f'"{job_id}"' for job_id in some]))
            separator = ", "
        sys.stdout.write("]}\n")
        return
    beginning = "" if quiet else "Enqueued "
    while some := list(islice(ids, _AT_ONCE)):
        sys.stdout.write("".join([f"{beginning}{job_id}\n" for job_id in some]))
