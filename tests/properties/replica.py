"""One review from a description, start to handoff, with nothing left to chance but what is under test.

Run as a program (``python -m tests.properties.replica FILE``) it does so under another hash seed, time zone and
order of the files named, and prints the digest of every member.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pickle
import secrets
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from unittest import mock

from crm_tui.handoff.keys import load_key
from crm_tui.handoff.seal import seal
from tests.properties.driving import REVIEWER, Desk
from tests.properties.strategies import Story


@contextlib.contextmanager
def drawn_lots(folder: Path) -> Iterator[None]:
    """Workspace ids and salts come from a seed: two replicas are one workspace, each on a machine of its own."""
    lots = Random(20260520)
    with (
        mock.patch.dict(os.environ, {"CRM_TUI_DATA_DIR": str(folder / "data")}),
        mock.patch.object(secrets, "token_bytes", lambda size=32: lots.randbytes(size)),
        mock.patch.object(secrets, "token_hex", lambda size=32: lots.randbytes(size).hex()),
    ):
        yield


def replica(story: Story, folder: Path, key: Path, order: int) -> dict[str, str]:
    """Member → digest of the handoff of this story; ``order`` seeds the order in which the files are named."""
    folder.mkdir(parents=True)
    shuffle = Random(order)
    with drawn_lots(folder):
        desk = Desk(folder)
        for given in (story.inputs, *(step.load for step in story.steps if step.kind == "reload")):
            assert len({one.name for one in given.files}) == len(given.files)
        desk.load(story.inputs, order=shuffle.sample(range(len(story.inputs.files)), len(story.inputs.files)))
        with desk:
            for step in story.steps:
                if step.kind == "reload":
                    desk.close()
                    desk.load(step.load, order=shuffle.sample(range(len(step.load.files)), len(step.load.files)))
                    desk.open()
                elif not desk.pause(step):
                    desk.decide(step)
            path = folder / "out.handoff.zip"
            seal(desk.cases, path, load_key(key, str), REVIEWER)
    found = {"the whole file": hashlib.sha256(path.read_bytes()).hexdigest()}
    with zipfile.ZipFile(path) as archive:
        found |= {name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()}
    return found


def main(description: str) -> None:
    """Replicate what a pickle of ours describes."""
    stories, folder, key, order = pickle.loads(Path(description).read_bytes())
    print(json.dumps([replica(story, folder / str(n), key, order) for n, story in enumerate(stories)]))


if __name__ == "__main__":
    main(sys.argv[1])
