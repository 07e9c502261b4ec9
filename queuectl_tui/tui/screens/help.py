"""All keys of where one is, each with what it does."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill, wrap
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.events import Resize
from textual.widget import Widget
from textual.widgets import Static

from queuectl_tui.tui.key_list import Group
from queuectl_tui.tui.keymap import named
from queuectl_tui.tui.screens.dialog import Dialog

#: From this width on two columns hold the longest lines whole.
_WIDE = 134
#: What stands beside the lines: border, air and scrollbar; and before what a key does, the key; cells.
_AROUND, _KEY = 10, 13
_NOTE = "{help_down} {help_up} move · {close_help} closes · {palette} runs any of these by name · shift+mouse selects"


class Help(Dialog[None]):
    """A list that scrolls."""

    KEYS_TITLE = "In the list of keys"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,enter", "leave", "close", id="close_help", tooltip="Close the list of keys"),
        Binding("j,down", "scroll(1)", "down", show=False, id="help_down", tooltip="Down"),
        Binding("k,up", "scroll(-1)", "up", show=False, id="help_up", tooltip="Up"),
        Binding("space,pagedown,ctrl+d", "scroll(10)", "page down", show=False, id="help_page_down", tooltip="Down"),
        Binding("pageup,ctrl+u", "scroll(-10)", "page up", show=False, id="help_page_up", tooltip="Up"),
        Binding("G,end", "scroll(1000)", "bottom", show=False, id="help_bottom", tooltip="To the end"),
        Binding("g,home", "scroll(-1000)", "top", show=False, id="help_top", tooltip="To the beginning"),
    ]

    COMPONENT_CLASSES: ClassVar[set[str]] = {"help--title", "help--key"}

    def __init__(self, groups: Sequence[Group]) -> None:
        super().__init__()
        self._groups = groups
        #: On which lines titles stand, from the top.
        self._titles: set[int] = set()

    def compose(self) -> ComposeResult:
        """Hold the groups, one below the other."""
        keys = {name: named(self.app, name) for name in ("help_down", "help_up", "close_help", "palette")}
        with Vertical(classes="box wide-box"):
            with VerticalScroll(id="help-lines", can_focus=False), Horizontal(id="help-columns"):
                for column in _columns(self._groups, 2 if self.app.size.width >= _WIDE else 1):
                    yield Static(self._column(column), classes="help-column")
            yield Static(Text(_NOTE.format_map(keys)), classes="box-note")

    def on_resize(self, event: Resize) -> None:
        """Leave no title alone at the foot of what is in view."""
        del event
        view = self.query_one("#help-lines")
        view.styles.max_height = None
        self.call_after_refresh(self._end_above_title, view)

    def _end_above_title(self, view: Widget) -> None:
        if view.max_scroll_y and view.size.height - 1 in self._titles:
            view.styles.max_height = view.size.height - 1

    def _column(self, groups: Sequence[Group]) -> Text:
        column = Text(no_wrap=True)
        for group in groups:
            column.append("\n\n" if column else "")
            self._titles.add(column.plain.count("\n"))
            column.append_text(self._lines(group))
        return column

    def _lines(self, group: Group) -> Text:
        title, bold = (self.get_component_rich_style(f"help--{name}", partial=True) for name in ("title", "key"))
        cells = max(_KEY + 8, self.app.size.width - _AROUND)
        text = Text(no_wrap=True)
        text.append(fill(group.title, cells), title)
        for key in group.keys:
            text.append("\n")
            text.append(f"{' '.join(key.keys):<{_KEY - 1}} ", bold if key.legal else "dim")
            text.append(("\n" + " " * _KEY).join(wrap(key.tooltip, cells - _KEY)), "" if key.legal else "dim")
        return text

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self.query_one("#help-lines").scroll_relative(y=lines, animate=False)


def _columns(groups: Sequence[Group], number: int) -> list[list[Group]]:
    """Share groups out in their order, so that all columns are about as long."""
    columns: list[list[Group]] = [[] for _ in range(number)]
    lines = sum(len(group.keys) + 2 for group in groups)
    behind = 0
    for group in groups:
        here = len(group.keys) + 2
        columns[min(number - 1, (behind + here // 2) * number // max(1, lines))].append(group)
        behind += here
    return [column for column in columns if column]
