"""What stands under ``staged/``: each destination's own import file or requests, and the way back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from crm_tui.handoff.seal import seal
from crm_tui.handoff.staged import Staging
from crm_tui.handoff.verify import verify
from crm_tui.workspace.decisions import Decisions
from tests.factory import (
    ANN,
    MAP_HEADER,
    Bench,
    Cells,
    Review,
    appointment,
    change,
    csv_bytes,
    read_csv,
    signer,
    trust_in,
)
from tests.handoff.test_seal_verify import NOW, Forge, decide_all, made, members_of

TO_GHL = '[routes.ghl-contact-changes]\ndestination = "ghl"\noutcome = "update"\nobject = "contact"\n'
KNOWN = ANN | {"city": "Austin", "tags": "vip; old", "company": "Acme", "first_name": "Ann", "last_name": "Archer"}


def staged(
    folder: Path,
    *events: Cells,
    policy: str | None = None,
    contact: Cells = KNOWN,
    decide: Callable[[Review, Decisions, str], None] | None = None,
    appointments: tuple[Cells, ...] = (),
) -> dict[str, bytes]:
    """The files under ``staged/`` after every event is approved, as a verified handoff carries them."""
    bench = Bench(folder)
    header = tuple(dict.fromkeys([*MAP_HEADER, *contact]))
    bench.put("contact-map.csv", csv_bytes(header, [contact]))
    bench.events(contacts=None, changes=events, appointments=appointments, policy=policy)
    assert bench.load(folder / "exports" / "contact-map.csv", policy=policy) == ()
    with bench.open() as review:
        for event in (*events, *appointments):
            name = event.get("change_id") or event["appointment_id"]
            if decide:
                decide(review, review.decisions, name)
            review.decisions.approve(review.id(name), reason="asked the client")
        key = signer(folder)
        seal(review.cases, folder / "out.handoff.zip", key, "Rita Reviewer")
    data = (folder / "out.handoff.zip").read_bytes()
    assert verify(data, trust_in(key), now=NOW).counts["ready"] == len(events) + len(appointments)
    return {name: content for name, content in members_of(data).items() if name.startswith("staged/")}


def lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]


def index(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return lines(files["staged/index.jsonl"])


def test_a_phone_for_ghl_is_one_line_of_its_import_file_and_of_the_file_that_takes_it_back(tmp_path: Path) -> None:
    files = staged(tmp_path, change(field="phone", new_value="(555) 010-0009"), policy=TO_GHL)
    assert sorted(files) == [
        "staged/ghl-contact-update.csv",
        "staged/index.jsonl",
        "staged/inverse-ghl-contact-update.csv",
    ]
    assert files["staged/ghl-contact-update.csv"] == b'"Contact Id","Phone"\r\n"GHL-1","+15550100009"\r\n'
    assert files["staged/inverse-ghl-contact-update.csv"] == b'"Contact Id","Phone"\r\n"GHL-1","+15550100001"\r\n'
    (row,) = index(files)
    assert (row["sent"], row["target_id"], row["losses"], row["defaults"]) == ("no", "GHL-1", [], [])
    assert row["at"] == [{"file": "staged/ghl-contact-update.csv", "row": 1}]
    assert row["inverse"] == [{"file": "staged/inverse-ghl-contact-update.csv", "row": 1}]
    assert row["precondition"] == [{"field": "phone", "value": "+15550100001"}]
    assert len(row["idempotency_key"]) == 64


def test_a_ghl_import_needs_a_name_e_mail_or_phone_so_a_city_is_a_request_without_location(tmp_path: Path) -> None:
    files = staged(tmp_path, change(field="city", new_value="Dallas"), policy=TO_GHL)
    (line,) = lines(files["staged/ghl-requests.jsonl"])
    assert (line["method"], line["path"], line["body"]) == ("PUT", "/contacts/GHL-1", {"city": "Dallas"})
    assert "locationId" not in json.dumps(line) and line["sent"] == "no"
    assert line["precondition"] == [{"field": "city", "value": "Austin"}]
    (back,) = lines(files["staged/inverse-ghl-requests.jsonl"])
    assert back["body"] == {"city": "Austin"}
    assert back["precondition"] == [{"field": "city", "value": "Dallas"}]


def test_tags_of_ghl_are_added_and_removed_and_never_replaced(tmp_path: Path) -> None:
    files = staged(tmp_path, change(field="tags", new_value="VIP; new"), policy=TO_GHL)
    added, removed = lines(files["staged/ghl-requests.jsonl"])
    assert (added["method"], added["path"], added["body"]) == ("POST", "/contacts/GHL-1/tags", {"tags": ["new"]})
    assert (removed["method"], removed["path"], removed["body"]) == (
        "DELETE",
        "/contacts/GHL-1/tags",
        {"tags": ["old"]},
    )
    back = lines(files["staged/inverse-ghl-requests.jsonl"])
    assert [(one["method"], one["body"]["tags"]) for one in back] == [("POST", ["old"]), ("DELETE", ["new"])]


def test_what_ghl_takes_of_a_new_contact_only_is_listed_as_lost_on_an_update_by_request(tmp_path: Path) -> None:
    files = staged(tmp_path, change(field="company", new_value="Bolt"), policy=TO_GHL)
    (row,) = index(files)
    assert row["losses"] == [{"field": "company", "why": "takes a company only on a new contact"}]
    assert row["at"] == [] and sorted(files) == ["staged/index.jsonl"]


def test_the_summary_lists_what_is_lost_of_the_rows_that_are_ready(tmp_path: Path) -> None:
    staged(
        tmp_path,
        change(field="company", new_value="Bolt"),
        change("CHG-2", field="city", new_value="Dallas"),
        policy=TO_GHL,
    )
    summary = members_of((tmp_path / "out.handoff.zip").read_bytes())["SUMMARY.md"].decode()
    (section,) = [part for part in summary.split("## ") if part.startswith("Lost on the way, or filled in")]
    assert "CHG-1" in section and "Not staged: company, because GHL takes a company only on a new contact." in section
    assert "CHG-2" not in section


def test_the_sentence_before_the_key_names_what_is_lost(tmp_path: Path) -> None:
    bench = Bench(tmp_path).events(changes=[change(field="company", new_value="Bolt")], policy=TO_GHL)
    case = bench.cases()["CHG-1"]
    lost = "Not staged: company, because GHL takes a company only on a new contact."
    assert case.options[0].effect.endswith(lost)
    assert lost.removesuffix(".") in [note.text for note in case.notes]


def test_a_value_that_a_spreadsheet_could_run_is_never_in_a_file(tmp_path: Path) -> None:
    files = staged(tmp_path, change(field="first_name", new_value="=1+1"), policy=TO_GHL)
    (line,) = lines(files["staged/ghl-requests.jsonl"])
    assert line["body"] == {"firstName": "=1+1"}
    assert not [name for name in files if name.endswith("update.csv") and "inverse" not in name]


def test_a_value_that_a_spreadsheet_could_run_is_told_before_it_is_approved(tmp_path: Path) -> None:
    events = [change(f"CHG-{n}", field="first_name", new_value=text) for n, text in ((1, "=1+1"), (2, "Al"))]
    cases = Bench(tmp_path).events(changes=events, policy=TO_GHL).cases()
    told = [note.text for note in cases["CHG-1"].notes if note.code == "formula"]
    assert told == [
        "first name: a spreadsheet could run it as a formula, so the row is staged as a request and not in a file"
    ]
    assert not [note for note in cases["CHG-2"].notes if note.code == "formula"]


def ready(number: int, **values: str) -> dict[str, Any]:
    """A row of ``rows.jsonl`` that changes a HubSpot contact, as far as staging looks at it."""
    return {
        "row_id": f"row-{number:016x}", "status": "ready", "operation": "update", "object": "contact",
        "target": "hubspot", "target_id": str(100 + number), "table": "ghl-contact-changes",
        "idempotency_key": f"{number:064x}", "first_ready_seq": 1,
        "staged": [{"field": name, "value": text, "before": "old"} for name, text in values.items()],
    }  # fmt: skip


def staged_files(rows: Sequence[Mapping[str, Any]]) -> dict[str, bytes]:
    """The files of rows that all write something."""
    staging = Staging(rows)
    for number, row in enumerate(rows):
        staging.add(number, row)
    return {name: b"".join(pieces) for name, pieces in staging.files().items()}


def test_updates_of_many_shapes_are_a_few_files_and_the_rare_ones_requests() -> None:
    fields = ("city", "state", "company", "job_title", "first_name", "last_name", "address1")
    rows = [ready(10 * place + n, **{name: "new"}) for place, name in enumerate(fields) for n in range(place + 1)]
    files = staged_files(rows)
    tables = sorted(name for name in files if name.startswith("staged/hubspot-contact-update"))
    assert tables == [f"staged/hubspot-contact-update-{number:02d}.csv" for number in range(1, 5)]
    assert len(lines(files["staged/hubspot-requests.jsonl"])) == 1 + 2 + 3
    placed = [(place["file"], place["row"]) for row in index(files) for place in row["at"]]
    assert len(placed) == len(set(placed)) == len(rows)


def test_a_file_ends_before_ten_megabytes_and_no_row_is_lost_or_cut() -> None:
    long = "x" * 20_000
    rows = [ready(number, address1=f"{number} {long}") for number in range(1_100)]
    files = staged_files(rows)
    parts = [data for name, data in files.items() if name.startswith("staged/hubspot-contact-update-")]
    assert len(parts) == 3 and all(len(data) <= 10_000_000 for data in parts)
    cells = [row["Street Address"] for data in parts for row in read_csv(data)]
    assert sorted(cells) == sorted(f"{number} {long}" for number in range(1_100))
    for row in index(files)[::200]:
        ((name, at),) = [(place["file"], place["row"]) for place in row["at"]]
        assert read_csv(files[name])[at - 1]["Record ID"] == row["target_id"]


def test_a_close_contact_is_changed_in_the_fields_that_changed_and_told_what_a_whole_list_means(tmp_path: Path) -> None:
    files = staged(tmp_path, change(field="phone", new_value="+15550100009"))
    (line,) = lines(files["staged/close-requests.jsonl"])
    assert (line["method"], line["path"]) == ("PUT", "/api/v1/contact/CLOSE-1/")
    assert line["body"] == {"phones": [{"phone": "+15550100009", "type": "office"}]}
    assert line["whole_lists"] == ["phones"]


def test_half_a_name_cannot_be_written_where_a_contact_has_one_name(tmp_path: Path) -> None:
    files = staged(tmp_path, change(field="first_name", new_value="Anna"))
    (row,) = index(files)
    assert row["losses"] == [
        {"field": "first_name", "why": "keeps one name, and the other half of it is not known here"}
    ]


def test_a_new_contact_of_close_is_made_with_its_lead_in_words(tmp_path: Path) -> None:
    def create(review: Review, decisions: Decisions, name: str) -> None:
        decisions.choose(review.id(name), "create")

    event = change(
        ghl_contact_id="", close_contact_id="", email="new@three.test", field="phone", new_value="+15550100009"
    )
    files = staged(tmp_path, event, decide=create)
    (line,) = lines(files["staged/close-requests.jsonl"])
    assert (line["method"], line["path"]) == ("POST", "/api/v1/lead/")
    assert line["body"]["contacts"][0]["emails"] == [{"email": "new@three.test", "type": "office"}]
    (row,) = index(files)
    assert row["inverse"] == [] and "email" in row["irreversible"]


def test_a_new_contact_for_an_appointment_is_two_requests_in_order(tmp_path: Path) -> None:
    def create(review: Review, decisions: Decisions, name: str) -> None:
        decisions.choose(review.id(name), "create")

    files = staged(tmp_path, appointments=(appointment(close_contact_id="", email="new@three.test"),), decide=create)
    assert files["staged/ghl-contact-create.csv"] == b'"Email"\r\n"new@three.test"\r\n'
    (line,) = lines(files["staged/ghl-requests.jsonl"])
    assert line["body"]["contactId"] == "{id}" and set(line["fill_in"]) == {"id", "locationId", "calendarId"}
    (row,) = index(files)
    assert [place["file"] for place in row["at"]] == ["staged/ghl-contact-create.csv", "staged/ghl-requests.jsonl"]


def test_an_update_of_a_protected_field_carries_the_value_that_the_reviewer_unlocked(tmp_path: Path) -> None:
    def unlock(review: Review, decisions: Decisions, name: str) -> None:
        decisions.choose(review.id(name), "GHL", reason="asked the client")

    files = staged(tmp_path, change(field="dnd", new_value="true"), policy=TO_GHL, decide=unlock)
    (line,) = lines(files["staged/ghl-requests.jsonl"])
    assert line["body"] == {"dnd": True}


def test_cells_that_no_row_of_a_file_sets_are_not_in_it(tmp_path: Path) -> None:
    events = [
        change("CHG-1", field="phone", new_value="+15550100009"),
        change("CHG-2", field="first_name", new_value="Anna"),
    ]
    files = staged(tmp_path, *events, policy=TO_GHL)
    tables = [read_csv(data) for name, data in files.items() if name.startswith("staged/ghl-contact-update")]
    assert len(tables) == 2
    assert all(cell for table in tables for row in table for cell in row.values())


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Forge]:
    handoff = made(tmp_path_factory.mktemp("forge"), decide_all)
    return lambda: Forge(handoff)


def test_a_staged_file_that_says_something_else_than_the_rows_is_refused(forge: Callable[[], Forge]) -> None:
    for name in ("staged/index.jsonl", "staged/ghl-requests.jsonl"):
        tampered = forge()
        tampered.fixed[name] = tampered.members[name].replace(b"GHL-501", b"GHL-666")
        assert tampered.code() == "bundle.staged"


def test_a_staged_file_that_is_left_out_or_added_is_refused(forge: Callable[[], Forge]) -> None:
    tampered = forge()
    tampered.extra["staged/zoho-contact-update.csv"] = b'"Record Id","Email"\r\n"1","x@evil.test"\r\n'
    assert tampered.code() == "bundle.staged"


def test_a_formula_in_a_staged_file_is_refused_by_its_own_code(forge: Callable[[], Forge]) -> None:
    tampered = forge()
    tampered.extra["staged/zoho-contact-update.csv"] = b'"Record Id","Email"\r\n"1","=HYPERLINK(""x"")"\r\n'
    assert tampered.code() == "rows.formula"
