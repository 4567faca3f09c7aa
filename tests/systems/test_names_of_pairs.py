"""One system keeps a name whole, the other in two parts: their records are compared all the same."""

from __future__ import annotations

from tests.factory import Bench, csv_bytes
from tests.systems.systems_support import ANN, MAP_HEADER, cases_of

POLICY = '[destinations]\nclose = "hubspot"\nhubspot = "close"\n'
KEPT = (*MAP_HEADER, "close_contact_id")


def test_a_name_that_differs_is_asked_of_both_rows_and_written_in_the_form_of_each_side(bench: Bench) -> None:
    contact = {name: ANN[name] for name in KEPT}
    close = {"id": ANN["close_contact_id"], "lead_id": "lead_A", "name": "Anna Archer", "emails": "ann@one.test"}
    hubspot = {"Record ID": "101", "First Name": "Ann", "Last Name": "Archer", "Email": "ann@one.test"}
    files = {
        "contact-map.csv": csv_bytes(KEPT, [contact]),
        "close.csv": csv_bytes((*close, "phones"), [close | {"phones": ""}]),
        "hubspot.csv": csv_bytes(tuple(hubspot), [hubspot]),
    }
    assert bench.load(*(bench.put(name, data) for name, data in files.items()), policy=POLICY) == ()
    cases = cases_of(bench)
    ours, theirs = cases[ANN["close_contact_id"]], cases["101"]
    assert ours.verdict.rule == theirs.verdict.rule == "fields_differ"
    effects = {option.token: option.effect for option in ours.options}
    assert effects == {option.token: option.effect for option in theirs.options}
    assert effects["Close"] == "HubSpot name Ann Archer → Anna Archer."
    assert effects["HubSpot"] == "Close name Anna Archer → Ann Archer."
