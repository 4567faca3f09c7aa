"""Requirements A.1, rule by rule and in its order, and the contradictions settled in X8–X10, X14, X25, X30–X33.

Every row goes through the real loader into a real workspace; ``Bench.cases`` also holds the stored verdict against
the one that the screen shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from crm_tui.classify.rule_words import RULE_WORDS, rule_named
from crm_tui.classify.times import newer_by
from crm_tui.classify.wording import WORDS
from crm_tui.errors import DecisionRefused
from crm_tui.handoff.export import export_views
from crm_tui.model import Case, Mark, Outcome, Queue
from tests.factory import (
    ANN,
    BOB,
    MAP,
    Bench,
    activity,
    appointment,
    appointments_bytes,
    change,
    contact_keys,
    map_bytes,
    read_csv,
)

ANN_KEY, BOB_KEY = "CLOSE-1/GHL-1", "CLOSE-2/GHL-2"


def only(bench: Bench) -> Case:
    (case,) = bench.cases().values()
    return case


def held(case: Case, rule: str) -> None:
    assert (case.verdict.queue, case.verdict.rule, case.verdict.outcome) == (Queue.CONFLICT, rule, Outcome.CONFLICT)
    assert case.verdict.fired[0] == rule


def blocked(case: Case, rule: str) -> None:
    assert (case.verdict.queue, case.verdict.rule, case.verdict.outcome) == (Queue.ERROR, rule, Outcome.ERROR)
    assert case.verdict.fired[0] == rule
    assert case.options == ()


def accepted(case: Case, outcome: Outcome) -> None:
    assert (case.verdict.queue, case.verdict.rule, case.verdict.outcome) == (Queue.LEDGER, "accepted", outcome)
    assert case.verdict.fired == ()


# Rule 1


def test_rule_1_a_line_that_is_no_record_is_unreadable(bench: Bench) -> None:
    good = b"appointment_id,close_contact_id,email,start_at,status,updated_at,title\n"
    bench.load(bench.put("contact-map.csv", b"close_contact_id,ghl_contact_id,email,phone,close_updated_at,"
                                            b"ghl_updated_at\nCLOSE-1,GHL-1,ann@one.test,,,\n"),
               bench.put("close-appointments.csv", good + b"APT-1,CLOSE-1\n"))  # fmt: skip
    case = only(bench)
    blocked(case, "unreadable")
    assert case.verdict.fired == ("unreadable",)
    assert (case.source, case.line) == ("close-appointments.csv", 2)
    assert "2 cells" in case.why


# Rule 2


@pytest.mark.parametrize(
    "events",
    [
        {"appointments": [appointment(close_contact_id="", email="")]},
        {"appointments": [appointment(close_contact_id="  ", email="n/a")]},
        {"changes": [change(ghl_contact_id="", email="", close_contact_id="")]},
        {"activities": [activity(email="", phone="")]},
        {"activities": [activity(email="", phone="010-1010")]},
    ],
    ids=["appointment", "unusable e-mail", "change", "activity", "local number"],
)
def test_rule_2_without_a_usable_key_the_identity_is_missing(bench: Bench, events: Mapping[str, Sequence]) -> None:
    blocked(only(bench.events(**events)), "missing_identity")


# Rule 3


@pytest.mark.parametrize(
    ("events", "column"),
    [
        ({"appointments": [appointment("")]}, "appointment_id"),
        ({"appointments": [appointment(email=" ")]}, "email"),
        ({"appointments": [appointment(start_at="")]}, "start_at"),
        ({"appointments": [appointment(status="")]}, "status"),
        ({"changes": [change("")]}, "change_id"),
        ({"changes": [change(field="")]}, "field"),
        ({"activities": [activity("")]}, "activity_id"),
        ({"activities": [activity(channel="")]}, "channel"),
        ({"activities": [activity(activity_type="")]}, "activity_type"),
        ({"activities": [activity(occurred_at="")]}, "occurred_at"),
    ],
)
def test_rule_3_a_blank_required_column_is_an_error_that_shows_whom_the_other_keys_map_to(
    bench: Bench, events: Mapping[str, Sequence], column: str
) -> None:
    case = only(bench.events(**events))
    blocked(case, "missing_required_field")
    assert column in case.issue
    assert contact_keys(case) == {ANN_KEY}
    assert any(ANN_KEY in item.text for item in case.evidence)


@pytest.mark.parametrize(
    "events",
    [
        {"appointments": [appointment(updated_at="", title="")]},
        {"changes": [change(updated_at="", email="", ghl_contact_id="")]},
        {"activities": [activity(summary="", phone="", desired_ghl_action="")]},
    ],
)
def test_rule_3_other_columns_may_be_blank(bench: Bench, events: Mapping[str, Sequence]) -> None:
    assert only(bench.events(**events)).verdict.rule == "accepted"


# Rule 4

BAD_DATES = ("not-a-date", "2026-02-30", "13/05/2026", "1e9", "2026-06-01T25:00:00Z", "tomorrow", "٢٠٢٦-٠٥-١٢")


@pytest.mark.parametrize("text", BAD_DATES)
def test_rule_4_a_date_that_does_not_parse_is_a_bad_value(bench: Bench, text: str) -> None:
    cases = bench.events(
        appointments=[appointment("APT-1", start_at=text), appointment("APT-2", updated_at=text)],
        changes=[change(updated_at=text)],
        activities=[activity(occurred_at=text)],
    ).cases()
    for event_id, column in (
        ("APT-1", "start_at"),
        ("APT-2", "updated_at"),
        ("CHG-1", "updated_at"),
        ("ACT-1", "occurred_at"),
    ):
        blocked(cases[event_id], "bad_value")
        assert column in cases[event_id].issue


def test_rule_4_an_appointment_status_off_the_list_is_a_bad_value(bench: Bench) -> None:
    case = only(bench.events(appointments=[appointment(status="whatever")]))
    blocked(case, "bad_value")
    assert "status" in case.issue


@pytest.mark.parametrize(
    "status",
    [
        "scheduled", "confirmed", "rescheduled", "completed", "showed", "cancelled", "no-show",
        "No Show", "NO_SHOW", "noshow", " Confirmed ", "canceled",
    ],
)  # fmt: skip
def test_rule_4_the_words_of_calendars_and_crms_are_known(bench: Bench, status: str) -> None:
    accepted(only(bench.events(appointments=[appointment(status=status)])), Outcome.UPSERT)


def test_rule_4_the_list_of_statuses_is_the_policys(bench: Bench) -> None:
    policy = '[appointments]\nstatuses = ["whatever"]\n'
    cases = bench.events(
        appointments=[appointment("APT-1", status="whatever"), appointment("APT-2", status="confirmed")], policy=policy
    ).cases()
    assert [cases[name].verdict.rule for name in ("APT-1", "APT-2")] == ["accepted", "bad_value"]


def test_rule_4_an_unknown_activity_type_is_noted_not_refused(bench: Bench) -> None:
    cases = bench.events(activities=[activity("ACT-1", activity_type="pigeon"), activity("ACT-2")]).cases()
    accepted(cases["ACT-1"], Outcome.APPEND)
    assert "activity_type" in {note.code for note in cases["ACT-1"].notes}
    assert "activity_type" not in {note.code for note in cases["ACT-2"].notes}


# Rule 5


def by_line(bench: Bench) -> list[tuple[str, str]]:
    with bench.open() as review:
        rows = review.store.connection.execute(
            "SELECT queue, rule FROM record JOIN source ON source.id = source_id ORDER BY source.name, first_line"
        )
        return rows.fetchall()


def test_rule_5_of_equal_rows_the_later_line_is_a_duplicate(bench: Bench) -> None:
    bench.events(appointments=[appointment(), appointment(), appointment()])
    assert by_line(bench) == [("ledger", "accepted"), ("error", "duplicate_event"), ("error", "duplicate_event")]


def test_rule_5_an_id_with_other_cells_holds_every_such_line(bench: Bench) -> None:
    bench.events(appointments=[appointment(title="One"), appointment("APT-2"), appointment(title="Two")])
    assert by_line(bench) == [("conflict", "event_id_reused"), ("ledger", "accepted"), ("conflict", "event_id_reused")]


def test_rule_5_equal_and_other_cells_of_one_id_together(bench: Bench) -> None:
    bench.events(appointments=[appointment(title="One"), appointment(title="One"), appointment(title="Two")])
    assert by_line(bench) == [
        ("conflict", "event_id_reused"),
        ("error", "duplicate_event"),
        ("conflict", "event_id_reused"),
    ]


def test_rule_5_looks_over_all_files_of_one_load(bench: Bench) -> None:
    bench.load(
        bench.put("map.csv", map_bytes()),
        bench.put("a.csv", appointments_bytes(appointment(title="One"), appointment("APT-2"))),
        bench.put("b.csv", appointments_bytes(appointment(title="Two"), appointment("APT-2"))),
    )
    assert by_line(bench) == [
        ("conflict", "event_id_reused"),
        ("ledger", "accepted"),
        ("conflict", "event_id_reused"),
        ("error", "duplicate_event"),
    ]


def test_rule_5_the_same_id_in_another_kind_is_another_event(bench: Bench) -> None:
    bench.events(appointments=[appointment("X-1")], changes=[change("X-1")], activities=[activity("X-1")])
    assert {rule for _, rule in by_line(bench)} == {"accepted"}


def test_rule_5_equal_cells_in_other_quoting_are_equal(bench: Bench) -> None:
    header = b"appointment_id,close_contact_id,email,start_at,status,updated_at,title\r\n"
    one = b"APT-1,CLOSE-1,ann@one.test,2026-06-01T10:00:00Z,scheduled,,Call\r\n"
    two = b'"APT-1","CLOSE-1","ann@one.test","2026-06-01T10:00:00Z",scheduled,"","Call"\r\n'
    bench.load(bench.put("map.csv", map_bytes()), bench.put("a.csv", header + one + two))
    assert by_line(bench) == [("ledger", "accepted"), ("error", "duplicate_event")]


# Rule 6


@pytest.mark.parametrize(
    "events",
    [
        {"appointments": [appointment(email="bob@two.test")]},
        {"changes": [change(email="bob@two.test")]},
        {"changes": [change(ghl_contact_id="GHL-2")]},
        {"changes": [change(close_contact_id="CLOSE-2")]},
        {"activities": [activity(phone="+1 555 010 0002")]},
    ],
    ids=["Close id, e-mail", "ids, e-mail", "GHL id, others", "Close id, others", "e-mail, phone"],
)
def test_rule_6_keys_of_two_contacts_disagree_and_both_stand_side_by_side(
    bench: Bench, events: Mapping[str, Sequence]
) -> None:
    case = only(bench.events(**events))
    held(case, "keys_disagree")
    assert contact_keys(case) == {ANN_KEY, BOB_KEY}
    assert {ANN_KEY, BOB_KEY} <= {option.token for option in case.options}
    assert case.suggestion == ""


# Rule 7


def test_rule_7_a_system_id_that_the_map_does_not_know(bench: Bench) -> None:
    cases = bench.events(
        appointments=[appointment(close_contact_id="CLOSE-77")],
        changes=[change("CHG-1", ghl_contact_id="GHL-77"), change("CHG-2", close_contact_id="CLOSE-77")],
    ).cases()
    for name, stray in (("APT-1", "CLOSE-77"), ("CHG-1", "GHL-77"), ("CHG-2", "CLOSE-77")):
        held(cases[name], "id_disagrees")
        assert stray in cases[name].evidence[-1].text
        assert ANN_KEY in {option.token for option in cases[name].options}


def test_rule_7_an_id_damaged_by_a_spreadsheet_is_not_that_contacts(bench: Bench) -> None:
    held(only(bench.events(appointments=[appointment(close_contact_id="4.15556E+10")])), "id_disagrees")


# Rule 8


def test_rule_8_keys_that_nobody_has_are_unmapped(bench: Bench) -> None:
    cases = bench.events(
        appointments=[appointment(close_contact_id="CLOSE-77", email="new@x.test")],
        changes=[change(ghl_contact_id="GHL-77", close_contact_id="", email="new@x.test")],
        activities=[activity("ACT-1", email="new@x.test"), activity("ACT-2", email="", phone="+15550107777")],
    ).cases()
    assert len(cases) == 4
    for case in cases.values():
        held(case, "unmapped")
        assert case.suggestion == ""
        assert "no-write" in {option.token for option in case.options}


def test_rule_8_without_any_contact_map_every_row_is_held(bench: Bench) -> None:
    cases = bench.events(contacts=None, appointments=[appointment()], changes=[change()], activities=[activity()])
    assert {case.verdict.rule for case in cases.cases().values()} == {"no_map"}


def test_rule_8_an_empty_map_is_a_map(bench: Bench) -> None:
    held(only(bench.events(contacts=[], appointments=[appointment()])), "unmapped")


# Rule 9, D1


@pytest.mark.parametrize(
    ("other", "lint"),
    [
        (BOB | {"phone": "(555) 010-0001"}, "duplicate_phone"),
        (BOB | {"ghl_contact_id": "GHL-1"}, "duplicate_id"),
        (ANN | {"ghl_contact_id": ""}, "missing_id"),
        (ANN | {"ghl_contact_id": "CLOSE-9"}, "wrong_id_format"),
    ],
)
def test_rule_9_a_holding_lint_of_the_contact_found_holds_the_row(
    bench: Bench, other: Mapping[str, str], lint: str
) -> None:
    contacts = [other] if other["close_contact_id"] == "CLOSE-1" else [ANN, other]
    case = only(bench.events(contacts=contacts, appointments=[appointment()]))
    held(case, "map_doubtful")
    assert lint in {note.code for note in case.notes}


def test_rule_9_an_id_missing_on_the_side_that_is_not_written_does_not_hold(bench: Bench) -> None:
    accepted(only(bench.events(contacts=[ANN | {"close_contact_id": ""}], activities=[activity()])), Outcome.APPEND)


def test_rule_9_a_change_is_held_where_the_close_id_is_missing(bench: Bench) -> None:
    row = change(close_contact_id="")
    held(only(bench.events(contacts=[ANN | {"close_contact_id": ""}], changes=[row])), "map_doubtful")


def test_rule_9_a_blank_or_unusable_key_of_the_map_is_only_noted(bench: Bench) -> None:
    contacts = [ANN | {"phone": "", "email": ""}, BOB | {"phone": "12", "email": "n/a"}]
    accepted(only(bench.events(contacts=contacts, changes=[change(email="")])), Outcome.UPDATE)
    with bench.open() as review:
        lints = [{lint.code: lint.holds for lint in contact.lints} for contact in review.cases.contacts]
    assert lints == [
        {"blank_email": False, "blank_phone": False},
        {"unusable_email": False, "unusable_phone": False},
    ]


# Rule 10


@pytest.mark.parametrize(
    "events",
    [{"appointments": [appointment(email="new@x.test")]}, {"changes": [change(email="new@x.test")]}],
    ids=["appointment", "change"],
)
def test_rule_10_an_email_that_is_not_the_contacts_is_held_with_the_contact_as_candidate(
    bench: Bench, events: Mapping[str, Sequence]
) -> None:
    case = only(bench.events(**events))
    held(case, "email_unknown")
    assert contact_keys(case) == {ANN_KEY}
    assert ANN_KEY in {option.token for option in case.options}


def test_an_unknown_second_key_of_an_activity_is_shown_not_held(bench: Bench) -> None:
    cases = bench.events(
        activities=[activity("ACT-1", phone="+15550107777"), activity("ACT-2", email="x@x.test", phone="+15550100001")]
    ).cases()
    for case in cases.values():
        accepted(case, Outcome.APPEND)
        assert "unknown_key" in {note.code for note in case.notes}


# Rule 11, X31


@pytest.mark.parametrize(
    ("name", "value"),
    [("phone", "(555) 010-0001"), ("phone", "+1 555 010 0001"), ("email", "ANN@One.test"), ("phone", "+15550100001")],
)
def test_rule_11_x31_a_change_to_the_value_that_is_there_stays_in_the_ledger_and_writes_nothing(
    bench: Bench, name: str, value: str
) -> None:
    bench.events(changes=[change(field=name, new_value=value)])
    case = only(bench)
    assert (case.verdict.queue, case.verdict.rule, case.verdict.outcome) == (
        Queue.LEDGER,
        "no_write",
        Outcome.NO_WRITE,
    )
    with bench.open() as review:
        review.decisions.approve(review.id("CHG-1"))
        option = review.cases.option(review.id("CHG-1"), review.cases.review(review.id("CHG-1")).choice)
        assert option is not None and option.staged is not None
        assert (option.staged.operation, dict(option.staged.values)) == (Outcome.NO_WRITE, {})
        (row,) = read_csv(export_views(review.cases)["sync-ledger.csv"])
    assert (row["event_id"], row["action"]) == ("CHG-1", "no-write")


def test_rule_11_another_value_is_no_no_op(bench: Bench) -> None:
    accepted(only(bench.events(changes=[change(field="phone", new_value="+15550100002")])), Outcome.UPDATE)


# Rule 13


@pytest.mark.parametrize("name", ["owner", "assignedTo", "dnd", "DND", "id", "source", "lead_source"])
def test_rule_13_a_protected_field_is_held(bench: Bench, name: str) -> None:
    case = only(bench.events(changes=[change(field=name, new_value="x")]))
    held(case, "protected_field")
    assert case.suggestion == "contact map"
    assert any(row.locked for row in case.rows)


def test_rule_13_an_email_change_is_an_identity_change(bench: Bench) -> None:
    case = only(bench.events(changes=[change(field="email", new_value="ann@new.test")]))
    held(case, "identity_change")


def test_rule_13_a_field_that_no_field_map_knows_is_held(bench: Bench) -> None:
    held(only(bench.events(changes=[change(field="shoe_size", new_value="43")])), "unknown_field")


def test_rule_13_an_event_older_than_the_map_is_held(bench: Bench) -> None:
    cases = bench.events(
        appointments=[appointment(updated_at="2026-04-30T23:59:59Z")], changes=[change(updated_at="1999-01-01T00:00Z")]
    ).cases()
    held(cases["APT-1"], "stale_event")
    held(cases["CHG-1"], "stale_event")
    assert cases["CHG-1"].suggestion == "contact map"


def test_a_row_older_than_the_map_shows_both_times_and_which_is_newer_by_how_much(bench: Bench) -> None:
    case = only(bench.events(appointments=[appointment(updated_at="2026-04-30T22:30:00+02:00")]))
    row = next(row for row in case.rows if row.field == "updated_at")
    known = dict(zip([side.name for side in case.sides], row.values, strict=True))
    assert row.values[0] == "2026-04-30T22:30:00+02:00"
    assert [value for name, value in known.items() if name.startswith("contact map")] == ["2026-05-01T00:00:00Z"]
    assert row.marks[1] is Mark.DIFFERS
    assert case.why == (
        "The row was updated 30 Apr 2026 20:30 UTC, the contact map's entry in Close 1 May 2026 00:00 UTC:"
        " the contact map is newer by 3 hours 30 minutes."
    )


@pytest.mark.parametrize(
    ("first", "second", "words"),
    [
        ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00.5Z", "less than a second"),
        ("2026-05-01T10:00:00Z", "2026-05-01T12:00:01+02:00", "1 second"),
        ("2026-05-01T10:00:00Z", "2026-05-02T10:00:30Z", "1 day"),
        ("2026-05-01T10:00:00Z", "2027-05-01T14:05:00Z", "365 days 4 hours"),
    ],
)
def test_a_difference_of_times_is_said_in_its_two_largest_units(first: str, second: str, words: str) -> None:
    assert newer_by(first, second) == words


# Rule 14


def test_rule_14_otherwise_the_ledger_with_its_status_words(bench: Bench) -> None:
    cases = bench.events(appointments=[appointment()], changes=[change()], activities=[activity()]).cases()
    assert {name: (case.verdict.outcome.value, case.status, case.target) for name, case in cases.items()} == {
        "APT-1": ("upsert", "ready for sync", "ghl"),
        "CHG-1": ("update", "ready for sync", "close"),
        "ACT-1": ("append", "ready for review", "ghl"),
    }


# The order

DOUBTFUL = (ANN, BOB | {"phone": "+15550100001"})
OLD = "2026-04-01T00:00:00Z"


@pytest.mark.parametrize(
    ("contacts", "events", "fired"),
    [
        (
            MAP,
            {"appointments": [appointment(close_contact_id="", email="", start_at="x")]},
            ("missing_identity", "missing_required_field", "bad_value", "unmapped"),
        ),
        (
            MAP,
            {"appointments": [appointment(email="", status="x", updated_at=OLD)]},
            ("missing_required_field", "bad_value", "stale_event"),
        ),
        (
            MAP,
            {"appointments": [appointment(email="bob@two.test", status="x")]},
            ("bad_value", "keys_disagree"),
        ),
        (
            DOUBTFUL,
            {"appointments": [appointment(email="bob@two.test")]},
            ("keys_disagree", "map_doubtful"),
        ),
        (
            DOUBTFUL,
            {"changes": [change(ghl_contact_id="GHL-77", email="x@x.test", field="owner", updated_at=OLD)]},
            ("id_disagrees", "map_doubtful", "email_unknown", "protected_field", "stale_event"),
        ),
        (
            MAP,
            {"changes": [change(email="x@x.test", field="email", new_value="y@y.test", updated_at=OLD)]},
            ("email_unknown", "identity_change", "stale_event"),
        ),
        (
            MAP,
            {"activities": [activity(email="x@x.test", desired_ghl_action="delete contact")]},
            ("unmapped", "claim"),
        ),
        (
            (),
            {"changes": [change(field="payment_method")]},
            ("unmapped", "claim", "unknown_field"),
        ),
        (
            DOUBTFUL,
            {"activities": [activity(desired_ghl_action="hold")]},
            ("map_doubtful", "claim"),
        ),
        (
            MAP,
            {"changes": [change(field="phone", new_value="555 010 0001", updated_at=OLD)]},
            ("no_write", "stale_event"),
        ),
        (
            MAP,
            {"changes": [change(field="email", new_value="ann@one.test")]},
            ("no_write", "identity_change"),
        ),
        (
            MAP,
            {"changes": [change(field="payment_method", updated_at=OLD)]},
            ("claim", "unknown_field", "stale_event"),
        ),
        (MAP, {"changes": [change(field="owner", updated_at=OLD)]}, ("protected_field", "stale_event")),
    ],
)
def test_the_first_rule_that_fires_decides_and_all_that_fired_are_listed(
    bench: Bench, contacts: Sequence[Mapping[str, str]], events: Mapping[str, Sequence], fired: tuple[str, ...]
) -> None:
    case = only(bench.events(contacts=contacts, **events))
    assert case.verdict.rule == fired[0]
    assert case.verdict.fired == fired


def test_repeats_come_after_bad_values_and_before_identity(bench: Bench) -> None:
    bench.events(
        appointments=[
            appointment("A", status="x"),
            appointment("A", status="x"),
            appointment("B", email="bob@two.test"),
            appointment("B", email="bob@two.test", title="Other"),
            appointment("C", email="bob@two.test"),
            appointment("C", email="bob@two.test"),
        ]
    )
    with bench.open() as review:
        rows = review.store.connection.execute("SELECT fired FROM record ORDER BY first_line").fetchall()
    assert [row[0] for row in rows] == [
        "bad_value",
        "bad_value duplicate_event",
        "event_id_reused keys_disagree",
        "event_id_reused keys_disagree",
        "keys_disagree",
        "duplicate_event keys_disagree",
    ]


# X8


def test_x8_a_ledger_row_is_pending_until_a_person_decides_and_keeps_the_seeds_status(bench: Bench) -> None:
    bench.events(appointments=[appointment(f"APT-{number}") for number in range(4)])
    with bench.open() as review:
        for number in range(4):
            assert review.state(f"APT-{number}") == "to decide"
        review.decisions.approve(review.id("APT-1"))
        review.decisions.reject(review.id("APT-2"), "not ours")
        review.decisions.defer(review.id("APT-3"))
        rows = {row["event_id"]: row for row in read_csv(export_views(review.cases)["sync-ledger.csv"])}
    assert {name: row["review_state"] for name, row in rows.items()} == {
        "APT-0": "pending",
        "APT-1": "approved",
        "APT-2": "rejected",
        "APT-3": "deferred",
    }
    assert {row["status"] for row in rows.values()} == {"ready for sync"}


# X9


def test_x9_a_mapped_close_id_with_a_blank_email_is_repairable_not_without_identity(bench: Bench) -> None:
    case = only(bench.events(appointments=[appointment(email="")]))
    blocked(case, "missing_required_field")
    assert "missing_identity" not in case.verdict.fired
    assert contact_keys(case) == {ANN_KEY}


# X10


def test_x10_a_phone_column_of_a_change_counts_as_identity(bench: Bench) -> None:
    row = change(ghl_contact_id="", email="", close_contact_id="", phone="555 010 0001")
    accepted(only(bench.events(changes=[row])), Outcome.UPDATE)


def test_x10_a_phone_column_of_a_change_can_disagree(bench: Bench) -> None:
    held(only(bench.events(changes=[change(phone="+15550100002")])), "keys_disagree")


def test_x10_the_new_value_of_a_phone_change_is_never_a_key(bench: Bench) -> None:
    cases = bench.events(
        changes=[
            change("CHG-1", ghl_contact_id="", email="", close_contact_id="", field="phone", new_value="+15550100001"),
            change("CHG-2", field="phone", new_value="+15550100002"),
        ]
    ).cases()
    blocked(cases["CHG-1"], "missing_identity")
    accepted(cases["CHG-2"], Outcome.UPDATE)


def test_x10_a_phone_column_of_an_appointment_counts_too(bench: Bench) -> None:
    held(only(bench.events(appointments=[appointment(phone="+15550100002")])), "keys_disagree")


# X14, D6


def test_x14_a_protected_field_takes_a_reason(bench: Bench) -> None:
    bench.events(changes=[change(field="owner", new_value="Mallory")])
    with bench.open() as review:
        record = review.id("CHG-1")
        for reason in ("", "   "):
            with pytest.raises(DecisionRefused):
                review.decisions.approve(record, reason=reason, token="GHL")
            with pytest.raises(DecisionRefused):
                review.decisions.choose(record, "GHL", reason)
        assert review.state("CHG-1") == "to decide"
        review.decisions.choose(record, "GHL", "agreed with the client")
        review.decisions.approve(record)
        assert review.state("CHG-1") == "approved"
        assert review.cases.review(record).reason == "agreed with the client"


def test_x14_keeping_a_protected_value_takes_no_reason_and_writes_nothing(bench: Bench) -> None:
    bench.events(changes=[change(field="owner", new_value="Mallory")])
    with bench.open() as review:
        record = review.id("CHG-1")
        review.decisions.approve(record)
        option = review.cases.option(record, review.cases.review(record).choice)
        assert option is not None and option.staged is not None and not option.staged.values


@pytest.mark.parametrize("name", ["lifecycle_stage", "lifecycleStage", "stage"])
def test_x14_lifecycle_and_stage_are_not_protected_for_a_single_event(bench: Bench, name: str) -> None:
    accepted(only(bench.events(changes=[change(field=name)])), Outcome.UPDATE)


def test_x14_the_policy_names_the_protected_fields(bench: Bench) -> None:
    policy = '[fields]\nprotected = ["lifecycle_stage"]\n'
    cases = bench.events(changes=[change("CHG-1"), change("CHG-2", field="owner")], policy=policy).cases()
    held(cases["CHG-1"], "protected_field")
    accepted(cases["CHG-2"], Outcome.UPDATE)


# X25


def test_x25_an_email_match_never_links_over_a_different_id(bench: Bench) -> None:
    case = only(bench.events(changes=[change(ghl_contact_id="GHL-77", close_contact_id="")]))
    held(case, "id_disagrees")
    assert all(option.staged is None or "GHL-77" not in option.staged.values.values() for option in case.options)


def test_x25_a_row_that_would_fill_an_empty_id_slot_is_not_linked_by_itself(bench: Bench) -> None:
    contacts = [ANN | {"ghl_contact_id": ""}]
    case = only(bench.events(contacts=contacts, changes=[change(ghl_contact_id="GHL-77")]))
    assert case.verdict.queue is Queue.CONFLICT


# X30, failure 7


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("append call activity", ""), ("add", ""), ("Log the call", ""), ("note: hello", ""), ("APPEND", ""),
        ("  append  ", ""), ("append-call", ""), ("append_call", ""), ("", ""), ("   ", ""),
        ("upsert contact", "other"), ("update", "other"), ("sync it", "other"), ("create contact", "other"),
        ("delete contact", "other"), ("remove", "other"), ("overwrite", "other"), ("replace", "other"),
        ("merge", "other"), ("send e-mail", "other"), ("call back", "other"), ("text them", "other"),
        ("hold", "hold"), ("wait for us", "hold"), ("review", "hold"), ("reject", "hold"), ("skip", "hold"),
        ("frobnicate", "unknown"), ("append1", ""), ("???", "unknown"), ("12", "unknown"), ("удалить", "unknown"),
        ("delete, then append", "other"), ("hold, append later", "hold"), ("pay", "payment"),
        ("append payment", "payment"), ("log a refund", "payment"),
    ],
)  # fmt: skip
def test_x30_the_first_word_of_a_claim_decides_and_an_unknown_one_holds(bench: Bench, claim: str, why: str) -> None:
    case = only(bench.events(activities=[activity(desired_ghl_action=claim)]))
    if why:
        held(case, "claim")
        assert (
            case.why
            == {
                "other": "The file asks for another kind of operation; rows of this kind may only append.",
                "hold": "The file itself asks to hold this row.",
                "unknown": "The file asks for something that the policy's claim words do not know.",
                "payment": "The row speaks of a payment; payment actions are never staged without a person.",
            }[why]
        )
    else:
        accepted(case, Outcome.APPEND)


def test_x30_the_claim_words_are_the_policys(bench: Bench) -> None:
    policy = '[claims]\nappend = ["anhängen"]\n'
    cases = bench.events(
        activities=[activity("ACT-1", desired_ghl_action="Anhängen"), activity("ACT-2", desired_ghl_action="append")],
        policy=policy,
    ).cases()
    assert [cases[name].verdict.rule for name in ("ACT-1", "ACT-2")] == ["accepted", "claim"]


@pytest.mark.parametrize("claim", ["append call activity", "sync now", "create", "approve", "ready", "force_update"])
@pytest.mark.parametrize(
    ("cells", "rule"),
    [
        ({"email": "", "phone": ""}, "missing_identity"),
        ({"occurred_at": "x"}, "bad_value"),
        ({"phone": "+15550100002"}, "keys_disagree"),
        ({"email": "x@x.test"}, "unmapped"),
    ],
)
def test_x30_a_claim_never_makes_a_row_less_strict(
    bench: Bench, claim: str, cells: Mapping[str, str], rule: str
) -> None:
    case = only(bench.events(activities=[activity(**cells, desired_ghl_action=claim)]))
    assert case.verdict.rule == rule


def test_x30_the_operation_comes_from_the_kind_whatever_the_claim(bench: Bench) -> None:
    claims = ["append", "delete contact", "create contact", "overwrite email", "upsert", "send"]
    rows = [activity(f"ACT-{number}", desired_ghl_action=claim) for number, claim in enumerate(claims)]
    for case in bench.events(activities=rows).cases().values():
        staged = [option.staged for option in case.options if option.staged]
        assert {one.operation for one in staged} <= {Outcome.APPEND, Outcome.NO_WRITE}
        assert all("desired_ghl_action" not in one.values for one in staged)


# X32


def test_x32_blocked_is_the_word_of_conflicts_only(bench: Bench) -> None:
    cases = bench.events(
        appointments=[appointment("APT-1"), appointment("APT-2", email="bob@two.test"), appointment("APT-3", email="")]
    ).cases()
    assert [cases[f"APT-{number}"].status for number in (1, 2, 3)] == ["ready for sync", "blocked", "error"]


# X33


@pytest.mark.parametrize(
    ("written", "known", "rule"),
    [
        ("2026-05-01T09:59:59Z", "2026-05-01T10:00:00Z", "stale_event"),
        ("2026-05-01T10:00:00Z", "2026-05-01T10:00:00Z", "accepted"),
        ("2026-05-01T10:00:01Z", "2026-05-01T10:00:00Z", "accepted"),
        ("2026-05-01T11:59:59+02:00", "2026-05-01T10:00:00Z", "stale_event"),
        ("2026-05-01T12:00:00+02:00", "2026-05-01T10:00:00Z", "accepted"),
        ("2026-05-01T06:00:00-0400", "2026-05-01T10:00:00Z", "accepted"),
        ("2026-05-01T09:00:00", "2026-05-01T10:00:00Z", "accepted"),
        ("2026-05-01T09:00:00Z", "2026-05-01T10:00:00", "accepted"),
        ("2026-04-01", "2026-05-01T10:00:00Z", "accepted"),
        ("", "2026-05-01T10:00:00Z", "accepted"),
        ("2026-05-01T09:00:00Z", "", "accepted"),
        ("2026-05-01T09:00:00Z", "yesterday", "accepted"),
        ("2026-05-01T09:59:59.999999999Z", "2026-05-01T10:00:00Z", "stale_event"),
    ],
)
def test_x33_stale_only_when_strictly_earlier_and_both_aware(bench: Bench, written: str, known: str, rule: str) -> None:
    contacts = [ANN | {"ghl_updated_at": known, "close_updated_at": known}]
    cases = bench.events(
        contacts=contacts, appointments=[appointment(updated_at=written)], changes=[change(updated_at=written)]
    ).cases()
    assert {case.verdict.rule for case in cases.values()} == {rule}


def test_x33_each_kind_is_compared_with_its_own_systems_time(bench: Bench) -> None:
    contacts = [ANN | {"ghl_updated_at": "2026-06-01T00:00:00Z", "close_updated_at": "2026-05-01T00:00:00Z"}]
    cases = bench.events(contacts=contacts, appointments=[appointment()], changes=[change()]).cases()
    assert (cases["APT-1"].verdict.rule, cases["CHG-1"].verdict.rule) == ("accepted", "stale_event")


def test_x33_equal_and_naive_times_are_noted(bench: Bench) -> None:
    cases = bench.events(
        appointments=[
            appointment("APT-1", updated_at="2026-05-01T00:00:00Z"),
            appointment("APT-2", updated_at="2026-05-01T00:00:00"),
            appointment("APT-3", updated_at=""),
        ]
    ).cases()
    assert "same_age" in {note.code for note in cases["APT-1"].notes}
    assert "unknown_age" in {note.code for note in cases["APT-2"].notes}
    assert "unknown_age" in {note.code for note in cases["APT-3"].notes}


def test_x33_an_equal_time_in_another_offset_is_noted_as_equal(bench: Bench) -> None:
    case = only(bench.events(appointments=[appointment(updated_at="2026-05-01T02:00:00+02:00")]))
    assert "same_age" in {note.code for note in case.notes}


def test_x33_start_at_may_lie_in_the_future_and_activities_are_never_stale(bench: Bench) -> None:
    cases = bench.events(
        appointments=[appointment(start_at="9999-12-31T23:59:59Z")],
        activities=[activity(occurred_at="1970-01-01T00:00:00Z")],
    ).cases()
    assert {case.verdict.rule for case in cases.values()} == {"accepted"}


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_x33_times_at_the_ends_of_the_calendar_are_judged_too(bench: Bench, text: str) -> None:
    rule = "stale_event" if text.startswith("0001") else "accepted"
    assert only(bench.events(appointments=[appointment(updated_at=text)])).verdict.rule == rule


# D2, D4, D5, D19


def test_d2_every_key_is_looked_up_by_itself(bench: Bench) -> None:
    case = only(bench.events(changes=[change(ghl_contact_id="GHL-2", email="x@x.test", phone="+15550100001")]))
    texts = {item.field: item.text for item in case.evidence if item.side == "contact map"}
    assert BOB_KEY in texts["ghl_contact_id"]
    assert ANN_KEY in texts["close_contact_id"]
    assert ANN_KEY in texts["phone"]
    assert "not in the contact map" in texts["email"]


def test_d4_what_a_choice_would_write_names_the_system_and_the_values(bench: Bench) -> None:
    case = only(bench.events(changes=[change(field="phone", new_value="+15550109999")]))
    assert case.options[0].effect == "Close phone +1 555 010 0001 → +1 555 010 9999."


def test_d3_a_field_that_the_map_does_not_hold_is_listed_as_not_reversible(bench: Bench) -> None:
    case = only(bench.events(changes=[change()]))
    option = case.options[0]
    assert option.staged is not None
    assert dict(option.staged.before) == {"lifecycle_stage": None}
    assert "not reversible" in option.effect


def test_d5_nothing_is_decided_by_loading(bench: Bench) -> None:
    bench.sample()
    with bench.open() as review:
        assert review.store.connection.execute("SELECT COUNT(*) FROM decision").fetchone() == (0,)
        assert review.store.connection.execute("SELECT COUNT(*) FROM log WHERE kind = 'decide'").fetchone() == (0,)


def test_d5_the_journal_keeps_what_was_suggested_beside_what_was_chosen(bench: Bench) -> None:
    bench.events(changes=[change(field="owner", new_value="Mallory")])
    with bench.open() as review:
        record = review.id("CHG-1")
        review.decisions.choose(record, "GHL", "agreed")
        kept = review.cases.review(record)
    assert (kept.suggested, kept.choice) == ("contact map", "ghl")


def test_d19_no_option_of_any_row_carries_another_operation_than_its_kind_allows(bench: Bench) -> None:
    allowed = {
        "CHG": {Outcome.UPDATE, Outcome.CREATE, Outcome.NO_WRITE},
        "APT": {Outcome.UPSERT, Outcome.CREATE, Outcome.NO_WRITE},
        "ACT": {Outcome.APPEND, Outcome.CREATE, Outcome.NO_WRITE},
    }
    for name, case in bench.sample().cases().items():
        staged = {option.staged.operation for option in case.options if option.staged}
        assert staged <= allowed[name[:3]]


def test_secrets_in_a_cell_are_noted_and_never_staged(bench: Bench) -> None:
    token = "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
    case = only(bench.events(activities=[activity(summary=f"key {token} and card 4242 4242 4242 4242")]))
    assert "secret" in {note.code for note in case.notes}
    assert token not in repr(case.options) and "4242 4242" not in repr(case.options)
    assert token not in repr(case.notes)


def test_11_payment_words_in_a_type_or_a_field_hold_the_row(bench: Bench) -> None:
    cases = bench.events(
        activities=[activity(activity_type="payment")], changes=[change(field="card_number", new_value="x")]
    ).cases()
    assert {case.verdict.rule for case in cases.values()} == {"claim"}


def test_each_rule_has_a_few_words_beside_its_code() -> None:
    assert set(RULE_WORDS) == set(WORDS)
    assert len(set(RULE_WORDS.values())) == len(WORDS)
    assert max(map(len, RULE_WORDS.values())) <= 34
    assert rule_named("stale_event") == "older than the contact map (stale_event)"
