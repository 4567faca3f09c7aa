"""Another policy tried before it is kept (D 23): what it would change is what a load with it changes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from crm_tui.classify.policy import parse_policy
from crm_tui.cli import run
from crm_tui.model import Queue, State
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.policies import PolicyText
from crm_tui.workspace.store import Store
from crm_tui.workspace.what_if import open_trials, trial_text, what_if

SAMPLE = Path(__file__).resolve().parents[2] / "sample_exports" / "first-slice"
POLICIES = {
    "another region": 'default_region = "GB"\n',
    "lifecycle protected": '[fields]\nprotected = ["lifecycle_stage", "phone"]\n',
    "no status is known": '[appointments]\nstatuses = ["kept"]\n',
    "the same in other words": 'name = "the same"\n',
}


@pytest.fixture
def decided(tmp_path: Path) -> Path:
    path = tmp_path / "w.crm"
    load(path, [SAMPLE])
    with Store.open(path) as store:
        cases = Cases(store)
        decisions = Decisions(cases, "Dana")
        for record_id in cases.ids(Queue.LEDGER):
            decisions.approve(record_id)
    return path


@pytest.mark.parametrize("text", POLICIES.values(), ids=list(POLICIES))
def test_what_would_change_is_what_a_load_with_the_policy_changes(decided: Path, text: str) -> None:
    copy = decided.with_name("copy.crm")
    shutil.copy(decided, copy)
    before = decided.read_bytes()
    with Store.open(decided, write=False) as store:
        found = what_if(Cases(store), parse_policy(text, "p.toml"))
    assert decided.read_bytes() == before

    load(copy, [SAMPLE], policy=PolicyText("p.toml", text))
    with Store.open(copy) as store:
        cases = Cases(store)
        kept = {row: (Queue(queue), rule) for row, queue, rule in store.connection.execute(
            "SELECT row_id, queue, rule FROM record")}  # fmt: skip
        stale = sum(review.state is State.STALE for _, _, review in cases.each())
    assert {turn.row_id: turn.after for turn in found.turns}.items() <= kept.items()
    assert dict(found.after) == {queue: n for queue in Queue if (n := sum(one[0] is queue for one in kept.values()))}
    assert found.asked_anew == stale
    assert found.rows == sum(found.before.values()) == len(kept)
    unchanged = kept.keys() - {turn.row_id for turn in found.turns}
    with Store.open(decided, write=False) as store:
        old = dict(store.connection.execute("SELECT row_id, rule FROM record").fetchall())
    assert all(kept[row][1] == old[row] for row in unchanged)


def test_protecting_a_field_shows_what_it_would_hold(decided: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """X14: what protecting the lifecycle of a single event would hold is seen before it is kept."""
    policy = decided.with_name("p.toml")
    policy.write_text(POLICIES["lifecycle protected"], encoding="utf-8")
    assert run(["policy", "try", str(policy), "-w", str(decided)]) == 0
    said = capsys.readouterr().out
    assert "ledger 5 → " in said and "(protected_field)" in said and "nothing was changed" in said
    assert run(["policy", "try", str(policy), "-w", str(decided), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"] == 13 and found["asked_anew"] == len(found["rows_judged_otherwise"]) > 0


def test_a_policy_that_is_none_is_one_sentence(decided: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = decided.with_name("p.toml")
    policy.write_text("[fields]\nno_such = 1\n", encoding="utf-8")
    assert run(["policy", "try", str(policy), "-w", str(decided)]) != 0
    assert "no_such" in capsys.readouterr().err


def test_every_change_that_can_be_tried_is_a_policy_and_called_by_words_of_its_own(decided: Path) -> None:
    with Store.open(decided, write=False) as store:
        cases = Cases(store)
        found = open_trials(cases)
        assert len({one.words for one in found}) == len(found) > 0
        assert not [one.words for one in found if "suggest" in one.words], "one system has nobody to disagree with"
        for one in found:
            assert parse_policy(trial_text(one)).sha256 != cases.policy.sha256
        protect = next(one for one in found if one.words == "protect lifecycle stage")
        assert what_if(cases, parse_policy(trial_text(protect))).after[Queue.CONFLICT] == 6


def test_a_change_is_laid_over_the_rules_in_force_and_the_shipped_policy_takes_all_of_them_away(decided: Path) -> None:
    load(
        decided,
        [],
        policy=PolicyText("p.toml", POLICIES["lifecycle protected"] + "[strategies]\nsource_system = 'ghl'\n"),
    )
    with Store.open(decided, write=False) as store:
        trials = {one.words: parse_policy(trial_text(one)) for one in open_trials(Cases(store))}
    assert trials["no longer protect phone"].fields.protected == {"lifecycle_stage"}
    assert trials["no longer protect lifecycle stage"].fields.protected == {"phone"}
    assert trials["no longer protect phone"].strategies.source_system == "ghl"
    assert not [words for words in trials if words.startswith(("hold", "never compare"))], "nothing is compared here"
    assert trials["the shipped policy"] == parse_policy()
