"""The looks of the UI: calm and dark, calm and light; Textual's own themes come besides."""

from __future__ import annotations

from textual.theme import Theme

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
        warning="#9a5b00",
        error="#b3261e",
        success="#116329",
        foreground="#1f2328",
        background="#ffffff",
        surface="#ffffff",
        panel="#eef1f5",
        dark=False,
        variables={"block-cursor-background": "#d6e6fb", "border": "#c4ccd6", "footer-background": "#eef1f5"},
    ),
)
