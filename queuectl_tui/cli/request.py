"""The flags of a job, as `enqueue` and `run` take them, and where the job comes from."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import click

from queuectl_tui.rules import fields
from queuectl_tui.rules.environment import captured
from queuectl_tui.rules.errors import InvalidInput, QueuectlError
from queuectl_tui.rules.jobs import Request
from queuectl_tui.rules.times import parse_time
from queuectl_tui.store.moves.enqueue import Origin
from queuectl_tui.work.own import actor

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS = (
    click.option("--id", "job_id", metavar="ID", help="The job's id (one job only)."),
    click.option("--queue", metavar="Q", help="The queue (default: default)."),
    click.option("--priority", type=int, metavar="N", help="-1000 to 1000, higher first."),
    click.option("--max-retries", "--retries", type=int, metavar="N", help="Retries after the first attempt."),
    click.option("--run-at", "--at", metavar="TIME", help="Not before this time (ISO 8601)."),
    click.option("--delay", metavar="D", help="Not before so long from now."),
    click.option("--timeout", metavar="D", help="The longest an attempt may run."),
    click.option("--backoff-base", type=float, metavar="B", help="Delay after the nth failure: B ^ n seconds."),
    click.option("--tag", "tags", multiple=True, metavar="T", help="A tag (repeatable)."),
    click.option("--cwd", metavar="DIR", help="Where it runs (default: here)."),
    click.option("--env", "env", multiple=True, metavar="K=V", help="Set a variable; K alone copies it."),
    click.option("--no-env", is_flag=True, help="Do not capture this environment."),
    click.option("--after", "after", multiple=True, metavar="JOB", help="Only when that job is completed."),
    click.option("--on-interrupt", metavar="retry|dead", help="What becomes of it when its worker dies."),
    click.option("--hold", is_flag=True, help="Not before it is released."),
)


def job_flags(command: F) -> F:
    """Add the flags of a job to a command."""
    for flag in reversed(_FLAGS):
        command = flag(command)
    return command


def from_flags(flags: dict[str, Any]) -> Request:
    """Check the flags; what they give holds over a job's own JSON."""
    if flags["run_at"] is not None and flags["delay"] is not None:
        raise InvalidInput("--run-at and --delay exclude each other; give one")

    def checked(name: str, check: Callable[..., Any], flag: str | None = None) -> Any:
        value = flags[name]
        return None if value is None else check(value, field=flag or "--" + name.replace("_", "-"))

    return Request(
        command="",
        id=checked("job_id", fields.check_id, "--id"),
        queue=checked("queue", fields.check_queue),
        priority=checked("priority", fields.check_priority),
        max_retries=checked("max_retries", fields.check_retries),
        run_at=checked("run_at", parse_time),
        delay_s=checked("delay", fields.check_delay),
        timeout_s=checked("timeout", fields.check_timeout),
        backoff_base=checked("backoff_base", fields.check_backoff_base),
        tags=tuple(fields.check_tag(tag, field="--tag") for tag in flags["tags"]) or None,
        cwd=checked("cwd", fields.check_cwd),
        env=_environment(flags["env"]) or None,
        after=tuple(fields.check_id(name, field="--after") for name in flags["after"]) or None,
        on_interrupt=checked("on_interrupt", fields.check_on_interrupt),
        hold=True if flags["hold"] else None,
    )


def origin(flags: dict[str, Any]) -> Origin:
    """Say where jobs come from: this directory, this environment, this user."""
    try:
        here = os.getcwd()  # noqa: PTH109 - text in, text out
    except FileNotFoundError:
        raise QueuectlError("the current directory was deleted; go elsewhere first") from None
    fields.check_text(here, field="the current directory")
    return Origin(cwd=here, env=None if flags["no_env"] else captured(os.environ), actor=actor())


def _environment(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in given:
        name, equals, value = text.partition("=")
        fields.check_env_name(name, field="--env")
        if not equals:
            if name not in os.environ:
                raise InvalidInput(f"--env {name}: is not set here; give {name}=VALUE")
            value = os.environ[name]
        found[name] = fields.check_text(value, field=f"--env {name}")
    return found
