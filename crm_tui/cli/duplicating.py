"""``duplicates``: which records may be the same, and why."""

from __future__ import annotations

import argparse
from typing import Any

from crm_tui.cli import shared
from crm_tui.identity.duplicates.scan import Suspect
from crm_tui.text import counted, safe_text
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.duplicates import Group, MapSuspect, against_map, record_label, record_name, scan


def duplicates(arguments: argparse.Namespace) -> int:
    """Print the groups of records that may be the same, best first."""
    with shared.opened(arguments.workspace, write=False) as cases:
        groups, of_map = scan(cases), against_map(cases)
        if arguments.json:
            shared.print_json(_as_json(cases, groups, of_map))
        else:
            _print(cases, groups, of_map)
    return 0


def _as_json(cases: Cases, groups: list[Group], of_map: list[MapSuspect]) -> dict[str, Any]:
    return {
        "groups": [
            {
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
        print(f"  may be the same{chain}:")
        for number in group.cluster.members:
            print(f"    {_told(cases, number)}")
        for one in group.cluster.matches:
            between = "" if len(group.cluster.members) == 2 else f"{_short(cases, one)}: "
            print(f"      {between}{words(one)}")
    for found in of_map:
        contact = safe_text(cases.contacts.contact(found.contact).label or f"entry {found.contact}")
        print(f"{found.population.noun}: no key leads to the map, but it may be {contact}:")
        print(f"    {_told(cases, found.record_id)}")
        print(f"      {words(found.suspect)}")
    total = f"{counted(len(groups), 'group')} of records that may be the same"
    print(f"{total}; nothing was changed." if groups or of_map else "No two records look like the same.")


def _told(cases: Cases, record_id: int) -> str:
    case = cases.case(record_id)
    return f"{safe_text(record_label(cases.facts(record_id).event), 80)}  {safe_text(case.source)}:{case.line}"


def _short(cases: Cases, one: Suspect) -> str:
    return " and ".join(safe_text(_name(cases, number), 40) for number in (one.first, one.second))


def words(one: Suspect) -> str:
    """Both scores in a line: ``score .65 of .85 comparable (76 %): email, phone · probability 99.8 %: email +12.3``."""
    match = one.match
    factors = ", ".join(f"{name}{'' if alike == 1 else f' {alike:.0%}'}" for name, alike in match.factors.items())
    if match.exact:
        text = f"certain: the same {factors if len(match.factors) > 1 else 'id'}"
    else:
        text = f"score {match.score:.2f} of {match.comparable:.2f} comparable ({match.relative:.0%})"
        text += f": {factors}" if factors else ""
    if one.probability is None:
        return text
    weights = ", ".join(
        f"{name.replace('_', ' ')} {weight:+.1f}" for name, weight in sorted(one.weights.items(), key=lambda x: -x[1])
    )
    return f"{text} · probability {min(one.probability, 0.9999):.2%}: {weights}"
