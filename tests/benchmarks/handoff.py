"""How long a handoff takes to seal and to verify, how big it is, and how much memory both need.

    python -m tests.benchmarks.handoff [ROWS]        (default: 10,000)

Prints one line per figure, beside the goal where there is one.  Only ratios carry over to another machine: the stock
tools (unzip, ssh-keygen, sha256sum), which say less of the same file, are the peer.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.measure import machine
from tests.factory import ANN, Bench, appointment, signer, trust_in

CONTACTS = 2_500
GOALS = {"hash, sign and pack": "goal 0.05 s", "verify": "goal 0.5 s"}


def main() -> None:
    """Make a review, decide all of it, then seal it and verify it, each in a process of its own."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as name:
        os.environ["CRM_TUI_DATA_DIR"] = str(Path(name) / "data")
        review_of(rows, Path(name))
        for part in ("--seal", "--verify"):
            subprocess.run([sys.executable, "-m", __spec__.name, part, name], check=True)
        stock_tools(Path(name))
    print(machine())


def review_of(rows: int, folder: Path) -> Bench:
    """One appointment in ten belongs to another contact than it says; every row is approved."""
    bench = Bench(folder)
    contacts = [
        {**ANN, "close_contact_id": f"CLOSE-{n + 1}", "ghl_contact_id": f"GHL-{n + 1}", "email": f"p{n}@one.test",
         "phone": f"+1202555{n:04d}"}
        for n in range(min(rows, CONTACTS))
    ]  # fmt: skip
    events = [
        appointment(
            f"APT-{n}",
            close_contact_id=f"CLOSE-{(n + (n % 10 == 0)) % len(contacts) + 1}",
            email=f"p{n % len(contacts)}@one.test",
        )
        for n in range(rows)
    ]
    with timed(f"load {rows:,} rows"):
        bench.events(contacts=contacts, appointments=events)
    with timed("decide them as one set"), bench.open() as review, review.decisions.together():
        for record_id in review.cases.ids():
            review.decisions.approve(record_id, token=review.cases.case(record_id).options[0].token)
    return bench


def seal_alone(folder: Path) -> None:
    """Seal the review; then hash, sign and pack its members once more, alone."""
    from crm_tui.handoff import container, sums
    from crm_tui.handoff.keys import HANDOFF_NAMESPACE
    from crm_tui.handoff.seal import seal

    key = signer(folder)
    with timed("seal, all of it"), Bench(folder).open() as review:
        seal(review.cases, folder / "h.zip", key, "Rita Reviewer")
    told_memory("seal")
    data = (folder / "h.zip").read_bytes()
    members = [(member.name, bytes(member.data)) for member in container.read(data)[2:]]
    with timed("hash, sign and pack"):
        listed = sums.render(members)
        signature = key.sign(HANDOFF_NAMESPACE, listed)
        list(container.chunks([(sums.SUMS_NAME, listed), (sums.SIGNATURE_NAME, signature), *members]))
    print(f"{'size':<28} {len(data) / 1e6:9.1f} MB")
    for name, content in sorted(members, key=lambda item: -len(item[1]))[:4]:
        print(f"  {name:<26} {len(content) / 1e6:9.1f} MB")
    line = trust_in(key).lines[0]
    (folder / "allowed_signers").write_text(f'{line.principal} namespaces="crm-tui-handoff-v1" {line.public}\n')


def verify_alone(folder: Path) -> None:
    """Read it and check all of it."""
    from crm_tui.handoff import trust
    from crm_tui.handoff.verify import read_handoff, verify

    known = trust.load(folder / "allowed_signers", None)
    with timed("verify"):
        data = read_handoff(folder / "h.zip")
        before = peak_memory()
        found = verify(data, known, now=datetime.now(UTC))
    told_memory("verify", before)
    assert found.counts["outstanding"] == 0


def stock_tools(folder: Path) -> None:
    """Who signed it, and that no byte differs: what a receiver can say without the program."""
    recipe = (
        "unzip -qq -o h.zip -d out && cd out && ssh-keygen -Y verify -f ../allowed_signers -I alice@example.test"
        " -n crm-tui-handoff-v1 -s SHA256SUMS.sig < SHA256SUMS > /dev/null && sha256sum --strict --quiet -c SHA256SUMS"
    )
    with timed("unzip, ssh-keygen, sha256sum"):
        subprocess.run(["bash", "-c", recipe], cwd=folder, check=True)


def peak_memory() -> float:
    """Megabytes that this process has held at most; Linux keeps the parent's figure in ``getrusage`` across a start."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def told_memory(what: str, before: float = 0) -> None:
    """The peak so far."""
    read = f" ({before:.0f} MB with the file read)" if before else ""
    print(f"{f'peak memory of {what}':<28} {peak_memory():9.0f} MB{read}", flush=True)


@contextmanager
def timed(what: str) -> Iterator[None]:
    """One figure: seconds on the clock and of the processor, children included."""
    wall, cpu = time.perf_counter(), sum(os.times()[:4])
    yield
    wall, cpu = time.perf_counter() - wall, sum(os.times()[:4]) - cpu
    print(f"{what:<28} {wall:9.3f} s  {cpu:9.3f} CPU s   {GOALS.get(what, '')}".rstrip(), flush=True)


if __name__ == "__main__":
    alone = {"--seal": seal_alone, "--verify": verify_alone}.get(sys.argv[1] if len(sys.argv) > 2 else "")
    if alone:
        alone(Path(sys.argv[2]))
    else:
        main()
