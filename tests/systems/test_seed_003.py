"""The nine verifications of seed 003 (requirements 3.59 to 3.67): payload or export → verdict → what is staged.

Nothing is sent: where the seed's system writes, ours stages a request that somebody else sends.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from crm_tui.console.privacy import Privacy
from crm_tui.handoff.seal import seal
from crm_tui.handoff.verify import verify
from crm_tui.model import Case, Outcome, Queue
from crm_tui.workspace.decisions import Decisions
from tests.factory import Bench, Cells, csv_bytes, signer, trust_in
from tests.handoff.test_seal_verify import NOW, members_of
from tests.systems.systems_support import FIXTURES, cases_of

POLICY = """
[destinations]
ghl = "app"
app = "ghl"

[scopes]
ghl = { LocALocALocALocALocA = "Acme Roofing" }
"""
HEADER = ("app_contact_id", "ghl_contact_id", "email", "phone")
ANN = {
    "app_contact_id": "k57ann",
    "ghl_contact_id": "AnnAaAnnAaAnnAaAnnAa",
    "email": "ann@one.test",
    "phone": "+12125550101",
    "name": "Ann Archer",
    "company": "Acme Corp",
    "tags": "vip",
    "dnd": "false",
}
BOB = {
    "app_contact_id": "k57bob",
    "ghl_contact_id": "BobBbBobBbBobBbBobBb",
    "email": "bob@two.test",
    "phone": "+442079460102",
    "name": "Bob Brook",
    "company": "Beta Ltd",
    "tags": "",
    "dnd": "true",
}
CARA = {
    "app_contact_id": "k57cara",
    "ghl_contact_id": "CaraCCaraCCaraCCaraC",
    "email": "cara@three.test",
    "name": "Cara Cole",
}
PEOPLE = (ANN, BOB, CARA)


def judged(bench: Bench, *files: Path | str, contacts: tuple[Cells, ...] = PEOPLE) -> dict[str, Case]:
    paths = [bench.put("contact-map.csv", csv_bytes(HEADER, contacts))]
    paths.extend(FIXTURES / file if isinstance(file, str) else file for file in files)
    assert bench.load(*paths, policy=POLICY) == ()
    return cases_of(bench)


def one(cases: dict[str, Case]) -> Case:
    (case,) = cases.values()
    return case


def staged(bench: Bench, token: str = "") -> list[dict[str, Any]]:
    """What the handoff stages after every row is approved with the option of that token (else the suggestion)."""
    with bench.open() as review:
        decisions: Decisions = review.decisions
        for (record,) in review.store.connection.execute("SELECT id FROM record ORDER BY id").fetchall():
            if token:
                decisions.choose(record, token)
            decisions.approve(record)
        key = signer(bench.folder)
        seal(review.cases, bench.folder / "out.handoff.zip", key, "Rita Reviewer")
    data = (bench.folder / "out.handoff.zip").read_bytes()
    verify(data, trust_in(key), now=NOW)
    members = members_of(data)
    found: list[dict[str, Any]] = []
    for name, content in members.items():
        if name.startswith("staged/") and name.endswith("-requests.jsonl") and "inverse" not in name:
            found.extend(json.loads(line) for line in content.decode().splitlines())
        elif name.startswith("staged/") and name.endswith(".csv") and "inverse" not in name:
            found.append({"file": name, "text": content.decode()})
    return found


def test_v1_a_contact_created_in_ghl_is_staged_for_our_store_with_its_ghl_id(bench: Bench) -> None:
    case = one(judged(bench, "ghl/contact-create.json"))
    assert (case.verdict.queue, case.verdict.rule) == (Queue.CONFLICT, "unmapped")
    assert [option.token for option in case.options] == ["create", "no-write"]
    (request,) = staged(bench, "create")
    assert (request["method"], request["path"]) == ("POST", "/contacts")
    assert request["body"]["name"] == "Nora New"
    assert request["body"]["customProperties"]["email"] == "nora@new.test"
    assert request["body"]["customProperties"]["ghlContactId"] == "newnewnewnewnewnewne"
    assert request["body"]["customProperties"]["tags"] == ["lead"]


def test_v2_an_e_mail_changed_in_ghl_is_held_because_it_says_who_it_is_and_updates_ours_once_that_is_decided(
    bench: Bench,
) -> None:
    case = one(judged(bench, "ghl/contact-update.json"))
    assert case.verdict.queue is Queue.CONFLICT
    assert set(case.verdict.fired) == {"email_unknown", "identity_change"}
    assert case.contact_key == "k57ann/AnnAaAnnAaAnnAaAnnAa"
    with bench.open() as review:
        review.decisions.choose(review.id(case.event_id), case.options[0].token)
        review.decisions.take_side(review.id(case.event_id), "email", "ghl", "Ann has a new address")
    (request,) = staged(bench)
    assert (request["method"], request["path"]) == ("PATCH", "/contacts/k57ann")
    assert request["body"] == {"customProperties": {"email": "ann.new@one.test"}}


def test_v3_a_contact_deleted_in_ghl_becomes_inactive_and_keeps_its_history(bench: Bench) -> None:
    case = one(judged(bench, "ghl/contact-delete.json"))
    assert case.verdict.rule == "deletion"
    operations = [option.staged.operation for option in case.options if option.staged]
    assert operations == [Outcome.NO_WRITE, Outcome.SOFT_DELETE]
    (request,) = staged(bench, case.options[1].token)
    assert (request["method"], request["path"]) == ("PATCH", "/contacts/k57ann")
    assert request["body"] == {"status": "inactive", "customProperties": {"deletedInGhl": True}}


def test_a_contact_deleted_in_our_store_is_never_deleted_in_ghl(bench: Bench) -> None:
    rows = bench.put("app.csv", csv_bytes((), [{"_id": "k57ann", "name": "Ann Archer", "email": "ann@one.test",
                                                "phone": "+12125550101", "status": "inactive"}]))  # fmt: skip
    case = one(judged(bench, rows))
    assert all(option.staged and option.staged.operation is Outcome.NO_WRITE for option in case.options)


def test_v4_a_contact_created_in_our_store_is_staged_for_ghl_with_its_name_in_two(bench: Bench) -> None:
    cases = judged(bench, "app/contacts.csv")
    assert cases["k57new"].verdict.rule == "unmapped"
    with bench.open() as review:
        review.decisions.reject(review.id("k57ann"), "nothing to write")
        review.decisions.choose(review.id("k57new"), "create")
        review.decisions.approve(review.id("k57new"))
        option = review.cases.option(review.id("k57new"), "create")
    assert option.staged
    assert (option.staged.destination, option.staged.operation) == ("ghl", Outcome.CREATE)
    key = signer(bench.folder)
    with bench.open() as review:
        seal(review.cases, bench.folder / "out.handoff.zip", key, "Rita Reviewer")
    members = members_of((bench.folder / "out.handoff.zip").read_bytes())
    text = members["staged/ghl-contact-create.csv"].decode()
    assert text.splitlines() == [
        '"First Name","Last Name","Email","Phone"',
        '"Nora","New","nora@new.test","+12125550199"',
    ]


def test_v5_a_phone_changed_in_our_store_stages_the_phone_alone(bench: Bench) -> None:
    row = {
        "_id": "k57ann",
        "name": "Ann Archer",
        "email": "ann@one.test",
        "phone": "(212) 555-0188",
        "company": "Acme Corp",
        "status": "active",
        "ghlContactId": "AnnAaAnnAaAnnAaAnnAa",
        "dnd": "true",
        "source": "agent",
    }
    case = one(judged(bench, bench.put("app.csv", csv_bytes((), [row]))))
    assert case.verdict.rule == "accepted"
    (written,) = staged(bench)
    assert written["file"] == "staged/ghl-contact-update.csv"
    assert written["text"].splitlines() == ['"Contact Id","Phone"', '"AnnAaAnnAaAnnAaAnnAa","+12125550188"']


def test_status_source_and_do_not_disturb_of_our_store_are_never_staged_for_ghl(bench: Bench) -> None:
    row = {"_id": "k57bob", "name": "Bob Brook", "email": "bob@two.test", "phone": "+442079460102",
           "status": "inactive", "dnd": "false", "source": "agent"}  # fmt: skip
    case = one(judged(bench, bench.put("app.csv", csv_bytes((), [row]))))
    assert all(not (option.staged and option.staged.values) for option in case.options)


def test_v6_a_new_ghl_contact_with_a_known_e_mail_is_linked_and_not_doubled(bench: Bench) -> None:
    nora = {"app_contact_id": "k57nora", "ghl_contact_id": "", "email": "Nora@New.test", "phone": "+12125550199"}
    case = one(judged(bench, "ghl/contact-create.json", contacts=(*PEOPLE, nora)))
    assert case.verdict.queue is Queue.LEDGER
    (option,) = case.options
    assert option.staged
    assert (option.staged.operation, option.staged.destination) == (Outcome.LINK, "contact-map")
    assert option.staged.values == {"ghl_contact_id": "newnewnewnewnewnewne"}


def test_v6_a_contact_that_has_another_ghl_id_is_a_conflict_and_is_not_linked_over(bench: Bench) -> None:
    taken = ANN | {"email": "nora@new.test", "phone": ""}
    case = one(judged(bench, "ghl/contact-create.json", contacts=(taken, BOB)))
    assert case.verdict.rule == "id_disagrees"
    assert all(option.staged and option.staged.operation is not Outcome.LINK for option in case.options)


def test_v7_an_initial_sync_brings_every_contact_of_every_page(bench: Bench) -> None:
    cases = judged(bench, "ghl/contacts-page-1.json", "ghl/contacts-page-2.json")
    assert sorted(cases) == sorted(person["ghl_contact_id"] for person in PEOPLE)
    assert {case.verdict.rule for case in cases.values()} <= {"no_write", "accepted", "cleared_field"}


def test_v8_what_a_webhook_never_told_a_snapshot_tells(bench: Bench, tmp_path: Path) -> None:
    page = json.loads((FIXTURES / "ghl/contacts-page-1.json").read_text())
    page["contacts"] = page["contacts"][:1]
    page["meta"] = {"total": 1}
    before = judged(bench, bench.put("page.json", json.dumps(page).encode()))
    assert one(before).verdict.rule == "no_write"
    page["contacts"][0]["companyName"] = "Acme International"
    again = Bench(tmp_path / "again")
    again.folder.mkdir()
    missed = one(judged(again, again.put("page.json", json.dumps(page).encode())))
    assert missed.verdict.rule == "accepted"
    (request,) = staged(again)
    assert request["body"] == {"customProperties": {"company": "Acme International"}}


def test_v9_a_tag_added_in_ghl_is_staged_beside_the_ones_that_are_there(bench: Bench) -> None:
    case = one(judged(bench, "ghl/contact-tag-update.json"))
    assert case.verdict.rule == "accepted"
    (request,) = staged(bench)
    assert request["path"] == "/contacts/k57ann"
    assert request["body"] == {"customProperties": {"tags": ["vip", "Renewal"]}}


def test_an_event_of_another_location_is_an_error_row(bench: Bench) -> None:
    case = judged(bench, "ghl/lifecycle-and-unknown.jsonl")["wh-26"]
    assert case.verdict.rule == "unknown_scope"
    assert case.why.endswith("; for this review the policy names LocALocALocALocALocA.")
    assert "organisation" not in {row.field for row in case.rows}


def test_the_organisation_of_a_location_stands_on_its_rows_and_is_masked_as_a_name(bench: Bench) -> None:
    case = one(judged(bench, "ghl/contact-tag-update.json"))
    said = {row.label: row.values[0] for row in case.rows}
    assert (said["location"], said["organisation"]) == ("LocALocALocALocALocA", "Acme Roofing")
    with bench.open() as review:
        privacy = Privacy(review.cases)
        privacy.switch(on=True)
        assert "acme" in privacy.people(review.id(case.event_id)).words
        assert not re.search("Acme|Roofing", privacy.cell("organisation", "Acme Roofing"))


def test_an_event_of_no_known_type_is_an_error_row_that_names_it(bench: Bench) -> None:
    unknown = judged(bench, "ghl/lifecycle-and-unknown.jsonl")["wh-23"]
    assert unknown.verdict.rule == "unknown_event"
    assert "LocationUpdate" in unknown.issue


def test_an_app_that_was_installed_or_removed_is_logged_and_writes_nothing(bench: Bench) -> None:
    cases = judged(bench, "ghl/lifecycle-and-unknown.jsonl")
    for name in ("wh-21", "wh-22"):
        assert (cases[name].verdict.queue, cases[name].verdict.rule) == (Queue.LEDGER, "lifecycle")
        assert [option.token for option in cases[name].options] == ["no-write"]
