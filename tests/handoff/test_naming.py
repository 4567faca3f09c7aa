"""A handoff that nobody named lies beside the workspace, and no other file is written over for it."""

from __future__ import annotations

import shutil
from pathlib import Path

from crm_tui.handoff.keys import Signer, fingerprint
from crm_tui.handoff.seal import expected_path, seal
from tests.factory import Bench, signer


def signed(bench: Bench, key: Signer, reviewer: str) -> Path:
    with bench.open(reviewer) as review:
        expected = expected_path(review.cases, fingerprint(key.public), key.principal, reviewer)
        done = seal(review.cases, None, key, reviewer)
    assert done.path == expected
    return done.path


def test_the_same_again_keeps_its_name_and_another_key_person_or_copy_gets_one_of_its_own(
    tmp_path: Path,
) -> None:
    bench = Bench(tmp_path).sample()
    copy = shutil.copy(bench.workspace, bench.folder / "copy.crm")
    rita, sam = signer(tmp_path, "rita@example.test"), signer(tmp_path, "sam@example.test")
    first = signed(bench, rita, "Rita")
    kept = first.read_bytes()
    assert first.name.endswith("-h0001.handoff.zip") and signed(bench, rita, "Rita") == first
    paths = [first, signed(bench, sam, "Rita"), signed(bench, sam, "Sam")]
    assert [path.name.split("-")[-1] for path in paths] == [
        "h0001.handoff.zip",
        "h0002.handoff.zip",
        "h0003.handoff.zip",
    ]
    shutil.copy(copy, bench.workspace)
    other = signed(bench, rita, "Rita")
    with bench.open("Rita") as review:
        assert seal(review.cases, None, rita, "Rita").path == other
    assert other.name == first.name.replace(".handoff", "-2.handoff")
    assert first.read_bytes() == kept
