"""What people read of a handoff and destinations import, drawn from its rows.

A verifier draws the same again and compares, so every page comes piece by piece and is never held whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm_tui.handoff.merge_plan import render_plans
from crm_tui.handoff.outline import Outline
from crm_tui.handoff.report import render_report
from crm_tui.handoff.row_file import Row, Rows
from crm_tui.handoff.staged import Staging
from crm_tui.handoff.statement import VIEWS_VERSION
from crm_tui.handoff.summary import README, decided_line, render_summary
from crm_tui.handoff.views import QueueViews, render_questions, render_slices
from crm_tui.progress import Progress, nobody, told


class Drawing:
    """The pages of some rows, which are told one by one in their order by whoever reads them."""

    def __init__(self, rows: Sequence[Row], groups: Rows, version: int = VIEWS_VERSION) -> None:
        """``rows`` are looked up again where few of them are drawn; ``groups`` of duplicates are few and read here.

        ``version`` is the ``VIEWS_VERSION`` whose words are drawn.
        """
        self._version = version
        self.groups = groups
        self._found = Outline(rows, read=False, version=version)
        self._queues = QueueViews(version)
        self._decided: list[str] = []
        self._staging = Staging(rows, version)

    def add(self, row: Row) -> None:
        """Take the next row in."""
        if self._found.add(row):
            self._staging.add(len(self._decided), row)
        self._queues.add(row)
        self._decided.append(decided_line(row))

    def pages(self, statement: Mapping[str, Any]) -> dict[str, Iterable[bytes]]:
        """Name of a member → its pieces, all rows told; to be gone through once."""
        found, alike = self._found, Outline(self.groups, version=self._version)
        short = found.among(set(self._staging.short()))
        return {
            "README.txt": (README,),
            "SUMMARY.md": render_summary(statement, found, self._decided, short, alike),
            "report.html": (render_report(statement, found, alike),),
            **self._queues.files(),
            **render_slices(statement),
            **render_questions([*found.asked, *alike.asked]),
            **self._staging.files(),
            **render_plans(self.groups),
        }

    def whole(self, statement: Mapping[str, Any], progress: Progress = nobody) -> dict[str, bytes]:
        """The same pages whole."""
        pages = self.pages(statement)
        return {name: b"".join(pieces) for name, pieces in told(pages.items(), len(pages), progress)}
