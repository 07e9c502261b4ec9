"""Containers that nothing is seen of: what lies in them covers them, so that nothing is drawn for them."""

from __future__ import annotations

from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widgets import ContentSwitcher


class Parts(Vertical):
    """Parts below or beside each other."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw nothing."""
        del crop
        return []


class Panes(ContentSwitcher):
    """Panes of which one is in view."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw nothing."""
        del crop
        return []
