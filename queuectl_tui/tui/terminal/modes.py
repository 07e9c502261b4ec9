"""How a terminal is made ready for the UI and put back again: its sequences, and the settings of its line."""

from __future__ import annotations

import contextlib
import os
import sys
import termios
from typing import Any

#: Terminals that know few sequences, and may print what they do not know.
_PLAIN = ("linux", "vt", "ansi", "cygwin", "cons25", "dumb")


class Modes:
    """What the UI changes about a terminal, and how it was before."""

    def __init__(self, fd: int, *, mouse: bool) -> None:
        self._fd = fd
        #: As it was when the UI began: what a shell makes of it in between may be for its own line editor.
        self._before: list[Any] | None = None
        self._stderr: int | None = None
        term = os.environ.get("TERM", "")
        rich = not term.startswith(_PLAIN)
        synchronized = rich and os.environ.get("TERM_PROGRAM") != "Apple_Terminal"
        # 1002 and not 1003: a mouse that only moves sends nothing up the line, and has nothing drawn.
        reports = "".join(f"\x1b[?{mode}%s" for mode in (1000, 1002, 1006)) if mouse else ""
        self.enter = "".join(
            (
                "\x1b[?1049h\x1b[?25l\x1b[?7l\x1b[?2004h",
                reports.replace("%s", "h"),
                "\x1b[>1u" if rich else "",
                "\x1b[?2026$p" if synchronized else "",
            )
        )
        self.leave = "".join(
            (
                "\x1b[?2026l" if synchronized else "",
                "\x1b[<u" if rich else "",
                reports.replace("%s", "l"),
                "\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?1049l\x1b[?25h",
            )
        )

    def take(self) -> None:
        """Have keys come one by one, unseen; what is written to stderr meanwhile does not come between."""
        with contextlib.suppress(termios.error):
            self._before = self._before or termios.tcgetattr(self._fd)
            mine = termios.tcgetattr(self._fd)
            mine[0] &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
            mine[3] &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
            mine[6][termios.VMIN], mine[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._fd, termios.TCSANOW, mine)
        sys.stderr.flush()
        if os.isatty(2):
            self._stderr = os.dup(2)
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, 2)
            os.close(nothing)

    def give_back(self) -> None:
        """Put everything back as it was; what was typed and not read is thrown away, it was meant for the UI."""
        if self._before is not None:
            with contextlib.suppress(termios.error):
                termios.tcflush(self._fd, termios.TCIFLUSH)
                termios.tcsetattr(self._fd, termios.TCSANOW, self._before)
        stderr, self._stderr = self._stderr, None
        if stderr is not None:
            os.dup2(stderr, 2)
            os.close(stderr)
