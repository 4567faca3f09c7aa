"""What is around a row that is also in a group of duplicates: rows, never the group itself."""

from __future__ import annotations

from pathlib import Path

from crm_tui.workspace.cases import Cases
from crm_tui.workspace.load import load
from crm_tui.workspace.related import related
from crm_tui.workspace.store import Store

MAP = "hubspot_contact_id,salesforce_contact_id,email,phone\n900,003000000000001AAA,zed@zed.test,+12125550199\n"
CONTACTS = """Record ID,First Name,Last Name,Email,Phone Number,Company Name
101,Ann,Archer,ann@nowhere.test,+12125550101,One Ltd
102,Ann,Archer,ann@nowhere.test,+12125550101,One Ltd
103,Bob,Archer,bob@nowhere.test,+12125550111,One Ltd
"""


def test_a_group_of_duplicates_is_no_row_around_another(tmp_path: Path) -> None:
    (tmp_path / "contact-map.csv").write_text(MAP)
    (tmp_path / "hubspot-contacts.csv").write_text(CONTACTS)
    assert not load(tmp_path / "w.crm", [tmp_path / "contact-map.csv", tmp_path / "hubspot-contacts.csv"]).problems
    with Store.open(tmp_path / "w.crm") as store:
        cases = Cases(store)
        assert cases.counts().duplicates == 1
        for record_id in cases.ids():
            rows = [row.record_id for person in related(cases, record_id) for row in person.rows]
            assert all(row > 0 for row in rows)
