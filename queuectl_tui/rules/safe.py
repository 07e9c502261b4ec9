"""The one choke point for text from outside: made harmless before it reaches a terminal.

Commands, ids, errors, output, tags, queues, hosts, file names and the words of exceptions all come from outside.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

#: An escape sequence that is not ended within so many characters is no sequence; the rest is text.
_LONGEST = 4096
#: So many combining marks may stand on one character.
_MARKS = 4
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
# ECMA-48: CSI, then the strings OSC, DCS, SOS, PM, APC ended by ST or BEL, then two- and three-character escapes.
_CSI = r"(?:\x1b\[|\x9b)[0-?]{0,256}[ -/]{0,16}[@-~]"
_STRING = r"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)"
_OTHER = r"\x1b[ -/]{1,4}[0-~]|\x1b[0-Z\\^-~]"
_SEQUENCE = re.compile(f"{_STRING}|{_CSI}|{_OTHER}")
_COLOUR = re.compile(r"\x1b\[((?:\d{1,3}(?:;\d{1,3}){0,15})?)m")
_BEGUN = re.compile(r"(?:\x1b|[\x90\x98\x9b\x9d\x9e\x9f])[^\x07\x9c]*\Z|\r\Z")
_RISKY = re.compile(r"[^\x20-\x7e]")
_RESET = "\x1b[0m"


def line(text: str, *, ascii_only: bool = False) -> str:
    """Give text as one line in which nothing acts on a terminal: controls are shown as pictures."""
    if not _RISKY.search(text):
        return text
    shown = _visible(text, keep="")
    return shown.encode("ascii", "backslashreplace").decode() if ascii_only else shown


def block(text: str, *, colours: bool = False) -> str:
    """Give text of many lines in which nothing acts on a terminal: escape sequences go, but maybe colours.

    Newlines and tabs stay; other controls are shown as pictures.
    """
    if not _RISKY.search(text):
        return text
    text = text.replace("\r\n", "\n")
    parts: list[str] = []
    coloured = False
    at = 0
    for found in _SEQUENCE.finditer(text):
        parts.append(_visible(text[at : found.start()], keep="\n\t"))
        colour = _COLOUR.fullmatch(found[0]) if colours else None
        if colour and _only_colours(colour[1]):
            parts.append(found[0])
            coloured = True
        at = found.end()
    parts.append(_visible(text[at:], keep="\n\t"))
    return "".join(parts) + (_RESET if coloured else "")


def pictures(text: str) -> str:
    """Give text as one line of as many characters, each that could act or hide shown as one: for a field to edit."""
    if not _RISKY.search(text):
        return text
    shown = (_visible(char, keep="") for char in text)
    return "".join(picture if len(picture) == 1 else "\ufffd" for picture in shown)


def decode(data: bytes) -> str:
    r"""Read bytes as UTF-8; what is none is shown as \xNN."""
    return data.decode("utf-8", "backslashreplace")


class Cleaner:
    """Make output safe that arrives in pieces: sequences and characters may be split over them."""

    def __init__(self, *, colours: bool = False) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._colours = colours
        self._rest = ""

    def feed(self, data: bytes) -> str:
        """Give what can be shown now."""
        text = self._rest + self._decoder.decode(data)
        self._rest = ""
        # Only the last few thousand characters can hold a sequence that is not ended.
        begun = self._unfinished(text)
        if begun is not None:
            text, self._rest = text[:begun], text[begun:]
        return block(text, colours=self._colours)

    def end(self) -> str:
        """Give the rest."""
        text, self._rest = self._rest + self._decoder.decode(b"", final=True), ""
        return block(text, colours=self._colours)

    @staticmethod
    def _unfinished(text: str) -> int | None:
        start = max(0, len(text) - _LONGEST)
        at = start
        for found in _SEQUENCE.finditer(text, start):
            at = found.end()
        begun = _BEGUN.search(text, at)
        return begun.start() if begun else None


def width(text: str) -> int:
    """Count the cells that a safe line takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(char) or char in "\ufe0e\ufe0f"
        else 2
        if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )


def _visible(text: str, *, keep: str) -> str:
    """Show every control, and every character that is not seen or turns the direction of text."""
    if not _RISKY.search(text):
        return text
    shown: list[str] = []
    marks = 0
    for char in text:
        if " " <= char <= "~" or char in keep:
            shown.append(char)
            marks = 0
            continue
        code = ord(char)
        if code in _PICTURES:
            shown.append(_PICTURES[code])
            continue
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Mc"):
            marks += 1
            if marks <= _MARKS:
                shown.append(char)
            continue
        marks = 0
        # Cc: C1; Cf: direction and zero width; Cs, Co, Cn: surrogates, private use, unassigned; Zl, Zp: line ends.
        hidden = category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
        shown.append(f"<U+{code:04X}>" if hidden else char)
    return "".join(shown)


def _only_colours(codes: str) -> bool:
    """Tell whether the parameters of an SGR sequence set colours, or reset, and nothing else."""
    numbers = [int(code) for code in codes.split(";")] if codes else [0]
    while numbers:
        code = numbers.pop(0)
        if code in (38, 48):
            take = {5: 2, 2: 4}.get(numbers[0] if numbers else -1)
            if take is None or len(numbers) < take:
                return False
            del numbers[:take]
        elif not (
            code in (0, 39, 49) or 30 <= code <= 37 or 40 <= code <= 47 or 90 <= code <= 97 or 100 <= code <= 107
        ):
            return False
    return True
