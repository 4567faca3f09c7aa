"""Laws of staging that hold for every destination: taken back it is as before; nothing is lost unsaid."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_tui.classify.mapped_row import Mapped
from crm_tui.classify.mapping import inverse, mapped
from crm_tui.model import Outcome, Staged
from crm_tui.systems import SYSTEMS, TABLES
from crm_tui.systems.fields import FIELDS, Type
from tests.handoff.staged_tools import apply

DESTINATIONS = sorted(name for name, system in SYSTEMS.items() if ("contact", Outcome.UPDATE) in system.imports.handled)
TABLE = TABLES["contact-map"]

WORDS = st.sampled_from(["Ann", "Ann Lee", "Ölüdeniz", "O'Brien; Son", "  x", "0012", "=1+1", "a,b", 'say "hi"'])
NAMES = {"name", "first_name", "last_name"}
"""Joined and split on the way, so one may stand for another."""
BY_NAME = frozenset(
    {"name", "first_name", "last_name", "company", "job_title", "address1", "city", "state", "postal_code", "website"}
    | {"birthday", "owner", "lifecycle_stage", "lead_status", "lead_source", "tags", "other_emails", "other_phones"}
    | {"description", "status"}
)
BY_TYPE = {
    Type.EMAIL: st.sampled_from(["ann@one.test", "bob@two.test"]),
    Type.PHONE: st.sampled_from(["+12125550101", "+442079460102"]),
    Type.CONSENT: st.sampled_from(["true", "false"]),
    Type.BOOLEAN: st.sampled_from(["true", "false"]),
    Type.DATE: st.sampled_from(["1980-02-29", "2001-12-31"]),
    Type.COUNTRY: st.sampled_from(["US", "GB", "DE"]),
    Type.LIST: st.lists(st.sampled_from(["vip", "new", "old"]), min_size=1, unique=True).map("; ".join),
    Type.WORD: st.sampled_from(["customer", "open deal"]),
}
PERSONAL = tuple(
    name
    for name, field in FIELDS.items()
    if field.writable and (name in BY_NAME or field.type in (Type.EMAIL, Type.PHONE, Type.CONSENT, Type.COUNTRY))
)


def _value(name: str) -> st.SearchStrategy[str]:
    return BY_TYPE.get(FIELDS[name].type, WORDS)


@st.composite
def updates(draw: st.DrawFn) -> Staged:
    """A change of some fields of a contact, each from a value, from a blank, or from what nobody knows."""
    system = draw(st.sampled_from(DESTINATIONS))
    names = draw(st.lists(st.sampled_from(PERSONAL), min_size=1, max_size=6, unique=True))
    values, before = {}, {}
    for name in names:
        values[name] = draw(st.one_of(_value(name), st.just("")))
        before[name] = draw(st.one_of(_value(name), st.just(""), st.none()))
    return Staged(system, "contact", Outcome.UPDATE, "id-1", values, before)


def written_fields(parts: tuple[Mapped, ...]) -> set[tuple[str, ...]]:
    return set(apply({}, parts))


# The country table is read at its first use, which takes longer than an example may.
@settings(deadline=None)
@given(updates())
def test_what_is_staged_and_then_taken_back_leaves_the_destination_as_it_was(staged: Staged) -> None:
    known = {name: text for name, text in staged.before.items() if text is not None}
    start = apply({}, mapped(Staged(staged.destination, "contact", Outcome.UPDATE, "id-1", known, {}), TABLE))
    forward = mapped(staged, TABLE)
    back = inverse(staged)
    after = apply(start, forward)
    again = apply(after, mapped(back, TABLE)) if back else after
    lost_back = {loss.field for part in (mapped(back, TABLE) if back else ()) for loss in part.losses}
    unsure = lost_back | {name for name, text in staged.before.items() if text is None}
    if unsure & {"first_name", "last_name", "name"}:
        unsure |= {"first_name", "last_name", "name"}
    for fields in {*start, *again}:
        if not unsure & set(fields):
            assert again.get(fields) == start.get(fields), (fields, forward)


@settings(deadline=None)
@given(updates())
def test_every_value_is_either_written_or_listed_as_lost(staged: Staged) -> None:
    parts = mapped(staged, TABLE)
    lost = {loss.field for part in parts for loss in part.losses}
    touched = {name for fields in _touched(parts) for name in fields}
    for name, text in staged.values.items():
        same = text == (staged.before.get(name) or "") or FIELDS[name].type is Type.LIST
        kin = NAMES if name in NAMES else {name}
        assert kin & lost or kin & touched or same, name


def _touched(parts: tuple[Mapped, ...]) -> list[tuple[str, ...]]:
    """The slots that a file or a line mentions, also where it clears them."""
    found = []
    for part in parts:
        slots = part.file.slots if part.file is not None else ()
        found += [slot.fields for slot in slots if slot.name in part.cells]
        requests = SYSTEMS[part.system].imports.request(part.object, part.operation)
        bodies = json.dumps([line.body for line in part.lines])
        named = [slot for request in requests for slot in request.slots] if part.lines else []
        found += [slot.fields for slot in named if f'"{slot.name.split("/")[-1]}"' in bodies]
    return found


@settings(deadline=None)
@given(updates())
def test_a_file_has_no_blank_cell_no_formula_and_no_column_but_the_vendors(staged: Staged) -> None:
    for part in mapped(staged, TABLE):
        if part.file is None:
            continue
        names = [slot.name for slot in part.file.slots]
        assert list(part.cells) == [part.file.id_header, *(name for name in names if name in part.cells)]
        assert all(cell.strip() for cell in part.cells.values())
        assert not any(cell.startswith("=") for cell in part.cells.values())


@pytest.mark.parametrize("system", DESTINATIONS)
def test_no_request_carries_a_token_a_host_or_a_location_on_an_update(system: str) -> None:
    for request in SYSTEMS[system].imports.requests:
        assert request.path.startswith("/") and "://" not in request.path
        assert not {"authorization", "x-pw-accesstoken", "cookie"} & {name.lower() for name in request.headers}
        if request.operation is Outcome.UPDATE:
            assert not {"locationId", "companyName"} & {slot.name for slot in request.slots}
            assert not {"locationId", "companyName"} & set(request.constants)


@pytest.mark.parametrize("system", DESTINATIONS)
def test_a_default_fills_a_required_blank_of_a_new_record_only_and_is_marked(system: str) -> None:
    made = Staged(system, "contact", Outcome.CREATE, "", {"email": "ann@one.test"})
    changed = Staged(system, "contact", Outcome.UPDATE, "id-1", {"email": "ann@one.test"}, {"email": "bob@two.test"})
    named = Staged(system, "contact", Outcome.CREATE, "", {"email": "a@b.test", "first_name": "A", "last_name": "B"})
    (new,), (update,), (full,) = mapped(made, TABLE), mapped(changed, TABLE), mapped(named, TABLE)
    assert update.defaults == () == full.defaults
    for filled in new.defaults:
        assert filled.value == "Unknown"
        written = json.dumps([dict(new.cells), *(line.body for line in new.lines)])
        assert "Unknown" in written
    assert ("Unknown" in str(new)) is bool(new.defaults)


@pytest.mark.parametrize("system", DESTINATIONS)
def test_an_id_never_leads_out_of_its_place_in_a_path(system: str) -> None:
    staged = Staged(system, "contact", Outcome.UPDATE, "../../x?y#z", {"email": ""}, {"email": "a@b.test"})
    for part in mapped(staged, TABLE):
        for line in part.lines:
            assert ".." not in line.path and "?" not in line.path and "#" not in line.path
