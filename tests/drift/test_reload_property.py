"""After any later export exactly the decisions whose evidence has moved are asked anew; every other one stands (D9).

What is evidence is said here by the rows that were written, not by the program: a record's own row, the values of the
other system's record of the same contact, that contact's row of the map, and what both had agreed to.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from crm_tui.model import State
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store
from tests.properties.profiles import examples

Row = Mapping[str, str]
SYSTEMS = ("salesforce", "hubspot")
TOWNS = ("Austin", "Boston", "Denver", "")
PHONES = ("+120255501{}1", "(202) 555-01{}1", "+120255501{}2", "")
"""With the contact's number in them: a phone that two contacts share puts in question who either is."""
DAYS = ("2026-04-01", "2026-05-02")


class Said(NamedTuple):
    """What one system says of one contact."""

    town: str
    phone: str
    opted_out: bool
    modified: str

    @property
    def compared(self) -> tuple[object, ...]:
        """What the other record is compared with; the time of change is the record's own."""
        return self[:3]


class Person(NamedTuple):
    """One contact: what both agreed to, what each system says in the first export and in the next."""

    agreed: Said
    first: tuple[Said | None, Said | None]
    """Salesforce's and HubSpot's; ``None`` = not in the export."""
    later: tuple[Said | None, Said | None]
    mapped_phone: tuple[str, str]
    """The phone in the contact map, first and later."""
    acts: tuple[str, str]
    """What the reviewer does to either record."""


said = st.builds(Said, st.sampled_from(TOWNS), st.sampled_from(PHONES), st.booleans(), st.sampled_from(DAYS))


@st.composite
def people(draw: st.DrawFn) -> list[Person]:
    """One to three contacts; two records in three say the same in the later export."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        agreed = draw(said)
        first = tuple(draw(st.just(agreed) | said) for _ in SYSTEMS)
        later = tuple(draw(st.sampled_from((one, one, one, one, None)) | said) for one in first)
        phones = draw(st.sampled_from((("", ""), ("", ""), ("", ""), (PHONES[0], PHONES[2]))))
        acts = tuple(
            draw(st.sampled_from(("approve", "approve", "reject", "defer", "choose", "nothing"))) for _ in SYSTEMS
        )
        found.append(Person(agreed, first, later, phones, acts))
    return found


_SAME = Said("Austin", "", False, DAYS[0])
STEADY = Person(_SAME, (_SAME, _SAME), (_SAME, _SAME), ("", ""), ("nothing", "nothing"))
"""A contact that is always there, so that no export is ever empty."""


def own_id(system: str, number: int) -> str:
    """A record id as the system makes them."""
    return f"003xx000004Tmi{'ABCD'[number]}AAS" if system == "salesforce" else f"{501 + number}"


def rows(system: str, said_of: Sequence[Said | None]) -> list[Row]:
    """A system's export."""
    make = _salesforce if system == "salesforce" else _hubspot
    return [make(own_id(system, number), number, one) for number, one in enumerate(said_of) if one]


def _salesforce(record: str, number: int, one: Said) -> Row:
    return {
        "Id": record,
        "FirstName": f"Ann{number}",
        "LastName": "Archer",
        "Email": f"ann{number}@one.test",
        "Phone": one.phone.format(number),
        "MailingCity": one.town,
        "HasOptedOutOfEmail": str(one.opted_out).lower(),
        "LastModifiedDate": f"{one.modified}T09:00:00.000+0000",
    }


def _hubspot(record: str, number: int, one: Said) -> Row:
    return {
        "Record ID": record,
        "First Name": f"Ann{number}",
        "Last Name": "Archer",
        "Email": f"ann{number}@one.test",
        "Phone Number": one.phone.format(number),
        "City": one.town,
        "Unsubscribed from all email": "Yes" if one.opted_out else "No",
        "Last Modified Date": f"{one.modified} 09:00",
    }


@contextmanager
def reviewed(folder: Path, drawn: Sequence[Person], when: str) -> Iterator[Cases]:
    """The workspace of a folder once the exports of a time are loaded into it."""
    at = 0 if when == "first" else 1
    tables = {"map": [
        {"salesforce_contact_id": own_id("salesforce", n), "hubspot_contact_id": own_id("hubspot", n),
         "email": f"ann{n}@one.test", "phone": one.mapped_phone[at].format(n)}
        for n, one in enumerate(drawn)
    ]}  # fmt: skip
    for side, system in enumerate(SYSTEMS):
        tables[system] = rows(system, [getattr(one, when)[side] for one in drawn])
        tables[f"base/{system}"] = rows(system, [one.agreed for one in drawn])
    now = []
    for name, lines in tables.items():
        path = folder / when / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(lines[0]))
            writer.writeheader()
            writer.writerows(lines)
        now += [path] if "/" not in name else []
    assert not load(folder / "w.crm", now, base=[folder / when / "base"]).problems
    store = Store.open(folder / "w.crm")
    yield Cases(store)
    store.close()


def decide(cases: Cases, acts: Mapping[str, str]) -> None:
    """Do to each record what was drawn for it, as far as it is still open."""
    decisions = Decisions(cases, "Dana")
    for record_id in cases.ids():
        act, case = acts[cases.case(record_id).event_id], cases.case(record_id)
        if not cases.review(record_id).state.outstanding:
            continue
        if act in ("approve", "choose"):
            decisions.choose(record_id, case.options[0].token, "as agreed")
        if act == "approve":
            decisions.approve(record_id, reason="as agreed")
        elif act == "reject":
            decisions.reject(record_id, "not now")
        elif act == "defer":
            decisions.defer(record_id)


def asked(cases: Cases) -> dict[str, tuple[Any, ...]]:
    """Record → what a person is asked, with what is suggested; of the records of the latest load."""
    listed = (cases.case(record_id) for record_id in cases.ids() if cases.is_latest(record_id))
    return {case.event_id: (case.verdict, case.sides, case.fields, case.options) for case in listed}


def reviews(cases: Cases) -> dict[str, Any]:
    return {cases.case(record_id).event_id: cases.review(record_id) for record_id in cases.ids()}


def evidence(drawn: Sequence[Person], when: str) -> dict[str, tuple[object, ...]]:
    """Record → what was written that a decision on it rests on; of the records that the export has."""
    found: dict[str, tuple[object, ...]] = {}
    for number, one in enumerate(drawn):
        pair, phone = getattr(one, when), one.mapped_phone[0 if when == "first" else 1]
        for system, own, other in zip(SYSTEMS, pair, reversed(pair), strict=True):
            if own is not None:
                found[own_id(system, number)] = (own, other and other.compared, phone)
    return found


@examples(24, shrink=False)
@given(people())
def test_exactly_the_decisions_whose_evidence_has_moved_are_asked_anew(drawn: list[Person]) -> None:
    everybody = [*drawn, STEADY]
    acts = {
        own_id(system, number): act
        for number, one in enumerate(everybody)
        for system, act in zip(SYSTEMS, one.acts, strict=True)
    }
    before_rows, after_rows = evidence(everybody, "first"), evidence(everybody, "later")
    with TemporaryDirectory() as name:
        folder, fresh_folder = Path(name) / "review", Path(name) / "fresh"
        with reviewed(folder, everybody, "first") as cases:
            decide(cases, acts)
            before = reviews(cases)
        with reviewed(folder, everybody, "later") as cases, reviewed(fresh_folder, everybody, "later") as fresh:
            after = reviews(cases)
            assert asked(cases) == asked(fresh)
        assert before.keys() == before_rows.keys()
        for record, review in before.items():
            if record not in after_rows:
                continue
            if after_rows[record] == before_rows[record] or not review.seq:
                assert after[record] == review, record
            else:
                assert (after[record].state, after[record].picks) == (State.STALE, ()), record
        assert all(not after[record].seq for record in after_rows.keys() - before_rows.keys())
        with reviewed(folder, everybody, "first") as cases:
            assert reviews(cases).items() >= before.items()
