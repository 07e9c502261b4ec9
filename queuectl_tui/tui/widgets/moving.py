"""A cursor that moves in a list of any length, of which only the rows about it are held."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.tui.look import Anchor
from queuectl_tui.tui.viewport import Viewport
from queuectl_tui.tui.widgets.scrollable import Scrollable


class Moving(Scrollable):
    """A list in which one moves, further than rows are held when others come."""

    KEYS_TITLE = "Moving"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False, id="down", tooltip="The next row"),
        Binding("up,k", "move(-1)", "up", show=False, id="up", tooltip="The row above"),
        Binding("pagedown,ctrl+d", "page(1)", "page down", show=False, id="page_down", tooltip="A page down"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, id="page_up", tooltip="A page up"),
        Binding("home,g", "end(False)", "top", show=False, id="top", tooltip="The first row"),
        Binding("end,G", "end(True)", "bottom", show=False, id="bottom", tooltip="The last row"),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.view = Viewport()
        self._far = False

    @property
    def moving(self) -> bool:
        """The rows that the cursor goes to are still read."""
        return self._far or self.view.to_go != 0

    def went(self) -> None:
        """Tell that the cursor is at another row, or wants more rows."""
        raise NotImplementedError

    def jump(self, anchor: Anchor, line: int | None = None) -> None:
        """Ask for rows elsewhere, where the cursor goes when they come, on a line of the view."""
        raise NotImplementedError

    def action_move(self, rows: int) -> None:
        """Go so many rows down, or up."""
        self.go(rows)

    def action_page(self, pages: int) -> None:
        """Go a view down, or up."""
        self.wheel(max(1, self.view.height - 1) * pages)

    def action_end(self, last: bool) -> None:
        """Go to the last row, or to the first."""
        view = self.view
        if (view.last if last else view.first) and view.rows:
            self.put(len(view.rows) - 1 if last else 0)
        else:
            self.jump_far(Anchor(end=last), view.height - 1 if last else 0)

    def go(self, rows: int, scroll: int = 0) -> None:
        """Go so many rows down, or up; this is told before it is drawn, which waits for what is asked then."""
        view = self.view
        old, top = view.index, view.top
        view.move(rows, scroll)
        if old != view.index or view.short:
            self.went()
        if view.top != top:
            self.refresh_changed()
        elif old != view.index:
            self.refresh_changed(line + 1 for n in (old, view.index) if (line := view.line_of(n)) is not None)

    def put(self, index: int) -> None:
        """Put the cursor on a row that is held."""
        self.view.to_go = 0
        self.go(index - self.view.index)

    def jump_far(self, anchor: Anchor, line: int | None = None) -> None:
        """Go elsewhere in the same list."""
        self.jump(anchor, line)
        self._far = True

    def arrived(self) -> None:
        """Go on from the rows that have come, if there is any way to go."""
        self._far = False
        if self.view.to_go:
            self.go(0)

    def pick(self, line: int) -> None:
        """Put the cursor on a line of the view."""
        if (index := self.view.index_at(line - 1)) is not None:
            self.put(index)

    def wheel(self, rows: int) -> None:
        """Go with the wheel."""
        self.go(rows, rows)

    def drag(self, share: float) -> None:
        """Go to where the scrollbar was taken."""
        self.jump_far(Anchor(position=round(share * (self.view.total - 1))))
