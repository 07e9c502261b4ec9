"""A widget of bare lines, without border and padding: a line that has not changed is there as it was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from textual.color import TRANSPARENT
from textual.geometry import Region
from textual.messages import Update
from textual.strip import Strip

from queuectl_tui.tui.widgets.styled import Styled


class Lined(Styled):
    """Draws each line by `render_line`, and only when it was refreshed.

    Textual's own way puts every line of the widget through styles and filters for each paint.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        #: The lines of the view as they are on the screen.
        self._painted: dict[int, Strip] = {}

    def render_lines(self, crop: Region) -> list[Strip]:
        """Give the lines of the view, drawing those that are to be drawn."""
        painted = self._painted
        if missing := [y for y in crop.line_range if y not in painted]:
            filters = self.get_line_filters()
            background = self.background_colors[1] if filters else TRANSPARENT
            for y in missing:
                strip = self.render_line(y)
                for each in filters:
                    strip = strip.apply_filter(each, background)
                painted[y] = strip
        strips = [painted[y] for y in crop.line_range]
        whole = crop.column_span == (0, self.size.width)
        return strips if whole else [strip.crop(*crop.column_span) for strip in strips]

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Draw these regions again; without regions everything."""
        self._forget(regions)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def redraw(self, *regions: Region) -> None:
        """Draw these regions again, or everything, together with what else a message changes.

        Of a refresh the screen learns when the widget has nothing else to do: two widgets would be painted in turn.
        """
        self._forget(regions)
        if self.is_mounted and self.display:
            self._set_dirty(*regions)
            self.screen.post_message(Update(self))

    def _forget(self, regions: Sequence[Region]) -> None:
        """Forget how these regions were drawn; without regions everything."""
        if not regions:
            self._painted.clear()
        for region in regions:
            for y in region.line_range:
                self._painted.pop(y, None)
