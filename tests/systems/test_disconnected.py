"""An app that was removed: what is bound for its system is held until it is installed again (3.40)."""

from __future__ import annotations

import json
from pathlib import Path

from tests.factory import (
    Bench,
    activities_bytes,
    activity,
    appointment,
    appointments_bytes,
    change,
    changes_bytes,
    map_bytes,
)

PAY = {"webhookId": "", "locationId": "LocALocALocALocALocA", "appId": "app-1"}


def app_event(bench: Bench, name: str, kind: str, at: str) -> Path:
    payload = PAY | {"type": kind, "webhookId": name, "timestamp": f"2026-05-{at}T10:00:00.000Z"}
    return bench.put(f"{name}.json", json.dumps(payload).encode())


def start(bench: Bench) -> Path:
    bench.put("contact-map.csv", map_bytes())
    bench.put("close-appointments.csv", appointments_bytes(appointment()))
    return bench.put("activity-events.csv", activities_bytes(activity()))


def rules(bench: Bench) -> dict[str, str]:
    return {name: case.verdict.rule for name, case in bench.cases().items()}


def test_what_is_bound_for_ghl_is_held_once_its_app_was_removed(bench: Bench) -> None:
    folder = start(bench).parent
    app_event(bench, "wh-1", "AppUninstall", "20")
    assert bench.load(folder) == ()
    cases = bench.cases()
    assert (cases["ACT-1"].verdict.rule, cases["wh-1"].verdict.rule) == ("disconnected", "lifecycle")
    assert cases["ACT-1"].issue == "GHL is disconnected"
    assert (cases["ACT-1"].suggestion, cases["ACT-1"].verdict.contact) == ("", 1)


def test_rows_that_were_loaded_before_are_held_too_and_free_again_after_a_new_installation(bench: Bench) -> None:
    assert bench.load(start(bench).parent) == ()
    assert rules(bench)["ACT-1"] == "accepted"
    assert bench.load(app_event(bench, "wh-1", "AppUninstall", "20")) == ()
    assert rules(bench)["ACT-1"] == "disconnected"
    assert bench.load(app_event(bench, "wh-2", "AppInstall", "21")) == ()
    assert rules(bench)["ACT-1"] == "accepted"


def test_the_last_event_counts_by_its_time_and_not_by_its_file(bench: Bench) -> None:
    folder = start(bench).parent
    app_event(bench, "a-later", "INSTALL", "21")
    app_event(bench, "b-earlier", "UNINSTALL", "20")
    assert bench.load(folder) == ()
    assert rules(bench)["ACT-1"] == "accepted"


def test_what_goes_elsewhere_is_not_held(bench: Bench) -> None:
    bench.put("contact-map.csv", map_bytes())
    changes = bench.put("ghl-contact-changes.csv", _changes())
    app_event(bench, "wh-1", "AppUninstall", "20")
    assert bench.load(changes.parent) == ()
    (case,) = [case for name, case in bench.cases().items() if name == "CHG-1"]
    assert (case.target != "ghl") == (case.verdict.rule == "accepted")


def _changes() -> bytes:
    return changes_bytes(change())
