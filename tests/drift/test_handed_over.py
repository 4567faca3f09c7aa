"""What the pages of a handoff say of two records that were decided together: of each row what its system is given."""

from __future__ import annotations

from drifting import Loaded
from test_pairs import first, small

from crm_tui.classify.rule_words import RULE_WORDS
from crm_tui.handoff.outline import Outline
from crm_tui.handoff.report_cards import card
from crm_tui.handoff.row_file import Row, Rows
from crm_tui.handoff.rows import build_rows
from crm_tui.handoff.view_words import SINCE, boundary
from crm_tui.handoff.views import QueueViews
from crm_tui.model import Case
from crm_tui.workspace.decisions import Decisions

__all__ = ["small"]


def handed(loaded: Loaded, *record_ids: int) -> list[Row]:
    names = {loaded.cases.case(one).row_id for one in record_ids}
    rows = Rows.empty()
    return [rows.write(row) for row in build_rows(loaded.cases, 1) if row["row_id"] in names]


def said(row: Row, version: int = SINCE) -> tuple[str, str]:
    """The row's card in the report, and its line of the conflict queue."""
    views = QueueViews(version)
    views.add(row)
    return str(card(row, "conflicts", version)), b"".join(views.files()["conflict-queue.csv"]).decode()


def clear_one(decisions: Decisions, record_id: int, case: Case) -> tuple[str, str, str]:
    """Take the blank of one record for a field; gives the field, the system that is blank, and the one cleared."""
    (field,) = [one for one in case.rows if one.state.startswith("cleared in")]
    here, there = (side.name.removesuffix(" says") for side in case.sides[:2])
    blank, filled = (here, there) if field.state == f"cleared in {here}" else (there, here)
    decisions.take_side(record_id, field.field, blank)
    return field.label, blank, filled


def test_each_row_says_what_its_own_system_is_given(small: Loaded) -> None:
    record_id, case = first(small, "cleared_field")
    decisions = Decisions(small.cases, "Dana")
    field, blank, filled = clear_one(decisions, record_id, case)
    decisions.approve(record_id)
    rows = handed(small, record_id, case.partner)
    assert len(rows) == 2
    for row in rows:
        writes = row["operation"] != "no-write"
        page, line = said(row)
        for text in (page, line):
            assert (f"{field} cleared in {filled}" if writes else f"{field} left as it is in {blank}") in text
            assert "leave other disputed fields" in text and "leave both" not in text
        assert (f"Nothing is to be written to {blank}." in page) is not writes
        assert "leave both" in said(row, SINCE - 1)[0], "as an earlier version drew it"


def test_a_choice_is_called_in_the_pages_as_on_the_screen(small: Loaded) -> None:
    record_id, case = first(small, "fields_differ")
    decisions = Decisions(small.cases, "Dana")
    decisions.choose(record_id, "leave both")
    decisions.approve(record_id)
    for row in handed(small, record_id, case.partner):
        assert all("leave disputed fields" in text and "leave both" not in text for text in said(row))


def test_a_value_that_the_system_does_not_take_is_told_as_no_write(small: Loaded) -> None:
    def fills(case: Case) -> bool:
        return any(option.staged and "company" in option.staged.values for option in case.options)

    found = [one for one in small.cases.ids() if fills(case := small.cases.case(one)) and case.target == "salesforce"]
    case = small.cases.case(found[0])
    option = next(one for one in case.options if one.staged and "company" in one.staged.values)
    lost = "Not staged: company, because Salesforce keeps it as a link to a record, not as text."
    assert lost in option.effect and "Salesforce company" not in option.effect
    decisions = Decisions(small.cases, "Dana")
    decisions.approve(found[0], token=option.token, reason="why")
    (row,) = handed(small, found[0])
    page, _ = said(row)
    assert "Not staged, because Salesforce does not take it: <bdi>company</bdi>." in page
    table = page.partition("What is to be written")[2]
    assert "company</th>" not in table and "<bdi>company</bdi></th>" not in table


def test_rules_and_systems_are_named_as_they_are_for_all_rows(small: Loaded) -> None:
    rows = Rows.empty()
    kept = [rows.write(row) for row in build_rows(small.cases, 1)]
    assert all(one.words == RULE_WORDS[one.rule] for one in Outline(kept).by_rule())
    statement = {"inputs": [{"table": one.table_name} for one in small.cases.sources.values()]}
    assert "availability of HubSpot, Salesforce or any other system's API" in boundary(statement, SINCE)[-1]
    assert "Close, GHL, Copper or any other" in boundary(statement, SINCE - 1)[-1]
    assert "availability of any system's API" in boundary({"inputs": []}, SINCE)[-1]
