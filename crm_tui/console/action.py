"""What one key does, and where: the shape of an entry of the registry in ``actions``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from crm_tui.model import Queue


class Context(StrEnum):
    """What the cursor stands on: the keys that make sense depend on it."""

    LEDGER = "ledger row"
    CONFLICT = "conflict"
    ERROR = "error row"
    DUPLICATE = "group of duplicates"
    SLICE = "slice"
    FIELDS = "fields of a row"

    @classmethod
    def of(cls, queue: Queue | None) -> Context:
        """The context of a queue; ``None`` = the slice tab."""
        return cls.SLICE if queue is None else _OF_QUEUE[queue]


_OF_QUEUE = {
    Queue.LEDGER: Context.LEDGER,
    Queue.CONFLICT: Context.CONFLICT,
    Queue.ERROR: Context.ERROR,
    Queue.DUPLICATE: Context.DUPLICATE,
}


class Group(StrEnum):
    """Headings of the help screen."""

    MOVE = "Move"
    FIND = "Find"
    DECIDE = "Decide this row"
    SET = "Many rows"
    SHARE = "On a shared screen"
    REVIEW = "The review"


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that a key does."""

    id: str
    """Name of the ``action_…`` method."""
    keys: tuple[str, ...]
    """Key names as Textual spells them; empty = in the palette only."""
    label: str
    """A word or two for a wide footer and the palette."""
    help: str
    """One sentence for help, palette and README."""
    group: Group
    contexts: tuple[Context, ...] = tuple(Context)
    footer: tuple[Context, ...] = ()
    """Contexts in whose footer the action stands."""
    short: str = ""
    """A shorter label for a narrow footer; ``""`` = ``label``."""
    weight: int = 5
    """When the footer is too narrow, the lowest weight leaves first."""
    decides: bool = False
    """Whether it writes, so not open in a read-only workspace."""

    def with_keys(self, keys: tuple[str, ...]) -> Action:
        """The same with other keys."""
        return self if keys == self.keys else replace(self, keys=keys)

    def named_in(self, context: Context) -> Action:
        """The action as the footer of a context calls it."""
        if self.id == "reject" and context is Context.DUPLICATE:
            return replace(self, label="not the same", short="differ")
        if self.id == "edit" and context is Context.ERROR:
            return replace(self, label="repair", short="")
        return self

    @property
    def shown_keys(self) -> str:
        """The keys as a person reads them: ``j ↓``."""
        if self.keys == DIGITS:
            return "1-9"
        return " ".join(_SHOWN.get(key, key) for key in self.keys if key not in _UNSHOWN)


DIGITS = tuple("123456789")
"""The keys that choose a side or an option by its number."""

_SHOWN = {
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "pagedown": "PgDn",
    "pageup": "PgUp",
    "home": "Home",
    "end": "End",
    "backspace": "Backspace",
    "enter": "Enter",
    "f1": "F1",
    "f2": "F2",
    "f3": "F3",
    "escape": "Esc",
    "space": "Space",
    "equals_sign": "=",
}
_UNSHOWN = frozenset(("ctrl+q", "ctrl+c"))
