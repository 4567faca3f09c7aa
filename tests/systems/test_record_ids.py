"""The one form of a record id, system by system (formats.md, "Identity")."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.identity import ids
from crm_tui.systems import SYSTEMS
from crm_tui.systems.declare import IdRule, System
from crm_tui.systems.record_ids import guid, integer, salesforce, zoho

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SALESFORCE = SYSTEMS["salesforce"]


def test_fifteen_salesforce_characters_become_eighteen() -> None:
    assert salesforce("001A0000006Vm9r") == ("001A0000006Vm9rIAC", "")
    assert salesforce("0035e00000AnnAa").value == "0035e00000AnnAaAAJ"


def test_two_ids_that_differ_in_case_only_stay_two() -> None:
    assert salesforce("0035e00000AnnAa").value.lower() != salesforce("0035e00000annaa").value.lower()


@pytest.mark.parametrize("lost", ["0035e00000annaaaaj", "0035E00000ANNAAAAJ", "0035e00000annaaAAJ"])
def test_the_lost_case_of_a_salesforce_id_is_restored_from_its_last_three_characters(lost: str) -> None:
    value, note = salesforce(lost)
    assert value == "0035e00000AnnAaAAJ"
    assert "restored" in note


@pytest.mark.parametrize(
    "wrong", ["0035e00000AnnAaAAX", "0035e00000annaa999", "0035e00000annaaaa6", "0035e00000annaa555"]
)
def test_a_salesforce_id_whose_checks_do_not_fit_is_refused_with_the_reason(wrong: str) -> None:
    value, note = salesforce(wrong)
    assert value == ""
    assert "do not fit" in note


def test_fifteen_characters_of_one_case_are_kept_with_a_doubt() -> None:
    value, note = salesforce("0035e00000annaa")
    assert value.startswith("0035e00000annaa")
    assert "one case" in note


@given(st.text(ALPHANUMERIC, min_size=15, max_size=15))
def test_a_salesforce_id_is_the_same_as_15_as_18_in_lower_and_in_upper_case(short: str) -> None:
    full = salesforce(short).value
    assert full[:15] == short
    assert salesforce(full) == (full, "")
    assert salesforce(full.lower()).value == full
    assert salesforce(full.upper()).value == full


@pytest.mark.parametrize(
    "written",
    [
        "{0F8FAD5B-D9CB-469F-A165-70867728950E}",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "0F8FAD5BD9CB469FA16570867728950E",
    ],
)
def test_a_guid_is_one_id_in_every_spelling(written: str) -> None:
    assert guid(written) == ("0f8fad5b-d9cb-469f-a165-70867728950e", "")


def test_the_checksum_of_a_dynamics_row_is_no_guid() -> None:
    checksum = "x0ZkM3n0W8Zb" * 7 + "aa=="
    assert guid(checksum).value == checksum


def test_the_backup_prefix_of_zoho_is_taken_off() -> None:
    assert zoho("zcrm_5361160000000123456") == ("5361160000000123456", "")
    assert zoho("5361160000000123456").value == zoho("zcrm_5361160000000123456").value


def test_a_zoho_id_that_a_spreadsheet_may_have_rounded_is_told() -> None:
    assert "rounded" in zoho("5361160000000120000").note
    assert zoho("5.36116E+18").value == ""


def test_a_whole_number_with_a_decimal_tail_is_that_number() -> None:
    assert integer("117.0") == ("117", "written as a decimal number")
    assert integer("173595202426").value == "173595202426"


@pytest.mark.parametrize("damaged", ["1.73595E+11", "1,73595E+11", "1234567890123456.0"])
def test_a_number_that_lost_digits_is_no_id(damaged: str) -> None:
    value, note = integer(damaged)
    assert value == ""
    assert "damaged by a spreadsheet" in note


def test_the_id_in_name_and_id_counts_and_a_name_alone_is_none() -> None:
    assert integer("Ann Archer (101)").value == "101"
    assert integer("Ann Archer") == ("", "a name, not an id")


def test_an_id_of_another_object_in_a_contacts_place_is_told() -> None:
    assert ids.normalise("00Q5e00000LeaLeEAJ", SALESFORCE) == ("00Q5e00000LeaLeEAJ", "a lead's id, not a contact's")
    assert "an account's id" in ids.normalise("0015e00000AcmeAAAR", SALESFORCE)[1]
    assert ids.normalise("0035e00000AnnAaAAJ", SALESFORCE) == ("0035e00000AnnAaAAJ", "")


def test_a_lead_in_the_contact_map_has_the_wrong_format() -> None:
    assert ids.wrong_format("00Q5e00000LeaLeEAJ", SALESFORCE)
    assert not ids.wrong_format("0035e00000AnnAaAAJ", SALESFORCE)


@given(st.sampled_from(sorted(IdRule)), st.text(max_size=30))
def test_every_rule_gives_the_same_for_its_own_result(rule: IdRule, raw: str) -> None:
    system = System(name="any", label="Any", letter="?", id_rule=rule)
    value, _ = ids.normalise(raw, system)
    assert ids.normalise(value, system)[0] == value
