"""What nobody would miss until it is gone: each test here fails when its guard is taken away."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from crm_tui.errors import DecisionRefused, JournalDamaged, TargetError, WorkspaceError
from crm_tui.handoff.seal import seal
from crm_tui.handoff.verify import verify
from crm_tui.workspace.store import Store
from tests.factory import (
    ANN,
    APPOINTMENT_HEADER,
    BOB,
    Bench,
    appointment,
    appointments_bytes,
    change,
    csv_bytes,
    map_bytes,
    signer,
    trust_in,
)


def test_an_unknown_email_is_held_also_where_the_value_is_the_same(bench: Bench) -> None:
    """Rule 10 comes before rule 11."""
    same = change("CHG-1", email="new@one.test", field="phone", new_value=ANN["phone"])
    case = bench.events(changes=[same]).cases()["CHG-1"]
    assert case.verdict.rule == "email_unknown"
    assert "no_write" in case.verdict.fired


def test_an_unknown_email_is_held_only_where_an_id_leads_to_the_contact(bench: Bench) -> None:
    """Rule 10 says "found by id": a phone column that maps does not make the e-mail a conflict."""
    row = appointment("APT-1", close_contact_id="", email="new@one.test") | {"phone": ANN["phone"]}
    file = bench.put("appointments.csv", csv_bytes((*APPOINTMENT_HEADER, "phone"), [row]))
    bench.load(bench.put("contact-map.csv", map_bytes(ANN, BOB)), file)
    assert bench.cases()["APT-1"].verdict.rule == "accepted"


def test_a_load_into_a_damaged_journal_is_refused(bench: Bench) -> None:
    bench.events(appointments=[appointment("A")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
    with sqlite3.connect(bench.workspace) as connection:
        connection.execute("UPDATE decision SET state = 'rejected'")
    connection.close()
    with pytest.raises(JournalDamaged):
        bench.load(bench.put("more.csv", appointments_bytes(appointment("B"))))


def test_a_decision_is_stale_when_the_contact_has_other_values_now(bench: Bench) -> None:
    """D9: the evidence is also what the map says of the contact."""
    bench.events(contacts=[ANN, BOB], appointments=[appointment("A")])
    with bench.open() as review:
        review.decisions.approve(review.id("A"))
    bench.load(bench.put("contact-map.csv", map_bytes(ANN | {"phone": "+15550100077"}, BOB)))
    with bench.open() as review:
        assert review.state("A") == "stale"


def test_a_choice_made_on_other_evidence_is_not_approved(bench: Bench) -> None:
    bench.events(appointments=[appointment("A", close_contact_id="CLOSE-9")])
    with bench.open() as review:
        review.decisions.choose(review.id("A"), "CLOSE-1/GHL-1")
    bench.load(bench.put("next.csv", appointments_bytes(appointment("A", close_contact_id="CLOSE-9", title="Other"))))
    with bench.open() as review, pytest.raises(DecisionRefused, match="choose again"):
        review.decisions.approve(review.id("A"))


def test_a_handoff_is_in_the_journal_before_its_file_has_its_name(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that left the laptop and is not in the journal would be given out again for something else."""
    bench.events(appointments=[appointment("A")])
    seen: list[int] = []
    replace = Path.replace

    def watched(self: Path, target: Path) -> Path:
        with sqlite3.connect(bench.workspace) as other:
            seen.append(other.execute("SELECT COUNT(*) FROM handoff").fetchone()[0])
        other.close()
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    with bench.open() as review:
        seal(review.cases, tmp_path / "h.zip", signer(tmp_path / "keys"), "Rita")
    assert seen == [1]


def test_a_handoff_whose_file_could_not_be_named_is_issued_again(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.events(appointments=[appointment("A")])
    key = signer(tmp_path / "keys")

    def refused(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    with bench.open() as review:
        with monkeypatch.context() as patch, pytest.raises(TargetError):
            patch.setattr(Path, "replace", refused)
            seal(review.cases, tmp_path / "h.zip", key, "Rita")
        assert not (tmp_path / "h.zip").exists()
        again = seal(review.cases, tmp_path / "h.zip", key, "Rita")
        assert (again.seq, again.reissued) == (1, True)
        verify((tmp_path / "h.zip").read_bytes(), trust_in(key), now=bench.clock())


def test_the_same_number_is_never_given_to_other_contents(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of the program words the same review otherwise: that is another handoff."""
    bench.events(appointments=[appointment("A")])
    key = signer(tmp_path / "keys")
    with bench.open() as review:
        first = seal(review.cases, tmp_path / "one.zip", key, "Rita")
        monkeypatch.setattr("crm_tui.__version__", "9.9.9")
        second = seal(review.cases, tmp_path / "two.zip", key, "Rita")
    assert (first.seq, second.seq, second.reissued) == (1, 2, False)
    assert first.handoff_id != second.handoff_id


def test_a_second_name_of_a_workspace_is_refused_for_writing(bench: Bench) -> None:
    bench.events(appointments=[appointment("A")])
    other = bench.folder / "other.crm"
    other.hardlink_to(bench.workspace)
    with pytest.raises(WorkspaceError, match="second name"):
        Store.open(other)
    Store.open(other, write=False).close()


@pytest.mark.parametrize("new", ["+15550100001 ext 44", "(555) 010-0001 x12"])
def test_an_extension_is_a_difference_and_is_kept(bench: Bench, new: str) -> None:
    case = bench.events(changes=[change("CHG-1", field="phone", new_value=new)]).cases()["CHG-1"]
    assert case.verdict.rule == "accepted"
    staged = case.options[0].staged
    assert staged is not None and staged.values == {"phone": new}


@pytest.mark.parametrize("written", ["n/a", "-", "None", "NULL", "unknown"])
def test_a_placeholder_is_no_id(bench: Bench, written: str) -> None:
    contacts = [ANN | {"ghl_contact_id": written}, BOB]
    case = bench.events(contacts=contacts, appointments=[appointment("A")]).cases()["A"]
    assert case.verdict.rule == "map_doubtful"


@pytest.mark.parametrize(
    ("field", "held"), [("paymentMethod", True), ("refunded_at", True), ("chargeback", True), ("city", False)]
)
def test_payment_words_hold_in_any_form(bench: Bench, field: str, held: bool) -> None:
    case = bench.events(changes=[change("CHG-1", field=field, new_value="x")]).cases()["CHG-1"]
    assert (case.verdict.rule == "claim") is held
