"""``redact`` of payloads: every fixture comes to the same verdicts, and names nobody any more."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crm_tui.classify.policy import parse_policy
from crm_tui.cli import run
from crm_tui.intake.formats import named, open_sources, records
from crm_tui.privacy.book import Book
from crm_tui.privacy.pseudonym import Pseudonyms
from crm_tui.privacy.redact import redact, write_all
from crm_tui.systems.declare import IDENTITY_ROLES
from crm_tui.systems.fields import Type, field_type
from crm_tui.workspace.load import load
from tests.systems.systems_support import FIXTURES

FILES = sorted(path for path in FIXTURES.rglob("*.*") if path.suffix in (".json", ".jsonl", ".mbox", ".xml"))
MAPS = sorted((FIXTURES / "contact-map").glob("*.csv"))
TELLING = frozenset(["first_name", "last_name", "name", "company", "address1", "address", "birthday", "job_title"])


def called(path: Path) -> str:
    """A name of its own for each fixture."""
    return f"{path.parent.name} {path.name}"


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Every payload fixture and every contact map; and the copies of them, redacted by one book."""
    own, copies = tmp_path_factory.mktemp("own"), tmp_path_factory.mktemp("copies")
    pseudonyms = Pseudonyms(Book(b"k" * 32), parse_policy())
    for path in (*FILES, *MAPS):
        (own / called(path)).write_bytes(path.read_bytes())
        write_all(redact([path], copies / called(path), pseudonyms))
    return own, copies


def judged(folder: Path, workspace: Path) -> list[tuple[object, ...]]:
    """Queue, rules, outcome and contact of every row, each file by itself in its order."""
    load(workspace, [folder])
    with sqlite3.connect(workspace) as connection:
        sql = (
            "SELECT source.name, queue, rule, fired, outcome, contact, repeat FROM record"
            " JOIN source ON source.id = source_id ORDER BY source.name, record.first_line, record.id"
        )
        return list(connection.execute(sql))


def test_every_row_of_every_fixture_comes_to_the_same_verdict(folders: tuple[Path, Path], tmp_path: Path) -> None:
    own, other = (judged(folder, tmp_path / f"{folder.name}.crm") for folder in folders)
    assert len(own) > 100 and len({row[2] for row in own}) > 10
    assert [(one, two) for one, two in zip(own, other, strict=True) if one != two] == []


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield name
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)
    elif isinstance(value, str):
        yield value
        if value[:1] in ("{", "["):
            yield from strings(json.loads(value))


def secrets_of(path: Path) -> set[str]:
    """Every e-mail of a file, and what its columns of names, phones, places and ids of people show."""
    found = set(re.findall(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", path.read_text()))
    for source in open_sources(path).sources:
        cells_of = named(source)
        for record in records(source):
            for name, text in cells_of(record.cells).items() if record.cells else ():
                column = source.table.by_name.get(name)
                telling = column and (column.role in IDENTITY_ROLES or column.field in TELLING)
                if telling or (column and field_type(column.field) in (Type.PHONE, Type.EMAIL)):
                    found.update(part.strip() for part in re.split("[;,|]", text))
    return {one for one in found if (len(one) > 3 and not one.isalpha()) or one.istitle()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_nobody_of_a_fixture_is_left_in_its_copy(folders: tuple[Path, Path], path: Path) -> None:
    copy = folders[1] / called(path)
    said = {text.strip().lower() for text in [*in_json(copy), *in_cells(copy)]}
    secrets = secrets_of(path)
    assert not {one for one in secrets if one.lower() in said}
    whole = "\n".join([copy.read_text(), *said]).lower()
    assert not {one for one in secrets if ("@" in one or " " in one) and one.lower() in whole}


def in_json(path: Path) -> Iterator[str]:
    for line in path.read_text().splitlines() if ".json" in path.suffix else ():
        if line and not line.startswith("redacted: "):
            yield from strings(json.loads(line))


def in_cells(path: Path) -> Iterator[str]:
    """What is read of a file: texts of mails are encoded in it."""
    for source in open_sources(path).sources:
        cells_of = named(source)
        for record in records(source):
            yield from cells_of(record.cells).values() if record.cells else ()


EVENT = {"type": "ContactCreate", "id": "GHLx1", "locationId": "l", "email": "ann@one.test", "mood": {"Ann": "Zimmer"}}


def test_a_body_that_was_captured_as_a_text_is_redacted_within_it(tmp_path: Path) -> None:
    (tmp_path / "hook.json").write_text(json.dumps({"headers": {"x": "ann@one.test"}, "body": json.dumps([EVENT])}))
    assert run(["redact", str(tmp_path / "hook.json"), "-o", str(tmp_path / "copy.json")]) == 0
    text = (tmp_path / "copy.json").read_text()
    assert not re.search("one.test|Ann|Zimmer|mood", text)
    (inner,) = json.loads(json.loads(text)["body"])
    assert inner["type"] == "ContactCreate" and inner["email"].endswith(".test")


def test_a_damaged_line_stays_damaged_and_a_damaged_document_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = json.dumps(EVENT)
    (tmp_path / "a.jsonl").write_text(f"{whole}\n{whole[:-9]}\n{whole}\n")
    (tmp_path / "b.json").write_text(whole[:-9])
    assert run(["redact", str(tmp_path / "a.jsonl"), "-o", str(tmp_path / "copy.jsonl")]) == 0
    assert "2 rows, 1 damaged line left out" in capsys.readouterr().out
    assert "Ann" not in (tmp_path / "copy.jsonl").read_text()
    assert run(["redact", str(tmp_path / "b.json"), "-o", str(tmp_path / "copy.json")]) == 2
    assert "is damaged in value 1" in capsys.readouterr().err


def test_a_machine_stays_a_machine_and_our_own_side_ours(tmp_path: Path) -> None:
    (tmp_path / "policy.toml").write_text('[own]\ndomains = ["agency.example"]\n')
    start = "From 1@xxx Wed May 20 10:00:14 +0000 2026\nMessage-ID: <a@b.test>\n"
    mails = [
        f"{start}From: Acme <no-reply+ann@one.test>\nTo: rita@agency.example\n\nHello\n",
        f"{start}From: Rita <rita@agency.example>\nTo: Ann Archer <ann@one.test>\n\nHello\n",
    ]
    (tmp_path / "mail.mbox").write_text("\n".join(mails))
    more = ["--policy", str(tmp_path / "policy.toml")]
    assert run(["redact", str(tmp_path / "mail.mbox"), "-o", str(tmp_path / "copy.mbox"), *more]) == 0
    text = (tmp_path / "copy.mbox").read_text()
    assert not re.search("ann|one.test|Acme|Archer", text) and text.count("rita@agency.example") == 2
    for name in ("mail", "copy"):
        assert run(["load", str(tmp_path / f"{name}.mbox"), "-w", str(tmp_path / f"{name}.crm"), *more]) == 0
    found = []
    for name in ("mail", "copy"):
        with sqlite3.connect(tmp_path / f"{name}.crm") as connection:
            found.append(list(connection.execute("SELECT queue, fired FROM record ORDER BY id")))
    assert found[0] == found[1]
    assert "missing_identity" in found[0][0][1] and "missing_identity" not in found[0][1][1]
