"""The UI opens on a terminal, where it is told to, and leaves nothing behind."""

from __future__ import annotations

from tests.cli.covers import covers
from tests.program import Program
from tests.tui.screen import Screen


@covers("queuectl --tab")
def test_it_opens_at_a_tab(program: Program) -> None:
    """`--tab dead` shows the dead jobs, and q ends the UI with 0."""
    program.enqueue("--id", "lost", "--max-retries", "0", "echo cannot >&2; exit 3")
    program.drain()
    with Screen(program, "--tab", "dead") as screen:
        screen.shows("lost", "exhausted", "cannot")
        screen.keys("q")
        assert screen.end() == 0


def test_it_is_drawn_when_there_is_something_to_draw(program: Program) -> None:
    """The first thing that is sent of the frame comes with the rows: a slow line does not carry it twice."""
    program.enqueue("--id", "first", "true")
    with Screen(program) as screen:
        screen.shows("first")
    assert screen.seen.count(b" queuectl ") == 1
    assert screen.seen.index(b" queuectl ") < screen.seen.index(b"first")
    blank = screen.seen[: screen.seen.index(b" queuectl ")]
    assert len(blank) < 500


@covers("queuectl --job")
def test_it_opens_at_a_job(program: Program) -> None:
    """`--job` shows that job in the list of its state, the cursor on it."""
    program.enqueue_all([{"id": f"job-{n:03}", "command": f"echo {n}"} for n in range(300)])
    with Screen(program, "--job", "job-277") as screen:
        screen.until(lambda text: "▌  job-277" in text, what="the cursor on job-277")


@covers("queuectl --ascii")
def test_ascii_only(program: Program) -> None:
    """With `--ascii` nothing but ASCII is drawn."""
    program.enqueue("--id", "plain", "echo ümlaut")
    with Screen(program, "--ascii") as screen:
        assert screen.shows("plain").isascii()


@covers("queuectl --no-mouse")
def test_the_mouse_is_left_alone(program: Program) -> None:
    """With `--no-mouse` the terminal is never asked to report the mouse; without it is."""
    for words, reported in ((["--no-mouse"], False), ([], True)):
        with Screen(program, *words) as screen:
            screen.shows("Nothing waits")
            assert (b"\x1b[?1000h" in screen.seen) == reported


def test_the_demo_opens_on_its_queue(program: Program) -> None:
    """On a terminal `demo` shows its queue with things happening, and leaves nothing behind when the UI is closed."""
    temp = program.folder / "temp"
    temp.mkdir()
    with Screen(program, "demo", env={"TMPDIR": str(temp)}) as screen:
        screen.shows("crash", "busy")
        screen.keys("g")
        screen.shows("tick-1-1")
        screen.keys("q")
        assert screen.end() == 0
    assert not list(temp.glob("queuectl-demo-*"))
    assert not program.db.exists()


def test_there_is_no_ui_without_a_terminal(program: Program) -> None:
    """Without a terminal the call ends with 2 and a line that says what to run."""
    program.refuse(says=["queuectl status"])
    program.refuse("--tab", "dead", says=["no terminal"])


def test_what_is_for_the_ui_goes_with_no_command(program: Program) -> None:
    """`--job` and the like are refused beside a command."""
    program.refuse("--job", "x", "status", says=["--job is for the UI"])
    program.refuse("--ascii", "--worker", says=["--ascii is for the UI"])


def test_a_file_that_is_no_queue_is_a_line(program: Program) -> None:
    """What makes a queue unusable is told in a line, with exit 1, and no screen is opened."""
    program.db.parent.mkdir(mode=0o700)
    program.db.write_text("hello")
    program.db.chmod(0o600)
    with Screen(program) as screen:
        assert screen.end() == 1
        assert "is not a queue" in screen.text
        assert "\x1b" not in screen.text


def test_a_deleted_queue_is_told(program: Program) -> None:
    """When the file is deleted under the open UI, the head says so, until there is one again."""
    program.enqueue("--id", "before", "echo 1")
    with Screen(program, columns=140) as screen:
        screen.shows("before")
        for path in program.db.parent.glob("queue.db*"):
            if path.is_file():
                path.unlink()
        screen.shows("it was deleted or moved away")
        program.enqueue("--id", "after", "echo 1")
        screen.until(lambda text: "after" in text and "moved away" not in text, what="the new queue")
