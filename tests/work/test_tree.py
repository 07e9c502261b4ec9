"""The processes of a run, found and ended, with real processes."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from queuectl_tui.work import tree
from tests.program import PYTHON_WORD, alive, wait_for

#: A user other than root: what belongs to root is beyond him.
NOBODY = 65534


class Run:
    """A command as a worker starts it: a session of its own, the marker, the run's file open at 250."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.marker = f"test-{folder.name}-{time.monotonic_ns()}"
        self.lock = folder / "w1.run1"
        self._lock_fd = os.open(self.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self, text: str) -> tree.Trace:
        """Start a shell command; give its trace once it has said that it is `ready`."""
        (self.folder / "ready").unlink(missing_ok=True)
        os.set_inheritable(self._lock_fd, True)
        child = subprocess.Popen(
            ["/bin/sh", "-c", text],
            stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "QUEUECTL_RUN": self.marker},
            cwd=self.folder,
            start_new_session=True,
            pass_fds=[self._lock_fd],
        )
        self._children.append(child)
        stat = tree._stat(child.pid)
        assert stat is not None
        trace = tree.Trace(child.pid, stat.started, self.marker, self.lock)
        if "ready" in text:
            wait_for((self.folder / "ready").exists, what="ready")
        return trace

    def reap(self) -> None:
        """Wait for the end of what was started."""
        for child in self._children:
            child.wait(10)

    def close(self) -> None:
        """Kill whatever is left."""
        os.set_inheritable(self._lock_fd, False)
        everything = tree.Trace(None, None, self.marker, self.lock)
        wait_for(
            lambda: not tree.signal_all(members := tree.find(everything), signal.SIGKILL) and not members,
            what="the end of all",
        )
        os.close(self._lock_fd)
        self.reap()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    found = Run(tmp_path)
    yield found
    found.close()


@pytest.fixture(params=["proc", "psutil"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Look by /proc, and as on a system without it."""
    monkeypatch.setattr(tree, "_PROC", request.param == "proc")
    return str(request.param)


def named(members: list[tree.Member]) -> list[str]:
    return sorted(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode() for pid, _ in members)


@pytest.mark.usefixtures("way")
def test_the_group_is_found(run: Run) -> None:
    """Who is of the leader's group is of the run, though it has lost its marker and closed the file."""
    trace = run.start("env -i sleep 60 & touch ready; wait")
    bare = trace._replace(marker="another", lock=None)
    wait_for(lambda: named(tree.find(bare, group_only=True)) == ["/bin/sh", "sleep"], what="both")
    assert named(tree.find(bare)) == ["/bin/sh", "sleep"]


@pytest.mark.usefixtures("way")
def test_the_group_is_found_after_its_leader(run: Run) -> None:
    """The group outlives its leader; nobody else can have that number meanwhile."""
    trace = run.start("sleep 60 & touch ready")
    run.reap()
    assert named(tree.find(trace, group_only=True)) == ["sleep"]


@pytest.mark.usefixtures("way")
def test_another_group_of_the_session_is_of_the_tree(run: Run) -> None:
    """A job in the background of a shell with job control is of the session: of the tree, not of the group."""
    code = "import os; os.setpgid(0, 0); os.execvp('sleep', ['sleep', '60'])"
    trace = run.start(f'{PYTHON_WORD} -c "{code}" & wait')
    bare = trace._replace(marker="another", lock=None)
    wait_for(lambda: named(tree.find(bare)) == ["/bin/sh", "sleep"], what="both")
    assert named(tree.find(bare, group_only=True)) == ["/bin/sh"]


@pytest.mark.usefixtures("way")
def test_the_marker_finds_what_left_the_session(run: Run) -> None:
    """Who left the session is found by the marker in its environment, and not by a part of it."""
    trace = run.start("setsid sleep 60 & touch ready")
    bare = trace._replace(leader=None, lock=None)
    wait_for(lambda: named(tree.find(bare)) == ["sleep"], what="the daemon")
    assert tree.find(bare, group_only=True) == []
    assert tree.find(bare._replace(marker=run.marker[:-1])) == []
    assert tree.find(bare._replace(marker=run.marker[1:])) == []


@pytest.mark.usefixtures("way")
def test_the_file_finds_what_lost_its_marker(run: Run) -> None:
    """Who left the session without its environment is found by the run's file that it holds."""
    trace = run.start("env -i setsid sleep 60 & touch ready")
    bare = trace._replace(leader=None, marker="another")
    wait_for(lambda: named(tree.find(bare)) == ["sleep"], what="the daemon")
    other = run.folder / "other" / run.lock.name
    other.parent.mkdir()
    other.touch()
    for lock in (other, run.folder / "gone"):
        assert tree.find(bare._replace(lock=lock)) == []


@pytest.mark.usefixtures("way")
def test_a_zombie_is_not_found(run: Run) -> None:
    """Who has ended and was not waited for runs no more."""
    trace = run.start("sleep 0.1")
    wait_for(lambda: not alive(trace.leader or 0), what="the zombie")
    assert tree.find(trace) == []
    assert tree.started(trace.leader or 0) is None


@pytest.mark.usefixtures("way")
def test_a_reused_pid_is_another(run: Run) -> None:
    """A leader of another start is another process, and its group not that of the run."""
    trace = run.start("exec env -i sleep 60")
    assert trace.started is not None
    wait_for(lambda: named(tree.find(trace)) == ["sleep"], what="exec")
    other = trace._replace(started=trace.started - 1, marker="another", lock=None)
    assert tree.find(other) == []
    assert tree.find(other._replace(started=trace.started)) != []
    assert not tree.running(tree.Member(trace.leader or 0, trace.started - 1))


@pytest.mark.usefixtures("way")
def test_who_was_there_before_is_not_of_the_run(run: Run) -> None:
    """All of a run come from its leader, so nobody older is of it, whatever it holds."""
    first = run.start("exec sleep 60")
    time.sleep(0.03)
    second = run.start("exec sleep 61")
    assert [member.pid for member in tree.find(second)] == [second.leader]
    assert {member.pid for member in tree.find(first)} == {first.leader, second.leader}


def test_who_looks_is_not_found(run: Run) -> None:
    """A job may look for its own run: it finds neither itself nor those above it, only the others."""
    code = f"from queuectl_tui.work import tree; print(tree.find(tree.Trace(None, None, {run.marker!r}, None)))"
    (run.folder / "look.py").write_text(code)
    text = f'sleep 60 & echo $! > pid; sh -c "{PYTHON_WORD} look.py > found; true"; touch ready; wait'
    trace = run.start(text)
    pid = int((run.folder / "pid").read_text())
    assert (run.folder / "found").read_text() == f"[{tree.Member(pid, tree.started(pid) or 0)}]\n"
    assert len(tree.find(trace)) == 2


def test_a_name_may_hold_anything(run: Run) -> None:
    """A program called `x) Z 1 1 (` is no zombie."""
    sleep = shutil.which("sleep")
    assert sleep is not None
    odd = run.folder / "x) Z 1 1 ("
    shutil.copy(sleep, odd)
    trace = run.start(f"exec '{odd}' 60")
    wait_for(lambda: named(tree.find(trace)) == [str(odd)], what="exec")
    assert tree.started(trace.leader or 0) == trace.started


def test_a_start_is_known_without_a_look(run: Run) -> None:
    """The clock tells when a child started just as the kernel does, or not at all."""
    told = []
    for _ in range(300):
        before = tree.moment()
        pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], {"QUEUECTL_RUN": run.marker})
        begun = tree.begun(pid, before)
        assert begun in (None, tree.started(pid))
        told.append(begun)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert any(begun is not None for begun in told)


def test_signals_reach_only_who_was_found(run: Run) -> None:
    """A process of another start is not signalled, and one that is gone is no trouble."""
    trace = run.start("exec sleep 60")
    assert trace.leader is not None
    assert trace.started is not None
    assert tree.signal_all([tree.Member(trace.leader, trace.started + 1)], signal.SIGKILL) == []
    assert alive(trace.leader)
    assert tree.signal_all([tree.Member(trace.leader, trace.started)], signal.SIGKILL) == []
    run.reap()
    assert tree.signal_all([tree.Member(trace.leader, trace.started)], signal.SIGKILL) == []


def test_who_may_not_be_signalled_is_told() -> None:
    """A process of another user is given back, and the others are signalled all the same."""
    if os.getuid() != 0:
        pytest.skip("needs root, to be two users")
    children = [subprocess.Popen(["sleep", "60"], user=user) for user in (0, NOBODY)]
    roots, mine = (tree.Member(child.pid, tree.started(child.pid) or 0) for child in children)
    pid = os.fork()
    if pid == 0:
        os.setuid(NOBODY)
        os._exit(tree.signal_all([roots, mine], signal.SIGKILL) == [roots])
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 1
    assert children[1].wait(20) == -signal.SIGKILL
    assert children[0].poll() is None
    children[0].kill()
    children[0].wait()


@pytest.mark.parametrize(
    "text",
    [
        "exec sleep 60",
        "touch ready; kill -STOP $$; sleep 60",
        "trap '' TERM; touch ready; sleep 60 & sleep 60",
        "setsid sleep 60 & touch ready; wait",
        "env -i setsid sleep 60 & touch ready; wait",
        "trap 'setsid sleep 60 & exit' TERM; touch ready; while :; do sleep 0.01; done",
    ],
    ids=["plain", "stopped", "ignores TERM", "left the session", "lost its marker", "starts more when told"],
)
def test_nothing_is_left_of_what_is_ended(run: Run, text: str) -> None:
    """TERM, CONT, the grace, KILL: whatever the tree does, all of it ends."""
    trace = run.start(text)
    assert tree.end(trace, grace_s=0.2) == []
    assert tree.find(trace._replace(leader=None)) == []
    run.reap()


def test_the_grace_is_granted(run: Run) -> None:
    """Who cleans up within the grace is told once and not killed, nor is what it starts for that; stopped or not."""
    trace = run.start(
        "trap 'echo told >> told; sleep 0.3; touch clean; exit' TERM; touch ready; while :; do sleep 0.01; done"
    )
    os.kill(trace.leader or 0, signal.SIGSTOP)
    begun = time.monotonic()
    assert tree.end(trace, grace_s=20) == []
    assert 0.2 < time.monotonic() - begun < 10
    assert (run.folder / "clean").exists()
    assert (run.folder / "told").read_text() == "told\n"


def test_a_grace_ends_when_it_is_called_off(run: Run) -> None:
    """Without a grace KILL follows TERM at once; likewise when whoever waits calls it off."""
    trace = run.start("trap '' TERM; touch ready; while :; do sleep 0.01; done")
    begun = time.monotonic()
    assert tree.end(trace, grace_s=0) == []
    assert time.monotonic() - begun < 5
    trace = run.start("trap '' TERM; touch ready; while :; do sleep 0.01; done")
    begun = time.monotonic()

    def sleep(seconds: float) -> bool:
        time.sleep(seconds)
        return time.monotonic() - begun > 0.2

    assert tree.end(trace, grace_s=60, sleep=sleep) == []
    assert 0.2 < time.monotonic() - begun < 10


def test_only_the_group_ends_when_only_that_is_asked(run: Run) -> None:
    """What has left the session is left alone."""
    trace = run.start("setsid sleep 60 & touch ready; sleep 61")
    wait_for(lambda: len(tree.find(trace, group_only=True)) == 2, what="sh and its sleep")
    assert tree.end(trace, grace_s=1, group_only=True) == []
    assert named(tree.find(trace)) == ["sleep"]


def test_who_cannot_be_ended_is_given_up(run: Run) -> None:
    """What its KILL has not ended after a while is given back: it may be asleep in the kernel."""
    trace = run.start("exec sleep 60")
    clock = itertools.chain([0.0], itertools.repeat(1000.0))
    assert tree.end(trace, grace_s=1, clock=lambda: next(clock)) == [tree.Member(trace.leader or 0, trace.started or 0)]


def test_the_peak_is_that_of_the_process(run: Run) -> None:
    """The memory that a running process has used at most, in KiB; unknown when it is gone."""
    trace = run.start(f'exec {PYTHON_WORD} -c \'bytearray(100 << 20); open("ready", "w"); input()\' < /dev/zero')
    assert 100 << 10 < (tree.peak_kib(trace.leader or 0) or 0) < 200 << 10
    assert tree.end(trace, grace_s=0) == []
    assert tree.peak_kib(trace.leader or 0) is None
