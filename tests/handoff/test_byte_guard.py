"""What a key promises on screen is what the sealed handoff stages: for each row, each option and each kind of field
choice of the shipped samples, byte for byte; of two records decided together, for both."""

from __future__ import annotations

import json
import random
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from crm_tui import canonical
from crm_tui.classify.facts import Facts
from crm_tui.classify.fields import LEAVE_BOTH, asks_who, both_pick, edited_pick, sentence, side_pick
from crm_tui.classify.staging import field_label, shown_value, staged_key, staged_values
from crm_tui.console.deeds import Verb
from crm_tui.console.rehearsal import Planned, apply, rehearse
from crm_tui.console.session import Session
from crm_tui.console.standing import approvable
from crm_tui.console.tabs import Tab
from crm_tui.errors import DecisionRefused
from crm_tui.handoff.keys import Signer
from crm_tui.handoff.seal import seal
from crm_tui.handoff.staged import lost_fields
from crm_tui.model import Case, CaseField, Option, Outcome, Pick, Queue, Staged, State, Take
from crm_tui.systems.fields import Type
from crm_tui.text import one_of
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store
from tests.factory import SAMPLE, signer

SAMPLES = SAMPLE.parent
REFERENCE = ("contact-map.csv", "first-slice-map.csv")
WHY = "the client wrote so"
OUTSIDE = "another contact"

EDITED = {
    Type.TEXT: "Grüße; „neu“, 2 %",
    Type.WORD: "something new",
    Type.EMAIL: "edited@new.test",
    Type.PHONE: "(212) 555-0177",
    Type.TIME: "2026-07-01T09:30:00-04:00",
    Type.DATE: "2026-07-01",
    Type.BOOLEAN: "true",
    Type.CONSENT: "true",
    Type.MONEY: "1,234.50",
    Type.NUMBER: "12",
    Type.COUNTRY: "PT",
    Type.LIST: "edited; west",
}


class Way(NamedTuple):
    """One way to decide a row: field choices first, then an option, then approval."""

    record_id: int
    """Row on which the keys are pressed."""
    option: str = ""
    """Journal name of the option chosen; ``""`` = approve at once."""
    picks: tuple[Pick, ...] = ()
    approved_from: int = 0
    """The other record of the pair, where the fields are chosen on one and the row is approved on the other."""
    kind: str = "plain"


class Promise(NamedTuple):
    """What stood on screen when ``a`` was pressed."""

    record_id: int
    option: Option
    partner: int
    """The record approved together with it; 0 = none."""
    partners: Option | None


# -- the ways


def ways(cases: Cases, record_id: int, draw: random.Random) -> Iterator[Way]:
    """Every open option as it is; each kind of field choice once, on a field drawn by lot, under an option drawn."""
    case = cases.case(record_id)
    if case.verdict.queue is Queue.ERROR:
        return
    names = [option.name for option in case.options]
    held = case.verdict.queue is Queue.CONFLICT
    if asks_who(case):
        there = {option.contact for option in case.options}
        others = [one for one in cases.contacts if one.number not in there]
        names += [draw.choice(others).contact_id] if others else []
    for name in names:
        yield Way(record_id, name if held else "", kind="plain" if cases.case(record_id).option(name) else OUTSIDE)
    for kind, picks in field_choices(cases, record_id, draw):
        yield Way(record_id, draw.choice(names) if held else "", picks, kind=kind)
        if not asks_who(case):
            yield Way(record_id, "", picks, kind=f"{kind} alone")
            if case.partner:
                yield Way(record_id, "", picks, case.partner, f"{kind}, approved on the other record")


def field_choices(cases: Cases, record_id: int, draw: random.Random) -> Iterator[tuple[str, tuple[Pick, ...]]]:
    """One field by each side, both and edited, and a mixture of several."""
    case, facts = cases.case(record_id), cases.facts(record_id)
    makers: dict[str, Callable[[CaseField], Pick]] = {
        "both": lambda field: both_pick(facts, field),
        "edited": lambda field: edited_pick(facts, field, (*field.words, EDITED[Type(field.type)])[0]),
    }
    for number in range(max((len(field.sides) for field in case.fields), default=0)):
        makers[f"side {number}"] = lambda field, number=number: side_pick(case, field, field.sides[number])
    found = {kind: possible(make, case.fields) for kind, make in makers.items()}
    found = {kind: picks for kind, picks in found.items() if picks}
    for kind, picks in found.items():
        yield kind, (draw.choice(picks),)
    several = draw.sample([pick for picks in found.values() for pick in picks], k=min(3, len(found)))
    mixed = {pick.field: pick for pick in several}
    if len(mixed) > 1:
        yield "mixed", tuple(mixed.values())


def possible(make: Callable[[CaseField], Pick], fields: Sequence[CaseField]) -> list[Pick]:
    """The choices of one kind that are open."""
    found = []
    for field in fields:
        with suppress(DecisionRefused, IndexError):
            found.append(make(field))
    return found


# -- carrying them out as the console does


def promised(session: Session, way: Way) -> Promise:
    """Press the keys of a way, and note what the screen says at the last of them."""
    session.go_to(way.record_id)
    for pick in way.picks:
        session.decide(lambda decisions, row, pick=pick: decisions.pick(row, pick, WHY))
    if way.option:
        before = named(session, way.option)
        session.decide(lambda decisions, row: decisions.choose(row, way.option, WHY))
        assert told(shown(session)) == told(before), "the choice made says other than the key for it"
    if way.approved_from:
        session.go_to(way.approved_from)
    record_id = session.record_id
    assert record_id is not None
    option, other = shown(session), session.cases.case(record_id).partner
    theirs = None
    if other:
        session.go_to(other)
        theirs = approvable(session.standing) if session.standing else None
        session.go_to(record_id)
    session.decide(lambda decisions, row: decisions.approve(row, reason=WHY))
    joined = other if other and session.cases.review(other).state is State.APPROVED else 0
    return Promise(record_id, option, joined, theirs if joined else None)


def shown(session: Session) -> Option:
    """What ``a`` would approve, as the line at the bottom says it."""
    assert session.standing is not None
    option = approvable(session.standing)
    assert option is not None
    return option


def named(session: Session, name: str) -> Option:
    """The option as drawn, or as the contact picker finds it."""
    standing = session.standing
    assert standing is not None
    found = standing.option(name) or session.cases.option(standing.record_id, name, standing.review.picks)
    assert found is not None
    return found


def told(option: Option) -> tuple[str, Staged | None, bool]:
    return option.effect, option.staged, option.outside


# -- comparing


def check(cases: Cases, lines: dict[str, bytes], promise: Promise) -> None:
    """The handoff stages what was promised, and the sentence on screen is the one that its bytes make."""
    both = [(promise.record_id, promise.option)]
    if promise.partner:
        assert promise.partners is not None
        both.append((promise.partner, promise.partners))
    sentences, written = [], set[str]()
    for record_id, option in both:
        line = lines[cases.case(record_id).row_id]
        check_bytes(cases.case(record_id), line, option)
        row = json.loads(line)
        if row["staged"]:
            written.update(item["field"] for item in row["staged"])
            sentences.append(said_by(cases, record_id, row, option))
    if sentences:
        left = left_alone(cases.facts(promise.record_id), promise, written)
        assert promise.option.effect == left + " ".join(sentences)
    elif promise.option.staged and promise.option.staged.operation is not Outcome.SOFT_DELETE:
        # Why nothing is written is said before it, and is no part of what is staged.
        assert "Nothing is written." in promise.option.effect


def left_alone(facts: Facts, promise: Promise, written: set[str]) -> str:
    """What is said before the sentences where disputed fields are left: the names of those that no row writes."""
    if promise.option.name != LEAVE_BOTH or facts.changes is None:
        return ""
    left = [field_label(name) for name in facts.changes.held if name not in written]
    as_is = "it is" if len(left) == 1 else "they are"
    return f"Left as {as_is} in both systems: {one_of(left, 'and')}. " if left else ""


def check_bytes(case: Case, line: bytes, option: Option) -> None:
    row, staged = json.loads(line), option.staged
    assert row["status"] == "ready"
    assert b'"picks":' + canonical.dumps([pick._asdict() for pick in option.picks]) in line
    if staged is None:
        assert (row["operation"], row["staged"], row["target_id"]) == ("", [], "")
        return
    assert b'"staged":' + canonical.dumps(staged_values(staged)) in line
    found = [row[name] for name in ("target", "operation", "object", "target_id", "idempotency_key")]
    assert found == [
        staged.destination,
        staged.operation.value,
        staged.object,
        staged.target_id,
        staged_key(case.row_id, staged),
    ]


def said_by(cases: Cases, record_id: int, row: dict[str, Any], option: Option) -> str:
    """The sentence for what a row of the handoff stages, from its bytes."""
    values = {item["field"]: item["value"] for item in row["staged"]}
    before = {item["field"]: item["before"] for item in row["staged"]}
    staged = Staged(row["target"], row["object"], Outcome(row["operation"]), row["target_id"], values, before)
    facts = cases.facts(record_id)
    contact = cases.contacts.contact(option.contact) if option.contact is not None else None
    picks = [Pick(**one | {"take": Take(one["take"])}) for one in row["decision"]["picks"]]
    text = sentence(facts, staged, contact, picks, outside=row["decision"]["outside"])
    if facts.event.table.kind.is_person or facts.event.changed_field:
        lost = lost_fields(row)
        assert all(f"Not staged: {field_label(name)}, because" in text for name in lost)
        told = {name for name, value in values.items() if not value or shown_value(name, value) in text}
        assert values.keys() - told <= lost, "written, and not said"
    return text


def sealed_lines(cases: Cases, path: Path, key: Signer) -> dict[str, bytes]:
    """Row id → its line in a handoff made now."""
    seal(cases, path, key, "Rita Reviewer")
    with zipfile.ZipFile(path) as archive:
        lines = archive.read("rows.jsonl").splitlines()
    path.unlink()
    return {json.loads(line)["row_id"]: line for line in lines}


# -- the samples


class Bound(NamedTuple):
    """How much of a sample is gone through; every open option of its rows is, in any case."""

    rows: int = 1_000_000
    """Events, drawn by lot."""
    agreed: int = 1_000_000
    """Pairs that wait for nobody, of which field choices are tried too."""
    ways: int = 1_000_000
    """Ways of one row."""


def rounds(cases: Cases, bound: Bound) -> list[list[Way]]:
    """Each round decides every row, or pair, at most once."""
    draw, agreed = random.Random(7), bound.agreed
    by_unit: dict[int, list[Way]] = {}
    for record_id in cases.ids():
        case = cases.case(record_id)
        unit = min(record_id, case.partner or record_id)
        found = list(ways(cases, record_id, draw))
        plain = [way for way in found if not way.picks]
        chosen = [way for way in found if way.picks]
        if case.partner and case.verdict.queue is Queue.LEDGER:
            agreed -= unit not in by_unit
            chosen = chosen if agreed >= 0 else []
        most = max(0, bound.ways - len(plain))
        by_unit.setdefault(unit, []).extend(plain + draw.sample(chosen, min(most, len(chosen))))
    return [[way for way in one if way] for one in zip_longest(*by_unit.values())]


def shipped(sample: str, folder: Path, bound: Bound) -> Path:
    """A workspace of the sample, or of as many events of it as the bound allows, drawn by lot, with the whole map."""
    exports, draw = folder / "exports", random.Random(7)
    exports.mkdir()
    files = sorted((SAMPLES / sample).glob("*.csv"))
    total = sum(path.read_bytes().count(b"\n") for path in files if path.name not in REFERENCE)
    for path in files:
        header, *lines = path.read_bytes().splitlines(keepends=True)
        if path.name not in REFERENCE and total > bound.rows:
            lines = draw.sample(lines, bound.rows * len(lines) // total)
        (exports / path.name).write_bytes(b"".join([header, *lines]))
    base = SAMPLES / sample / "base"
    found = folder / "guard.crm"
    assert load(found, [exports], base=[base] if base.is_dir() else [], reviewer="Rita Reviewer").problems == ()
    return found


def taken_back(session: Session, record_id: int) -> None:
    """Undo everything that was decided on a row, and with it on its partner."""
    for one in filter(None, (record_id, session.cases.case(record_id).partner)):
        while session.cases.review(one).seq:
            session.take_back(lambda decisions, one=one: decisions.undo(one))


@pytest.mark.parametrize(
    ("sample", "bound", "kinds"),
    [
        ("first-slice", Bound(), {"plain", OUTSIDE, "side 0", "side 1", "edited", "mixed"}),
        ("drift", Bound(agreed=8, ways=4), {"plain", "side 0", "side 1", "side 2", "both", "edited", "mixed"}),
        ("quarter", Bound(rows=60, ways=8), {"plain", OUTSIDE, "side 0", "side 1", "edited", "mixed"}),
    ],
)
def test_what_a_key_promises_is_what_the_handoff_stages(
    tmp_path: Path, sample: str, bound: Bound, kinds: set[str]
) -> None:
    key, done = signer(tmp_path), Counter[str]()
    with Store.open(shipped(sample, tmp_path, bound)) as store:
        session = Session(Cases(store), "Rita Reviewer")
        for one in rounds(session.cases, bound):
            promises = [promised(session, way) for way in one]
            lines = sealed_lines(session.cases, tmp_path / "out.zip", key)
            for promise in promises:
                check(session.cases, lines, promise)
            for way in one:
                taken_back(session, way.record_id)
            done.update(way.kind for way in one)
    assert kinds <= done.keys()


@pytest.mark.parametrize("tab", [Tab.LEDGER, Tab.CONFLICTS])
def test_what_a_rehearsal_promises_of_each_row_is_what_the_handoff_stages(tmp_path: Path, tab: Tab) -> None:
    key, applied = signer(tmp_path), set()
    with Store.open(shipped("quarter", tmp_path, Bound(rows=60))) as store:
        session = Session(Cases(store), "Rita Reviewer")
        session.open_tab(tab)
        rehearsal = rehearse(session)
        for deed in rehearsal.deeds:
            plan = rehearse(session).plan(deed)
            if deed.verb not in (Verb.APPROVE, Verb.TAKE) or not plan.applied:
                continue
            promises = [Promise(row.record_id, option_of(session.cases, row), 0, None) for row in plan.applied]
            apply(session, plan, "")
            lines = sealed_lines(session.cases, tmp_path / "out.zip", key)
            for promise in promises:
                check(session.cases, lines, promise)
            assert len([line for line in lines.values() if json.loads(line)["status"] == "ready"]) == len(promises)
            session.take_back(lambda decisions: decisions.undo())
            applied.add(deed.verb)
    assert applied >= ({Verb.APPROVE} if tab is Tab.LEDGER else {Verb.APPROVE, Verb.TAKE})


def option_of(cases: Cases, row: Planned) -> Option:
    """What the rehearsal says of a row, as an option."""
    option = cases.option(row.record_id, row.token)
    assert option is not None and option.effect == row.effect
    return option
