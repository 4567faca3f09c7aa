"""``staged/<system>-merge-plan.csv``: which records a person merges in the destination's own screens, step by step.

Nothing imports it: no system takes merges as a file, and a merge cannot be undone.  So every step says on what it
rests, and that is looked at again before it is done.  It follows from ``duplicates.jsonl`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from crm_tui.classify.staging import field_label
from crm_tui.handoff.csv_view import csv_lines
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.rows import READY
from crm_tui.handoff.staged import STAGED

HEADER = (
    "group",
    "object",
    "step",
    "survivor_id",
    "other_id",
    "field",
    "value",
    "survivor_has",
    "only_if",
    "taking_it_back",
    "reason",
    "decided_by",
    "decided_at",
    "group_id",
)
PLAN_END = "-merge-plan.csv"
KEEP, MERGE, SET = "keep", "merge into the survivor", "set"


def render_plans(groups: Sequence[Row]) -> dict[str, Iterator[bytes]]:
    """A plan per system of which groups are to be merged, line by line; empty where none is."""
    ready: dict[str, list[Row]] = {}
    for row in groups:
        if row["status"] == READY:
            ready.setdefault(row["target"], []).append(row)
    return {plan_name(system): csv_lines(HEADER, _lines(rows)) for system, rows in sorted(ready.items())}


def plan_name(system: str) -> str:
    """Name of a system's plan in the handoff."""
    return f"{STAGED}{system}{PLAN_END}"


def losers(row: Row) -> list[str]:
    """The records of a group that are merged into the one that stays."""
    return [side["option"] for side in row["sides"] if side["option"] != row["target_id"]]


def _lines(rows: Sequence[Row]) -> Iterator[Mapping[str, str]]:
    for row in rows:
        decision = row["decision"]
        about = {
            "group": row["event_id"],
            "object": row["object"],
            "survivor_id": row["target_id"],
            "reason": decision["reason"],
            "decided_by": decision["by"],
            "decided_at": decision["at"],
            "group_id": row["row_id"],
        }
        reasons = {pick["field"]: pick["reason"] for pick in decision["picks"] if pick["reason"]}
        yield about | {"step": KEEP, "only_if": "every record of the group is as it was exported"}
        for item in row["staged"]:
            has = item["before"]
            yield about | {
                "step": SET,
                "field": item["field"],
                "value": item["value"],
                "survivor_has": has,
                "only_if": f"the {field_label(item['field'])} is still {has}" if has else "it is still blank",
                "taking_it_back": f"set it to {has}" if has else "clear it",
                "reason": reasons.get(item["field"], decision["reason"]),
            }
        for other in losers(row):
            yield about | {
                "step": MERGE,
                "other_id": other,
                "only_if": "it is there and was not merged before",
                "taking_it_back": "cannot be undone; its values before stand in duplicates.jsonl",
            }
