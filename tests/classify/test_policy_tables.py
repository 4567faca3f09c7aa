"""``field-policy.csv`` and ``match-policy.csv``: read into the policy, the stricter rule standing."""

from __future__ import annotations

import tomllib

import pytest

from crm_tui.classify.policy import Policy, parse_policy
from crm_tui.classify.policy_sections import Strategy
from crm_tui.classify.policy_tables import is_policy_table, laid_over, read_tables
from crm_tui.errors import PolicyError

HEADER = "field_name,direction,winning_system,review_rule\n"
MATCH = "object_type,match_order,do_not_overwrite_fields,review_conditions\n"


def policy(*tables: str, toml: str = "") -> tuple[Policy, tuple[str, ...]]:
    """The policy of some tables over a TOML text, and the clashes."""
    import tomli_w

    said = read_tables([(f"table-{number}.csv", text) for number, text in enumerate(tables, 1)])
    merged, clashes = laid_over(tomllib.loads(toml), said)
    return parse_policy(tomli_w.dumps(merged)), clashes


def test_the_columns_become_rules_of_the_policy() -> None:
    found, clashes = policy(
        HEADER
        + "phone,both,newest,auto\nCompany,salesforce->hubspot,salesforce,review\njob title,internal,manual,auto\n"
        "city,both,manual,never\n"
    )
    assert clashes == ()
    assert found.strategies.priority == {"phone": "newest", "company": "salesforce"}
    assert found.fields.directions == {"company": "salesforce->hubspot"}
    assert found.fields.review == {"company"}
    assert found.fields.internal == {"job_title", "city"}
    assert found.strategies.of("job_title") is Strategy.MANUAL_REVIEW


def test_fields_not_to_be_overwritten_are_protected_beside_the_shipped_ones() -> None:
    found, _ = policy(MATCH + "contact,email;phone;id,company;Job Title,no email\n")
    assert found.fields.protected >= {"company", "job_title"}


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        ("phone,both,newest,auto", "phone,both,newest,review", {"review": {"phone"}}),
        ("phone,both,newest,review", "phone,both,newest,never", {"internal": {"phone"}}),
        ("phone,close->ghl,newest,auto", "phone,ghl->close,newest,auto", {"internal": {"phone"}}),
        ("phone,both,newest,auto", "phone,close->ghl,newest,auto", {"directions": {"phone": "close->ghl"}}),
    ],
)
def test_of_two_rows_about_one_field_the_stricter_stands_and_both_are_named(
    first: str, second: str, stands: dict[str, object]
) -> None:
    for rows in ((first, second), (second, first)):
        found, clashes = policy(*(HEADER + row + "\n" for row in rows))
        for name, wanted in stands.items():
            assert getattr(found.fields, name) == wanted
        (clash,) = clashes
        assert "table-1.csv, line 2" in clash
        assert "table-2.csv, line 2" in clash


def test_two_winners_are_nobodys_win() -> None:
    found, clashes = policy(HEADER + "phone,both,close,auto\n", HEADER + "phone,both,ghl,auto\n")
    assert found.strategies.of("phone") is Strategy.MANUAL_REVIEW
    assert len(clashes) == 1


def test_a_table_does_not_loosen_the_toml_policy() -> None:
    toml = '[fields]\nreview = ["phone"]\n[strategies.priority]\nphone = "close"\n'
    toml += '[fields.directions]\ncity = "close->ghl"\n'
    found, clashes = policy(HEADER + "phone,both,ghl,auto\ncity,ghl->close,close,auto\n", toml=toml)
    assert found.fields.review == {"phone"}
    assert found.strategies.of("phone") is Strategy.MANUAL_REVIEW
    assert "city" in found.fields.internal
    assert [clash.partition(":")[0] for clash in clashes] == ["city", "phone"]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("shoe_size,both,newest,auto", "shoe_size is no field"),
        ("phone,sideways,newest,auto", "direction"),
        ("phone,close->nowhere,newest,auto", "direction"),
        ("phone,both,the boss,auto", "winning_system"),
        ("phone,both,newest,perhaps", "review_rule"),
        ("phone,both,newest", "3 cells"),
    ],
)
def test_a_wrong_row_is_named_by_file_and_line(row: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said) as caught:
        policy(HEADER + row + "\n")
    assert "table-1.csv, line 2" in str(caught.value)


def test_a_table_is_told_by_its_header_alone() -> None:
    assert is_policy_table(HEADER.strip().split(","))
    assert is_policy_table(["Review Rule", "Field Name", "Winning System", "Direction", "Comment"])
    assert not is_policy_table(["field_name", "email", "phone"])


def test_the_accounts_of_a_review_are_a_list_or_a_table_of_their_organisations() -> None:
    named = parse_policy('[scopes.ghl]\nLocA = "Acme Roofing"\nLocB = ""\n[scopes]\nhubspot = ["7777"]\n')
    assert {system: set(accounts) for system, accounts in named.scopes.items()} == {
        "ghl": {"LocA", "LocB"},
        "hubspot": {"7777"},
    }
    assert [named.organisation("ghl", one) for one in ("LocA", "LocB", "LocC")] == ["Acme Roofing", "", ""]
    for wrong in ('ghl = "LocA"', "ghl = [1]"):
        with pytest.raises(PolicyError, match=r"scopes\.ghl: it is a list of accounts, or a table"):
            parse_policy(f"[scopes]\n{wrong}\n")
    with pytest.raises(PolicyError, match=r"scopes\.ghm: no such system"):
        parse_policy('[scopes]\nghm = ["LocA"]\n')
