"""The one choke point for text from outside: made harmless before it reaches a terminal.

Commands, ids, errors, output, tags, queues, hosts, file names and the words of exceptions all come from outside.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

#: An escape sequence that is not ended within so many characters is no sequence; the rest is text.
_LONGEST = 4096
#: So many combining marks may stand on one character.
_MARKS = 4
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
#: Terminals do not agree how wide these make what they follow: they choose the look of an emoji, or its skin.
_WIDENERS = {0xFE0E, 0xFE0F, *range(0x1F3FB, 0x1F400)}
#: Letters of which nothing is seen.
_FILLERS = {0x115F, 0x1160, 0x3164, 0xFFA0}
#: Nor how wide two of these are, which together are a flag.
_FLAG_LETTERS = {0x1F1E6 + n: chr(ord("A") + n) for n in range(26)}
# ECMA-48: CSI, then the strings OSC, DCS, SOS, PM, APC ended by ST or BEL, then two- and three-character escapes. A
# control ends a string too, so that each character is looked at once, however many strings are begun.
_CSI = r"(?:\x1b\[|\x9b)[0-?]{0,256}+[ -/]{0,16}+[@-~]"
_STRING = rf"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x80-\x9f]{{0,{_LONGEST}}}+(?:\x07|\x1b\\|\x9c)"
_OTHER = r"\x1b[ -/]{1,4}+[0-~]|\x1b[0-Z\\^-~]"
# What may become one of these with what comes next.
_CSI_BEGUN = r"(?:\x1b\[|\x9b)[0-?]{0,256}+[ -/]{0,16}+\Z"
_STRING_BEGUN = rf"(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x80-\x9f]{{0,{_LONGEST}}}+\x1b?\Z"
_OTHER_BEGUN = r"\x1b[ -/]{0,4}+\Z"
_SEQUENCE = re.compile(f"{_STRING}|{_CSI}|{_OTHER}")
_SEQUENCE_OR_BEGUN = re.compile(f"(?P<begun>{_STRING_BEGUN}|{_CSI_BEGUN}|{_OTHER_BEGUN})|{_SEQUENCE.pattern}")
_COLOUR = re.compile(r"\x1b\[(\d{0,3}(?:;\d{0,3}){0,15})m")
_INTRODUCER = re.compile(r"[\x1b\x90\x98\x9b\x9d\x9e\x9f]")
_RISKY = re.compile(r"[^\x20-\x7e]+")
_RISKY_OF_BLOCK = re.compile(r"[^\x20-\x7e\n\t]+")
#: SGR: reset, the default colours, the 16 of the foreground, and of the background.
_PLAIN_COLOURS = {0, 39, 49, *range(30, 38), *range(40, 48), *range(90, 98), *range(100, 108)}
_RESET = "\x1b[0m"


def line(text: str, *, ascii_only: bool = False) -> str:
    """Give text as one line in which nothing acts on a terminal: controls are shown as pictures."""
    if not _RISKY.search(text):
        return text
    shown, _ = _visible(text, keep="")
    return shown.encode("ascii", "backslashreplace").decode() if ascii_only else shown


def block(text: str, *, colours: bool = False) -> str:
    """Give text of many lines in which nothing acts on a terminal: escape sequences go, but maybe colours.

    Newlines and tabs stay; other controls are shown as pictures.
    """
    cleaner = Cleaner(colours=colours)
    return cleaner.take(text) + cleaner.end()


def pictures(text: str) -> str:
    """Give text as one line of as many characters, each that could act or hide shown as one: for a field to edit."""
    if not _RISKY.search(text):
        return text
    shown = (_visible(char, keep="")[0] for char in text)
    return "".join(picture if len(picture) == 1 else "\ufffd" for picture in shown)


def decode(data: bytes) -> str:
    r"""Read bytes as UTF-8; what is none is shown as \xNN."""
    return data.decode("utf-8", "backslashreplace")


class Cleaner:
    """Make output safe that arrives in pieces, as `block` does the whole: sequences and characters may be split."""

    def __init__(self, *, colours: bool = False) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._colours = colours
        #: What may be the beginning of a sequence, and whether a carriage return that may begin a line end follows.
        self._begun = ""
        self._return = False
        self._coloured = False
        self._marks = 0

    def feed(self, data: bytes) -> str:
        """Give what can be shown now."""
        return self.take(self._decoder.decode(data))

    def end(self) -> str:
        """Give the rest, and end the colours."""
        shown = self.take(self._decoder.decode(b"", final=True), final=True)
        reset, self._coloured = _RESET if self._coloured else "", False
        return shown + reset

    def take(self, text: str, *, final: bool = False) -> str:
        """Give what can be shown now of text; all of it when it is the last."""
        text = "\r" * self._return + text
        self._return = text.endswith("\r") and not final
        text = self._begun + text[: len(text) - self._return].replace("\r\n", "\n")
        self._begun = ""
        parts: list[str] = []
        at = 0
        for found in _found(_SEQUENCE if final else _SEQUENCE_OR_BEGUN, text):
            parts.append(self._visible(text[at : found.start()]))
            at = found.end()
            if found.lastgroup:
                self._begun = found[0]
            elif self._colours and (colour := _COLOUR.fullmatch(found[0])) and (codes := _colours(colour[1])):
                parts.append(f"\x1b[{codes}m")
                self._coloured = True
        parts.append(self._visible(text[at:]))
        return "".join(parts)

    def _visible(self, text: str) -> str:
        shown, self._marks = _visible(text, keep="\n\t", marks=self._marks)
        return shown


def _found(sequence: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Find sequences as `finditer` does, ten times as fast where there are none."""
    at = 0
    while begin := _INTRODUCER.search(text, at):
        found = sequence.match(text, begin.start())
        at = found.end() if found else begin.end()
        if found:
            yield found


def width(text: str) -> int:
    """Count the cells that a safe line takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells, text))


@lru_cache(maxsize=4096)
def _cells(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff" or "\ud7b0" <= char <= "\ud7fb":
        # Marks, and the middle and end of a Hangul syllable, stand on the character before them.
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _visible(text: str, *, keep: str, marks: int = 0) -> tuple[str, int]:
    """Show every control, and every character that is not seen or turns the direction of text.

    `marks` combining ones stand before it on their character; gives also how many stand at its end.
    """
    parts: list[str] = []
    at = 0
    for found in (_RISKY_OF_BLOCK if keep else _RISKY).finditer(text):
        if found.start() > at:
            parts.append(text[at : found.start()])
            marks = 0
        shown, marks = _visible_run(found[0], marks)
        parts.append(shown)
        at = found.end()
    rest = text[at:]
    return "".join(parts) + rest, 0 if rest else marks


def _visible_run(text: str, marks: int) -> tuple[str, int]:
    """Show characters that are not plain ASCII; no more than a few combining marks stay on one."""
    shown: list[str] = []
    for char in text:
        seen, mark = _visible_char(char)
        marks = marks + 1 if mark else 0
        if marks <= _MARKS:
            shown.append(seen)
    return "".join(shown), marks


@lru_cache(maxsize=4096)
def _visible_char(char: str) -> tuple[str, bool]:
    """Give what a character is shown as, and whether it is a combining mark."""
    code, category = ord(char), unicodedata.category(char)
    if code in _PICTURES:
        return _PICTURES[code], False
    if code in _WIDENERS:
        return "", False
    if code in _FLAG_LETTERS:
        return _FLAG_LETTERS[code], False
    # Cc: C1; Cf: direction and zero width; Cs, Co, Cn: surrogates, private use, unassigned; Zl, Zp: line ends.
    hidden = category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or code in _FILLERS
    return f"<U+{code:04X}>" if hidden else char, category in ("Mn", "Me", "Mc")


def _colours(codes: str) -> str:
    """Give of the parameters of an SGR sequence those that set colours, or reset; none of one that makes no sense."""
    given = [code or "0" for code in codes.split(";")]
    kept: list[str] = []
    while given:
        code, take = int(given[0]), 1
        if code in (38, 48):
            take = {"5": 3, "2": 5}.get(given[1] if len(given) > 1 else "", len(given) + 1)
            if take > len(given):
                return ""
        if take > 1 or code in _PLAIN_COLOURS:
            kept += given[:take]
        del given[:take]
    return ";".join(kept)
