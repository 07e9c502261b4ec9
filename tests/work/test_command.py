"""One shell command, run to its end with real processes."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from queuectl_tui.rules.pieces import Chunk
from queuectl_tui.work import command, tree
from queuectl_tui.work.capture import Capture
from queuectl_tui.work.command import Outcome
from queuectl_tui.work.launch import RUN_FD, Task, seal
from tests.program import alive, wait_for

ROOT = Path(__file__).parent.parent.parent


class Somebody:
    """Asks for an end: pokes once there is a file, or never pokes and has to be asked; without a reason, nobody."""

    def __init__(self, reason: str | None, when: Path | None, look_takes_s: float) -> None:
        self.fd, self._poke = os.pipe()
        self._reason = reason
        self._when = when
        self._look_takes_s = look_takes_s
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._wait)
        self._thread.start()

    def _wait(self) -> None:
        while self._when is not None and not self._closing.wait(0.01):
            if self._when.exists():
                os.write(self._poke, b".")
                return

    def look(self) -> str | None:
        """Take its time, and say why."""
        if self._when is not None and not self._when.exists():
            return None
        time.sleep(self._look_takes_s)
        if select.select([self.fd], [], [], 0)[0]:
            os.read(self.fd, 1)
        return self._reason

    def close(self) -> None:
        """Poke no more."""
        self._closing.set()
        self._thread.join()
        os.close(self.fd)
        os.close(self._poke)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path


def run(
    here: Path,
    text: str,
    *,
    reason: str | None = None,
    when: Path | None = None,
    look_takes_s: float = 0.0,
    on_spawn: Callable[[int], object] = lambda _: None,
    on_lasting: Callable[[int, float], object] = lambda *_: None,
    store_output: Callable[[Capture, Sequence[Chunk]], None] | None = None,
    **changes: Any,
) -> tuple[Outcome, list[Chunk]]:
    """Run a command; give how it ended and all that it printed."""
    plain = {"PATH": os.environ["PATH"], "QUEUECTL_RUN": marker(here)}
    task = Task(text, "/bin/sh", str(here), plain, marker(here), 0.0, 0.3, 1 << 20, 0o022)
    task = task._replace(**changes)
    stored: list[Chunk] = []

    def store(capture: Capture, chunks: Sequence[Chunk]) -> None:
        assert capture.total_bytes
        stored.extend(chunks)

    lock = here / "run.lock"
    fd = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    attention = Somebody(reason, when, look_takes_s)
    cwd = Path.cwd()
    umask = os.umask(0o077)
    try:
        outcome = command.run(
            task,
            lock_fd=fd,
            lock=str(lock),
            attention=attention,
            store_output=store_output or store,
            on_spawn=on_spawn,
            on_lasting=on_lasting,
        )
    finally:
        os.umask(umask)
        os.chdir(cwd)
        os.close(fd)
        attention.close()
    return outcome, [*stored, *outcome.rest]


def marker(here: Path) -> str:
    return f"test-{here}"


def printed(chunks: Sequence[Chunk], stream: str = "stdout") -> bytes:
    return b"".join(chunk.data for chunk in chunks if chunk.stream == stream)


def test_streams_are_told_apart_and_the_code_is_kept(here: Path) -> None:
    """What goes to stderr is of stderr, its last line is the error, and the exit code is the shell's."""
    outcome, chunks = run(here, "echo out; echo err >&2; exit 3")
    assert (outcome.outcome, outcome.exit_code, outcome.signal, outcome.error) == ("failed", 3, None, "err")
    assert (printed(chunks), printed(chunks, "stderr")) == (b"out\n", b"err\n")
    assert outcome.output_bytes == 8


def test_it_runs_as_promised(here: Path) -> None:
    """In its directory, a session of its own, stdin from /dev/null, with its umask and no signal ignored."""
    text = 'pwd; readlink /proc/self/fd/0; umask; ps -o sid= -p $$ | tr -d " "; echo $$; grep SigIgn /proc/self/status'
    _, chunks = run(here, text, umask=0o027)
    cwd, null, umask, session, pid, ignored = printed(chunks).decode().split("\n")[:6]
    assert (cwd, null, umask, session) == (str(here), "/dev/null", "0027", pid)
    # Two that the C library keeps for itself are not looked at.
    assert int(ignored.split()[1], 16) & 0x7FFFFFFF == 0


def test_its_processes_hold_the_run_file(here: Path) -> None:
    """The run's file is open at a high number that scripts do not use, and nothing else of the worker's is."""
    seal()
    # No pipe, whose ends the shell itself holds for a moment; and not its last command, which it would become.
    _, chunks = run(here, f"readlink /proc/$$/fd/{RUN_FD}; ls /proc/$$/fd; :")
    held, *open_files = printed(chunks).decode().split()
    assert held == str(here / "run.lock")
    assert set(open_files) - {"10"} == {"0", "1", "2", str(RUN_FD)}


def test_what_it_left_in_its_group_is_ended(here: Path) -> None:
    """A child in the background is ended with the command, and is not waited for."""
    begun = time.monotonic()
    outcome, chunks = run(here, "sleep 100 & echo $!")
    assert (outcome.outcome, time.monotonic() - begun < 20) == ("completed", True)
    assert not alive(int(printed(chunks)))


def test_what_left_the_session_on_purpose_is_left_alone(here: Path) -> None:
    """A daemon that keeps the pipe neither hangs the run nor is ended."""
    begun = time.monotonic()
    # The command may well end before its child has left.
    outcome, chunks = run(here, "setsid sleep 30 & echo hi")
    assert (outcome.outcome, printed(chunks), time.monotonic() - begun < 20) == ("completed", b"hi\n", True)
    left = tree.Trace(None, None, marker(here), None)
    wait_for(
        lambda: [Path(f"/proc/{pid}/comm").read_text() for pid, _ in tree.find(left)] == ["sleep\n"], what="the daemon"
    )
    tree.signal_all(tree.find(left), signal.SIGKILL)


@pytest.mark.parametrize(
    "text",
    [
        "sleep 60",
        "trap '' TERM; sleep 60 & sleep 60",
        "kill -STOP $$",
        "setsid sleep 60 & sleep 60",
        "env -i setsid sleep 60 & sleep 60",
    ],
    ids=["plain", "ignores TERM", "stopped", "left the session", "lost its marker"],
)
def test_a_timeout_ends_the_whole_tree(here: Path, text: str) -> None:
    """Whatever it does, nothing of a timed-out command is left."""
    outcome, _ = run(here, text, timeout_s=0.3)
    assert outcome.outcome == "timeout"
    assert outcome.error == "timed out after 0.3 s"
    assert outcome.duration_ms < 20_000
    assert tree.find(tree.Trace(None, None, marker(here), here / "run.lock")) == []


@pytest.mark.parametrize("reason", ["canceled", "handed_back", "fenced"])
def test_it_ends_when_it_is_asked_to(here: Path, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is poked looks at once; the run ends for the reason that is given."""
    monkeypatch.setattr(command, "LOOK_S", 60.0)
    outcome, _ = run(here, "touch ready; sleep 60", reason=reason, when=here / "ready")
    assert (outcome.outcome, outcome.exit_code, outcome.duration_ms < 20_000) == (reason, None, True)
    # Whoever was fenced off has no grace: its KILL comes so soon after its TERM that either may end it.
    assert outcome.signal in ((signal.SIGTERM, signal.SIGKILL) if reason == "fenced" else (signal.SIGTERM,))


def test_who_was_fenced_off_has_no_grace(here: Path) -> None:
    """A run that was taken away ends at once, whatever it does about TERM; also when it is already being ended."""
    text = "trap 'touch told' TERM; touch ready; while :; do sleep 0.1; done"
    outcome, _ = run(here, text, reason="fenced", when=here / "ready", grace_s=60.0)
    assert (outcome.outcome, outcome.signal, outcome.duration_ms < 5000) == ("fenced", signal.SIGKILL, True)
    (here / "told").unlink(missing_ok=True)
    outcome, _ = run(here, text, timeout_s=0.5, grace_s=60.0, reason="fenced", when=here / "told")
    assert (outcome.outcome, outcome.signal, outcome.duration_ms < 5000) == ("timeout", signal.SIGKILL, True)


def test_who_has_ended_has_ended_by_itself(here: Path) -> None:
    """A request that comes when the command has ended already changes nothing."""
    text = "touch ready; sleep 0.1; exit 7"
    outcome, _ = run(here, text, reason="canceled", when=here / "ready", look_takes_s=0.5)
    assert (outcome.outcome, outcome.exit_code) == ("failed", 7)


def test_a_request_is_seen_without_a_poke(here: Path) -> None:
    """Whether the run may go on is asked each second, poked or not."""
    outcome, _ = run(here, "sleep 60", reason="canceled")
    assert (outcome.outcome, 900 < outcome.duration_ms < 20_000) == ("canceled", True)


def test_the_last_words_are_kept(here: Path) -> None:
    """What a command prints in its grace is kept, and so is its own exit code; it is a timeout still."""
    text = "trap 'head -c 300000 /dev/zero; echo bye >&2; exit 5' TERM; while :; do sleep 0.01; done"
    outcome, chunks = run(here, text, timeout_s=0.3, grace_s=20.0)
    assert (outcome.outcome, outcome.exit_code, outcome.signal) == ("timeout", 5, None)
    assert (len(printed(chunks)), printed(chunks, "stderr")[-4:]) == (300_000, b"bye\n")


def test_a_rest_of_the_group_may_print_to_its_end(here: Path) -> None:
    """What is left in the group cleans up within the grace: its output is read meanwhile, or it could not end."""
    rest = "trap 'head -c 300000 /dev/zero; exit' TERM; touch ready; while :; do sleep 0.01; done"
    text = f'sh -c "{rest}" & while [ ! -e ready ]; do sleep 0.01; done'
    outcome, chunks = run(here, text, grace_s=20.0)
    assert (outcome.outcome, len(printed(chunks)), outcome.duration_ms < 15_000) == ("completed", 300_000, True)


def test_a_daemon_that_goes_on_printing_is_not_waited_for(here: Path) -> None:
    """What floods the pipe after the command's end holds the run up for half a second at most, and then goes on."""
    begun = time.monotonic()
    outcome, _ = run(here, "setsid yes & sleep 0.2", output_limit=1 << 30)
    assert (outcome.outcome, time.monotonic() - begun < 20) == ("completed", True)
    # So much is stored as it comes, not kept.
    assert sum(len(chunk.data) for chunk in outcome.rest) < 12 << 20
    tree.signal_all(tree.find(tree.Trace(None, None, marker(here), None)), signal.SIGKILL)


def test_bytes_stay_bytes(here: Path) -> None:
    """Whatever is printed comes back as it is."""
    everything = bytes(range(256)) * 10
    (here / "all").write_bytes(everything)
    _, chunks = run(here, "cat all; cat all >&2")
    assert (printed(chunks), printed(chunks, "stderr")) == (everything, everything)


def test_the_leader_is_told(here: Path) -> None:
    """The pid is told at once, and with its start as the kernel has it."""
    spawned: list[int] = []
    told: list[tuple[int, float]] = []
    seen: list[float | None] = []

    def lasting(pid: int, started: float) -> None:
        told.append((pid, started))
        seen.append(tree.started(pid))

    for _ in range(5):
        run(here, "sleep 0.2", on_spawn=spawned.append, on_lasting=lasting)
    assert [pid for pid, _ in told] == spawned
    assert [started for _, started in told] == seen


@pytest.mark.parametrize("where", ["on_spawn", "on_lasting", "store_output"])
def test_a_command_that_nobody_can_settle_is_ended(here: Path, where: str) -> None:
    """When what is told of it cannot be written, the command does not run on alone."""

    def fail(*_: object) -> None:
        raise OSError("no space left")

    told: dict[str, Any] = {where: fail}
    with pytest.raises(OSError, match="no space"):
        run(here, "echo hi; setsid sleep 60 & sleep 60", **told)
    assert tree.find(tree.Trace(None, None, marker(here), here / "run.lock")) == []


def test_an_ignored_sigchld_is_no_trouble(here: Path) -> None:
    """A worker that was started with SIGCHLD ignored learns how its commands end all the same."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        outcome, _ = run(here, "exit 3")
    finally:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    assert (outcome.outcome, outcome.exit_code) == ("failed", 3)


def test_nothing_is_left_open(here: Path) -> None:
    """A run leaves the worker as it was: its files, its directory, its umask."""
    run(here, "true")
    before = len(list(Path("/dev/fd").iterdir()))
    for text in ("echo hi", "sleep 60", "exec >&-", "sleep 9 & echo", "yes | head -c 300000"):
        run(here, text, timeout_s=0.3)
    run(here, "true", cwd="/nowhere")
    run(here, "true", shell="/nowhere")
    assert len(list(Path("/dev/fd").iterdir())) == before


def test_it_works_without_pidfd(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the kernel has no pidfd, the end is looked for often enough."""

    def none(_: int) -> int:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(os, "pidfd_open", none)
    monkeypatch.setattr(tree, "_PIDFD", False)
    monkeypatch.setattr(command, "LOOK_S", 60.0)
    outcome, chunks = run(here, "sleep 60 & sleep 0.2; echo hi; exit 3")
    assert (outcome.exit_code, printed(chunks), outcome.duration_ms < 20_000) == (3, b"hi\n", True)
    outcome, _ = run(here, "setsid sleep 60 & sleep 60", timeout_s=0.2)
    assert (outcome.outcome, outcome.signal) == ("timeout", signal.SIGTERM)
    assert tree.find(tree.Trace(None, None, marker(here), here / "run.lock")) == []


def test_few_descriptors_are_enough(here: Path) -> None:
    """Under a low limit of open files the run's file is open at the last number that there is."""
    code = "import pathlib, resource; resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))\n"
    code += "from tests.work.test_command import printed, run\n"
    code += f"print(printed(run(pathlib.Path({str(here)!r}), 'readlink /proc/$$/fd/39')[1]).decode())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == str(here / "run.lock")


def test_a_flood_is_pumped_and_cut(here: Path) -> None:
    """`yes` leaves what the limit allows, counts the rest, and does not make the worker grow."""
    before = int(Path("/proc/self/statm").read_text().split()[1])
    outcome, chunks = run(here, "yes", timeout_s=1.2, output_limit=100_000)
    grown = int(Path("/proc/self/statm").read_text().split()[1]) - before
    assert outcome.output_bytes > 5_000_000
    assert outcome.output_bytes - outcome.dropped_bytes == 100_000
    assert grown * 4096 < 30 << 20
    assert sum(len(chunk.data) for chunk in chunks) >= 100_000


def test_output_is_live(here: Path) -> None:
    """What a long command prints is stored while it runs, and at most twice a second."""
    outcome, chunks = run(here, "for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done")
    assert printed(chunks) == b"1\n2\n3\n4\n5\n6\n7\n8\n"
    assert 2 <= len(chunks) - len(outcome.rest) <= outcome.duration_ms / 500 + 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cwd": "/nowhere"}, "cannot enter /nowhere: No such file"),
        ({"shell": "/nowhere/sh"}, "cannot start /nowhere/sh: No such file"),
        ({"env": {"A": "x" * 200_000}}, "Argument list too long"),
        ({"env": {"A": "\0"}}, "cannot start"),
    ],
)
def test_what_cannot_start_says_why(here: Path, changes: dict[str, Any], said: str) -> None:
    """No directory, no shell, too large an environment: unrunnable, with the reason."""
    outcome, _ = run(here, "true", **changes)
    assert outcome.outcome == "unrunnable"
    assert said in (outcome.error or "")


def test_a_signal_is_told(here: Path) -> None:
    """A command that a signal ended has no exit code, but the signal."""
    outcome, _ = run(here, "kill -SEGV $$")
    assert (outcome.outcome, outcome.exit_code, outcome.signal) == ("failed", None, signal.SIGSEGV)
    assert outcome.error == "killed by signal SIGSEGV"


def test_a_closed_stdout_is_no_end(here: Path) -> None:
    """A command that closes its streams runs on to its end."""
    outcome, _ = run(here, "exec >&- 2>&-; sleep 0.3; exit 4")
    assert (outcome.exit_code, outcome.duration_ms >= 300) == (4, True)


def test_memory_and_cpu(here: Path) -> None:
    """The peak of a large command is its own; a small one is not charged with its worker's."""
    large, _ = run(here, "python3 -c 'x = bytearray(200 << 20)'")
    assert 200_000 < (large.max_rss_kib or 0) < 400_000
    small, _ = run(here, "true")
    assert 0 < (small.max_rss_kib or 0) < 10_000
    busy, _ = run(here, "i=0; while [ $i -lt 500000 ]; do i=$((i + 1)); done; sleep 0.5")
    assert 100 <= (busy.cpu_ms or 0) <= busy.duration_ms - 400


def test_a_reused_pid_is_not_signalled() -> None:
    """A process that is not the one that was found is left alone."""
    child = subprocess.Popen(["sleep", "60"])
    try:
        started = tree.started(child.pid)
        assert started is not None
        tree.signal_all([tree.Member(child.pid, started - 1)], signal.SIGKILL)
        assert alive(child.pid)
        tree.signal_all([tree.Member(child.pid, started)], signal.SIGKILL)
        wait_for(lambda: not alive(child.pid), what="its end")
    finally:
        child.kill()
        child.wait()
