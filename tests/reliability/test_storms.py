"""A terminal pulled about, and clocks that jump: nothing is lost, nothing is out of order, nobody is shut out."""

from __future__ import annotations

import os
import re
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_tui.handoff.seal import seal
from crm_tui.handoff.verify import Receiver, verify
from crm_tui.privacy import erase
from crm_tui.workspace import checkpoints, integrity, journal
from crm_tui.workspace.store import Store
from tests.console.test_console_terminal import assert_restored, started, termios
from tests.factory import SAMPLE, Bench, signer, trust_in
from tests.properties.profiles import SOAK, examples, runs

SAVED = re.compile(rb"#(\d+) saved")
KEYS = [b"s", b"j", b"k", b"u", b"1", b"2", b"\x1b", b"?", b"\x1b", b"]", b"[", b"\r", b"\x1b", b"n", b"\x1b", b"*"]


def test_a_storm_of_resizes_between_keys_loses_nothing_and_ends_well(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.load(*sorted(SAMPLE.glob("*.csv")))
    random = Random(time.time_ns() if SOAK else 7)
    steps = runs(60)
    with started(str(bench.workspace)) as terminal:
        for number in range(steps):
            size = (random.choice((1, 2, random.randint(1, 200))), random.choice((1, 2, random.randint(1, 500))))
            termios.tcsetwinsize(terminal.slave, size)
            terminal.process.send_signal(signal.SIGWINCH)
            os.write(terminal.master, random.choice(KEYS))
            time.sleep(random.choice((0, 0, 0.01, 0.03)))
            terminal.read()
            assert terminal.process.poll() is None, (number, size)
        termios.tcsetwinsize(terminal.slave, (24, 80))
        terminal.process.send_signal(signal.SIGWINCH)
        for key in (b"\x1b", b"\x1b", b"\x1b", b"s"):
            os.write(terminal.master, key)
            time.sleep(0.2)
            terminal.read()
        terminal.process.send_signal(signal.SIGTERM)
        code = terminal.wait(60)
        assert code == 128 + signal.SIGTERM, terminal.output.split(b"\x1b[?1049l")[-1]
        assert_restored(terminal)
        assert b"Traceback" not in terminal.output
    with Store.open(bench.workspace) as store:
        integrity.check(store)
        entries, _ = journal.head(store.connection)
    told = {int(number) for number in SAVED.findall(terminal.output)}
    assert all(number <= entries for number in told)
    print(f"\n{steps} resizes, {len(told)} decisions said to be saved, all there")


MOMENTS = st.lists(
    st.datetimes(datetime(1970, 1, 1), datetime(2199, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC)),
    min_size=8,
    max_size=8,
)


@examples(30, shrink=False)
@given(moments=MOMENTS)
def test_clocks_that_jump_change_no_order_and_shut_nobody_out(
    moments: list[datetime], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Times inform; what counts is the order of the entries, and for a receiver the receiver's own clock."""
    bench = Bench(tmp_path_factory.mktemp("jump"))
    bench.clock.moment = moments[0]
    bench.load(*sorted(SAMPLE.glob("*.csv")))
    key = signer(bench.folder)
    steps = (("approve", "APT-7001"), ("reject", "APT-7002"), ("undo", "APT-7001"), ("approve", "APT-7001"))
    for number, (moment, (what, name)) in enumerate(zip(moments[1:], steps, strict=False), 1):
        bench.clock.moment = moment
        with bench.open() as review:
            integrity.check(review.store)
            checkpoints.check(review.store)
            row = review.id(name)
            if what == "reject":
                review.decisions.reject(row, "no")
            else:
                getattr(review.decisions, what)(row)
            assert len(journal.decisions(review.store.connection)) == number
            checkpoints.keep(review.store)
    receiver = Receiver(receipts=bench.folder / "receipts.jsonl")
    for number, moment in enumerate(moments[5:7], 1):
        bench.clock.moment = moment
        with bench.open() as review:
            assert (review.state("APT-7001"), review.state("APT-7002")) == ("approved", "rejected")
            done = seal(review.cases, bench.folder / f"{number}.zip", key, "Rita")
            review.decisions.note(review.id("ACT-9103"), f"after {number}")
        found = verify(done.path.read_bytes(), trust_in(key), now=moments[-number], receiver=receiver)
        assert (found.seq, found.warnings) == (number, ())


def test_a_day_until_which_to_keep_is_held_against_the_clock_of_that_moment(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.load(*sorted(SAMPLE.glob("*.csv")))
    with bench.open() as review:
        erase.keep_until(review.cases, "2026-12-31", "Rita")
        with pytest.raises(Exception, match="kept until 2026-12-31"):
            erase.refuse_early(review.cases)
        bench.clock.moment += timedelta(days=400)
        erase.refuse_early(review.cases)
        bench.clock.moment -= timedelta(days=800)
        with pytest.raises(Exception, match="kept until 2026-12-31"):
            erase.refuse_early(review.cases)
