"""Copy the queue, complete commands in a shell, and run workers as a service."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from queuectl_tui.cli import render
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.rules.errors import Refused
from queuectl_tui.rules.fields import check_queue
from queuectl_tui.store import database

_UNIT = """[Unit]
Description=queuectl workers

[Service]
ExecStart={command}
KillMode=mixed
OOMPolicy=continue
TimeoutStopSec=infinity
Restart=on-failure

[Install]
WantedBy=default.target
"""


@click.command(epilog="Example: queuectl backup ~/queue-backup.db")
@click.argument("file", metavar="FILE")
@json_option
@pass_place
def backup(place: Place, file: str, as_json: bool) -> None:
    """Copy the queue, consistently, while it is in use."""
    target = Path(file)
    if not place.path.exists():
        raise Refused(f"there is no queue at {place.path} to copy")
    if target.exists() or target.is_symlink():
        raise Refused(f"{target} is already there; nothing is overwritten")
    with place.reader() as store:
        database.backup(store, target)
    if as_json:
        render.document({"done": [file]})
    else:
        render.lines([f"copied to {file}"])


@click.command(epilog='Example: eval "$(queuectl completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print a script that completes commands in a shell."""
    found = get_completion_class(shell)
    assert found is not None
    sys.stdout.write(found(ctx.find_root().command, {}, "queuectl", "_QUEUECTL_COMPLETE").source() + "\n")


@click.command("systemd-unit", epilog="Example: queuectl systemd-unit > ~/.config/systemd/user/queuectl.service")
@click.option("--count", type=click.IntRange(1, 256), default=1, metavar="N", help="So many workers (1).")
@click.option("--queue", "queues", multiple=True, metavar="Q", help="Serve only this queue (repeatable).")
@pass_place
def systemd_unit(place: Place, count: int, queues: Sequence[str]) -> None:
    """Print a systemd user unit that runs workers on this queue."""
    program = shutil.which(sys.argv[0]) or shutil.which("queuectl")
    words = [os.path.abspath(program)] if program else [sys.executable, "-m", "queuectl_tui"]  # noqa: PTH100 - text in, text out
    words += ["--db", str(place.path), "--worker", "--count", str(count)]
    for queue in queues:
        words += ["--queue", check_queue(queue, field="--queue")]
    sys.stdout.write(_UNIT.format(command=" ".join(map(quoted, words))))


def quoted(word: str) -> str:
    """Write a word for ExecStart (systemd.service(5), "Command lines"): in quotes, with % and $ doubled."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    escaped = "".join(
        char if char.isprintable() else "".join(f"\\x{byte:02x}" for byte in char.encode()) for char in escaped
    )
    plain = escaped == word and word and not any(char in word for char in " ';")
    return word if plain else f'"{escaped}"'
