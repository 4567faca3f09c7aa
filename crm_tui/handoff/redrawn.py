"""Pages for people and files to import, made again from the rows and compared byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crm_tui.errors import HandoffRefused
from crm_tui.handoff.drawing import Drawing
from crm_tui.handoff.merge_plan import PLAN_END
from crm_tui.handoff.staged import STAGED, has_formula
from crm_tui.handoff.statement import VIEWS_VERSION
from crm_tui.progress import Progress, nobody, told
from crm_tui.text import safe_text

Data = bytes | memoryview


def check_views(
    statement: Mapping[str, Any], drawing: Drawing, members: Mapping[str, Data], progress: Progress = nobody
) -> bool:
    """What a person reads or imports is made again from what a machine reads, and compared byte for byte.

    Gives whether it could not be, because an earlier version drew it in other bytes.
    """
    version = statement["tool"]["views_version"]
    if version not in map(str, range(1, VIEWS_VERSION + 1)):
        raise HandoffRefused("schema", "a version of crm-tui drew its pages that this one does not know; use a newer.")
    pages = drawing.pages(statement)
    try:
        _check_staged_files(pages, members)
        for name, pieces in told(pages.items(), len(pages), progress):
            if not name.startswith(STAGED) and not _same(pieces, members[name]):
                raise HandoffRefused("bundle.view", f"{name} says something else than the data.")
    except HandoffRefused as error:
        if version == str(VIEWS_VERSION) or error.code == "rows.formula":
            raise
        return True
    return False


def _check_staged_files(pages: Mapping[str, Iterable[bytes]], members: Mapping[str, Data]) -> None:
    """The files to import are those that follow from the rows, and none holds a formula.

    A merge plan is for people, so it is neutralised like every view and holds quoted values.
    """
    named = dict.fromkeys(name for name in (*pages, *members) if name.startswith(STAGED))
    for name in named:
        if name.endswith(".csv") and not name.endswith(PLAN_END) and has_formula(bytes(members.get(name, b""))):
            raise HandoffRefused("rows.formula", f"{safe_text(name, 80)} has a cell that a spreadsheet could run.")
    for name in named:
        if name not in members or name not in pages or not _same(pages[name], members[name]):
            raise HandoffRefused("bundle.staged", f"{safe_text(name, 80)} is not what follows from the rows.")


def _same(pieces: Iterable[bytes], data: Data) -> bool:
    """Whether the pieces, one after another, are the data."""
    position = 0
    for piece in pieces:
        end = position + len(piece)
        # As bytes, because a view is compared item by item.
        if bytes(data[position:end]) != piece:
            return False
        position = end
    return position == len(data)
