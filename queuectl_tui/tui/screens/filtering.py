"""The filter of a list: typed above it, it holds until it is cleared, for each list of its own."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from queuectl_tui.rules.errors import InvalidInput
from queuectl_tui.rules.filters import parse
from queuectl_tui.store.lists import Listing
from queuectl_tui.tui.look import Snapshot
from queuectl_tui.tui.screens.navigation import Navigation
from queuectl_tui.tui.widgets.filter_bar import FilterBar


class Filtering(Navigation):
    """Filters the list in view as it is typed."""

    KEYS_TITLE = "View"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "filter", id="filter", tooltip="Filter the list, as list --filter does"),
    ]

    @property
    def filter_bar(self) -> FilterBar:
        """The line of the filter."""
        return self.query_one(FilterBar)

    def action_filter(self) -> None:
        """Type the filter of the list."""
        self.filter_bar.open()
        self.tell_matches()

    def action_tab(self, name: str) -> None:
        """Open a tab, with the filter that its list was left with."""
        super().action_tab(name)
        self.filter_bar.show(self.jobs.stand.filter_text if self.lists_jobs else "")
        self.tell_matches()

    def step_back(self) -> bool:
        """Leave the full screen, or clear the filter; tells whether there was anything to leave."""
        if super().step_back():
            return True
        if self.lists_jobs and self.jobs.stand.filter_text:
            self.filter_bar.action_clear()
            return True
        return False

    def on_filter_bar_typed(self, message: FilterBar.Typed) -> None:
        """List what the filter takes; while it is wrong, what it took before."""
        stand = self.jobs.stand
        stand.filter_text = message.text
        try:
            wanted = parse(message.text)
        except InvalidInput:
            wanted = stand.listing.filter
        if wanted != stand.listing.filter:
            self.jobs.change(stand.listing._replace(filter=wanted))
            self.draw_with_the_next_look()
        self.tell_matches()

    def on_filter_bar_left(self) -> None:
        """Go back to the list."""
        self.jobs.focus()

    def tell_matches(self) -> None:
        """Say what is wrong with the filter, or how many jobs it takes and how many are marked."""
        stand, snapshot = self.jobs.stand, self.snapshot
        if not self.lists_jobs or not self.filter_bar.display:
            return
        try:
            parse(stand.filter_text)
        except InvalidInput as error:
            self.filter_bar.tell(str(error).removeprefix("filter: "), wrong=True)
            return
        found = ""
        if stand.listing.filter is not None and snapshot is not None:
            found = _found(stand.listing, snapshot)
        marked = f"{len(stand.marks):,} marked" if stand.marks else ""
        self.filter_bar.tell(" · ".join(part for part in (found, marked) if part))


def _found(listing: Listing, snapshot: Snapshot) -> str:
    whole, window = snapshot.counts.of(listing.state), snapshot.window
    if window is None or window.listing != listing:
        return f"searching {whole:,} jobs" if snapshot.searching else ""
    matches = max(window.matches, len(window.part.rows))
    return f"{matches:,}{'' if window.counted else '+'} of {whole:,} match"
