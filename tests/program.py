"""Drive the installed program from outside, as a user or a script does."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

#: The console script of the venv that runs the tests.
QUEUECTL = str(Path(sys.executable).with_name("queuectl"))
#: The same, and this interpreter, as words of a shell: the folder may have a blank in its name.
QUEUECTL_WORD, PYTHON_WORD = shlex.quote(QUEUECTL), shlex.quote(sys.executable)
#: What `age` moves.
_TIMES = (
    ("job", "seq", ("created_at", "started_at", "finished_at", "updated_at", "due_at")),
    ("run", "job", ("started_at", "finished_at")),
)
_SIZE_AND_LOOK = ("COLUMNS", "LINES", "TERM", "NO_COLOR", "FORCE_COLOR", "TEXTUAL")
_NOT_PASSED_ON = ("QUEUECTL_", "XDG_", "PYTHON", "SSH_", *_SIZE_AND_LOOK)


def wait_for(condition: Callable[[], T], *, what: str = "the condition", timeout_s: float = 20.0) -> T:
    """Poll until the condition is true and give its value; fail with `what` when the time is over."""
    deadline = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not so within {timeout_s} s (last seen: {value!r})")
        time.sleep(0.02)


def seconds(text: str) -> float:
    """Read a time as the program prints it in JSON (ISO 8601, UTC, `Z`): seconds since the epoch."""
    assert text.endswith("Z"), text
    return datetime.fromisoformat(text).timestamp()


def in_seconds(delay_s: float) -> str:
    """Say a time so far from now as the program takes it."""
    return datetime.fromtimestamp(time.time() + delay_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def alive(pid: int) -> bool:
    """Tell whether a process runs; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


class Program:
    """One queue in a folder of its own, and the program that works on it."""

    def __init__(self, folder: Path, *, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.db = folder / "q" / "queue.db"
        self.home = folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        # What would change how the program works, or what it prints, is the test's to set.
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(_NOT_PASSED_ON)}
        self.env |= {"QUEUECTL_DB": str(self.db), "HOME": str(self.home), "LC_ALL": "C.UTF-8"}
        self.env |= dict(env or {})
        #: What runs the program.
        self.words = [QUEUECTL]
        self._children: list[subprocess.Popen[bytes]] = []

    def run(
        self,
        *args: str | Path,
        stdin: str | bytes | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | Path | None = None,
        timeout: float = 60.0,
        exit_code: int | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end; with `exit_code`, fail loudly on any other."""
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [*self.words, *map(str, args)],
            input=b"" if data is None else data,
            capture_output=True,
            env=self.env | dict(env or {}),
            cwd=cwd or self.folder,
            timeout=timeout,
            check=False,
        )
        result = subprocess.CompletedProcess(
            done.args,
            done.returncode,
            done.stdout.decode("utf-8", "surrogateescape"),
            done.stderr.decode("utf-8", "surrogateescape"),
        )
        assert "Traceback (most recent call last)" not in result.stderr, result.stderr
        if exit_code is not None:
            assert result.returncode == exit_code, (result.args, result.returncode, result.stdout, result.stderr)
        return result

    def ok(self, *args: str | Path, **options: Any) -> str:
        """Run a command that must end 0 and give its stdout."""
        return self.run(*args, exit_code=0, **options).stdout

    def json(self, *args: str | Path, exit_code: int | None = 0, **options: Any) -> Any:
        """Run a command with --json and give the one document on its stdout."""
        return json.loads(self.run(*args, "--json", exit_code=exit_code, **options).stdout)

    def enqueue(self, *args: str | Path, **options: Any) -> str:
        """Enqueue one job and give its id."""
        return self.ok("enqueue", "-q", *args, **options).strip()

    def enqueue_all(self, jobs: Sequence[Mapping[str, Any] | str], *args: str, **options: Any) -> list[str]:
        """Enqueue many jobs in one go, objects or commands, a line each; give their ids."""
        lines = [job if isinstance(job, str) else json.dumps(job) for job in jobs]
        return self.ok("enqueue", "-q", *args, "-", stdin="\n".join(lines) + "\n", **options).split()

    def refuse(self, *args: str | Path, exit_code: int = 2, says: Sequence[str] = (), **options: Any) -> str:
        """Run a command that must be refused: nothing on stdout, each of `says` on stderr, which is given back."""
        done = self.run(*args, exit_code=exit_code, **options)
        assert not done.stdout, done.stdout
        assert done.stderr.strip(), done.args
        for word in says:
            assert word in done.stderr, (word, done.stderr)
        return done.stderr

    def jobs(self, *args: str) -> dict[str, dict[str, Any]]:
        """What `list --json` says of each job, by id, in the order listed."""
        return {job["id"]: job for job in self.json("list", "--limit", "0", *args)}

    def set(self, key: str, value: object) -> None:
        """Change a setting of the queue."""
        self.ok("config", "set", key, str(value))

    def output(self, job_id: str) -> str:
        """What the last run of a job printed."""
        return self.ok("job", "output", job_id)

    def job(self, job_id: str) -> dict[str, Any]:
        """Everything that `show --json` says of a job."""
        shown: dict[str, Any] = self.json("show", job_id)
        return shown

    def state(self, job_id: str) -> str:
        """The state of a job."""
        return str(self.job(job_id)["state"])

    def wait_state(self, job_id: str, *states: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """Wait until a job is in one of the states and give all of it."""

        def reached() -> dict[str, Any] | None:
            if self._kept_state(job_id) not in (*states, None):
                return None
            job = self.job(job_id)
            return job if job["state"] in states else None

        return wait_for(reached, what=f"{job_id} in {states}", timeout_s=timeout_s) or {}

    def _kept_state(self, job_id: str) -> str | None:
        """The state as the file has it, if that can be read: to have the program say it takes a tenth of a second."""
        with contextlib.suppress(sqlite3.Error):
            conn = sqlite3.connect(f"{self.db.as_uri()}?mode=ro", uri=True)
            with contextlib.closing(conn):
                found = conn.execute("SELECT state FROM job WHERE id = ?", (job_id,)).fetchone()
            return str(found[0]) if found is not None else None
        return None

    def age(self, *ids: str, by_s: float) -> None:
        """Make all that happened to jobs be so much longer ago."""
        conn = sqlite3.connect(self.db, timeout=20)
        with conn:
            for job_id in ids:
                for table, key, columns in _TIMES:
                    moved = ", ".join(f"{column} = {column} - :ms" for column in columns)
                    which = "(SELECT seq FROM job WHERE id = :id)"
                    values = {"ms": round(by_s * 1000), "id": job_id}
                    conn.execute(f"UPDATE {table} SET {moved} WHERE {key} = {which}", values)
        conn.close()

    def unhurried(self) -> None:
        """Have what runs the program look by itself each minute only: what happens sooner was told to it."""
        self.patch("import queuectl_tui.work.worker as worker; worker.LOOK_S = 60")

    def patch(self, code: str) -> None:
        """Have the program changed by some code as it starts: for troubles that cannot be had otherwise."""
        self.words = [sys.executable, "-c", f"{code}\nimport queuectl_tui.__main__ as door\ndoor.main()"]

    def drain(self, *args: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a foreground worker until the queue is idle."""
        return self.run("--worker", "--until-idle", *args, timeout=timeout, exit_code=0)

    #: The shell words of a job that runs until `open_gate`.
    gate = "until test -e gate; do sleep 0.02; done"

    def open_gate(self) -> None:
        """Let every job end that waits at the gate."""
        (self.folder / "gate").touch()

    def start(self, *args: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[bytes]:
        """Start a command and leave it running; it is ended with the test."""
        child = subprocess.Popen(
            [*self.words, *map(str, args)],
            stdin=options.pop("stdin", subprocess.DEVNULL),
            stdout=options.pop("stdout", subprocess.PIPE),
            stderr=options.pop("stderr", subprocess.PIPE),
            env=self.env | dict(env or {}),
            cwd=options.pop("cwd", self.folder),
            **options,
        )
        self._children.append(child)
        return child

    def workers(self) -> list[dict[str, Any]]:
        """What `worker list --json` says."""
        listed: list[dict[str, Any]] = self.json("worker", "list")
        return listed

    def close(self) -> None:
        """End every process that this queue has, whatever state it is in."""
        for child in self._children:
            if child.poll() is None:
                child.kill()
                child.wait(10)
            for stream in (child.stdout, child.stderr, child.stdin):
                if stream is not None:
                    stream.close()
        for pid in processes_of(self.folder):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue


def processes_of(folder: Path) -> Sequence[int]:
    """Every process whose environment names this folder's queue: workers and jobs (Linux)."""
    mark = f"QUEUECTL_DB={folder}/".encode()
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            environ = (entry / "environ").read_bytes()
        except OSError:
            continue
        if int(entry.name) != os.getpid() and any(item.startswith(mark) for item in environ.split(b"\0")):
            found.append(int(entry.name))
    return found
