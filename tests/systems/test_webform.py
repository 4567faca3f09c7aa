"""Lead ads of Meta, trap by trap (formats.md 12), through the real load."""

from __future__ import annotations

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
