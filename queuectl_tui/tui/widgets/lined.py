"""A widget of bare lines, without border and padding: a line that has not changed is there as it was drawn."""

from __future__ import annotations

from typing import Self

from textual.geometry import Region
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
            background, filters = self.background_colors[1], self.get_line_filters()
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
        if not regions:
            self._painted.clear()
        for region in regions:
            for y in region.line_range:
                self._painted.pop(y, None)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
