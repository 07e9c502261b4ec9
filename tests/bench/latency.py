"""From the end of the input of `enqueue -` to the command's first act, with 8 idle workers.

The command's first act is the making of a file by the shell itself; its time is the file's, by the kernel's clock,
whose grain (a tick) is the error of the figure.
"""

from __future__ import annotations

import subprocess
import time

from tests.bench.queue import queue
from tests.bench.table import Row, percentile
from tests.program import QUEUECTL, wait_for


def rows(*, rounds: int) -> list[Row]:
    """Measure p50 and p99."""
    taken = []
    with queue() as program:
        program.ok("worker", "start", "--count", "8")
        for n in range(rounds):
            file = program.folder / f"act{n}"
            call = subprocess.Popen(
                [QUEUECTL, "enqueue", "-q", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=program.env
            )
            assert call.stdin is not None
            call.stdin.write(f": > {file}\n".encode())
            call.stdin.flush()
            time.sleep(0.35)  # the process is up and waits for more of its input
            ended = time.time_ns()
            call.stdin.close()
            wait_for(file.exists, what="the command's first act")
            taken.append((file.stat().st_mtime_ns - ended) / 1e6)
            call.wait()
    p50, p99 = percentile(taken, 0.5), percentile(taken, 0.99)
    return [
        Row("pickup p50, ms, 8 idle workers", f"{rounds} jobs", f"{p50:.1f} ms", p50, 8),
        Row("pickup p99, ms, 8 idle workers", f"{rounds} jobs", f"{p99:.1f} ms", p99, 30),
    ]
