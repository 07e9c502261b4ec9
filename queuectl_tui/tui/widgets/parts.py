"""Containers that nothing is seen of: what lies in them covers them, so that nothing is drawn for them."""

from __future__ import annotations

from textual.containers import Vertical
from textual.widgets import ContentSwitcher


class Parts(Vertical):
    """Parts below or beside each other."""

    BLANK = True


class Panes(ContentSwitcher):
    """Panes of which one is in view."""

    BLANK = True
