"""Whether the end of a login kills the workers that were started in it (Linux with systemd)."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

_CONFIG = (Path("/etc/systemd/logind.conf"), Path("/usr/lib/systemd/logind.conf"))
_LINGER = Path("/var/lib/systemd/linger")


def kills_workers() -> str | None:
    """Say why the end of a login would kill workers, and what helps; None when it would not."""
    if not _kills_user_processes():
        return None
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    if (_LINGER / user).exists() or os.getuid() == 0:
        return None
    return f"logind kills what a login leaves behind (KillUserProcesses=yes); `loginctl enable-linger {user}` helps"


def _kills_user_processes() -> bool:
    """Read the setting as logind does: drop-ins win over the main file, the last one wins."""
    found = False
    files = [path for path in _CONFIG if path.exists()][:1]
    files += sorted(Path("/etc/systemd/logind.conf.d").glob("*.conf"), key=lambda path: path.name)
    for path in files:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        for line in text.splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "KillUserProcesses":
                found = value.strip().lower() in ("yes", "true", "1", "on")
    return found
