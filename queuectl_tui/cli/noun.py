"""A group of commands about one noun."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import click


class Noun(click.Group):
    """A group that names the nearest of its commands when one is unknown."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a line."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            ctx.fail(unknown(args[0], self.commands))
        return super().resolve_command(ctx, args)


def unknown(name: str, known: Iterable[str]) -> str:
    """Say that there is no such command, and which is nearest."""
    names = list(known)
    near = get_close_matches(name, names, 1, 0.5)
    return f"no such command {name!r}; " + (f"did you mean {near[0]!r}?" if near else "one of " + ", ".join(names))
