"""What a terminal sends, put together again where a slow line has split it, pure: text, sequences, pastes, escapes."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

#: So long after an escape the rest of its sequence may still come, seconds; ESCDELAY overrides it, as in curses.
ESCAPE_S = 0.3
#: So long after a beginning that is more than an escape.
REST_S = 0.8
#: So long after a lone escape what may be the rest of a split key is no key of its own.
LETTER_S = 0.5
#: Nobody presses a key so soon after escape, seconds: it is one key, with alt.
_ALT_S = 0.05
#: A paste that is never closed ends so long after its last part.
_PASTE_S = 5.0
_LONGEST_SEQUENCE, _LONGEST_PASTE = 4096, 1 << 20

_PASTE_BEGIN, _PASTE_END = "\x1b[200~", "\x1b[201~"
_WHOLE = re.compile(
    r"\x1b(?:"
    r"\[(?:M[\s\S]{3}"  # a mouse report of old
    r"|\[[A-E]"  # F1 to F5 on the Linux console
    r"|\d+\$"  # shifted keys of rxvt
    r"|(?![M\[])[0-?]*[ -/]*[@-~])"
    r"|O[0-9;]*[^\x1b0-9;]"
    r"|(?:\]\d|P[\d>!$+])[^\x07\x1b]*(?:\x07|\x1b\\)"  # answers that nobody asked for
    r"|(?![\[OP\]])[^\x1b])"  # alt and a key
)
_BEGUN = re.compile(r"\x1b(?:\[(?:M[\s\S]{0,2}|\[|[0-?]*[ -/]*)|O[0-9;]*|[P\]]|(?:\]\d|P[\d>!$+])[^\x07\x1b]*\x1b?)?\Z")
#: What goes on with a sequence after its escape.
_REST = re.compile(r"[\x1b\[OP\]]")
_BROKEN = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O[0-9;]*|(?:\]\d|P[\d>!$+])[^\x07\x1b]*|[P\]])?")


class Piece(NamedTuple):
    """Something whole: `keys` are plain characters, `alt` is one with alt, `sequence` stands for a key or a report.

    A `dropped` letter may be the rest of a key with alt.
    """

    kind: Literal["keys", "escape", "alt", "sequence", "paste", "dropped"]
    text: str


class Keyboard:
    """Takes what was read, whenever it came, and gives what is whole; a broken sequence gives nothing.

    `far`: the line may split a key with alt, so that a letter soon after an escape is no key.
    """

    def __init__(self, escape_s: float = ESCAPE_S, *, far: bool = True) -> None:
        self._escape_s = escape_s
        self._far = far
        self._held = ""
        self._held_at = 0.0
        #: The beginning of what is held has acted as an escape already.
        self._stray = False
        self._pasted: str | None = None
        #: When the last lone escape came, and when it was known to be one.
        self._escape: tuple[float, float] | None = None

    @property
    def due(self) -> float | None:
        """When `settle` is to be called if nothing comes."""
        if self._pasted is not None:
            return self._held_at + _PASTE_S
        if not self._held:
            return None
        return self._held_at + (self._escape_s if self._held == "\x1b" else max(REST_S, self._escape_s))

    def take(self, text: str, now: float) -> list[Piece]:
        """Take what was read."""
        pieces: list[Piece] = []
        if self._is_escape_before(text, now):
            self._held = ""
            self._escape = (self._held_at, now)
            pieces.append(Piece("escape", "\x1b"))
        self._held += text
        self._held_at = now
        while self._held and self._next(pieces, now):
            pass
        return pieces

    def settle(self, now: float) -> list[Piece]:
        """Take no more of what was begun, now that its time is over."""
        if self.due is None or now < self.due:
            return []
        held, stray, pasted = self._held, self._stray, self._pasted
        self._held, self._stray, self._pasted = "", False, None
        if pasted is not None:
            return [Piece("paste", pasted + held)]
        if held != "\x1b" or stray:
            return []
        self._escape = (self._held_at, now)
        return [Piece("escape", held)]

    def _is_escape_before(self, text: str, now: float) -> bool:
        """Tell whether a person pressed escape and then this: a terminal sends a key with alt in one go."""
        alone = self._held == "\x1b" and not self._stray and self._pasted is None
        return alone and now - self._held_at > _ALT_S and not _REST.match(text)

    def _next(self, pieces: list[Piece], now: float) -> bool:
        """Take one thing off what is held; False when the rest of it has yet to come."""
        if self._pasted is not None:
            return self._paste(pieces)
        if self._held[0] != "\x1b" and not self._follows_escape(pieces, now):
            text, escape, rest = self._held.partition("\x1b")
            self._held = escape + rest
            if text:
                pieces.append(Piece("keys", text))
            return True
        if not self._held:
            return False
        if self._held.startswith("\x1b\x1b"):
            self._held = self._held[1:]
            pieces.append(Piece("escape", "\x1b"))
        elif (found := _WHOLE.match(self._held)) is not None:
            self._held = self._held[found.end() :]
            self._whole(pieces, found[0])
        elif len(self._held) <= _LONGEST_SEQUENCE and _BEGUN.match(self._held):
            return False
        elif (broken := _BROKEN.match(self._held)) is not None:
            self._held = self._held[broken.end() :]
            self._stray = False
        return True

    def _whole(self, pieces: list[Piece], sequence: str) -> None:
        if self._stray:
            self._stray = False
        elif sequence == _PASTE_BEGIN:
            self._pasted = ""
        elif sequence[1] in "[O":
            pieces.append(Piece("sequence", sequence))
        elif len(sequence) == 2:
            pieces.append(Piece("alt", sequence))

    def _paste(self, pieces: list[Piece]) -> bool:
        text, end, rest = self._held.partition(_PASTE_END)
        if not end:
            # The beginning of the end may be there.
            kept = next((n for n in range(len(_PASTE_END) - 1, 0, -1) if text.endswith(_PASTE_END[:n])), 0)
            text, rest = text[: len(text) - kept], text[len(text) - kept :]
        self._held = rest
        pasted = ((self._pasted or "") + text)[:_LONGEST_PASTE]
        self._pasted = None if end else pasted
        if end:
            pieces.append(Piece("paste", pasted))
        return bool(end)

    def _follows_escape(self, pieces: list[Piece], now: float) -> bool:
        """Take what a slow line has cut off from a lone escape; True when a sequence is held in its place."""
        escape, self._escape = self._escape, None
        if escape is None:
            return False
        came, known = escape
        first = self._held[0]
        if first in "[O" and now - known <= LETTER_S:
            self._held = "\x1b" + self._held
            self._stray = True
            return True
        if self._far and first.isalpha() and now - came <= LETTER_S:
            pieces.append(Piece("dropped", first))
            self._held = self._held[1:]
            return not self._held
        return False
