"""Redacted files come to the same verdicts and groups, whatever the files, and hold none of the people in them."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

from hypothesis import given

from tests.properties.driving import command, scratch, write_files
from tests.properties.profiles import examples
from tests.properties.strategies import EMAILS, PHONES, Inputs, damaged_inputs, inputs

IDS = ("close_contact_id", "ghl_contact_id")


def judged(folder: Path, workspace: Path, policy: Path | None) -> list[tuple[object, ...]]:
    """What every row came to, in order."""
    done = command("load", folder, "-w", workspace, *(("--policy", policy) if policy else ()))
    assert done.code == 0, done.err
    with sqlite3.connect(workspace) as connection:
        sql = "SELECT queue, rule, fired, outcome, contact, repeat FROM record ORDER BY id"
        return list(connection.execute(sql))


def check(given_inputs: Inputs) -> None:
    with scratch() as folder:
        source, copy, policy = folder / "src", folder / "copy", None
        write_files(source, given_inputs)
        if given_inputs.policy is not None:
            policy = folder / "policy.toml"
            policy.write_text(given_inputs.policy)
        more = ("--policy", policy) if policy else ()
        copy.mkdir()
        done = command("redact", source, "-o", copy, "--book", folder / "book.json", *more)
        assert done.code == 0, done.err
        assert judged(copy, folder / "copy.crm", policy) == judged(source, folder / "own.crm", policy)
        text = "".join(path.read_text() for path in copy.glob("*.csv")).lower()
        assert not [one for one in (*EMAILS, *PHONES) if one in text]
        cells = {
            cell for path in copy.glob("*.csv") for line in csv.reader(io.StringIO(path.read_text())) for cell in line
        }
        ids = {row.get(name, "").strip() for one in given_inputs.files for row in one.rows for name in IDS}
        assert {one for one in ids if one[-1:].isdigit()} & cells == set()


@examples(60)
@given(inputs())
def test_any_files_come_to_the_same_verdicts_and_groups_when_redacted(found: Inputs) -> None:
    check(found)


@examples(40)
@given(damaged_inputs())
def test_damaged_files_do_so_too(found: Inputs) -> None:
    check(found)
