"""Going through folders to choose exports: what is listed, and what is chosen.  Reads names only, never a file."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

from crm_tui.intake.files import is_export

_MOST = 2_000
"""Entries listed of one folder."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list."""

    path: Path
    folder: bool
    size: int = 0
    """Bytes; 0 of a folder."""
    up: bool = False
    """Whether it is the way to the folder above."""


@dataclass(frozen=True, slots=True)
class Browse:
    """One folder, with what is chosen there; every step gives another one."""

    folder: Path
    entries: tuple[Entry, ...]
    at: int = 0
    chosen: frozenset[Path] = frozenset()
    fault: str = ""
    """Why the folder could not be read."""

    @classmethod
    def of(cls, folder: Path, *, under: Path | None = None) -> Browse:
        """The exports and folders in ``folder``, with the cursor on ``under``."""
        up = [Entry(folder.parent, folder=True, up=True)] if folder.parent != folder else []
        try:
            with os.scandir(folder) as found:
                listed = sorted((_entry(one) for one in found if _wanted(one)), key=_order)
        except OSError as error:
            return cls(folder, tuple(up), fault=error.strerror or "the system refuses")
        entries = (*up, *listed[:_MOST])
        return cls(folder, entries, next((at for at, one in enumerate(entries) if one.path == under), 0))

    @property
    def here(self) -> Entry | None:
        """The entry under the cursor."""
        return self.entries[self.at] if self.entries else None

    def moved(self, step: int) -> Browse:
        """The cursor so many lines on."""
        return replace(self, at=max(0, min(self.at + step, len(self.entries) - 1)))

    def marked(self) -> Browse:
        """The entry under the cursor chosen, or not; the cursor goes on."""
        here = self.here
        return replace(self, chosen=self.chosen ^ {here.path}).moved(1) if here and not here.up else self

    def into(self) -> Browse:
        """The folder under the cursor; of one that is left, the cursor stands on it."""
        here = self.here
        return Browse.of(here.path, under=self.folder if here.up else None) if here and here.folder else self

    def above(self) -> Browse:
        """The folder that this one is in."""
        return Browse.of(self.folder.parent, under=self.folder)

    def wanted(self) -> list[Path]:
        """What would be loaded: what is chosen, else what is under the cursor; on ``..`` this whole folder."""
        if self.chosen:
            return sorted(self.chosen)
        here = self.here
        return [here.path] if here and not here.up else [self.folder]


def _wanted(one: os.DirEntry[str]) -> bool:
    try:
        return not one.name.startswith(".") and (one.is_dir() or is_export(one))
    except OSError:
        return False


def _entry(one: os.DirEntry[str]) -> Entry:
    folder = one.is_dir()
    try:
        size = 0 if folder else one.stat().st_size
    except OSError:
        size = 0
    return Entry(Path(one.path), folder, size)


def _order(entry: Entry) -> tuple[bool, str]:
    return not entry.folder, entry.path.name.lower()
