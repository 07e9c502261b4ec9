"""The commands by name; a command's module is loaded when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from queuectl_tui import __version__
from queuectl_tui.cli import context
from queuectl_tui.cli.noun import unknown

#: The tabs of the terminal UI.
TABS = ("all", "pending", "processing", "completed", "failed", "dead", "workers", "metrics")

#: name → (module of this room, what it is called there, one line of help)
COMMANDS: dict[str, tuple[str, str, str]] = {
    "enqueue": ("enqueue", "enqueue", "Put commands into the queue."),
    "run": ("waiting", "run", "Enqueue a command, follow it, and end as it ended."),
    "wait": ("waiting", "wait", "Wait until jobs are completed, dead or deleted."),
    "status": ("reports", "status", "Show counts, workers and queues."),
    "list": ("listing", "list_", "List jobs."),
    "show": ("listing", "show", "Show everything of a job."),
    "job": ("output", "job", "Look at one job."),
    "logs": ("output", "logs", "Print what a job printed."),
    "history": ("listing", "history", "Show what happened to a job."),
    "metrics": ("reports", "metrics", "Show rates and durations."),
    "retry": ("acts", "retry", "Run jobs again."),
    "cancel": ("acts", "cancel", "Cancel jobs, stopping those that run."),
    "hold": ("acts", "hold", "Keep jobs from starting."),
    "release": ("acts", "release", "Let held jobs start."),
    "edit": ("acts", "edit", "Change a job that does not run."),
    "delete": ("acts", "delete", "Delete jobs."),
    "clear": ("cleanup", "clear", "Delete every job that does not run."),
    "prune": ("cleanup", "prune", "Delete old jobs."),
    "dlq": ("dlq", "dlq", "The dead letter queue."),
    "queue": ("queues", "queue", "Pause and limit queues."),
    "worker": ("workers", "worker", "Start, stop and watch workers."),
    "config": ("config", "config", "The settings of the queue."),
    "doctor": ("doctor", "doctor", "Check that all is well."),
    "backup": ("service", "backup", "Copy the queue while it is in use."),
    "demo": ("demo", "demo", "Try it all on a throwaway queue."),
    "completion": ("service", "completion", "Print a script for shell completion."),
    "systemd-unit": ("service", "systemd_unit", "Print a systemd unit for workers."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called; `a:b` is the command b of the group a."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        name, colon, inner = cmd_name.partition(":")
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command: click.Command = getattr(import_module(f"queuectl_tui.cli.{module}"), attribute)
        if colon:
            return command.get_command(ctx, inner) if isinstance(command, click.Group) else None
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of a line; an unknown one names the nearest."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            noun, colon, _ = name.partition(":")
            group = self.get_command(ctx, noun) if colon else None
            inner = group.commands if isinstance(group, click.Group) else ()
            ctx.fail(unknown(name, [f"{noun}:{command}" for command in inner] or COMMANDS))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(
    "queuectl",
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: queuectl enqueue 'echo hi' && queuectl --worker --until-idle",
)
@click.version_option(__version__, prog_name="queuectl")
@click.option("--db", metavar="PATH|URL", help="The queue's file (or QUEUECTL_DB).")
@click.option("--tab", type=click.Choice(TABS, case_sensitive=False), help="Open the UI at this tab.")
@click.option("--job", metavar="ID", help="Open the UI at this job.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")
@click.option("--worker", is_flag=True, help="Run workers in the foreground, without a UI.")
@click.option("--count", type=click.IntRange(1, 256), help="With --worker: so many, supervised.")
@click.option(
    "--queue", "queues", multiple=True, metavar="Q", help="With --worker: serve only this queue (repeatable)."
)
@click.option("--until-idle", is_flag=True, help="With --worker: end when nothing is left to do.")
@click.option("--max-jobs", type=click.IntRange(1), metavar="N", help="With --worker: end after so many runs.")
@click.pass_context
def cli(
    ctx: click.Context,
    /,
    db: str | None,
    tab: str | None,
    job: str | None,
    no_mouse: bool,
    ascii_only: bool,
    worker: bool,
    **orders: Any,
) -> Any:
    """Queue shell commands durably, run them with retries, and look after those that died."""
    ctx.obj = context.Place(db, lambda: str(import_module("platformdirs").user_data_dir("queuectl")))
    command = ctx.invoked_subcommand
    if not worker and (given := [name for name, value in orders.items() if value]):
        ctx.fail(f"--{given[0].replace('_', '-').replace('queues', 'queue')} goes with --worker")
    looks = {"--tab": tab, "--job": job, "--no-mouse": no_mouse, "--ascii": ascii_only}
    if (worker or command) and (given := [name for name, value in looks.items() if value]):
        ctx.fail(f"{given[0]} is for the UI, which opens without a command")
    if worker and command:
        ctx.fail(f"--worker does not go with the command {command!r}")
    if worker:
        ctx.exit(import_module("queuectl_tui.cli.workers").foreground(ctx.obj, **orders))
    if command:
        return None
    view = import_module("queuectl_tui.cli.view").view
    return view(ctx.obj, tab=tab, job=job, mouse=not no_mouse, ascii_only=ascii_only)
