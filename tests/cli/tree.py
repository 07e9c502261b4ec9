"""The commands and flags of the program, read from its click tree."""

from __future__ import annotations

from collections.abc import Iterator

import click

from queuectl_tui.cli.main import cli


def commands() -> dict[str, click.Command]:
    """Every command that is not hidden, by its words; the program itself is `queuectl`."""
    return {"queuectl": cli, **dict(_below(cli, ()))}


def flags(command: click.Command) -> Iterator[str]:
    """Every spelling of every option of a command, `--help` left out."""
    for parameter in command.params:
        if isinstance(parameter, click.Option) and not parameter.hidden:
            yield from (*parameter.opts, *parameter.secondary_opts)


def _below(group: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    assert isinstance(group, click.Group)
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden or ":" in name:
            continue
        if isinstance(command, click.Group):
            yield from _below(command, (*words, name))
        else:
            yield " ".join((*words, name)), command
