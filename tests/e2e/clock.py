"""A clock for the programs of a test, which steps as a machine's does: the time of day moves, the monotonic one not.

libfaketime was tried: it moves the monotonic clock too, or, told not to, makes every sleep fail (0.9.10).
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.tools import need

_SOURCE = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long offset(void) {
    char text[32] = "";
    int saved = errno, fd = open(getenv("TEST_CLOCK"), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        if (read(fd, text, sizeof text - 1) < 0) text[0] = 0;
        close(fd);
    }
    errno = saved;
    return atol(text);
}

int clock_gettime(clockid_t id, struct timespec *at) {
    int failed = syscall(SYS_clock_gettime, id, at);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) at->tv_sec += offset();
    return failed;
}

int gettimeofday(struct timeval *restrict at, void *restrict zone) {
    int failed = syscall(SYS_gettimeofday, at, zone);
    if (!failed && at) at->tv_sec += offset();
    return failed;
}

time_t time(time_t *at) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (at) *at = now.tv_sec;
    return now.tv_sec;
}

int utimensat(int folder, const char *path, const struct timespec times[2], int flags) {
    struct timespec now[2];
    if (!times) {
        clock_gettime(CLOCK_REALTIME, now);
        now[1] = now[0];
        times = now;
    }
    return syscall(SYS_utimensat, folder, path, times, flags);
}

int futimens(int fd, const struct timespec times[2]) { return utimensat(fd, 0, times, 0); }
"""


class Clock:
    """A clock in a folder; programs that run with its `env` go by it."""

    def __init__(self, folder: Path) -> None:
        compiler = need("cc")
        library, source = folder / "clock.so", folder / "clock.c"
        source.write_text(_SOURCE)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
        self._offset = folder / "clock"
        self.env = {"LD_PRELOAD": str(library), "TEST_CLOCK": str(self._offset)}
        self.step(0)

    def step(self, days: int) -> None:
        """Be so many days before or behind the machine's clock from now on."""
        fresh = self._offset.with_name("clock.new")
        fresh.write_text(str(days * 86_400))
        fresh.replace(self._offset)
