"""The settings of the queue: what is default, what was changed, and what the delays come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules import settings
from queuectl_tui.rules.settings import SETTINGS, Setting
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.delays import preview
from queuectl_tui.tui.screens.form import Entry, Form

_UNITS = {
    "duration": "a duration such as 90s, 10m, 2h, 3d",
    "bytes": "bytes, or 64KiB, 1MiB, 1GiB",
    "path": "",
}

#: What is to be kept, by key (None: the default), and what was kept when it was looked at.
Changes = tuple[dict[str, str | None], dict[str, str]]


class SettingsForm(Form[Changes]):
    """Gives only what was changed; what others change meanwhile is shown, not overwritten."""

    KEYS_TITLE = "In the settings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "reset", "default", priority=True, id="reset", tooltip="Set the line back to its default"),
        Binding("ctrl+t", "restore", "undo", priority=True, id="as_kept", tooltip="The line as the queue has it now"),
    ]

    def __init__(self, stored: Mapping[str, str], save: Callable[[Changes], None]) -> None:
        self._stored = dict(stored)
        #: What others set meanwhile in lines that were edited here, and which of it was answered with enter.
        self._elsewhere: dict[str, str] = {}
        self._told_of: set[str] = set()
        self._save = save
        entries = [
            Entry(key, key, partial(settings.parse, setting), self._kept(setting), optional=False)
            for key, setting in SETTINGS.items()
        ]
        super().__init__("Settings of all queues", entries, submit="Save")

    def told(self, values: dict[str, Any]) -> str:
        """Preview the delays."""
        return preview(values)

    def aside(self, name: str) -> tuple[str, str]:
        """Say beside a line what it was, whether it is the default, and what others made of it."""
        setting = SETTINGS[name]
        default, kept, text = settings.show(setting, setting.default), self._kept(setting), self.text(name).strip()
        changed = text != kept
        self.query_one(f"#label-{name}").set_class(changed and name not in self.wrong, "edited").set_class(
            text != default, "strong"
        )
        if name in self._elsewhere:
            return f"now {self._elsewhere[name]}, by another", "warning"
        if name in self.wrong:
            return f"! was {kept}", "wrong"
        if changed:
            return f"was {kept}", "edited"
        return "default" if text == default else f"default {default}", ""

    def help(self, name: str) -> tuple[str, str]:
        """Tell what a setting is for, in which unit, and between which bounds."""
        if name in self._told_of and name in self._elsewhere:
            return (
                f"Another has set {name} to {self._elsewhere[name]} meanwhile."
                f" enter saves yours over it, {named(self.app, 'as_kept')} takes theirs.",
                "warning",
            )
        return _help(SETTINGS[name]), ""

    def result(self, values: dict[str, Any]) -> Changes:
        """Give what differs from what is kept."""
        changes: dict[str, str | None] = {}
        for key, value in values.items():
            setting = SETTINGS[key]
            if value != _load(setting, self._stored):
                changes[key] = None if value == setting.default else settings.store(setting, value)
        return changes, self._stored

    def submit(self) -> None:
        """Save what was changed, when what others changed meanwhile was seen; the form stays until that is done."""
        values = self.check()
        if values is None:
            super().submit()
            return
        changes = self.result(values)
        unseen = [key for key in self._elsewhere if key in changes[0] and key not in self._told_of]
        if unseen:
            self._told_of.update(unseen)
            self.entry(unseen[0]).focus()
            self.check()
        elif changes[0]:
            self._save(changes)
        else:
            self.dismiss(None)

    def meanwhile(self, stored: Mapping[str, str]) -> None:
        """Take up what is kept now: lines that were not touched follow, others are told."""
        if stored == self._stored:
            return
        for key, setting in SETTINGS.items():
            before, now = self._kept(setting), settings.show(setting, _load(setting, stored))
            if before == now:
                continue
            self._told_of.discard(key)
            if self.text(key) in (before, now):
                self._elsewhere.pop(key, None)
                self.entry(key).value = now
            else:
                self._elsewhere[key] = now
        self._stored = dict(stored)
        self.check()

    def action_reset(self) -> None:
        """Set the line in focus back to its default."""
        setting = SETTINGS[self._at]
        self.entry(self._at).value = settings.show(setting, setting.default)

    def action_restore(self) -> None:
        """Set the line in focus back to what the queue has."""
        self._elsewhere.pop(self._at, None)
        self.entry(self._at).value = self._kept(SETTINGS[self._at])
        self.check()

    def _kept(self, setting: Setting) -> str:
        return settings.show(setting, _load(setting, self._stored))


def _load(setting: Setting, stored: Mapping[str, str]) -> Any:
    return settings.load(setting, stored[setting.key]) if setting.key in stored else setting.default


def _help(setting: Setting) -> str:
    parts = [setting.help[0].upper() + setting.help[1:]]
    if unit := _UNITS.get(setting.kind):
        parts.append(unit)
    if setting.kind in ("int", "number", "duration", "bytes"):
        low, high = (settings.show(setting, bound) for bound in (setting.low, setting.high))
        parts.append(f"{low} to {high}")
    if setting.choices:
        parts.append(" or ".join(setting.choices))
    parts.append(f"default {settings.show(setting, setting.default)}")
    return "; ".join(parts)
