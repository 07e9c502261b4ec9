"""The list of keys, read on the screen as a person does, holds every act with its keys and what it does."""

from __future__ import annotations

from queuectl_tui.tui.app import QueuectlApp
from queuectl_tui.tui.key_list import display
from tests.program import Program
from tests.tui.piloted import Driven, drive
from tests.tui.readme import bindings, classes

#: What brings the focus to each part that has keys of its own, from the list before.
_PLACES = (["tab"], ["slash", "w", "enter"], ["}"], ["}"], ["0"], ["6"], ["tab"], ["7"])


async def read_through(ui: Driven) -> set[str]:
    """Open the list of keys, go down to its end, close it; give its lines."""
    await ui.press("question_mark")
    lines: set[str] = set()
    seen = ""
    picture = await ui.shows("runs any of these")
    while picture != seen:
        seen = picture
        lines |= {" ".join(line.strip(" │┃▌▐█▏▕▁▔▇▆▅▄▃▂").split()) for line in picture.splitlines()}
        await ui.press("pagedown")
        picture = ui.picture
    await ui.press("question_mark")
    await ui.until(lambda text: "runs any of these" not in text, "the list of keys to close")
    return lines


def test_help_holds_every_key(program: Program) -> None:
    """Gone through in every part of the screen, help has a line of keys and tooltip for each act that is declared."""
    program.enqueue("--id", "dead", "--max-retries", "0", "echo words; exit 3")
    program.drain()
    found: set[str] = set()

    async def scenario(ui: Driven) -> None:
        await ui.shows("▌  dead", "words")
        for place in _PLACES:
            await ui.press(*place)
            found.update(await read_through(ui))

    drive(program, scenario, tab="dead", size=(100, 24))
    wanted = {
        f"{' '.join(display(key.strip()) for key in binding.key.split(','))} {binding.tooltip}"
        for kind in classes()
        # What is pressed in a dialog is told there: no help opens over it.
        if not vars(kind).get("KEYS_TITLE", "In a dialog").startswith("In ") or kind is QueuectlApp
        for binding in bindings(kind)
    }
    assert len(wanted) > 60
    missing = {line for line in wanted if not any(line in shown for shown in found)}
    assert missing == set()
