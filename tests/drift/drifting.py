"""The generator of ``sample_exports/drift``, and what it made in a workspace."""

from __future__ import annotations

import importlib.util
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from crm_tui.classify.facts import Facts
from crm_tui.model import Queue
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store

SAMPLES = Path(__file__).resolve().parents[2] / "sample_exports"
CONTACTS = int(os.environ.get("CRM_TUI_DRIFT_CONTACTS", "400"))
"""How many contacts drift apart in ``test_known_truth.py``; a soak takes 5,000."""


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_drift", SAMPLES / "make_drift.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_drift"] = module
    spec.loader.exec_module(module)
    return module


make_drift = _generator()


class Loaded:
    """A drift of known truth in a workspace."""

    def __init__(self, folder: Path, contacts: int = 240) -> None:
        self.drift = make_drift.generate(contacts, seed=5)
        make_drift.write(self.drift, folder)
        path = folder / "drift.crm"
        now = [folder / name for name in self.drift.files if "/" not in name]
        assert not load(path, now, base=[folder / "base"]).problems
        self.store = Store.open(path)
        self.cases = Cases(self.store)
        self.order = {row["salesforce_contact_id"]: n for n, row in enumerate(self.drift.files["contact-map.csv"])}

    def facts(self, system: str) -> Iterator[tuple[int, Facts]]:
        """(contact, facts) of each record of a system."""
        for record_id in self.cases.ids():
            facts = self.cases.facts(record_id)
            if facts.event.table.system == system:
                assert facts.contact is not None
                yield self.order[facts.contact.ids["salesforce"]], facts


def facts_record(loaded: Loaded, facts: Facts) -> int:
    """Record id of a record."""
    (record_id,) = loaded.cases.by_event_id(facts.event.event_id)
    return record_id


def decide_all(cases: Cases, chance: random.Random) -> None:
    """Approve every row; of two records that differ, the same side for both."""
    decisions = Decisions(cases, "Dana")
    sides: dict[str, str] = {}
    for record_id in cases.ids():
        case = cases.case(record_id)
        if not cases.review(record_id).state.outstanding:
            continue
        if case.verdict.queue is Queue.CONFLICT:
            tokens = sorted(option.token for option in case.options if option.token != "leave both")
            token = sides.setdefault(case.contact_key, chance.choice(tokens))
            decisions.choose(record_id, token if token in tokens else tokens[0], "as agreed with the client")
        decisions.approve(record_id, reason="as agreed with the client")
