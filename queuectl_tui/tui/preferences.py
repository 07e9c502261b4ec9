"""What the UI remembers of the person's taste: the theme, in `ui.toml` in the config folder."""

from __future__ import annotations

import tempfile
import tomllib
from pathlib import Path

from queuectl_tui.rules.errors import QueuectlError

NAME = "ui.toml"


def theme(folder: Path | None) -> str | None:
    """Give what stands there as the name of a theme; a file that says nothing is as good as none."""
    if folder is None or (folder / NAME).is_fifo():
        return None
    try:
        name = tomllib.loads((folder / NAME).read_text(encoding="utf-8")).get("theme")
    except (OSError, ValueError):
        return None
    return name if isinstance(name, str) else None


def remember_theme(folder: Path | None, name: str) -> None:
    """Keep the name of a theme (one of ours) for next time."""
    if folder is None:
        raise QueuectlError("the theme is not remembered: there is no home directory")
    path = folder / NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=folder, prefix=f".{NAME}-", delete=False, encoding="utf-8") as file:
            file.write(f'theme = "{name}"\n')
        Path(file.name).replace(path)
    except OSError as error:
        raise QueuectlError(f"the theme is not remembered: {path}: {error.strerror}") from None
