"""The settings of the queue: what is default, what was changed, and what the delays come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from textual.binding import Binding, BindingType
from textual.events import DescendantFocus

from queuectl_tui.rules import settings
from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.retry import delay_s
from queuectl_tui.rules.settings import SETTINGS, Setting
from queuectl_tui.rules.times import show_duration
from queuectl_tui.tui.screens.form import Entry, Form

#: So many delays are written out.
_WRITTEN = 5

#: What is to be kept, by key (None: the default), and what was kept when it was looked at.
Changes = tuple[dict[str, str | None], dict[str, str]]


def preview(values: Mapping[str, Any]) -> str:
    """Say when a job that always fails is tried again: `retries after 2s, 4s, 8s, then dead`."""
    retries = values["max_retries"]
    if not retries:
        return "no retries: a job that fails is dead"
    base, cap = values["backoff_base"], values["backoff_max"]
    delays = [
        show_duration(round(delay_s(n, base=base, cap=cap, jitter=0, random=lambda: 0.5), 3))
        for n in range(1, min(retries, _WRITTEN) + 1)
    ]
    more = f" … ({retries} in all)" if retries > _WRITTEN else ""
    share = f", each ±{values['backoff_jitter']:.0%}" if values["backoff_jitter"] else ""
    return f"retries after {', '.join(delays)}{more}, then dead{share}"


class SettingsForm(Form[Changes]):
    """Gives only what was changed; what others change meanwhile is shown, not overwritten."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "reset", "default", priority=True, id="reset", tooltip="Set the line back to its default"),
    ]

    def __init__(self, stored: Mapping[str, str], save: Callable[[Changes], None]) -> None:
        self._stored = dict(stored)
        self._elsewhere: dict[str, str] = {}
        self._save = save
        entries = [
            Entry(key, key, partial(settings.parse, setting), self._kept(setting), optional=False, help=_help(setting))
            for key, setting in SETTINGS.items()
        ]
        super().__init__("Settings of this queue", entries, submit="Save")

    def told(self, values: dict[str, Any]) -> str:
        """Preview the delays."""
        return preview(values)

    def aside(self, name: str) -> str:
        """Say beside a line whether it is the default, and what others made of it."""
        setting = SETTINGS[name]
        default = settings.show(setting, setting.default)
        if name in self._elsewhere:
            return f"now {self._elsewhere[name]} by another"
        try:
            plain = settings.parse(setting, self.text(name)) == setting.default
        except InvalidInput:
            plain = False
        return "default" if plain else f"default {default}"

    def result(self, values: dict[str, Any]) -> Changes:
        """Give what differs from what is kept."""
        changes: dict[str, str | None] = {}
        for key, value in values.items():
            setting = SETTINGS[key]
            if value != settings.load(setting, self._kept(setting)):
                changes[key] = None if value == setting.default else settings.store(setting, value)
        return changes, self._stored

    def submit(self) -> None:
        """Save what was changed; the form stays until that is done."""
        values = self.check()
        if values is None:
            return
        changes = self.result(values)
        if changes[0]:
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
            if self.text(key) in (before, now):
                self._elsewhere.pop(key, None)
                self.put(key, now)
            else:
                self._elsewhere[key] = now
        self._stored = dict(stored)
        self.check()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Tell what the line in focus is for."""
        name = (event.widget.id or "").removeprefix("entry-")
        if name in SETTINGS:
            self.tell_help(name)

    def action_reset(self) -> None:
        """Set the line in focus back to its default."""
        name = (self.focused.id or "" if self.focused is not None else "").removeprefix("entry-")
        if name in SETTINGS:
            self.put(name, settings.show(SETTINGS[name], SETTINGS[name].default))

    def _kept(self, setting: Setting) -> str:
        return settings.show(setting, _load(setting, self._stored))


def _load(setting: Setting, stored: Mapping[str, str]) -> Any:
    return settings.load(setting, stored[setting.key]) if setting.key in stored else setting.default


def _help(setting: Setting) -> str:
    bounds = ""
    if setting.kind in ("int", "number", "duration", "bytes"):
        low, high = (settings.show(setting, bound) for bound in (setting.low, setting.high))
        bounds = f"; {low} to {high}"
    elif setting.choices:
        bounds = f"; {' or '.join(setting.choices)}"
    return setting.help + bounds
