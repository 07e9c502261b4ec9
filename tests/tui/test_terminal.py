"""The UI leaves the terminal as it found it, however it ends, and keeps to the terminal's own ways."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.program import Program, alive, wait_for
from tests.tui.screen import Screen

ENTERED, LEFT, SHOWN = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[?25h"


def broken(program: Program, how: str) -> Program:
    """Have the program run with something broken in it, that `u` calls."""
    program.words = [sys.executable, "-m", "tests.tui.broken", how]
    program.env["PYTHONPATH"] = str(Path(__file__).parent.parent.parent)
    return program


def restored(screen: Screen) -> bool:
    """Tell whether all that was switched on was switched off after it."""
    return all(
        screen.seen.rfind(off) > screen.seen.rfind(on) >= 0
        for on, off in (
            (ENTERED, LEFT),
            (b"\x1b[?25l", SHOWN),
            (b"\x1b[?1000h", b"\x1b[?1000l"),
            (b"\x1b[?1006h", b"\x1b[?1006l"),
            (b"\x1b[?2004h", b"\x1b[?2004l"),
            (b"\x1b[?7l", b"\x1b[?7h"),
            (b"\x1b[>1u", b"\x1b[<u"),
        )
    )


def test_stderr_may_go_elsewhere(program: Program) -> None:
    """With stderr in a file the UI is on the terminal all the same, and the file stays empty."""
    errors = program.folder / "errors"
    with errors.open("wb") as file, Screen(program, stderr=file) as screen:
        screen.shows("Nothing waits")
        screen.keys("q")
        assert screen.end() == 0
    assert errors.read_bytes() == b""


def test_noise_stays_off_the_screen(program: Program) -> None:
    """What a library writes to stderr while the UI is open does not come between its lines."""
    with Screen(broken(program, "noise")) as screen:
        screen.shows("Nothing waits")
        screen.keys("u")
        screen.shows("made noise")
        screen.keys("q")
        assert screen.end() == 0
        assert b"noise of" not in screen.seen


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_leaving_restores_the_terminal(program: Program, key: str) -> None:
    """q and ctrl+c leave with 0, and the terminal is as it was."""
    with Screen(program) as screen:
        before = screen.settings
        screen.shows("Nothing waits")
        assert screen.settings != before
        screen.keys(key)
        assert screen.end() == 0
        assert restored(screen)
        assert screen.settings == before


def test_ctrl_c_leaves_a_dialog_too(program: Program) -> None:
    """ctrl+c leaves from within a line that is typed in."""
    with Screen(program) as screen:
        screen.shows("Nothing waits")
        screen.keys(":")
        screen.shows("the id of a job")
        screen.keys("ctrl+c")
        assert screen.end() == 0
        assert restored(screen)


def test_ctrl_s_and_ctrl_q_do_nothing(program: Program) -> None:
    """Neither stops the output, and neither leaves."""
    with Screen(program) as screen:
        screen.shows("Nothing waits")
        screen.send("\x13\x11\x13")
        screen.keys("7")
        screen.shows("HOW LONG")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_a_signal_ends_it_in_order(program: Program, number: signal.Signals) -> None:
    """A signal ends the UI within a second or so with 128 and its number, and the terminal is restored."""
    with Screen(program) as screen:
        before = screen.settings
        screen.shows("Nothing waits")
        begun = time.monotonic()
        screen.signal(number)
        assert screen.end() == 128 + number
        assert time.monotonic() - begun < 3
        assert restored(screen)
        assert screen.settings == before


def test_a_signal_as_it_opens(program: Program) -> None:
    """A signal that comes before the first picture restores the terminal, too."""
    with Screen(program) as screen:
        screen.wait_for("\x1b[?1049h")
        screen.signal(signal.SIGTERM)
        assert screen.end() == 128 + signal.SIGTERM
        assert restored(screen)


def test_a_signal_does_not_wait_for_acts(program: Program) -> None:
    """An act that never ends keeps neither a signal nor q from ending the UI."""
    for end in ("signal", "q"):
        with Screen(broken(program, "hang")) as screen:
            screen.shows("Nothing waits")
            screen.keys("u")
            screen.shows("hangs")
            if end == "q":
                screen.keys("q")
                assert screen.end(timeout_s=10) == 0
            else:
                screen.signal(signal.SIGTERM)
                assert screen.end(timeout_s=10) == 128 + signal.SIGTERM
            assert restored(screen)


@pytest.mark.parametrize("how", ["crash", "crash-thread", "crash-drawing"])
def test_a_crash(program: Program, how: str) -> None:
    """A UI that fails restores the terminal, says so in two lines at most without variables, and ends with 1.

    Its traceback is kept for the person's eyes alone, without variables, too.
    """
    state = program.folder / "state"
    with Screen(broken(program, how), env={"XDG_STATE_HOME": str(state)}) as screen:
        before = screen.settings
        screen.shows("Nothing waits")
        screen.keys("u")
        assert screen.end() == 1
        assert restored(screen)
        assert screen.settings == before
        told = screen.seen[screen.seen.rfind(SHOWN) + len(SHOWN) :].decode().strip()
    assert told.startswith("queuectl: the terminal UI failed: RuntimeError: of 9 letters")
    assert told.isprintable(), "what came from outside is made safe, and it is one line"
    log = state / "queuectl" / "ui-crash.log"
    assert str(log) in told
    assert log.stat().st_mode & 0o777 == 0o600
    assert "in _crash" in log.read_text()
    assert "\x1b" not in log.read_text()
    assert "s3cret1" not in told + log.read_text()


def test_a_crash_without_a_place_for_its_traceback(program: Program) -> None:
    """Where no file can be made the line stands alone."""
    with Screen(broken(program, "crash"), env={"XDG_STATE_HOME": "/dev/null"}) as screen:
        screen.shows("Nothing waits")
        screen.keys("u")
        assert screen.end() == 1
        assert "Please report it" in screen.text
        assert "traceback" not in screen.text


@pytest.mark.parametrize("ignored", [False, True], ids=["hup", "hup-ignored"])
def test_a_line_that_drops(program: Program, ignored: bool) -> None:
    """When the terminal is gone the UI ends within a second or so, SIGHUP or not; workers and jobs live on."""
    program.enqueue("--id", "long", "sleep 60")
    program.ok("worker", "start")
    program.wait_state("long", "processing")
    worker = program.workers()[0]["pid"]
    if ignored:
        program.words = [sys.executable, "-c", _NO_HANGUP, *program.words]
    with Screen(program, "--tab", "processing") as screen:
        screen.shows("long")
        screen.hang_up()
        assert screen.wait(5) == 128 + signal.SIGHUP
    assert alive(worker)
    program.words = program.words[-1:]
    assert program.json("show", "long")["state"] == "processing"


_NO_HANGUP = "import os, signal, sys; signal.signal(signal.SIGHUP, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"


def test_it_stops_and_goes_on(program: Program) -> None:
    """ctrl+z gives the shell its terminal back, and fg draws everything anew."""
    program.enqueue("--id", "here", "echo here")
    shell = Program(program.folder, env=program.env)
    shell.words = ["bash", "--norc", "--noprofile", "-i"]
    with Screen(shell, env={"PS1": "shell> ", "QUEUECTL": program.words[0]}) as screen:
        screen.shows("shell>")
        screen.send("$QUEUECTL\r")
        screen.shows("here", "Pending")
        screen.keys("ctrl+z")
        screen.shows("Stopped")
        assert screen.seen.rfind(LEFT) > screen.seen.rfind(ENTERED)
        assert screen.seen.rfind(b"\x1b[?1000l") > screen.seen.rfind(b"\x1b[?1000h")
        screen.send("echo from the sh''ell\r")
        screen.shows("from the shell")
        entered = screen.seen.count(ENTERED)
        screen.send("fg\r")
        screen.until(lambda text: "here" in text and "from the shell" not in text, what="the UI again")
        assert screen.seen.count(ENTERED) == entered + 1
        assert screen.seen.rfind(b"\x1b[?1000h") > screen.seen.rfind(b"\x1b[?1000l")
        screen.keys("q")
        screen.until(lambda _: screen.seen.count(LEFT) == 2 and screen.text.endswith("shell> "), what="the shell again")
        screen.send("echo ag''ain\r")
        screen.shows("again")
        assert screen.seen.rfind(LEFT) > screen.seen.rfind(ENTERED)


def test_where_there_is_no_shell_ctrl_z_does_nothing(program: Program) -> None:
    """The leader of a session has nobody to wake it, so it does not stop."""
    with Screen(program) as screen:
        screen.shows("Nothing waits")
        screen.keys("ctrl+z", "7")
        screen.shows("HOW LONG")


def test_a_stop_from_outside(program: Program) -> None:
    """Stopped and woken by signals, the UI takes keys as before and leaves the terminal as it was."""
    with Screen(program) as screen:
        before = screen.settings
        screen.shows("Nothing waits")
        screen.signal(signal.SIGSTOP)
        wait_for(lambda: _state(screen.pid) == "T", what="the stop")
        screen.signal(signal.SIGCONT)
        wait_for(lambda: screen.picture and screen.seen.count(ENTERED) == 2, what="the UI to go on")
        screen.keys("7")
        screen.shows("HOW LONG")
        screen.keys("q")
        assert screen.end() == 0
        assert restored(screen)
        assert screen.settings == before


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_a_slow_line_blocks_no_key(program: Program) -> None:
    """A terminal that takes nothing for a while keeps no key waiting, and then shows how it is, not how it was."""
    program.enqueue_all([{"id": f"job-{n:03}", "command": f"echo {n}"} for n in range(300)])
    with Screen(program) as screen:
        screen.shows("job-000")
        for _ in range(40):
            screen.keys("pagedown", "pageup", "7", "1")
            time.sleep(0.02)
        screen.keys("end")
        # Nothing was read meanwhile, and the program has seen every key: it uses no more time.
        wait_for(lambda: _rests(screen.pid), what="the program to be done with the keys")
        already = len(screen.seen)
        screen.shows("job-299")
        assert len(screen.seen) - already < 150_000


def _rests(pid: int) -> bool:
    def used() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    before = used()
    time.sleep(0.3)
    return used() == before


def test_leaving_over_a_stuck_line(program: Program) -> None:
    """A terminal that takes nothing any more does not keep the UI from ending when it is told to."""
    with Screen(program) as screen:
        screen.shows("Nothing waits")
        for _ in range(60):
            screen.keys("7", "1")
            time.sleep(0.02)
        screen.signal(signal.SIGTERM)
        assert screen.wait(10) == 128 + signal.SIGTERM
