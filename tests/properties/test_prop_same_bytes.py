"""Invariant 5: the same workspace, inputs, policy and journal give the same bytes, whatever the machine is like."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.factory import SAMPLE
from tests.properties.driving import Desk, handed_off, new_signer, scratch, told, verdicts
from tests.properties.profiles import OTHER_PYTHON, examples
from tests.properties.replica import replica
from tests.properties.strategies import Inputs, Story, damaged_inputs, stories

REPOSITORY = SAMPLE.parent.parent
ZONES = ("Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati")


def elsewhere(told_of: list[Story], folder: Path, key: Path, order: int) -> list[dict[str, str]]:
    """The stories carried out by another Python process, far away."""
    description = folder / "description.pickle"
    description.write_bytes(pickle.dumps((told_of, folder / "elsewhere", key, order)))
    environment = os.environ | {
        "PYTHONHASHSEED": str(order % 4_000_000_000),
        "TZ": ZONES[order % len(ZONES)],
        "LC_ALL": "C",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONWARNINGS": "ignore",
    }
    done = subprocess.run(
        [OTHER_PYTHON, "-m", "tests.properties.replica", str(description)],
        capture_output=True, text=True, check=False, env=environment, cwd=REPOSITORY,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


@examples(4, shrink=False)
@given(st.lists(stories(most=10), min_size=4, max_size=6), st.integers(1, 1_000_000))
def test_another_order_hash_seed_and_time_zone_give_the_same_bytes(told_of: list[Story], order: int) -> None:
    with scratch() as folder:
        new_signer(folder)
        key = folder / "keys" / "rita_ed25519"
        here = [replica(story, folder / "here" / str(n), key, 0) for n, story in enumerate(told_of)]
        assert elsewhere(told_of, folder, key, order) == here


@examples(15)
@given(stories(most=10))
def test_signing_again_gives_the_same_bytes(story: Story) -> None:
    with told(story) as desk:
        signer = new_signer(desk.folder)
        handed_off(desk, signer, "one.handoff.zip")
        desk.close()
        desk.open()
        handed_off(desk, signer, "two.handoff.zip")
        one, two = (desk.folder / f"{name}.handoff.zip" for name in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


@examples(30)
@given(damaged_inputs(), st.data())
def test_any_order_of_the_files_of_one_load_gives_the_same_verdicts(found: Inputs, data: st.DataObject) -> None:
    orders = st.permutations(range(len(found.files)))
    with scratch() as folder:
        seen = []
        for number in range(2):
            desk = Desk(folder, f"w{number}.crm")
            desk.load(found, order=data.draw(orders))
            seen.append(verdicts(desk.path) if desk.path.exists() else {})
        assert seen[0] == seen[1]
