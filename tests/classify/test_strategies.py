"""The named strategies of seed 002: they suggest, and say when they cannot tell (2.9 to 2.12, X4, X26, X33)."""

from __future__ import annotations

import pytest

from crm_tui.classify.policy import parse_policy
from crm_tui.classify.policy_sections import Strategy
from crm_tui.classify.strategies import Advice, Question, Record, advise
from crm_tui.errors import PolicyError

OLD, NEW = "2026-05-01T10:00:00Z", "2026-05-01T12:30:00+02:00"


def advice(policy: str, here_at: str = "", there_at: str = "", **more: str) -> Advice:
    """What the policy's strategy says of ``company``, Close's record against GHL's."""
    here = Record("close", {"company": "Acme", "city": more.get("city", "")}, here_at)
    there = Record("ghl", {"company": "Bolt", "city": ""}, there_at)
    return advise(Question("company", here, there, parse_policy(policy)))


def strategy(name: str) -> str:
    return f'[strategies]\ndefault = "{name}"\n'


def test_the_later_record_wins_whatever_its_zone() -> None:
    assert advice(strategy("last-modified-wins"), OLD, NEW).system == "ghl"
    assert advice(strategy("last-modified-wins"), NEW, OLD).system == "close"


@pytest.mark.parametrize(("here", "there"), [(OLD, OLD), (OLD, ""), ("2026-05-01 10:00", NEW), ("", "")])
def test_ties_naive_and_missing_times_tell_nothing(here: str, there: str) -> None:
    found = advice(strategy("last-modified-wins"), here, there)
    assert found.system == ""
    assert "cannot tell" in found.reason


def test_the_named_system_wins() -> None:
    assert advice(strategy("source-system-wins") + 'source_system = "ghl"\n').system == "ghl"
    assert "neither" in advice(strategy("source-system-wins") + 'source_system = "gmail"\n').reason


def test_the_priority_map_names_a_system_or_newest_per_field() -> None:
    assert advice('[strategies.priority]\ncompany = "close"\n').system == "close"
    assert advice('[strategies.priority]\ncompany = "newest"\n', OLD, NEW).system == "ghl"
    assert advice('[strategies.priority]\ncity = "close"\n').system == ""


def test_the_fuller_record_wins() -> None:
    assert advice(strategy("most-complete"), city="Rome").system == "close"
    assert "as many" in advice(strategy("most-complete")).reason


def test_by_default_nothing_is_suggested() -> None:
    assert parse_policy().strategies.default is Strategy.MANUAL_REVIEW
    assert advice("", OLD, NEW) == Advice("", "manual-review: which value stands, is a person's call")


def test_a_field_has_its_own_strategy() -> None:
    policy = strategy("source-system-wins") + 'source_system = "ghl"\n[strategies.fields]\ncompany = "most-complete"\n'
    assert advice(policy, city="Rome").system == "close"


def test_a_strategy_that_nobody_knows_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"strategies\.default"):
        parse_policy(strategy("coin-toss"))
