"""Choosing field by field: every rule of it, by plain calls and by ``decide --from``, up to the handoff's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_tui.classify.fields import NEITHER_SOURCE, read_picks
from crm_tui.errors import DecisionRefused
from crm_tui.handoff.rows import build_rows
from crm_tui.handoff.seal import seal
from crm_tui.handoff.verify import verify
from crm_tui.workspace import integrity, journal
from crm_tui.workspace.decide_file import apply_lines
from tests.factory import ANN, BOB, Bench, Review, activity, appointment, appointments_bytes, change, signer, trust_in

MAP = "contact map"


@pytest.fixture
def desk(bench: Bench) -> Bench:
    """One row of each kind that can be chosen field by field."""
    return bench.events(
        appointments=[
            appointment("APT"),
            appointment("OLD", updated_at="2026-04-01T00:00:00Z"),
            appointment("NEW", close_contact_id="CLOSE-9", email="new@nine.test"),
        ],
        changes=[
            change("PHONE", field="phone", new_value="(555) 010-0009"),
            change("OWNER", field="owner", new_value="Dana"),
            change("DND-ON", field="dnd", new_value="true"),
            change("DND-OFF", field="dnd", new_value="false"),
            change("MAIL", field="email", new_value="ann@new.test"),
            change("TAGS", field="tags", new_value="vip; west"),
        ],
        activities=[activity("WHO", phone=BOB["phone"])],
    )


def row(review: Review, event_id: str) -> dict:
    (found,) = [one for one in build_rows(review.cases, 1) if one["event_id"] == event_id]
    return found


def staged(review: Review, event_id: str) -> dict[str, str]:
    return {item["field"]: item["value"] for item in row(review, event_id)["staged"]}


def apply(review: Review, event_id: str, choice: str, field: str = "", value: str = "", reason: str = "") -> str:
    line = {"event_id": event_id, "choice": choice, "field": field, "value": value, "reason": reason}
    (result,) = apply_lines(review.cases, review.decisions, [(2, line)])
    return result.refusal


def test_an_edited_value_is_normalised_staged_and_marked_as_neither_source(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.edit(review.id("PHONE"), "phone", "(555) 010-0077")
        assert review.state("PHONE") == "chosen"
        assert staged(review, "PHONE") == {}
        review.decisions.approve(review.id("PHONE"))
        found = row(review, "PHONE")
        assert [(item["value"], item["before"]) for item in found["staged"]] == [("+15550100077", ANN["phone"])]
        assert [item["source"] for item in found["fields"]] == [NEITHER_SOURCE]


def test_taking_the_maps_value_leaves_the_field_as_it_is(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.take_side(review.id("PHONE"), "phone", MAP)
        review.decisions.approve(review.id("PHONE"))
        found = row(review, "PHONE")
        assert (found["operation"], found["staged"], found["target_id"]) == ("no-write", [], "CLOSE-1")


def test_an_edited_value_that_a_side_has_is_that_sides(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.edit(review.id("PHONE"), "phone", "+1 555 010 0009")
        (pick,) = review.cases.review(review.id("PHONE")).picks
        assert (pick.take, pick.side) == ("side", "ghl")


def test_only_the_field_chosen_changes_and_the_others_stay(desk: Bench) -> None:
    with desk.open() as review:
        record_id = review.id("APT")
        before = dict(review.case("APT").options[0].staged.values)
        review.decisions.edit(record_id, "title", "Kick-off")
        review.decisions.edit(record_id, "status", "confirmed")
        review.decisions.clear_field(record_id, "title")
        review.decisions.approve(record_id)
        assert staged(review, "APT") == before | {"status": "confirmed"}


def test_an_appointment_is_never_written_in_part(desk: Bench) -> None:
    with desk.open() as review:
        before = dict(review.case("OLD").options[1].staged.values)
        review.decisions.edit(review.id("OLD"), "title", "Other")
        review.decisions.approve(review.id("OLD"))
        assert staged(review, "OLD") == before | {"title": "Other"}


@pytest.mark.parametrize(
    ("event_id", "field", "value"),
    [
        ("PHONE", "phone", "12"),
        ("PHONE", "phone", "call me"),
        ("PHONE", "phone", "   "),
        ("PHONE", "email", "ann@one.test"),
        ("APT", "phone", "+15550100009"),
        ("APT", "appointment_id", "APT-2"),
        ("APT", "start_at", "next Friday"),
        ("APT", "status", "perhaps"),
        ("APT", "title", "pay with 4111 1111 1111 1111"),
        ("APT", "title", "a\u202eb"),
        ("APT", "title", "x" * 2_001),
        ("MAIL", "email", "nobody"),
        ("DND-ON", "dnd", "perhaps"),
    ],
)
def test_a_value_that_its_field_cannot_hold_is_refused(desk: Bench, event_id: str, field: str, value: str) -> None:
    with desk.open() as review:
        with pytest.raises(DecisionRefused) as caught:
            review.decisions.edit(review.id(event_id), field, value, "because")
        assert str(caught.value).isprintable()
        assert field != "dnd" or "is a yes or no; write true (do not contact) or false" in str(caught.value)
        assert review.state(event_id) == "to decide"


@pytest.mark.parametrize(
    ("event_id", "field", "side"), [("OWNER", "owner", "GHL"), ("MAIL", "email", "ghl"), ("DND-OFF", "dnd", "GHL")]
)
def test_a_guarded_field_takes_a_typed_reason(desk: Bench, event_id: str, field: str, side: str) -> None:
    with desk.open() as review:
        with pytest.raises(DecisionRefused, match="takes a reason"):
            review.decisions.take_side(review.id(event_id), field, side)
        review.decisions.take_side(review.id(event_id), field, side, "the client wrote so")
        review.decisions.approve(review.id(event_id))
        assert row(review, event_id)["decision"]["picks"][0]["reason"] == "the client wrote so"
        assert row(review, event_id)["decision"]["override"] is (event_id != "MAIL")


def test_consent_becomes_stricter_by_a_plain_key(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.take_side(review.id("DND-ON"), "dnd", "GHL")
        review.decisions.approve(review.id("DND-ON"))
        assert staged(review, "DND-ON") == {"dnd": "true"}
        assert row(review, "DND-ON")["decision"]["override"] is False


@pytest.mark.parametrize(("event_id", "field"), [("PHONE", "phone"), ("APT", "title"), ("TAGS", "tags")])
def test_both_are_kept_only_of_lists_that_both_sides_have(desk: Bench, event_id: str, field: str) -> None:
    with desk.open() as review, pytest.raises(DecisionRefused):
        review.decisions.keep_both(review.id(event_id), field)


def test_a_contact_that_is_no_candidate_takes_a_reason_and_is_marked(desk: Bench) -> None:
    with desk.open() as review:
        with pytest.raises(DecisionRefused, match="takes a reason"):
            review.decisions.choose(review.id("NEW"), "CLOSE-2/GHL-2")
        review.decisions.choose(review.id("NEW"), "CLOSE-2/GHL-2", "she told us")
        review.decisions.approve(review.id("NEW"))
        found = row(review, "NEW")
        assert (found["target_id"], found["decision"]["outside"]) == ("GHL-2", True)
        assert found["decision"]["reason"] == "she told us"
        assert row(review, "WHO")["decision"] is None


def test_undo_takes_back_one_fields_choice_alone_and_redo_brings_it_back(desk: Bench) -> None:
    with desk.open() as review:
        record_id = review.id("APT")
        first = review.decisions.edit(record_id, "title", "One").seq
        review.decisions.edit(record_id, "status", "confirmed")
        review.decisions.undo_entry(first)
        assert [pick.field for pick in review.cases.review(record_id).picks] == ["status"]
        review.decisions.redo()
        assert [pick.field for pick in review.cases.review(record_id).picks] == ["status", "title"]
        integrity.check(review.store)


def test_an_approval_keeps_what_it_approved_when_an_earlier_choice_is_taken_back(desk: Bench) -> None:
    with desk.open() as review:
        record_id = review.id("APT")
        first = review.decisions.edit(record_id, "title", "One").seq
        review.decisions.approve(record_id)
        review.decisions.undo_entry(first)
        assert review.state("APT") == "approved"
        assert staged(review, "APT")["title"] == "One"


def test_field_choices_are_kept_through_a_deferral_and_a_restart_and_dropped_with_their_evidence(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.edit(review.id("APT"), "title", "One")
        review.decisions.defer(review.id("APT"))
    with desk.open() as review:
        assert [pick.value for pick in review.cases.review(review.id("APT")).picks] == ["One"]
    desk.load(desk.put("next.csv", appointments_bytes(appointment("APT", title="Moved"))))
    with desk.open() as review:
        assert review.cases.review(review.id("APT")).picks == ()
        review.decisions.approve(review.id("APT"))
        assert staged(review, "APT")["title"] == "Moved"


def test_a_decided_row_takes_no_field_choice(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.approve(review.id("APT"))
        with pytest.raises(DecisionRefused, match="undo it first"):
            review.decisions.edit(review.id("APT"), "title", "One")


def test_a_file_of_decisions_chooses_fields_by_the_same_rules(desk: Bench) -> None:
    with desk.open() as review:
        assert apply(review, "PHONE", "GHL", "phone") == ""
        assert apply(review, "PHONE", "", "phone", "+1 555 010 0077") == ""
        assert apply(review, "APT", "edit", "title", "One") == ""
        assert apply(review, "APT", "edit", "status", "confirmed") == ""
        assert apply(review, "APT", "clear", "title") == ""
        assert apply(review, "PHONE", "approve") == apply(review, "APT", "approve", "status") == ""
        assert staged(review, "PHONE") == {"phone": "+15550100077"}
        assert (staged(review, "APT")["title"], staged(review, "APT")["status"]) == ("Call", "confirmed")


@pytest.mark.parametrize(
    ("event_id", "choice", "field", "value"),
    [
        ("APT", "", "", "One"),
        ("APT", "Close", "title", "One"),
        ("APT", "contact map", "title", ""),
        ("APT", "edit", "title", ""),
        ("APT", "clear", "title", ""),
        ("APT", "approve", "title", "One"),
        ("APT", "both", "title", ""),
        ("OWNER", "GHL", "owner", ""),
        ("PHONE", "Gmail", "phone", ""),
        ("WHO", "approve", "", ""),
    ],
)
def test_a_line_that_says_two_things_or_nothing_is_refused(
    desk: Bench, event_id: str, choice: str, field: str, value: str
) -> None:
    with desk.open() as review:
        assert apply(review, event_id, choice, field, value)
        assert review.state(event_id) == "to decide"


def test_a_suggestion_line_approves_what_is_suggested_and_nothing_else(desk: Bench) -> None:
    """The word decides at once: the row is approved, not only chosen, and not left for later."""
    with desk.open() as review:
        assert apply(review, "OLD", "suggestion") == ""
        found = row(review, "OLD")
        assert (found["state"], found["operation"], found["decision"]["option"]) == ("approved", "no-write", MAP)
        assert apply(review, "WHO", "suggestion")


def test_values_and_field_names_stand_in_the_journal_only_as_keyed_hashes(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.edit(review.id("PHONE"), "phone", "+1 555 010 0077", "secret reason")
        bodies = b"".join(body for (body,) in review.store.connection.execute("SELECT body FROM log"))
    # Longer than what a hash in hex could hold by chance.
    for text in (b"0100077", b"secret reason"):
        assert text not in bodies


def test_a_handoff_with_field_choices_verifies_and_names_them(desk: Bench, tmp_path: Path) -> None:
    key = signer(tmp_path)
    with desk.open() as review:
        review.decisions.edit(review.id("APT"), "title", "Kick-off")
        review.decisions.approve(review.id("APT"))
        review.decisions.edit(review.id("PHONE"), "phone", "+1 555 010 0077")
        review.decisions.clear_field(review.id("PHONE"), "phone")
        review.decisions.take_side(review.id("TAGS"), "tags", "GHL")
        review.decisions.choose(review.id("NEW"), "CLOSE-2/GHL-2", "she told us")
        review.decisions.approve(review.id("NEW"))
        seal(review.cases, tmp_path / "h.zip", key, "Rita")
    data = (tmp_path / "h.zip").read_bytes()
    verify(data, trust_in(key), now=desk.clock())
    assert b"neither source" in data and b"not among the candidates" in data


def test_a_picks_text_reads_back_as_it_was_written(desk: Bench) -> None:
    with desk.open() as review:
        review.decisions.edit(review.id("APT"), "title", 'Ünï; ," quoted')
        review.decisions.approve(review.id("APT"))
        (entry,) = journal.entries(review.store.connection, "seq = (SELECT MAX(seq) FROM log)")
        assert read_picks(entry.texts["picks"]) == review.cases.review(review.id("APT")).picks


@pytest.mark.parametrize(
    ("known", "new", "kept"),
    [
        ("vip; Old", "west; vip", "vip; Old; west"),
        ("vip", "VIP; vip", "vip"),
        ("vip; old", "old", "vip; old"),
    ],
)
def test_keeping_both_unites_the_tags_of_the_map_with_those_of_the_change(
    bench: Bench, known: str, new: str, kept: str
) -> None:
    """The destination's come first, each once whatever its case, and nothing that was there is lost."""
    contacts = [ANN | {"tags": known}]
    with bench.events(contacts=contacts, changes=[change("TAGS", field="tags", new_value=new)]).open() as review:
        record_id = review.id("TAGS")
        review.decisions.keep_both(record_id, "tags")
        (option,) = review.cases.options(record_id, review.cases.review(record_id).picks)
        assert option.staged is not None
        review.decisions.approve(record_id)
        assert staged(review, "TAGS") == dict(option.staged.values) == {"tags": kept}
        found = row(review, "TAGS")
        assert [(item["before"], item["field"]) for item in found["staged"]] == [(known, "tags")]
        assert [item["source"] for item in found["fields"]] == ["both"]
