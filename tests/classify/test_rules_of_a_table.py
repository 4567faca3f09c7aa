"""Which rules are asked for a table is a matter of speed alone: one that is left out could not have fired."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from crm_tui.classify.event import Event, read_event
from crm_tui.classify.facts import Facts, Repeat
from crm_tui.classify.policy import parse_policy
from crm_tui.classify.rules import RULES, rules_of
from crm_tui.identity.contact_map import ContactIndex
from crm_tui.identity.keys import Keyring
from crm_tui.intake.files import find_files
from crm_tui.intake.formats import named, open_sources, records
from crm_tui.model import Contact
from crm_tui.systems import SYSTEMS

FILES = [
    *sorted((Path(__file__).parents[1] / "systems" / "fixtures").iterdir()),
    *(Path(__file__).parents[2] / "sample_exports" / name for name in ("first-slice", "drift")),
]
POLICY = parse_policy('[own]\ndomains = ["own.test"]\nphones = ["+12025550100"]\n')
KEYRING = Keyring(POLICY.default_region, POLICY.own_names, POLICY.own_side)


def events() -> Iterator[Event]:
    files, _ = find_files(FILES)
    for source in (source for file in files for source in open_sources(file).sources):
        cells_of = named(source)
        for record in records(source) if source.judged else ():
            if record.cells is not None:
                yield read_event(source.table, cells_of(record.cells), KEYRING)


def contact_of(event: Event) -> Contact:
    """Whoever all keys of an event lead to, with other values and an older age than the event's."""
    ids = {key.kind[3:]: key.value for key in event.keys if key.kind.startswith("id:") and key.value}
    emails = tuple(key.value for key in event.keys if key.kind == "email" and key.value)
    phones = tuple(key.value for key in event.keys if key.kind == "phone" and key.value)
    ages = dict.fromkeys(SYSTEMS, "2099-01-01T00:00:00Z")
    return Contact(1, "con-1", ids, emails, phones, {"city": "Elsewhere", "company": "Other"}, ages)


def test_no_rule_that_a_table_leaves_out_fires_on_any_row_of_it() -> None:
    tables = set()
    fired_at_all = set()
    for event in events():
        tables.add(event.table.name)
        for contacts in ([], [contact_of(event)]):
            for repeat in Repeat:
                facts = Facts(event, ContactIndex(contacts, present=bool(contacts)), POLICY, KEYRING, repeat)
                fired = [code for code, _, rule in RULES if rule(facts)]
                assert fired == [code for code, rule in rules_of(event.table) if rule(facts)], event.table.name
                fired_at_all.update(fired)
    assert len(tables) > 40
    assert len(fired_at_all) > 20
