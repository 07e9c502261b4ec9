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
_COLOUR = re.compile(r"\x1b\[((?:\d{1,3}(?:;\d{1,3}){0,15})?)m")
_RISKY = re.compile(r"[^\x20-\x7e]")
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
        for found in (_SEQUENCE if final else _SEQUENCE_OR_BEGUN).finditer(text):
            parts.append(self._visible(text[at : found.start()]))
            at = found.end()
            if found.lastgroup:
                self._begun = found[0]
            elif self._colours and (colour := _COLOUR.fullmatch(found[0])) and _only_colours(colour[1]):
                parts.append(found[0])
                self._coloured = True
        parts.append(self._visible(text[at:]))
        return "".join(parts)

    def _visible(self, text: str) -> str:
        shown, self._marks = _visible(text, keep="\n\t", marks=self._marks)
        return shown


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


def _visible(text: str, *, keep: str, marks: int = 0) -> tuple[str, int]:
    """Show every control, and every character that is not seen or turns the direction of text.

    `marks` combining ones stand before it on their character; gives also how many stand at its end.
    """
    if not _RISKY.search(text):
        return text, 0 if text else marks
    shown: list[str] = []
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
    return "".join(shown), marks


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
