"""A job that keeps its own ledger: `python -I -S job.py FOLDER KIND SECONDS`.

It takes a lock of its job that its children inherit, so that the kernel proves an overlap of two runs.
"""

import fcntl
import os
import signal
import sys
import time


def write(folder: str, *words: object) -> None:
    """Append one line, whole or not at all."""
    fd = os.open(f"{folder}/ledger", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(fd, (" ".join(map(str, words)) + "\n").encode())
    os.close(fd)


def child(seconds: float, *, scrubbed: bool) -> None:
    """Start a child that holds the job's lock, and wait for it; scrubbed: it left the session and lost the marker."""
    words = ["env", "-i", "/usr/bin/setsid", "-w", "/bin/sleep"] if scrubbed else ["/bin/sleep"]
    pid = os.spawnvp(os.P_NOWAIT, words[0], [*words, str(seconds)])
    os.waitpid(pid, 0)


def daemon(lock: int) -> None:
    """Leave a process behind that left the session and the lock, and ends by itself."""
    if os.fork() == 0:
        os.close(lock)
        os.setsid()
        time.sleep(1.0)
        os._exit(0)


def main() -> int:
    """Run one job."""
    folder, kind, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    job, run = os.environ["QUEUECTL_JOB_ID"], os.environ["QUEUECTL_RUN"]
    attempt = int(os.environ["QUEUECTL_ATTEMPT"])
    lock = os.open(f"{folder}/locks/{job}", os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        write(folder, "overlap", job, run, attempt, os.getpid())
        return 1
    write(folder, "start", job, run, attempt, os.getpid())
    if kind == "trap":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif kind == "daemon":
        daemon(lock)
    elif kind == "flood":
        os.write(1, b"y\n" * 1_500_000)
    if kind in ("scrub", "child"):
        child(seconds, scrubbed=kind == "scrub")
    elif kind == "timeout":
        child(600.0, scrubbed=True)
    else:
        time.sleep(seconds)
    if kind == "always" or (kind == "twice" and attempt < 3):
        write(folder, "fail", job, run, attempt, os.getpid())
        return 1
    write(folder, "end", job, run, attempt, os.getpid())
    return 0


if __name__ == "__main__":
    sys.exit(main())
