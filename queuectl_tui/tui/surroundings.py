"""What the terminal can show, as far as its environment tells."""

from __future__ import annotations

import sys
from collections.abc import Mapping

#: Terminals whose fonts or tables have little beyond ASCII.
_PLAIN = ("linux", "vt", "ansi", "cons25", "cygwin")


def lacks_unicode(env: Mapping[str, str]) -> bool:
    """Tell whether the locale or the terminal is one without UTF-8; a locale that is not set at all is not."""
    if env.get("TERM", "").startswith(_PLAIN):
        return True
    kind = env.get("LC_CTYPE")
    if kind == "C.UTF-8" and sys.flags.utf8_mode:
        # Python itself has put it there, for a locale that is C.
        kind = None
    name = env.get("LC_ALL") or kind or env.get("LANG")
    return bool(name) and "utf" not in str(name).lower()
