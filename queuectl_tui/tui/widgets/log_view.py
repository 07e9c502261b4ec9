"""What a run prints, of any size: moved through, followed, wrapped and searched."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from queuectl_tui.rules.safe import line
from queuectl_tui.tui.log.lines import Around
from queuectl_tui.tui.widgets.log_window import LogWindow

_SIDEWAYS = 20


class LogView(LogWindow, can_focus=True):
    """The output of a run; the screen brings the lines that it asks for."""

    KEYS_TITLE: ClassVar[str] = "Output"
    #: Keys that matter most while it has the focus, by their ids.
    HINTS: ClassVar[tuple[str, ...]] = ("follow", "wrap", "pager", "next_match")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "move(1)", "down", show=False, id="log_down", tooltip="A line down"),
        Binding("up,k", "move(-1)", "up", show=False, id="log_up", tooltip="A line up"),
        Binding("pagedown,ctrl+d", "page(1)", "page down", show=False, id="log_page_down", tooltip="A page down"),
        Binding("pageup,ctrl+u", "page(-1)", "page up", show=False, id="log_page_up", tooltip="A page up"),
        Binding("home,g", "end(False)", "top", show=False, id="log_top", tooltip="The first line"),
        Binding("end,G", "end(True)", "bottom", show=False, id="log_bottom", tooltip="The last line, and what comes"),
        Binding("right", "sideways(1)", "right", show=False, id="log_right", tooltip="To the right in cut lines"),
        Binding("left", "sideways(-1)", "left", show=False, id="log_left", tooltip="To the left in cut lines"),
        Binding("slash", "ask_search", "search", id="search", tooltip="Search; without capitals, in any case"),
        Binding("escape", "end_search", "end search", show=False, id="end_search", tooltip="End the search"),
    ]

    class SearchAsked(Message):
        """A text to search for is to be typed."""

    def action_move(self, rows: int) -> None:
        """Go so many rows down, or up."""
        self.move(rows)

    def action_page(self, pages: int) -> None:
        """Go a view down, or up."""
        self.move(max(1, self.page.height - 1) * pages)

    def action_end(self, last: bool) -> None:
        """Go to the last line, and follow what comes; or to the first."""
        self.follow = last and self.subject is not None and self.subject.live
        held = self.page.extract
        if held.last if last else held.first:
            (self.page.to_end if last else self.page.to_start)()
            self.moved(not last)
            self.tell()
        else:
            self.go(Around(end=last))

    def action_sideways(self, step: int) -> None:
        """Go to the right in lines that are cut, or to the left."""
        self.page.move_sideways(step * _SIDEWAYS)
        self.paint()

    def turn_wrap(self) -> None:
        """Wrap lines, or cut them."""
        self.page.turn_wrap()
        self.moved(False)
        self.tell()

    def turn_follow(self) -> None:
        """Follow what comes, or stay."""
        if self.follow:
            self.stay()
        else:
            self.action_end(True)

    # Searching

    def action_ask_search(self) -> None:
        """Let a text be typed."""
        self.post_message(self.SearchAsked())

    def action_end_search(self) -> None:
        """Search no more."""
        self.search("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave esc to the screen when nothing is searched for."""
        del parameters
        return action != "end_search" or self.finding.sought is not None

    def search(self, text: str) -> None:
        """Search from the view on for a text as it is seen; for none, end the search."""
        self.finding.begin(line(text), self.top)
        self.ask()
        self.paint()
        self.tell()

    def next_match(self, step: int) -> None:
        """Go to the next match, or to the one before."""
        if (hit := self.finding.step(step > 0, self.page.top)) is not None:
            self.go_to(hit)
            self.tell()

    # The mouse

    def pick(self, line: int) -> None:
        """Take the focus alone: there is no cursor."""

    def wheel(self, rows: int) -> None:
        """Go with the wheel."""
        self.move(rows)

    def drag(self, share: float) -> None:
        """Go to where the scrollbar was taken."""
        self.follow = False
        self.go(Around(share=share) if share < 1 else Around(end=True))
