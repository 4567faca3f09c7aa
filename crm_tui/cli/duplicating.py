"""``duplicates``: which records may be the same, and why."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from crm_tui.classify.duplicate_words import scores_words
from crm_tui.classify.duplicates import group_name, person_name, record_name
from crm_tui.cli import shared
from crm_tui.cli.progress_bar import progress_shown
from crm_tui.identity.duplicates.scan import Suspect
from crm_tui.progress import Stages
from crm_tui.systems.declare import Kind
from crm_tui.text import counted, safe_text
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.duplicates import Group, MapSuspect, against_map, scan
from crm_tui.workspace.groups import apart, keep, kept, row_id_of


def duplicates(arguments: argparse.Namespace) -> int:
    """Print the groups of records that may be the same, best first; keep those that the workspace does not have yet."""
    if arguments.export_splink:
        return _export(arguments)
    if arguments.import_pairs:
        _import(arguments)
    with shared.opened(arguments.workspace, write=False) as cases:
        seen = _state(cases)
        with progress_shown() as progress:
            stages = Stages(progress, 0, 1, 1)
            groups = scan(cases, list(apart(cases)), stages.next())
            of_map = against_map(cases, stages.next())
        if arguments.json:
            shared.print_json(_as_json(cases, groups, of_map))
        else:
            _print(cases, groups, of_map)
        fresh = not kept(cases, groups)
    if fresh:
        with shared.opened(arguments.workspace, write=True) as cases, cases.store.transaction():
            # What another program has done meanwhile would be other records.
            keep(cases, groups if _state(cases) == seen else None)
    return 0


def _state(cases: Cases) -> tuple[int, bytes]:
    """What stands for all that a scan rests on: every load, repair and decision is an entry of the journal."""
    return journal.head(cases.store.connection)


def _export(arguments: argparse.Namespace) -> int:
    from crm_tui.workspace.splink import export

    with shared.opened(arguments.workspace, write=False) as cases:
        written = export(cases, arguments.export_splink)
    for name in written:
        print(safe_text(str(arguments.export_splink / name)))
    if not written:
        print("There are no two records of one system and kind to compare.")
    return 0


def _import(arguments: argparse.Namespace) -> None:
    from crm_tui.workspace.splink import read_pairs, take

    pairs = read_pairs(arguments.import_pairs)
    with shared.opened(arguments.workspace, write=True) as cases, cases.store.transaction():
        here, strange = take(cases, pairs)
    told = f"{counted(here, 'pair')} taken as suggestions"
    print(f"{told}; {counted(strange, 'pair')} of rows that are not here" if strange else told, file=sys.stderr)


def _as_json(cases: Cases, groups: list[Group], of_map: list[MapSuspect]) -> dict[str, Any]:
    return {
        "groups": [
            {
                "row_id": (row_id := row_id_of(cases, group)),
                "event_id": group_name(row_id),
                "system": group.population.system,
                "kind": group.population.kind.value,
                "complete": group.cluster.complete,
                "records": [_record(cases, number) for number in group.cluster.members],
                "pairs": [
                    {"records": [_name(cases, one.first), _name(cases, one.second)], **_scores(one)}
                    for one in group.cluster.matches
                ],
            }
            for group in groups
        ],
        "against_map": [
            {
                "system": one.population.system,
                "kind": one.population.kind.value,
                "record": _record(cases, one.record_id),
                "contact": cases.contacts.contact(one.contact).key,
                **_scores(one.suspect),
            }
            for one in of_map
        ],
    }


def _record(cases: Cases, record_id: int) -> dict[str, Any]:
    case = cases.case(record_id)
    return {"row_id": case.row_id, "record_id": _name(cases, record_id), "file": case.source, "line": case.line}


def _name(cases: Cases, record_id: int) -> str:
    return record_name(cases.facts(record_id).event)


def _scores(one: Suspect) -> dict[str, Any]:
    return {
        "score": round(one.match.score, 3),
        "comparable": round(one.match.comparable, 3),
        "relative": round(one.match.relative, 3),
        "exact": one.match.exact,
        "factors": {name: round(alike, 3) for name, alike in one.match.factors.items()},
        "probability": None if one.probability is None else round(one.probability, 4),
        "weights": {name: round(weight, 2) for name, weight in one.weights.items()},
    }


def _print(cases: Cases, groups: list[Group], of_map: list[MapSuspect]) -> None:
    noun = ""
    for group in groups:
        if group.population.noun != noun:
            noun = group.population.noun
            print(f"{noun}, {counted(len(group.population.records), 'record')}:")
        chain = "" if group.cluster.complete else " (not each resembles each)"
        print(f"  {group_name(row_id_of(cases, group))} may be the same{chain}:")
        for number in group.cluster.members:
            print(f"    {_told(cases, number)}")
        for one in group.cluster.matches:
            between = "" if len(group.cluster.members) == 2 else f"{_short(cases, one)}: "
            print(f"      {between}{scores_words(one, company=group.population.kind is Kind.ACCOUNT)}")
    for found in of_map:
        contact = safe_text(cases.contacts.contact(found.contact).label or f"entry {found.contact}")
        print(f"{found.population.noun}: no key leads to the map, but it may be {contact}:")
        print(f"    {_told(cases, found.record_id)}")
        print(f"      {scores_words(found.suspect)}")
    if groups or of_map:
        total = f"{counted(len(groups), 'group')} of records that may be the same"
        print(f"{total}; decide them in the console, or by name with decide --from.")
    else:
        print("No two records look like the same.")


def _told(cases: Cases, record_id: int) -> str:
    file, line = cases.place(record_id)
    name = person_name(cases.facts(record_id).event)
    return f"{safe_text(' · '.join(filter(None, (name, _name(cases, record_id)))), 80)}  {safe_text(file)}:{line}"


def _short(cases: Cases, one: Suspect) -> str:
    return " and ".join(safe_text(_name(cases, number), 40) for number in (one.first, one.second))
