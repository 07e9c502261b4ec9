"""The UI's terminal: it reads and writes stdin's and stdout's, ends in order when told to, and stops and goes on."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterable
from typing import Any, ClassVar

from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message

from queuectl_tui.rules import safe
from queuectl_tui.tui.terminal.keyboard import ESCAPE_S, Keyboard, Piece
from queuectl_tui.tui.terminal.line import Line
from queuectl_tui.tui.terminal.modes import Modes
from queuectl_tui.tui.terminal.pen import thin

#: Who is told to end has so long to do it in order, seconds.
_ORDERLY_S = 0.8
#: Who comes by SSH has one of these.
_FAR = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
#: A slow line gets so long to take in how the terminal is put back, seconds.
_RESTORE_S = 2.0
#: The exit code of what a signal ended, as a shell reports it.
_SIGNALED = 128


class TerminalDriver(Driver):
    """Keys come in by the event loop, so that none waits for a thread; drawing goes out by one (`Line`)."""

    ENDING: ClassVar = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        assert sys.__stdin__ is not None
        assert sys.__stdout__ is not None
        self._in, self._out = sys.__stdin__.fileno(), sys.__stdout__.fileno()
        self._modes = Modes(self._in, mouse=mouse)
        self._line: Line | None = None
        self._held = contextlib.ExitStack()
        self._keyboard = Keyboard(_escape_s(), far=any(os.environ.get(name) for name in _FAR))
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._due: asyncio.TimerHandle | None = None
        self._mouse_at = (0.0, 0.0)
        self._size = self._measure()

    @property
    def can_suspend(self) -> bool:
        """Another program may have the terminal for a while."""
        return True

    def write(self, data: str) -> None:
        """Send what was drawn; before and after its time it goes nowhere."""
        if self._line is not None:
            self._line.write(thin(data))

    def start_application_mode(self) -> None:
        """Take the terminal."""
        loop = self._loop
        self._modes.take()
        self._line = Line(
            self._out,
            slow=lambda slow: loop.call_soon_threadsafe(self._hold, slow),
            lost=lambda: loop.call_soon_threadsafe(self._end, signal.SIGHUP),
        )
        self._line.start()
        for number in self.ENDING:
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGWINCH, self._resized)
        loop.add_signal_handler(signal.SIGTSTP, self.stop_process)
        loop.add_signal_handler(signal.SIGCONT, self._go_on)
        self.write(self._modes.enter)
        loop.add_reader(self._in, self._read)
        self._resized()

    def disable_input(self) -> None:
        """Take no more keys."""
        self._loop.remove_reader(self._in)
        if self._due is not None:
            self._due.cancel()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was."""
        self.disable_input()
        for number in (signal.SIGWINCH, signal.SIGTSTP, signal.SIGCONT):
            self._loop.remove_signal_handler(number)
        for number in (signal.SIGINT, signal.SIGQUIT):
            # A program that has the terminal meanwhile is meant. Not ignored: it would inherit that.
            self._loop.remove_signal_handler(number)
            signal.signal(number, lambda number, frame: None)  # noqa: ARG005 - a handler's shape
        self._hold(False)
        self._restore()

    def stop_process(self) -> None:
        """Stop until the shell goes on with this process; where there is none, nothing happens."""
        if os.getsid(0) == os.getpid():
            return
        self.suspend_application_mode()
        # The whole group, as the terminal does it: who waits for this process is to stop, too.
        os.kill(0, signal.SIGTSTP)
        self._go_on()

    def _go_on(self) -> None:
        """Take the terminal again, and draw everything: whoever had it meanwhile left it in another state."""
        if self._line is not None:
            self.suspend_application_mode()
        self.resume_application_mode()
        self._app.refresh(layout=True)

    def _restore(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.finish(self._modes.leave, _RESTORE_S)
            self._modes.give_back()

    def _end(self, number: signal.Signals) -> None:
        """End as the signal says; what keeps the UI from ending is left behind."""
        code = _SIGNALED + number
        self._app.exit(return_code=code)
        last = threading.Timer(_ORDERLY_S, self._end_now, (code,))
        last.daemon = True
        last.start()

    def _end_now(self, code: int) -> None:
        self._restore()
        os._exit(code)

    def _hold(self, slow: bool) -> None:
        """Draw nothing while the line is slow: when it is free, the last state is drawn, and none between."""
        self._held.close()
        if slow:
            self._held.enter_context(self._app.batch_update())
        elif self._app.is_running and self._app.screen_stack:
            self._app.screen.check_idle()

    def _measure(self) -> tuple[int, int]:
        # Not shutil's: COLUMNS and LINES in the environment may be of another terminal.
        try:
            columns, rows = os.get_terminal_size(self._out)
        except OSError:
            columns = rows = 0
        return columns or 80, rows or 24

    def _resized(self) -> None:
        size = Size(*self._measure())
        self.send_message(events.Resize(size, size))

    def _read(self) -> None:
        try:
            data = os.read(self._in, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.disable_input()
            self._end(signal.SIGHUP)
            return
        self._take(self._keyboard.take(self._decode(data), self._loop.time()))

    def _settle(self) -> None:
        self._take(self._keyboard.settle(self._loop.time()))

    def _take(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            if piece.kind == "dropped":
                told = f"{safe.line(piece.text)} came right behind esc, and may be a part of it: press it again"
                self._app.notify(told, markup=False)
                continue
            for message in self._messages(piece):
                self.process_message(message)
        if self._due is not None:
            self._due.cancel()
        due = self._keyboard.due
        self._due = None if due is None else self._loop.call_at(due, self._settle)

    def _messages(self, piece: Piece) -> list[Message]:
        """Say what something whole means. A parser for each: what it does not know is gone with it, and is no keys."""
        if piece.kind == "paste":
            return [events.Paste(piece.text.replace("\x00", ""))]
        parser = XTermParser()
        parser.last_x, parser.last_y = self._mouse_at
        messages: list[Message] = []
        # A code point that there is not.
        with contextlib.suppress(ValueError, OverflowError):
            messages += parser.feed(piece.text)
            if piece.kind in ("escape", "alt"):
                messages += parser.feed("")
        self._mouse_at = parser.last_x, parser.last_y
        return messages


def _escape_s() -> float:
    """Give the seconds that an escape waits, from ESCDELAY in milliseconds if that is right."""
    text = os.environ.get("ESCDELAY", "")
    return int(text) / 1000 if text.isascii() and text.isdigit() and 1 <= int(text) <= 5000 else ESCAPE_S
