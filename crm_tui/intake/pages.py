"""Whether captured pages of a list are all of it: a snapshot with a gap must not be taken for the whole (X20).

The paging of the vendors' list answers: formats.md, "b." of each system, and their published response shapes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from crm_tui.systems.paths import Path, Value, compiled
from crm_tui.text import counted

NOTE = "incomplete_snapshot"

_MORE = compiled(
    "meta.nextPageUrl|meta.nextPage|paging.next.after|paging.next.link|paging|has_more|hasMore"
    "|additional_data.pagination.more_items_in_collection|additional_data.next_cursor|nextRecordsUrl"
    '|info.more_records|"@odata.nextLink"|next_page|nextPageToken|next_cursor|pagination.next|links.next'
)
_DONE = compiled("done")
_LIMIT = compiled("limit|meta.limit|page_size|pageSize|per_page|info.per_page|additional_data.pagination.limit")
_TOTAL = compiled('meta.total|total|totalSize|total_results|"@odata.count"')
_START = compiled("additional_data.pagination.start|offset|skip")
_NO = frozenset(("", "false", "0", "null", "none", "{}", "[]"))
_LIMITS = (100, 200, 250, 500, 1000)
"""Records of a page that vendors give at most; a list of exactly so many is suspected to be cut."""


class Page(NamedTuple):
    """What one answer says of the list that it is a part of."""

    records: int
    more: bool | None = None
    """Whether it says that more follow; ``None`` = it does not say."""
    limit: int | None = None
    total: int | None = None
    start: int | None = None
    failed: bool = False
    """Whether it is no page but an error answer."""


def page(envelope: Value, records: int) -> Page:
    """What the members beside a list of ``records`` say of it."""
    more = _MORE.text(envelope, envelope)
    done = _DONE.text(envelope, envelope)
    says = None if more is None else more.lower() not in _NO
    if done is not None and not says:
        says = done.lower() == "false"
    return Page(records, says, _count(_LIMIT, envelope), _count(_TOTAL, envelope), _count(_START, envelope))


def _count(path: Path, envelope: Value) -> int | None:
    text = path.text(envelope, envelope)
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else None


def is_failure(payload: Value) -> bool:
    """Whether a payload that nothing fits is an error answer of an interface."""
    if not isinstance(payload, dict):
        return False
    status = compiled("statusCode").text(payload, payload) or ""
    words = (compiled("status").text(payload, payload) or "").lower()
    refused = status[:1] in ("4", "5") or words in ("error", "fail", "failed")
    named = any(payload.get(name) not in (None, "", [], False) for name in ("error", "errors", "errorCode"))
    return refused or named or payload.get("success") is False


def gaps(pages: Sequence[Page], *, failed: bool = False) -> tuple[str, ...]:
    """Why the pages of one table are not all of its list, one clause each; none when nothing speaks against it."""
    if not pages:
        return ()
    found = sum(page.records for page in pages)
    said: list[str] = []
    total = max((page.total for page in pages if page.total is not None), default=None)
    if total is not None and found < total:
        said.append(f"{found:,} of {total:,} records are here")
    elif all(page.more for page in pages):
        said.append("the last page is missing: each page says that more follow")
    elif total is None and len(pages) == 1 and pages[0].more is None and _is_full(pages[0]):
        said.append(f"it has exactly {counted(found, 'record')}, the most of a page, and names no next page")
    said.extend(_jumps(pages))
    if failed:
        said.append("an error answer stands in the place of a page")
    return tuple(said)


def _is_full(only: Page) -> bool:
    return only.records == only.limit if only.limit else only.records in _LIMITS


def _jumps(pages: Iterable[Page]) -> list[str]:
    """Where a page starts behind the end of those before it."""
    placed = sorted((page.start, page.records) for page in pages if page.start is not None)
    end = 0
    jumps = []
    for start, records in placed:
        if start > end:
            jumps.append(f"the records from {end:,} to {start - 1:,} are missing")
        end = max(end, start + records)
    return jumps
