"""The settings of the queue, kept in the queue itself; they take effect at once."""

from __future__ import annotations

from typing import Any

import click

from queuectl_tui.cli import render
from queuectl_tui.cli.context import Place, json_option, pass_place
from queuectl_tui.cli.noun import Noun
from queuectl_tui.rules import settings
from queuectl_tui.rules.settings import SETTINGS, Setting
from queuectl_tui.store import settings as stored


@click.group(cls=Noun, epilog="Example: queuectl config set max-retries 5")
def config() -> None:
    """The settings of the queue; a running worker needs no restart."""


def _values(place: Place) -> dict[str, tuple[Any, bool]]:
    """Give each setting's value, and whether it was changed."""
    with place.reader() as store:
        kept = stored.stored(store)
    return {
        key: (settings.load(setting, kept[key]) if key in kept else setting.default, key in kept)
        for key, setting in SETTINGS.items()
    }


def _entry(setting: Setting, value: Any, changed: bool) -> dict[str, object]:
    return {
        "value": settings.as_json(setting, value),
        "default": settings.as_json(setting, setting.default),
        "unit": settings.json_unit(setting),
        "changed": changed,
    }


def _print_all(place: Place, as_json: bool) -> None:
    values = _values(place)
    if as_json:
        render.document({key: _entry(SETTINGS[key], *value) for key, value in values.items()})
    else:
        render.lines(f"{key} {settings.show(SETTINGS[key], value)}" for key, (value, _) in values.items())


@config.command("list", epilog="Example: queuectl config list")
@json_option
@pass_place
def list_(place: Place, as_json: bool) -> None:
    """Print every setting."""
    _print_all(place, as_json)


@config.command("show", epilog="Example: queuectl config show --json")
@json_option
@pass_place
def show(place: Place, as_json: bool) -> None:
    """Print every setting."""
    _print_all(place, as_json)


@config.command(epilog="Example: queuectl config get backoff-base")
@click.argument("key", required=False, metavar="[KEY]")
@json_option
@pass_place
def get(place: Place, key: str | None, as_json: bool) -> None:
    """Print the bare value of a setting, or all of them."""
    if key is None:
        _print_all(place, as_json)
        return
    setting = settings.resolve(key)
    value, changed = _values(place)[setting.key]
    if as_json:
        render.document({setting.key: _entry(setting, value, changed)})
    else:
        render.lines([settings.show(setting, value)])


@config.command("set", epilog="Example: queuectl config set job-timeout 2h")
@click.argument("key", metavar="KEY")
@click.argument("value", metavar="VALUE")
@json_option
@pass_place
def set_(place: Place, key: str, value: str, as_json: bool) -> None:
    """Change a setting."""
    setting = settings.resolve(key)
    parsed = settings.parse(setting, value)
    with place.store() as store:
        stored.save(store, {setting.key: settings.store(setting, parsed)})
    _changed(setting, parsed, changed=True, as_json=as_json)


@config.command(epilog="Example: queuectl config unset job-timeout")
@click.argument("key", metavar="KEY")
@json_option
@pass_place
def unset(place: Place, key: str, as_json: bool) -> None:
    """Go back to the default of a setting."""
    setting = settings.resolve(key)
    with place.store() as store:
        stored.save(store, {setting.key: None})
    _changed(setting, setting.default, changed=False, as_json=as_json)


def _changed(setting: Setting, value: Any, *, changed: bool, as_json: bool) -> None:
    if as_json:
        render.document({setting.key: _entry(setting, value, changed)})
    else:
        render.lines([f"{setting.key} {settings.show(setting, value)}"])
