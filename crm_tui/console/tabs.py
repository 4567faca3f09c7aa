"""The tabs, and what each of them lists."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from crm_tui.model import Queue
from crm_tui.workspace.selection import Filter, Order, orders


class Tab(StrEnum):
    """The tabs, in their order."""

    LEDGER = "Ledger"
    CONFLICTS = "Conflicts"
    ERRORS = "Errors"
    DUPLICATES = "Duplicates"
    """Only where records were suspected to be the same."""
    SLICE = "Slice"

    @property
    def queue(self) -> Queue | None:
        """The queue that the tab lists; ``None`` for the slice."""
        return _QUEUES.get(self)

    @property
    def noun(self) -> str:
        """What one line of the tab is called."""
        return "group" if self is Tab.DUPLICATES else "row"

    @property
    def orders(self) -> tuple[Order, ...]:
        """What the tab can be sorted by, in turn; the first is how it stands by itself."""
        return orders(self.queue) if self.queue else (Order.FILE,)

    @classmethod
    def of(cls, queue: Queue) -> Tab:
        """The tab of a queue."""
        return next(tab for tab, own in _QUEUES.items() if own is queue)


_QUEUES = {
    Tab.LEDGER: Queue.LEDGER,
    Tab.CONFLICTS: Queue.CONFLICT,
    Tab.ERRORS: Queue.ERROR,
    Tab.DUPLICATES: Queue.DUPLICATE,
}


@dataclass(frozen=True, slots=True)
class View:
    """What a tab lists, and in which order."""

    filter: Filter = field(default_factory=Filter)
    order: Order = Order.FILE
