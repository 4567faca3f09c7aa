"""No small file takes more than seconds and a few hundred megabytes: it is loaded, or refused in words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from crm_tui.errors import InputError
from crm_tui.intake.formats import open_sources, records
from crm_tui.intake.source import HOLLOW_LIMIT, Hollow
from tests.factory import APPOINTMENT_HEADER
from tests.intake.bombs import BOMBS, costs, held, written


@pytest.mark.skipif(sys.platform != "linux", reason="the memory that a process has held is read from /proc")
def test_a_small_hostile_file_is_loaded_or_refused_in_words_within_five_seconds_and_300_mb(tmp_path: Path) -> None:
    paths = {name: written(tmp_path, name) for name, bomb in BOMBS.items() if not bomb.soak}
    alone = [name for name, path in paths.items() if path.suffix == ".xlsx"]
    others = [name for name in paths if name not in alone]
    told = dict(zip(others, costs([paths[name] for name in others]), strict=True))
    told |= {name: costs([paths[name]])[0] for name in alone}
    assert {name: one for name, one in told.items() if not held(name, one)} == {}


@pytest.mark.parametrize(("good", "refused"), [(HOLLOW_LIMIT - 1, True), (HOLLOW_LIMIT + 1, False)])
def test_damaged_records_are_too_many_only_where_they_outnumber_the_others(good: int, refused: bool) -> None:
    count = Hollow("export.csv")
    for hollow in (False, *[False] * (good - 1), *[True] * HOLLOW_LIMIT):
        count.note(hollow)
    if refused:
        with pytest.raises(InputError, match=r"^export\.csv has over 10,000 rows that are damaged"):
            count.note(True)
    else:
        count.note(True)


def test_a_list_of_short_addresses_is_no_list_of_next_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "unsubscribed.csv"
    header = ",".join(APPOINTMENT_HEADER)
    path.write_text(header + "\n" + ",,a@b.test,,,,\n" * (HOLLOW_LIMIT + 5_000))
    (source,) = open_sources(path).sources
    assert sum(1 for _ in records(source)) == HOLLOW_LIMIT + 5_000
