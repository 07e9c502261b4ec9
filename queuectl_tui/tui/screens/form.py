"""Forms: labelled lines that are checked as they are typed, with the rules of the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import DescendantFocus
from textual.widgets import Button, Input, Static

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.safe import line
from queuectl_tui.tui.key_list import keys
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.dialog import Dialog
from queuectl_tui.tui.widgets.safe_input import SafeInput

T = TypeVar("T")


class Entry(NamedTuple):
    """One line of a form: `read` gives its value or raises InvalidInput; empty and `optional`: None."""

    name: str
    label: str
    read: Callable[[str], Any]
    value: str = ""
    hint: str = ""
    optional: bool = True
    help: str = ""


class Note(Static):
    """Words that change, drawn only when they do."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's name
        super().__init__(Text(), id=id, classes="note")
        self._shown = ("", "")

    def put(self, text: str, kind: str = "") -> None:
        """Show other words, of another kind."""
        before, self._shown = self._shown, (text, kind)
        if kind != before[1]:
            self.set_classes(f"note {kind}")
        if text != before[0]:
            self.update(Text(text))


class Form(Dialog[T]):
    """Lines to fill in; enter takes them when all are right.

    Nothing moves while one types: what is wrong with the line in focus stands in the place of its help.
    """

    KEYS_TITLE = "In a form"
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority, or keys typed fast after it would still go to the line before.
        Binding(
            "down,tab", "app.focus_next", "next", show=False, priority=True, id="line_down", tooltip="The next line"
        ),
        Binding(
            "up,shift+tab",
            "app.focus_previous",
            "line above",
            show=False,
            priority=True,
            id="line_up",
            tooltip="The line above",
        ),
    ]

    def __init__(self, title: str, entries: Sequence[Entry], *, submit: str) -> None:
        super().__init__()
        self._title = title
        #: The lines as they were at first, by name.
        self.entries = {entry.name: entry for entry in entries}
        self._submit = submit
        #: What is wrong and to be told, by the name of its line: nobody is told off before having written anything.
        self.wrong: dict[str, str] = {}
        self._written: set[str] = set()
        self._at = entries[0].name

    def compose(self) -> ComposeResult:
        """Hold the lines, what is to be said of them, and the buttons."""
        with Vertical(classes="box form"):
            yield Static(Text(line(self._title)), classes="box-title")
            with VerticalScroll(classes="box-lines", can_focus=False):
                for entry in self.entries.values():
                    with Horizontal(classes="entry"):
                        yield Static(Text(entry.label), id=f"label-{entry.name}", classes="entry-label")
                        yield self._line(entry)
                        yield Note(id=f"aside-{entry.name}")
            yield Note(id="form-help")
            yield Note(id="form-told")
            with Horizontal(classes="box-buttons"):
                yield Button(Text(f"{self._submit} (enter)"), id="submit", compact=True)
                yield Button(Text(f"Cancel ({named(self.app, 'leave')})"), id="cancel", compact=True)
                yield Note(id="form-keys")

    def _line(self, entry: Entry) -> SafeInput:
        return SafeInput(entry.value, placeholder=entry.hint, id=f"entry-{entry.name}")

    def on_mount(self) -> None:
        """Stand on the first line, at its end."""
        own = [key for key in keys(self) if key.shown and key.id != "leave"]
        self.query_one("#form-keys", Note).put(" · ".join(f"{key.keys[0]} {key.label}" for key in own))
        self.entry(self._at).focus()
        self.call_after_refresh(self._show_end)
        self.check()

    def _show_end(self) -> None:
        """Show where the cursor is: Textual shows the beginning until it moves."""
        entry = self.entry(self._at)
        if entry.cursor_at_end and entry.selection.is_empty:
            entry.action_home()
            entry.action_end()

    def entry(self, name: str) -> SafeInput:
        """Give a line."""
        return self.query_one(f"#entry-{name}", SafeInput)

    def text(self, name: str) -> str:
        """Give what stands in a line."""
        return self.entry(name).value

    def check(self) -> dict[str, Any] | None:
        """Give the values by name, and mark the lines that are wrong; None when one is."""
        values: dict[str, Any] = {}
        wrong: dict[str, str] = {}
        for entry in self.entries.values():
            text = self.text(entry.name)
            if text != entry.value:
                self._written.add(entry.name)
            try:
                values[entry.name] = None if not text.strip() and entry.optional else entry.read(text)
            except InvalidInput as error:
                wrong[entry.name] = line(str(error))
        self.wrong = {name: why for name, why in wrong.items() if name in self._written}
        for name in self.entries:
            self.entry(name).set_class(name in self.wrong, "wrong")
            self.query_one(f"#aside-{name}", Note).put(*self.aside(name))
        whole = None if wrong else values
        self.query_one("#form-told", Note).put(self.told(whole) if whole is not None else "")
        self.query_one("#submit", Button).disabled = whole is None
        self.show_help()
        return whole

    def aside(self, name: str) -> tuple[str, str]:
        """Say something beside a line, and of what kind that is."""
        return ("!", "wrong") if name in self.wrong else ("", "")

    def show_help(self) -> None:
        """Tell below all lines what is wrong with the one in focus, or what it is for."""
        wrong = self.wrong.get(self._at)
        self.query_one("#form-help", Note).put(*((wrong, "wrong") if wrong else self.help(self._at)))

    def help(self, name: str) -> tuple[str, str]:
        """Tell what a line is for, and of what kind that is."""
        return self.entries[name].help, ""

    def told(self, values: dict[str, Any]) -> str:
        """Say what the values mean, below the lines."""
        del values
        return ""

    def result(self, values: dict[str, Any]) -> T:
        """Make what the form gives from right values."""
        raise NotImplementedError

    def submit(self) -> None:
        """Give the result if all is right, or go to the first line that is wrong."""
        self._written.update(self.entries)
        values = self.check()
        if values is not None:
            self.dismiss(self.result(values))
        else:
            self.entry(next(iter(self.wrong))).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Check as it is typed."""
        event.stop()
        self.check()

    async def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take enter in any line, once all lines have what was typed into them before."""
        event.stop()
        for entry in self.query(SafeInput):
            settled = asyncio.Event()
            entry.call_next(settled.set)
            await settled.wait()
        self.submit()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Take the buttons."""
        event.stop()
        if event.button.id == "submit":
            self.submit()
        else:
            self.action_leave()

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Tell what the line in focus is for."""
        name = (event.widget.id or "").removeprefix("entry-")
        if name in self.entries:
            self._at = name
            self.show_help()
