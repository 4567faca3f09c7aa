"""Lead ads and answers of forms, trap by trap (formats.md 12), through the real load."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_tui.intake.formats import open_sources
from tests.factory import Bench
from tests.systems.people import PEOPLE
from tests.systems.systems_support import judged, told


def test_a_number_with_its_mark_finds_the_contact(bench: Bench) -> None:
    lead = judged(bench, "webform/meta-leads.csv", contacts=PEOPLE)["l:1001"]
    assert lead.noun == "Meta lead"
    assert lead.verdict.contact == 1
    assert "phone +12125550101 maps to" in told(lead)


def test_the_order_of_the_answers_does_not_matter(bench: Bench) -> None:
    lead = judged(bench, "webform/meta-leads-other-order.csv", contacts=PEOPLE)["l:1002"]
    assert lead.verdict.contact == 2


def test_a_test_lead_is_nobody(bench: Bench) -> None:
    lead = judged(bench, "webform/meta-leads-nasty.csv", contacts=PEOPLE)["l:1003"]
    assert lead.verdict.rule == "missing_identity"


def test_a_lead_with_the_keys_of_two_people_is_held(bench: Bench) -> None:
    lead = judged(bench, "webform/meta-leads-nasty.csv", contacts=PEOPLE)["l:1004"]
    assert lead.verdict.rule == "keys_disagree"
    assert set(lead.verdict.candidates) == {1, 2}


def test_a_file_of_ads_manager_in_utf_16_with_tabs_is_the_same(bench: Bench, tmp_path: Path) -> None:
    text = (Path(__file__).parent / "fixtures/webform/meta-leads.csv").read_text().replace(",", "\t")
    wide = tmp_path / "leads.csv"
    wide.write_bytes(text.encode("utf-16"))
    (source,) = open_sources(wide).sources
    assert (source.table.name, source.encoding, source.delimiter) == ("meta-leads", "utf-16-le", "\t")
    assert "l:1001" in judged(bench, "webform/meta-leads.csv", contacts=PEOPLE)


def test_a_submission_of_a_ghl_form_is_about_the_contact_that_ghl_names(bench: Bench) -> None:
    ann = judged(bench, "webform/ghl-submission.json", contacts=PEOPLE)["sub_1"]
    assert (ann.noun, ann.verdict.contact, ann.verdict.rule) == ("GHL form submission", 1, "no_write")


def test_the_text_of_a_ticked_box_is_no_consent_that_is_staged(bench: Bench) -> None:
    ann = judged(bench, "webform/ghl-submission.json", contacts=PEOPLE)["sub_1"]
    staged = [option.staged.values for option in ann.options if option.staged]
    assert staged and not {"email_opt_out", "sms_opt_out", "dnd"} & {name for one in staged for name in one}


def test_a_submission_whose_contact_and_address_disagree_is_held(bench: Bench) -> None:
    cases = judged(bench, "webform/ghl-submissions-nasty.json", contacts=PEOPLE)
    assert (cases["sub_2"].verdict.rule, cases["sub_2"].verdict.candidates) == ("keys_disagree", (1, 2))
    assert cases["sub_3"].verdict.rule == "missing_identity"


def test_questions_as_headers_are_read_and_the_time_in_the_form_of_the_sheet(bench: Bench) -> None:
    ann, bob = judged(bench, "webform/google-form.csv", contacts=PEOPLE).values()
    assert (ann.noun, ann.verdict.contact, ann.verdict.rule) == ("Form answer", 1, "no_write")
    assert bob.verdict.rule == "keys_disagree"


@pytest.mark.parametrize("fixture", ["webform/google-form.csv", "webform/typeform.csv"])
def test_a_question_that_was_not_answered_clears_nothing(bench: Bench, fixture: str) -> None:
    for case in judged(bench, fixture, contacts=PEOPLE).values():
        assert case.verdict.rule in ("no_write", "keys_disagree")
        assert all("" not in writes.values() for writes in (dict(o.staged.values) for o in case.options if o.staged))
