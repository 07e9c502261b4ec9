"""A line that drops: what was started over it outlives it, and what ran on it leaves the queue whole."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import termios
from functools import partial
from typing import IO

from tests.e2e.test_bad_files import has_open
from tests.program import Program, alive, wait_for
from tests.terminal import Terminal

#: A shell that starts workers and stays, as one does over SSH.
_SHELL = "import subprocess, sys; subprocess.run(sys.argv[1:]); print('started all', flush=True); sys.stdin.read()"


def test_workers_outlive_their_line(program: Program) -> None:
    """Workers that were started from a terminal do not notice that it hangs up; their jobs go on."""
    program.enqueue("--id", "j", "--command", f"{program.gate}; echo end")
    words = program.words
    program.words = [sys.executable, "-c", _SHELL, *words]
    with Terminal(program, "worker", "start", "--count", "2") as terminal:
        terminal.wait_for("started all")
        program.words = words
        program.wait_state("j", "processing")
        pids = [worker["pid"] for worker in program.workers()]
        terminal.hang_up()
        assert terminal.wait(10) == -signal.SIGHUP
    program.open_gate()
    assert program.wait_state("j", "completed")["attempts"] == 1
    assert all(map(alive, pids))


def test_a_hangup_drains_a_detached_worker(program: Program) -> None:
    """Told so directly, a worker in the background finishes what it runs and leaves."""
    program.enqueue("--id", "j", "--command", f"{program.gate}; echo end")
    program.ok("worker", "start")
    program.wait_state("j", "processing")
    (worker,) = program.workers()
    os.kill(worker["pid"], signal.SIGHUP)
    wait_for(lambda: program.workers()[0]["state"] == "stopping", what="its notice")
    program.open_gate()
    wait_for(lambda: not program.workers(), what="its end")
    assert (program.state("j"), program.output("j")) == ("completed", "end\n")


def test_a_hangup_ends_commands(program: Program) -> None:
    """An input that was not at its end is not stored; who waits or follows leaves, and the job goes on."""
    program.enqueue("--id", "j", "--command", f"{program.gate}; echo end")
    program.ok("worker", "start")
    program.wait_state("j", "processing")
    program.enqueue("--id", "k", "--hold", "true")
    enqueue = program.start("enqueue", "-", stdin=subprocess.PIPE)
    assert enqueue.stdin is not None
    for _ in range(2):
        # When it has read the second part it is done with the first.
        enqueue.stdin.write(b"true\n" * 10)
        enqueue.stdin.flush()
        wait_for(partial(_is_empty, enqueue.stdin), what="its reading")
    calls = [enqueue, program.start("wait", "j"), program.start("logs", "-f", "j")]
    for call in calls[1:]:
        wait_for(partial(has_open, call.pid, program.db), what="its look at the queue")
    for call in calls:
        call.send_signal(signal.SIGHUP)
        assert call.wait(10) == -signal.SIGHUP
    assert set(program.jobs()) == {"j", "k"}
    program.open_gate()
    assert program.wait_state("j", "completed")["attempts"] == 1
    program.ok("doctor")


def _is_empty(pipe: IO[bytes]) -> bool:
    waiting = fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4))
    return waiting == bytes(4)
