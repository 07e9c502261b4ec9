"""Forms: labelled lines that are checked as they are typed, with the rules of the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, TypeVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label, Static

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.safe import line
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


class Form(Dialog[T]):
    """Lines to fill in; enter takes them when all are right."""

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
        self._entries = {entry.name: entry for entry in entries}
        self._submit = submit

    def compose(self) -> ComposeResult:
        """Hold the lines, each with what is wrong with it, and the buttons."""
        with Vertical(classes="box form"):
            yield Static(Text(line(self._title)), classes="box-title")
            with VerticalScroll(classes="box-lines", can_focus=False):
                for entry in self._entries.values():
                    with Horizontal(classes="entry"):
                        yield Label(Text(entry.label), classes="entry-label")
                        yield SafeInput(entry.value, placeholder=entry.hint, id=f"entry-{entry.name}")
                        yield Label(Text(), id=f"aside-{entry.name}", classes="entry-aside")
                    yield Static(Text(), id=f"note-{entry.name}", classes="entry-note")
            yield Static(Text(), id="form-help", classes="box-note")
            yield Static(Text(), id="form-note", classes="box-told")
            with Horizontal(classes="box-buttons"):
                yield Button(Text(f"{self._submit} (enter)"), id="submit", compact=True)
                yield Button(Text("Cancel (esc)"), id="cancel", compact=True)

    def on_mount(self) -> None:
        """Stand on the first line, its end."""
        self._note("form-help", "", wrong=False)
        self.query(SafeInput).first().focus()
        self.check()

    def text(self, name: str) -> str:
        """Give what stands in a line."""
        return self.query_one(f"#entry-{name}", SafeInput).value

    def check(self) -> dict[str, Any] | None:
        """Give the values by name, and show what is wrong with each line; None when something is."""
        values: dict[str, Any] = {}
        for entry in self._entries.values():
            text = self.text(entry.name)
            wrong = ""
            try:
                values[entry.name] = None if not text.strip() and entry.optional else entry.read(text)
            except InvalidInput as error:
                wrong = line(str(error))
            self._note(f"note-{entry.name}", wrong)
            self._put_aside(entry.name, self.aside(entry.name))
        whole = None if self.query(".wrong") else values
        self._note("form-note", self.told(whole) if whole is not None else "", wrong=False)
        self.query_one("#submit", Button).disabled = whole is None
        return whole

    def aside(self, name: str) -> str:
        """Say something beside a line."""
        del name
        return ""

    def put(self, name: str, text: str) -> None:
        """Write a line anew."""
        self.query_one(f"#entry-{name}", SafeInput).value = text

    def tell_help(self, name: str) -> None:
        """Tell what a line is for, below all lines."""
        self._note("form-help", self._entries[name].help, wrong=False)

    def told(self, values: dict[str, Any]) -> str:
        """Say what the values mean, below the lines."""
        del values
        return ""

    def result(self, values: dict[str, Any]) -> T:
        """Make what the form gives from right values."""
        raise NotImplementedError

    def submit(self) -> None:
        """Give the result, if all is right."""
        values = self.check()
        if values is not None:
            self.dismiss(self.result(values))

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

    def _put_aside(self, name: str, text: str) -> None:
        label = self.query_one(f"#aside-{name}", Label)
        label.update(Text(text))
        label.display = bool(text)

    def _note(self, name: str, text: str, *, wrong: bool = True) -> None:
        note = self.query_one(f"#{name}", Static)
        note.update(Text(text))
        note.set_class(bool(text) and wrong, "wrong")
        note.display = bool(text)
