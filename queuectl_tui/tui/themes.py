"""The looks of the UI: calm and dark, calm and light, stark, in the terminal's own colours; and some of Textual's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

#: Of Textual's themes those that people ask for by name.
_ADOPTED = (
    *("nord", "gruvbox", "tokyo-night", "dracula", "monokai", "catppuccin-mocha", "rose-pine", "solarized-dark"),
    *("catppuccin-latte", "solarized-light"),
)

#: What words are written in, and the least contrast of these and of the plain ink.
_WORDS = ("primary", "secondary", "warning", "error", "success", "accent")
_LEAST, _INK = 4.5, 7.0

#: Nothing but the sixteen colours that the terminal itself has, as the person has set them.
PLAIN = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_magenta",
    accent="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "ansi-background": "ansi_black",
        "ansi-foreground": "ansi_white",
        "border": "ansi_blue",
        "border-blurred": "ansi_blue",
        "block-cursor-foreground": "ansi_bright_white",
        "block-cursor-background": "ansi_blue",
        "block-hover-background": "ansi_default",
        "footer-background": "ansi_default",
        "input-cursor-background": "ansi_default",
        "input-cursor-foreground": "ansi_default",
        "input-cursor-text-style": "reverse",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
    },
)


def _adopted(theme: Theme) -> Theme:
    """Give a theme of Textual the quiet cursor and lines that ours have, and colours in which words can be read."""
    ground, ink = Color.parse(theme.background or "#000000"), Color.parse(theme.foreground or "#ffffff")
    cursor = ground.blend(Color.parse(theme.primary), 0.25)
    panel = Color.parse(theme.panel) if theme.panel else ground.blend(ink, 0.08)
    grounds = (ground, cursor, panel)
    words: dict[str, Any] = {name: _readable(getattr(theme, name) or theme.primary, grounds, _LEAST) for name in _WORDS}
    return replace(
        theme,
        **words,
        foreground=_readable(ink.hex, grounds, _INK),
        surface=ground.hex,
        panel=panel.hex,
        variables=theme.variables
        | {
            "block-cursor-background": cursor.hex,
            "border": ground.blend(ink, 0.25).hex,
            "footer-background": panel.hex,
        },
    )


def _readable(color: str, grounds: Sequence[Color], least: float) -> str:
    """Take a colour as far to white, or to black, as it must go to be read on all of the grounds."""
    pole = Color.parse("#ffffff" if contrast(Color.parse("#ffffff"), grounds[0]) > 4.5 else "#000000")
    found = Color.parse(color)
    steps = (found.blend(pole, step / 20) for step in range(21))
    return next((step for step in steps if min(contrast(step, ground) for ground in grounds) >= least), pole).hex


def contrast(one: Color, other: Color) -> float:
    """Give the contrast of two colours, 1 to 21, as WCAG 2 defines it."""
    low, high = sorted(map(_luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@cache
def _luminance(color: Color) -> float:
    parts = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized)
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True))


OWN = (
    Theme(
        name="queuectl-dark",
        primary="#6cb6ff",
        secondary="#8aa4c8",
        accent="#6cb6ff",
        warning="#f0b13a",
        error="#ff7b72",
        success="#56d364",
        foreground="#d0d7de",
        background="#0d1117",
        surface="#0d1117",
        panel="#161d27",
        dark=True,
        variables={"block-cursor-background": "#22314a", "border": "#2b3a4f", "footer-background": "#161d27"},
    ),
    Theme(
        name="queuectl-light",
        primary="#0757ba",
        secondary="#4a5f7a",
        accent="#0757ba",
        warning="#8f5400",
        error="#b3261e",
        success="#116329",
        foreground="#1f2328",
        background="#ffffff",
        surface="#ffffff",
        panel="#eef1f5",
        dark=False,
        variables={"block-cursor-background": "#d6e6fb", "border": "#c4ccd6", "footer-background": "#eef1f5"},
    ),
    Theme(
        name="high-contrast",
        primary="#00d7ff",
        secondary="#d0d0d0",
        accent="#ffff00",
        warning="#ffff00",
        error="#ff9c9c",
        success="#00ff87",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        dark=True,
        variables={"block-cursor-background": "#00408a", "border": "#ffffff", "footer-background": "#000000"},
    ),
    PLAIN,
)
#: What can be chosen.
NAMES = (*(theme.name for theme in OWN), *_ADOPTED)


def by_name(name: str) -> Theme:
    """Give one of `NAMES`: those of Textual are mended one by one, since most are never worn."""
    return next((theme for theme in OWN if theme.name == name), None) or _adopted(BUILTIN_THEMES[name])
