"""Three themes and the paint that the drawing code uses; every colour stands for one thing, and a sign says it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from textual.theme import Theme

from crm_tui.model import Mark, State

DARK = "crm-tui-dark"
LIGHT = "crm-tui-light"
CONTRAST = "crm-tui-contrast"

AGREES = "✓"
DIFFERS = "≠"
CURSOR = "▸"
LOCKED = "◆"
MARKED = "*"
NOTHING = "–"
STATE_SIGNS: Mapping[State, str] = {
    State.PENDING: "○",
    State.CHOSEN: "◐",
    State.APPROVED: "✓",
    State.REJECTED: "✗",
    State.DEFERRED: "»",
    State.NEEDS_CLIENT: "?",
    State.STALE: "!",
}
BLOCKED = "■"
BAR_SIGNS: Mapping[str, str] = {
    "approved": "█",
    "rejected": "▓",
    "asked or later": "▒",
    "to decide": "░",
    "blocked": "×",
}
"""Parts of a bar by how far rows have come (``summary.Reached``)."""
SPARKS = "▁▂▃▄▅▆▇█"
SIGNS = (
    *BAR_SIGNS.values(),
    *SPARKS,
    AGREES,
    DIFFERS,
    CURSOR,
    LOCKED,
    NOTHING,
    BLOCKED,
    *STATE_SIGNS.values(),
    "█",
    "░",
    "▌",
    "▐",
    "─",
    "…",
    "·",
)
"""Every sign that we draw beside letters; each is one cell wide."""


@dataclass(frozen=True, slots=True)
class Paint:
    """Rich styles by meaning."""

    text: str
    strong: str
    muted: str
    faint: str
    differs: str
    differs_span: str
    needs: str
    saved: str
    bad: str
    key: str
    key_off: str
    cursor: str
    tab: str
    tab_edge: str
    systems: Mapping[str, str]

    def system(self, name: str) -> str:
        """The steady colour of a system."""
        return self.systems.get(name, self.muted)

    def badge(self, name: str) -> str:
        """A system's letter, on its colour."""
        return f"bold reverse {self.system(name)}"

    def state(self, state: State) -> str:
        """How a decided state looks."""
        if state in (State.PENDING, State.CHOSEN):
            return self.needs
        if state is State.APPROVED:
            return self.saved
        return self.bad if state in (State.REJECTED, State.STALE) else self.muted

    def mark(self, mark: Mark) -> tuple[str, str]:
        """The two cells before a value that say how it compares, and their style."""
        if mark is Mark.AGREES:
            return f"{AGREES} ", self.saved
        return (f"{DIFFERS} ", self.differs) if mark is Mark.DIFFERS else ("  ", "")


_DARK_SYSTEMS = {
    "close": "#5fc9b4",
    "ghl": "#79aefc",
    "salesforce": "#63c5ea",
    "hubspot": "#f7a072",
    "app": "#d6d3a8",
    "pipedrive": "#7fd08a",
    "zoho": "#f2b8a0",
    "dynamics": "#a9a4f5",
    "copper": "#e0a070",
    "gmail": "#ee8fa6",
    "google": "#8fc7ee",
    "openphone": "#b79df2",
    "webform": "#b5c46a",
    "activity-feed": "#c9b08f",
    "contact-map": "#a8b5cb",
}
_LIGHT_SYSTEMS = {
    "close": "#0b6e5f",
    "ghl": "#1f56b3",
    "salesforce": "#0a6480",
    "hubspot": "#9c4310",
    "app": "#5c5a2e",
    "pipedrive": "#1f6b2e",
    "zoho": "#96380f",
    "dynamics": "#4a3fb5",
    "copper": "#8a4a14",
    "gmail": "#a52a4c",
    "google": "#1f5f8a",
    "openphone": "#6338b0",
    "webform": "#566214",
    "activity-feed": "#735529",
    "contact-map": "#46536a",
}

PAINTS: Mapping[str, Paint] = {
    DARK: Paint(
        text="#ccd5e4",
        strong="bold #f0f4fb",
        muted="#8795ad",
        faint="#3d4a61",
        differs="#ff9e64",
        differs_span="bold underline #ff9e64",
        needs="#f5cf6b",
        saved="#83d9a0",
        bad="#f28b8b",
        key="bold #dbe6ff on #2a3a5c",
        key_off="#66748c on #1a2335",
        cursor="on #22314d",
        tab="bold #0f1623 on #9dbcf5",
        tab_edge="#9dbcf5",
        systems=_DARK_SYSTEMS,
    ),
    LIGHT: Paint(
        text="#233044",
        strong="bold #0d1726",
        muted="#56657c",
        faint="#b9c3d3",
        differs="#b04600",
        differs_span="bold underline #b04600",
        needs="#7d5700",
        saved="#1a6e3c",
        bad="#ad2626",
        key="bold #17305e on #d3dff5",
        key_off="#7c889b on #e8edf4",
        cursor="on #dbe6f8",
        tab="bold #ffffff on #2b57a5",
        tab_edge="#2b57a5",
        systems=_LIGHT_SYSTEMS,
    ),
    CONTRAST: Paint(
        text="#ffffff",
        strong="bold #ffffff",
        muted="#d0d0d0",
        faint="#8a8a8a",
        differs="bold #ffb000",
        differs_span="bold underline #ffb000",
        needs="bold #ffe14d",
        saved="bold #6fd3ff",
        bad="bold #ff9a9a",
        key="bold #000000 on #ffffff",
        key_off="#a8a8a8 on #303030",
        cursor="on #003a8c",
        tab="bold #000000 on #ffffff",
        tab_edge="#ffffff",
        systems=dict.fromkeys(_DARK_SYSTEMS, "#ffffff"),
    ),
}
"""Saved is blue and differing orange under high contrast: red and green alone tell nothing there."""

THEMES = (
    Theme(
        name=DARK,
        primary="#9dbcf5",
        secondary="#5fc9b4",
        accent="#f5cf6b",
        warning="#f5cf6b",
        error="#f28b8b",
        success="#83d9a0",
        foreground="#ccd5e4",
        background="#0f1623",
        surface="#151e2e",
        panel="#1a2538",
        dark=True,
        variables={
            "line": "#2c3950",
            "bar": "#182236",
            "input-cursor-background": "#9dbcf5",
            "input-cursor-foreground": "#0f1623",
            "scrollbar": "#2c3950",
            "scrollbar-hover": "#3d4a61",
            "scrollbar-active": "#9dbcf5",
            "scrollbar-background": "#121a29",
        },
    ),
    Theme(
        name=LIGHT,
        primary="#2b57a5",
        secondary="#0b6e5f",
        accent="#7d5700",
        warning="#7d5700",
        error="#ad2626",
        success="#1a6e3c",
        foreground="#233044",
        background="#f7f8fb",
        surface="#ffffff",
        panel="#eef2f8",
        dark=False,
        variables={
            "line": "#cdd6e3",
            "bar": "#e7edf6",
            "input-cursor-background": "#2b57a5",
            "input-cursor-foreground": "#ffffff",
            "scrollbar": "#cdd6e3",
            "scrollbar-hover": "#b9c3d3",
            "scrollbar-active": "#2b57a5",
            "scrollbar-background": "#f0f3f8",
        },
    ),
    Theme(
        name=CONTRAST,
        primary="#ffffff",
        secondary="#6fd3ff",
        accent="#ffe14d",
        warning="#ffe14d",
        error="#ff9a9a",
        success="#6fd3ff",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#101010",
        dark=True,
        variables={
            "line": "#ffffff",
            "bar": "#1c1c1c",
            "input-cursor-background": "#ffe14d",
            "input-cursor-foreground": "#000000",
            "scrollbar": "#a0a0a0",
            "scrollbar-hover": "#ffffff",
            "scrollbar-active": "#ffe14d",
            "scrollbar-background": "#202020",
        },
    ),
)


def theme_named(word: str) -> str:
    """The theme of a word of the settings; ``""`` where it is none."""
    return {"dark": DARK, "light": LIGHT, "contrast": CONTRAST}.get(word, "")


def paint_of(theme: str) -> Paint:
    """The paint that belongs to a theme; the dark one for a name that is not ours."""
    return PAINTS.get(theme, PAINTS[DARK])
