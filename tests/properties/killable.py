"""Decides as fast as it can, prints each acknowledgement, and is meant to be killed (test_prop_nothing_lost.py)."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

from tests.properties.driving import Desk
from tests.properties.strategies import Step


def main(description: str) -> None:
    """Go through the steps again and again until somebody kills us."""
    folder, steps = pickle.loads(Path(description).read_bytes())
    with Desk(folder) as desk:
        print("ready", flush=True)
        while True:
            for step in steps:
                again(desk, step)


def again(desk: Desk, step: Step) -> None:
    """One step, and its acknowledgement on stdout once it is there."""
    saved = desk.decide(step)
    if saved:
        review = desk.cases.review(saved.record_id)
        row = desk.cases.case(saved.record_id).row_id
        print(f"{saved.seq}\t{row}\t{review.state.value}\t{review.choice}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
