"""The looks of the UI: calm and dark, calm and light, stark, in the terminal's own colours; and some of Textual's."""

from __future__ import annotations

from dataclasses import replace

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

#: Of Textual's themes those that people ask for by name.
_ADOPTED = (
    *("nord", "gruvbox", "tokyo-night", "dracula", "monokai", "catppuccin-mocha", "rose-pine", "solarized-dark"),
    *("catppuccin-latte", "solarized-light"),
)

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
    """Give a theme of Textual the quiet cursor and lines that ours have."""
    ground, ink = Color.parse(theme.background or "#000000"), Color.parse(theme.foreground or "#ffffff")
    return replace(
        theme,
        surface=ground.hex,
        variables=theme.variables
        | {
            "block-cursor-background": ground.blend(Color.parse(theme.primary), 0.25).hex,
            "border": ground.blend(ink, 0.25).hex,
            "footer-background": theme.panel or ground.blend(ink, 0.08).hex,
        },
    )


THEMES = (
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
        error="#ff8787",
        success="#00ff87",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        dark=True,
        variables={"block-cursor-background": "#00408a", "border": "#ffffff", "footer-background": "#000000"},
    ),
    PLAIN,
    *(_adopted(BUILTIN_THEMES[name]) for name in _ADOPTED),
)
