"""The output of a job is shown as it is printed, and nothing in it acts on the terminal."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from tests.program import Program, wait_for
from tests.tui.screen import Screen

#: What a hostile job prints: clipboard, title, alternate screen, link, device query, C1, bidi, NUL, bell, blink.
_HOSTILE = (
    rb"\033]52;c;SEFIQQ==\007\033]0;HAHA\007\033[?1049h\033[2J\033]8;;http://haha\033\\\\link\033]8;;\033\\\\"
    rb"\033[6n\302\2332J\342\200\256abc\000\007\033[5mblink\033[8mhidden\033[31mred\033Pq#0\033\\\\\n"
).decode()


def whole(screen: Screen) -> None:
    """Show the output on the whole screen."""
    screen.keys("enter")
    screen.until(lambda text: "COMMAND" not in text, what="the output alone")


def test_hostile_output_is_harmless(program: Program) -> None:
    """Of a job's escapes only colours reach the terminal; the rest is gone or seen."""
    program.enqueue("--id", "bad", "--max-retries", "0", f"printf '{_HOSTILE}'; printf '{_HOSTILE}' >&2; exit 1")
    program.drain()
    with Screen(program, "--tab", "dead") as screen:
        screen.shows("link", "blink", "red", "<U+202E>", "␀␇")
        whole(screen)
        screen.keys("w", "w", "/")
        screen.shows("search the output")
        screen.keys("r", "e", "d", "enter")
        screen.shows("red 1/2")
        screen.keys("q", "q")
        assert screen.end() == 0
        seen = screen.seen
    for harm in (
        b"\x1b]",
        b"\x1bP",
        b"\x1b[2J",
        b"\x1b[6n",
        b"\x1b[5m",
        b"\x1b[8m",
        b"\x9b2J",
        b"\xe2\x80\xae",
        b"\x07",
    ):
        assert harm not in seen, harm


def test_output_is_followed(program: Program, tmp_path: Path) -> None:
    """What a running job prints is shown while it runs, stderr told apart, and the end once it has ended."""
    go = tmp_path / "go"
    command = f"echo one; echo wrong >&2; while [ ! -e {go} ]; do sleep 0.05; done; seq 100; echo finished"
    program.enqueue("--id", "live", command)
    program.start("--worker")
    program.wait_state("live", "processing")
    with Screen(program, "--tab", "processing", "--job", "live") as screen:
        screen.shows("  one", "▌ wrong", "follow ·")
        go.touch()
        screen.keys("0")
        screen.shows("  99", "  finished")


def test_a_view_that_was_scrolled_stays(program: Program, tmp_path: Path) -> None:
    """Who looks at earlier lines keeps them in view while more is printed; f follows again."""
    go = tmp_path / "go"
    program.enqueue("--id", "live", f"seq 1000 1199; while [ ! -e {go} ]; do sleep 0.05; done; seq 2000 2099; sleep 60")
    program.start("--worker")
    program.wait_state("live", "processing")
    with Screen(program, "--tab", "processing", "--job", "live") as screen:
        screen.shows("1199", "follow ·")
        whole(screen)
        screen.keys("g")
        screen.until(lambda text: "1000" in text and "follow ·" not in text, what="the first line")
        go.touch()
        wait_for(lambda: "2099" in program.ok("job", "output", "live"), what="more output")
        assert "1000" in screen.picture
        screen.keys("f")
        screen.shows("2099", "follow ·")


def test_searching(program: Program) -> None:
    """`/` finds a text in any case, n and N go to the next and the one before, esc ends the search."""
    lines = "".join(f"line {n} of all\\n" + ("an ERROR here\\n" if n % 100 == 50 else "") for n in range(400))
    program.enqueue("--id", "long", f"printf '{lines}'")
    program.drain()
    with Screen(program, "--tab", "completed") as screen:
        screen.shows("line 399 of all")
        whole(screen)
        screen.keys("g", "/")
        screen.shows("search the output")
        screen.keys(*"error", "enter")
        screen.shows("error 1/4", "line 50 of all")
        screen.keys("n")
        screen.shows("error 2/4", "line 150 of all")
        screen.keys("N", "N")
        screen.shows("error 4/4", "line 350 of all")
        screen.keys("esc")
        screen.until(lambda text: "error 4/4" not in text, what="no search")
        screen.keys("/")
        screen.shows("/error")
        screen.keys(*"nowhere", "enter")
        screen.shows("nowhere no match")


def test_what_was_cut_is_shown(program: Program) -> None:
    """The gap stands between the lines that were kept, and the title tells how much is missing."""
    program.ok("config", "set", "output_limit", "4000")
    program.enqueue("--id", "much", "seq 100000 109999")
    program.drain()
    with Screen(program, "--tab", "completed") as screen:
        screen.shows("109999", "64.5 KiB cut")
        whole(screen)
        screen.keys("g")
        screen.until(lambda text: "  100000" in text, what="the first line")
        screen.keys(*["pagedown"] * 5)
        screen.shows("… 64.5 KiB cut here …")


def test_earlier_runs(program: Program) -> None:
    """( shows what the run before printed, ) the last one again."""
    program.ok("config", "set", "backoff_base", "0")
    program.enqueue("--id", "again", "--max-retries", "1", "echo this is run $QUEUECTL_ATTEMPT; exit 1")
    program.drain()
    with Screen(program, "--tab", "dead") as screen:
        screen.shows("this is run 2")
        screen.keys("(")
        screen.shows("this is run 1", "earlier run 1")
        screen.keys(")")
        screen.until(lambda text: "this is run 2" in text and "earlier run 1" not in text, what="the last run")


def test_without_output(program: Program) -> None:
    """A job that has not run, and one that printed nothing, say so."""
    program.enqueue("--id", "quiet", "true")
    program.drain()
    program.enqueue("--id", "waits", "--hold", "true")
    with Screen(program, "--tab", "completed") as screen:
        screen.shows("It printed nothing.")
        screen.keys("1")
        screen.shows("It has not started yet.")


def test_the_pager(program: Program, tmp_path: Path) -> None:
    """`o` gives the whole output to $PAGER, made safe, its colours kept, and the UI comes back afterwards."""
    program.enqueue("--id", "job", "printf '\\033[31mred\\033[0m\\033]0;HAHA\\007\\n10%%\\r20%%\\n'; seq 3000")
    program.drain()
    got = tmp_path / "got"
    with Screen(program, "--tab", "completed", env={"PAGER": f"cat > {got}; echo in the pager; sleep 0.2"}) as screen:
        screen.shows("3000")
        screen.keys("o")
        wait_for(lambda: got.exists() and got.read_text().endswith("3000\n"), what="the output in the pager")
        screen.shows("3000", "Completed 1")
        screen.keys("q")
        assert screen.end() == 0
    text = got.read_text().replace("\x1b[0m\x1b[0m", "\x1b[0m")
    assert text.startswith("\x1b[31mred\x1b[0m\n20%\n1\n2\n")
    assert len(text.splitlines()) == 3002


def _left(screen: Screen, picture: str) -> bool:
    """Tell whether the UI has left the terminal to another program."""
    del picture
    return b"\x1b[?1049l" in screen.seen


def test_a_pager_that_is_left_early(program: Program) -> None:
    """A pager that reads only the beginning ends at once, and a missing one is told of by the shell alone."""
    program.enqueue("--id", "job", "seq 300000")
    program.drain()
    for pager in ("head -n 1", "/no/such/pager"):
        with Screen(program, "--tab", "completed", env={"PAGER": pager}) as screen:
            screen.shows("300000")
            screen.keys("o")
            screen.until(partial(_left, screen), what="the pager")
            screen.shows("300000")
            screen.keys("q")
            assert screen.end() == 0
