"""Filters that a person has given a name; they are kept with the workspace and write nothing into its journal."""

from __future__ import annotations

import json
from dataclasses import dataclass

from crm_tui.text import safe_text
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.selection import Facet, Filter, Value

_KEY = "filters"
_MOST = 50
MAX_NAME = 40


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter with a name."""

    name: str
    filter: Filter


def saved_filters(cases: Cases) -> list[SavedFilter]:
    """The filters of a workspace in the order of their names; what cannot be read is no filter."""
    try:
        stored = json.loads(cases.store.meta(_KEY, "{}"))
        named = {name: [(Facet(facet), text) for facet, text in values] for name, values in stored.items()}
    except (ValueError, AttributeError, TypeError):
        return []
    return [
        SavedFilter(name, Filter(frozenset(Value(facet, _number(cases, facet, text)) for facet, text in values)))
        for name, values in sorted(named.items())
    ]


def save_filter(cases: Cases, name: str, chosen: Filter) -> None:
    """Keep a filter under a name; a filter without values takes the name away."""
    kept = {one.name: one.filter for one in saved_filters(cases)}
    kept.pop(name, None)
    if chosen.values and len(kept) < _MOST:
        kept[safe_text(name.strip(), MAX_NAME)] = chosen
    values = {name: [_lasting(cases, one) for one in sorted(kept[name].values)] for name in sorted(kept)}
    with cases.store.transaction():
        cases.store.set_meta(_KEY, json.dumps(values))


def _lasting(cases: Cases, value: Value) -> tuple[str, str]:
    """A contact by its name that lasts: its number changes with the contact map."""
    number = int(value.text) if value.facet is Facet.CONTACT else 0
    return value.facet.value, cases.contacts.contact(number).contact_id if number else value.text


def _number(cases: Cases, facet: Facet, text: str) -> str:
    if facet is not Facet.CONTACT or text == "0":
        return text
    contact = cases.contact_named(text)
    # A contact that has left the map has no rows.
    return str(contact.number) if contact else "-1"
