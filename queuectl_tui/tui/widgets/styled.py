"""The styles of a widget's parts, looked up when they are first drawn.

Textual's own component classes are made anew, all of them, whenever a widget's style may have changed: at the start
that took longer than to draw everything.
"""

from __future__ import annotations

from rich.style import Style
from textual.dom import DOMNode
from textual.widget import Widget


class _Part(DOMNode):
    """What a style sheet says of a class within a widget."""

    def __init__(self, owner: Widget, name: str) -> None:
        super().__init__(classes=name)
        self._attach(owner)


class Styled(Widget):
    """A widget whose parts have styles of their own, by class: `Name > .part` in the style sheet."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._parts: dict[tuple[str, bool], Style] = {}

    def part_style(self, name: str, *, partial: bool = True) -> Style:
        """Give the style of a part; `partial`: only what is said of itself."""
        found = self._parts.get((name, partial))
        if found is None:
            part = _Part(self, name)
            self.app.stylesheet.apply(part, animate=False)
            found = _own(part) if partial else part.rich_style
            self._parts[name, partial] = found
        return found

    def change_colours(self) -> None:
        """Forget the styles of the parts, and draw them in those of now."""
        self._parts.clear()
        self.refresh()


def _own(part: _Part) -> Style:
    """Give what is said of a part itself, with a colour that is mixed with the ground it will stand on."""
    found = part.styles.partial_rich_style
    mixed = part.styles.has_rule("color") and part.styles.color.a < 1 and part.styles.color.ansi is None
    return found + Style(color=part.rich_style.color) if mixed else found
