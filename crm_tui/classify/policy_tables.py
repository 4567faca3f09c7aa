"""``field-policy.csv`` and ``match-policy.csv`` (requirements part A), as changes of the TOML policy.

Where two rows, or a row and the TOML file, say different things of a field, the stricter one stands and both are named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from crm_tui.errors import PolicyError
from crm_tui.systems import SYSTEMS, header_name
from crm_tui.systems.fields import FIELDS
from crm_tui.text import one_of, safe_text

FIELD_COLUMNS = ("field_name", "direction", "winning_system", "review_rule")
MATCH_COLUMNS = ("object_type", "match_order", "do_not_overwrite_fields", "review_conditions")

_RULES = ("auto", "review", "never")
"""Review rules, the strictest last."""
_OBJECTS = ("contact", "lead", "account", "opportunity", "activity", "appointment")
_KEYS = ("id", "email", "phone")


class FieldRow(NamedTuple):
    """What one row says of one field."""

    where: str
    """``field-policy.csv, line 3``."""
    direction: str
    """``a->b``, ``both`` or ``internal``."""
    winner: str
    """A system, ``newest`` or ``manual``."""
    rule: str


@dataclass(frozen=True, slots=True)
class PolicyTables:
    """What policy tables say, and where they contradict each other."""

    fields: Mapping[str, FieldRow] = field(default_factory=dict)
    protected: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    """Words of ``review_conditions``; they can only ask for what the judgement holds anyway."""
    clashes: tuple[str, ...] = ()

    def changes(self) -> dict[str, Any]:
        """The same as changes of the TOML policy."""
        named = self.fields
        never = sorted(name for name, row in named.items() if row.direction == "internal" or row.rule == "never")
        one_way = {name: row.direction for name, row in named.items() if "->" in row.direction and name not in never}
        manual = {name: "manual-review" for name, row in named.items() if row.winner == "manual"}
        priority = {name: row.winner for name, row in named.items() if row.winner not in ("manual", "")}
        return {
            "fields": {
                "protected": list(self.protected),
                "internal": never,
                "review": sorted(name for name, row in named.items() if row.rule == "review"),
                "directions": one_way,
            },
            "strategies": {"fields": manual, "priority": priority},
        }


def is_policy_table(header: Iterable[str]) -> bool:
    """Whether a file with this header is a policy table."""
    names = {header_name(cell) for cell in header}
    return names.issuperset(FIELD_COLUMNS) or names.issuperset(MATCH_COLUMNS)


def read_tables(tables: Iterable[tuple[str, str]]) -> PolicyTables:
    """What policy tables, given as (name, text), say; raises ``PolicyError`` that names file, line and column."""
    fields: dict[str, FieldRow] = {}
    protected: dict[str, None] = {}
    conditions: dict[str, None] = {}
    clashes: list[str] = []
    for name, text in tables:
        for where, row in _rows(name, text):
            if "field_name" in row:
                field_name, found = _field_row(where, row)
                fields[field_name] = _stricter(field_name, fields.get(field_name), found, clashes)
            else:
                words = _match_row(where, row)
                protected.update(dict.fromkeys(words[0]))
                conditions.update(dict.fromkeys(words[1]))
    return PolicyTables(fields, tuple(protected), tuple(conditions), tuple(clashes))


def _rows(name: str, text: str) -> Iterable[tuple[str, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = [header_name(cell) for cell in next(reader, [])]
        if not is_policy_table(header):
            raise PolicyError(f"{safe_text(name)} has neither the columns of a field policy nor of a match policy.")
        for cells in reader:
            if any(cell.strip() for cell in cells):
                where = f"{safe_text(name)}, line {reader.line_num}"
                if len(cells) != len(header):
                    raise PolicyError(f"{where} has {len(cells)} cells where the header has {len(header)}.")
                yield where, {column: cell.strip() for column, cell in zip(header, cells, strict=True)}
    except csv.Error as error:
        raise PolicyError(f"{safe_text(name)}, line {reader.line_num} cannot be read as CSV.") from error


def _field_row(where: str, row: Mapping[str, str]) -> tuple[str, FieldRow]:
    name = _field(where, row["field_name"])
    direction = row["direction"].lower().replace(" ", "") or "both"
    ends = direction.split("->")
    if direction not in ("both", "internal") and not (len(ends) == 2 and all(end in SYSTEMS for end in ends)):
        raise PolicyError(f"{where}: direction is `both`, `internal`, or two systems as in `salesforce->hubspot`.")
    winner = row["winning_system"].lower() or "manual"
    if winner not in ("newest", "manual") and winner not in SYSTEMS:
        raise PolicyError(f"{where}: winning_system is `newest`, `manual`, or one of {one_of(sorted(SYSTEMS))}.")
    rule = row["review_rule"].lower() or "auto"
    if rule not in _RULES:
        raise PolicyError(f"{where}: review_rule is one of {one_of(list(_RULES))}.")
    return name, FieldRow(where, direction, winner, rule)


def _match_row(where: str, row: Mapping[str, str]) -> tuple[list[str], list[str]]:
    if row["object_type"].lower() not in _OBJECTS:
        raise PolicyError(f"{where}: object_type is one of {one_of(list(_OBJECTS))}.")
    unknown = [key for key in _words(row["match_order"]) if key not in _KEYS]
    if unknown:
        raise PolicyError(f"{where}: match_order lists {one_of(list(_KEYS), 'and')}, in any order.")
    return [_field(where, name) for name in _words(row["do_not_overwrite_fields"])], _words(row["review_conditions"])


def _words(cell: str) -> list[str]:
    return [word for word in (part.strip().lower() for part in cell.split(";")) if word]


def _field(where: str, written: str) -> str:
    name = header_name(written)
    if name in FIELDS:
        return name
    by_label = {header_name(one.label): one.name for one in FIELDS.values()}
    known = {one.lower(): canonical for table in _field_maps() for one, canonical in table.items()}
    found = by_label.get(name) or known.get(name.replace("_", "")) or known.get(name)
    if found is None:
        raise PolicyError(f"{where}: {safe_text(written, 60)} is no field that is known here.")
    return found


def _field_maps() -> list[Mapping[str, str]]:
    return [table.fields for system in SYSTEMS.values() for table in system.tables if table.fields]


def _stricter(name: str, first: FieldRow | None, second: FieldRow, clashes: list[str]) -> FieldRow:
    """Of two rows about one field, what is stricter in each column."""
    if first is None or first[1:] == second[1:]:
        return second if first is None else first
    clashes.append(f"{name}: {first.where} and {second.where} differ; the stricter rule stands.")
    rule = max(first.rule, second.rule, key=_RULES.index)
    return FieldRow(
        f"{first.where} and {second.where}",
        _narrower(first.direction, second.direction),
        first.winner if first.winner == second.winner else "manual",
        rule,
    )


def _narrower(first: str, second: str) -> str:
    if first == second or second == "both":
        return first
    return second if first == "both" else "internal"


def laid_over(policy: Mapping[str, Any], tables: PolicyTables) -> tuple[dict[str, Any], tuple[str, ...]]:
    """A TOML policy with what the tables say, the stricter rule standing; and the clashes, each as a sentence."""
    changes = tables.changes()
    fields, strategies = {**policy.get("fields", {})}, {**policy.get("strategies", {})}
    directions, two_ways = _agreeing(fields.get("directions", {}), changes["fields"]["directions"])
    priority, contested = _agreeing(strategies.get("priority", {}), changes["strategies"]["priority"])
    for name in ("protected", "internal", "review"):
        fields[name] = sorted({*fields.get(name, ()), *changes["fields"][name]})
    # What may go one way only by one rule, and the other way only by another, may not go at all.
    fields["internal"] = sorted({*fields["internal"], *two_ways})
    fields["directions"] = {name: way for name, way in directions.items() if name not in fields["internal"]}
    manual = dict.fromkeys(contested, "manual-review")
    own = {**strategies.get("fields", {}), **changes["strategies"]["fields"], **manual}
    strategies |= {"fields": own, "priority": {name: one for name, one in priority.items() if name not in own}}
    told = [
        f"{name}: the policy and {tables.fields[name].where} differ; the stricter rule stands."
        for name in sorted({*two_ways, *contested})
    ]
    return {**policy, "fields": fields, "strategies": strategies}, (*tables.clashes, *told)


def _agreeing(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Both maps without the names on which they differ, and those names."""
    apart = sorted(name for name in old.keys() & new.keys() if old[name] != new[name])
    return {name: text for name, text in {**old, **new}.items() if name not in apart}, apart
