"""Sealing and checking: the same bytes wherever it runs, and every change refused with its code."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from crm_tui import canonical
from crm_tui.classify.policy import default_policy_text
from crm_tui.errors import HandoffRefused, InputError, TargetError, UsageError
from crm_tui.files import data_dir, stable_bytes
from crm_tui.handoff import container, keys, sums
from crm_tui.handoff import rows as handoff_rows
from crm_tui.handoff.drawing import Drawing
from crm_tui.handoff.outline import Outline
from crm_tui.handoff.row_file import Rows
from crm_tui.handoff.seal import CONTENT, Sealed, seal
from crm_tui.handoff.summary import decided_line, render_summary
from crm_tui.handoff.trust import Trust, parse
from crm_tui.handoff.verify import Verified, verify
from crm_tui.handoff.views import QueueViews
from crm_tui.workspace.journal import entry_hash, genesis
from tests.factory import SAMPLE, Bench, Review, appointment, appointments_bytes, change, signer, trust_in
from tests.properties.profiles import OTHER_PYTHON, SOAK

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NAME, REASON, QUESTION = "Rita Reviewer", "owner left the firm", "Is this still her number?"


def decide_all(review: Review) -> None:
    """Every row of the sample decided, each kind of decision among them."""
    decide = review.decisions
    for name in ("APT-7001", "CHG-8801", "CHG-8804", "ACT-9101", "ACT-9102"):
        decide.approve(review.id(name))
    decide.choose(review.id("APT-7002"), "CLOSE-202/GHL-502")
    decide.approve(review.id("APT-7002"))
    decide.reject(review.id("APT-7003"), REASON)
    decide.choose(review.id("CHG-8802"), "CLOSE-303/GHL-503")
    decide.approve(review.id("CHG-8802"), reason="checked by voice")
    decide.choose(review.id("ACT-9103"), "no-write")
    decide.approve(review.id("ACT-9103"))
    decide.choose(review.id("ACT-9104"), "CLOSE-303/GHL-503")
    decide.approve(review.id("ACT-9104"))


def decide_some(review: Review) -> None:
    review.decisions.approve(review.id("APT-7001"))
    review.decisions.reject(review.id("APT-7003"), REASON)
    review.decisions.ask(review.id("ACT-9104"), QUESTION)
    review.decisions.approve(review.id("CHG-8804"))
    review.decisions.undo(review.id("CHG-8804"))


def sealed(bench: Bench, key: keys.Signer, name: str = "out.handoff.zip", reviewer: str = NAME) -> tuple[Sealed, bytes]:
    with bench.open(reviewer) as review:
        done = seal(review.cases, bench.folder / name, key, reviewer)
    return done, (bench.folder / name).read_bytes()


def members_of(data: bytes) -> dict[str, bytes]:
    return {member.name: bytes(member.data) for member in container.read(data)}


def content_names(members: dict[str, bytes]) -> tuple[str, ...]:
    return (*CONTENT, *sorted(name for name in members if name.startswith("staged/")))


def code(data: bytes, trust: Trust, **options: Any) -> str:
    try:
        verify(data, trust, now=NOW, **options)
    except HandoffRefused as error:
        assert "\n" not in str(error)
        return error.code
    return "accepted"


@dataclass
class Made:
    bench: Bench
    key: keys.FileSigner
    trust: Trust
    data: bytes
    done: Sealed


def made(folder: Path, decide: Callable[[Review], None], policy: str | None = None) -> Made:
    folder.mkdir(parents=True, exist_ok=True)
    bench = Bench(folder)
    assert bench.load(SAMPLE, policy=policy) == ()
    with bench.open(NAME) as review:
        decide(review)
    key = signer(folder)
    done, data = sealed(bench, key)
    return Made(bench, key, trust_in(key), data, done)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("full"), decide_all)


@pytest.fixture(scope="module")
def partial(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return made(tmp_path_factory.mktemp("partial"), decide_some)


# What a good one says


def test_a_full_handoff_is_accepted_and_says_who_and_what(full: Made) -> None:
    found = verify(full.data, full.trust, now=NOW, require_complete=True)
    assert isinstance(found, Verified)
    assert (found.signer, found.seq, found.kind) == ("alice@example.test", 1, "full")
    assert found.handoff_id == full.done.handoff_id == hashlib.sha256(members_of(full.data)["SHA256SUMS"]).hexdigest()
    assert dict(found.counts) == {
        "rows": 13, "ledger": 5, "conflicts": 5, "errors": 3, "ready": 9, "rejected": 1, "outstanding": 0,
    }  # fmt: skip


def test_a_partial_handoff_says_so_and_is_not_complete(partial: Made) -> None:
    assert (partial.done.kind, partial.done.outstanding) == ("partial", 8)
    found = verify(partial.data, partial.trust, now=NOW)
    assert found.kind == "partial"
    members = members_of(partial.data)
    statement = json.loads(members["handoff.json"])
    assert (statement["kind"], statement["complete"]) == ("partial", False)
    assert b"8 rows" in members["SUMMARY.md"] and b"partial" in members["SUMMARY.md"]
    for name in ("APT-7002", "CHG-8802", "ACT-9104"):
        assert name.encode() in members["SUMMARY.md"].split(b"## Outstanding")[1]
    assert code(partial.data, partial.trust, require_complete=True) == "incomplete"


def test_what_was_not_checked_is_said(full: Made) -> None:
    assert len(verify(full.data, full.trust, now=NOW).not_checked) == 3
    assert len(verify(full.data, full.trust, now=NOW, inputs=SAMPLE).not_checked) == 2


def test_the_layout_is_the_documented_one(full: Made) -> None:
    names = [member.name for member in container.read(full.data)]
    assert names[:2] == ["SHA256SUMS", "SHA256SUMS.sig"]
    assert set(names[2:]) >= {
        "README.txt", "SUMMARY.md", "handoff.json", "rows.jsonl", "log.jsonl", "sync-ledger.csv", "conflict-queue.csv",
        "error-log.csv", "first-slice-map.csv", "questions.csv",
    }  # fmt: skip
    listed = members_of(full.data)["SHA256SUMS"].decode()
    assert [line.split("  ")[1] for line in listed.splitlines()] == names[2:]


def test_rows_carry_before_values_target_and_evidence_and_only_ready_ones_stage(full: Made) -> None:
    rows = {row["event_id"]: row for row in map(json.loads, members_of(full.data)["rows.jsonl"].splitlines())}
    assert len(rows) == 13
    assert list(rows) != [] and [row["row_id"] for row in rows.values()] == sorted(
        row["row_id"] for row in rows.values()
    )
    change_row = rows["CHG-8804"]
    assert (change_row["operation"], change_row["target_id"]) == ("update", "CLOSE-101")
    assert change_row["staged"] == [{"field": "lifecycle_stage", "value": "customer", "before": None}]
    assert rows["CHG-8801"]["staged"] == [] and rows["CHG-8801"]["operation"] == "no-write"
    assert rows["APT-7002"]["target_id"] == "GHL-502"
    for name in ("APT-7003", "APT-7004", "CHG-8803", "ACT-9105"):
        assert rows[name]["staged"] == [] and rows[name]["operation"] == ""
    assert all(row["status"] == "ready" for row in rows.values() if row["staged"])


def test_stock_tools_agree(full: Made, tmp_path: Path) -> None:
    keygen = shutil.which("ssh-keygen")
    if keygen is None or shutil.which("sha256sum") is None:
        pytest.skip("OpenSSH and sha256sum are not installed")
    for name, data in members_of(full.data).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    line = keys.allowed_signers_line(full.key.principal, full.key.public)
    (tmp_path / "signers").write_text(line + "\n")
    command = [keygen, "-Y", "verify", "-f", "signers", "-I", full.key.principal, "-n", "crm-tui-handoff-v1", "-s",
               "SHA256SUMS.sig"]  # fmt: skip
    done = subprocess.run(
        command,
        cwd=tmp_path,
        input=(tmp_path / "SHA256SUMS").read_bytes(),
        timeout=60,
        check=False,
        capture_output=True,
    )
    assert done.returncode == 0
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=tmp_path, timeout=60, check=False, capture_output=True
    )
    assert done.returncode == 0


# The same bytes


ELSEWHERE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from crm_tui.handoff import keys
from crm_tui.handoff.seal import build_members, seal
from crm_tui.workspace import journal
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.store import Store
workspace, key, out, folder = map(Path, sys.argv[1:5])
with Store.open(workspace, clock=lambda: datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)) as store:
    cases = Cases(store)
    signer = keys.load_key(key)
    members, _, _ = build_members(cases, 1, signer, sys.argv[5])
    for name, data in members:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    print(seal(cases, out, signer, sys.argv[5]).reissued)
"""


@pytest.mark.parametrize(
    ("python", "seed", "zone"),
    [(sys.executable, "1", "Pacific/Kiritimati"), (OTHER_PYTHON, "4242", "America/St_Johns")],
    ids=["here", "other Python" if sys.executable != OTHER_PYTHON else "elsewhere"],
)
def test_another_python_clock_hash_seed_and_time_zone_give_the_same_bytes(
    full: Made, tmp_path: Path, python: str, seed: str, zone: str
) -> None:
    copy = tmp_path / "copy of it.crm"
    shutil.copy(full.bench.workspace, copy)
    (tmp_path / "members").mkdir()
    out = tmp_path / "again.zip"
    key = full.bench.folder / "keys" / "alice_ed25519"
    done = subprocess.run(
        [python, "-c", ELSEWHERE, str(copy), str(key), str(out), str(tmp_path / "members"), NAME],
        env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(SAMPLE.parent.parent)},
        cwd=tmp_path, timeout=120, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr
    content = {
        name: data for name, data in members_of(full.data).items() if name in content_names(members_of(full.data))
    }
    written = [path for path in (tmp_path / "members").rglob("*") if path.is_file()]
    assert {path.relative_to(tmp_path / "members").as_posix(): path.read_bytes() for path in written} == content
    assert out.read_bytes() == full.data


def test_the_order_of_the_files_of_the_load_changes_no_byte_but_salts_and_ids(tmp_path: Path) -> None:
    """Same inputs in another order: what was judged and how the inputs are listed is the same."""
    seen = []
    for number, order in enumerate((1, -1)):
        folder = tmp_path / str(number)
        folder.mkdir()
        bench = Bench(folder)
        bench.load(*sorted(SAMPLE.glob("*.csv"))[::order])
        with bench.open() as review:
            rows = list(handoff_rows.build_rows(review.cases, 1))
            seen.append((rows, [source[2:] for source in review.cases.sources.values()]))
    assert seen[0] == seen[1]


def test_a_reissue_gives_the_same_bytes_and_no_new_number(tmp_path: Path) -> None:
    one = made(tmp_path / "a", decide_some)
    again, data = sealed(one.bench, one.key, "again.zip")
    assert (again.seq, again.reissued, again.handoff_id) == (1, True, one.done.handoff_id)
    assert data == one.data
    with one.bench.open() as review:
        review.decisions.approve(review.id("ACT-9101"))
    later, data = sealed(one.bench, one.key, "later.zip")
    assert (later.seq, later.reissued) == (2, False)
    statement = json.loads(members_of(data)["handoff.json"])
    assert statement["previous"] == {"seq": 1, "id": one.done.handoff_id}
    assert code(data, one.trust) == "accepted"


def test_a_target_that_cannot_be_written_uses_up_no_number(tmp_path: Path) -> None:
    one = made(tmp_path / "a", decide_some)
    with one.bench.open() as review:
        review.decisions.approve(review.id("ACT-9101"))
        head = review.store.connection.execute("SELECT MAX(seq) FROM log").fetchone()
        for out in (tmp_path, tmp_path / "missing" / "x.zip"):
            with pytest.raises(TargetError):
                seal(review.cases, out, one.key, NAME)
        assert review.store.connection.execute("SELECT MAX(seq) FROM log").fetchone() == head
        assert review.store.connection.execute("SELECT COUNT(*) FROM handoff").fetchone() == (1,)
        assert seal(review.cases, tmp_path / "x.zip", one.key, NAME).seq == 2


def test_first_ready_seq_and_the_idempotency_key_over_three_handoffs(tmp_path: Path) -> None:
    one = made(tmp_path / "a", decide_some)

    def rows(data: bytes) -> dict[str, dict[str, Any]]:
        return {row["event_id"]: row for row in map(json.loads, members_of(data)["rows.jsonl"].splitlines())}

    first = rows(one.data)
    with one.bench.open(NAME) as review:
        review.decisions.approve(review.id("ACT-9101"))
    second = rows(sealed(one.bench, one.key, "2.zip")[1])
    with one.bench.open(NAME) as review:
        review.decisions.undo(review.id("APT-7001"))
        review.decisions.approve(review.id("APT-7001"))
    third = rows(sealed(one.bench, one.key, "3.zip")[1])
    assert [found["APT-7001"]["first_ready_seq"] for found in (first, second, third)] == [1, 1, 1]
    assert [found["ACT-9101"]["first_ready_seq"] for found in (first, second, third)] == [0, 2, 2]
    assert first["ACT-9101"]["idempotency_key"] == ""
    assert len({found["APT-7001"]["idempotency_key"] for found in (first, second, third)}) == 1
    everything = [row["idempotency_key"] for row in third.values() if row["idempotency_key"]]
    assert len(set(everything)) == len(everything)


def test_a_row_ready_with_another_content_counts_as_new(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.events(activities=[], appointments=[appointment("A")])
    key = signer(tmp_path)
    with bench.open(NAME) as review:
        review.decisions.approve(review.id("A"))
    first = json.loads(members_of(sealed(bench, key, "1.zip")[1])["rows.jsonl"])
    bench.load(bench.put("next.csv", appointments_bytes(appointment("A", title="Other"))))
    stale = json.loads(members_of(sealed(bench, key, "2.zip")[1])["rows.jsonl"])
    assert (stale["status"], stale["state"], stale["staged"]) == ("outstanding", "stale", [])
    with bench.open(NAME) as review:
        review.decisions.approve(review.id("A"))
    data = sealed(bench, key, "3.zip")[1]
    third = json.loads(members_of(data)["rows.jsonl"])
    assert (first["first_ready_seq"], third["first_ready_seq"]) == (1, 3)
    assert first["idempotency_key"] != third["idempotency_key"]
    assert code(data, trust_in(key)) == "accepted"


def test_no_personal_words_in_the_log(full: Made, partial: Made) -> None:
    for one in (full, partial):
        log = members_of(one.data)["log.jsonl"].lower()
        for word in (NAME, REASON, QUESTION, "rita", "harborlight", "clearwater", "northstar", "15550102020", "alice",
                     "CLOSE-202", "GHL-502", "customer", "by voice"):  # fmt: skip
            assert word.lower().encode() not in log


def test_texts_stand_in_the_rows_with_the_salts_that_tie_them_to_the_log(partial: Made) -> None:
    rows = {row["event_id"]: row for row in map(json.loads, members_of(partial.data)["rows.jsonl"].splitlines())}
    decision = rows["APT-7003"]["decision"]
    assert (decision["reason"], decision["by"]) == (REASON, NAME)
    assert set(decision["salts"]) >= {"reason", "by"}
    assert rows["ACT-9104"]["decision"]["question"] == QUESTION


def test_overrides_stand_on_their_own_page(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.events(changes=[change("LOCKED", field="owner", new_value="Mallory")])
    with bench.open(NAME) as review:
        review.decisions.choose(review.id("LOCKED"), "GHL", "agreed with the client")
        review.decisions.approve(review.id("LOCKED"))
    key = signer(tmp_path)
    _, data = sealed(bench, key)
    page = members_of(data)["SUMMARY.md"].split(b"## Protected fields overridden")[1]
    assert b"LOCKED" in page and b"agreed with the client" in page
    assert code(data, trust_in(key)) == "accepted"


# Every byte


STEP = 1 if SOAK else 37
"""A soak flips every bit of the file, the ordinary run every 37th."""


@pytest.mark.parametrize("part", range(4))
def test_bits_flipped_are_refused(partial: Made, part: int) -> None:
    bits = range(part * STEP, len(partial.data) * 8, 4 * STEP)
    accepted = []
    for bit in bits:
        data = bytearray(partial.data)
        data[bit // 8] ^= 1 << (bit % 8)
        if code(bytes(data), partial.trust) == "accepted":
            accepted.append(bit)
    print(f"{len(bits):,} bits of the file flipped, {len(accepted)} accepted")
    assert accepted == []


def test_bits_of_every_member_changed_with_a_right_container_are_refused(partial: Made) -> None:
    members = members_of(partial.data)
    found: dict[str, set[str]] = {}
    flips = 0
    for name, content in members.items():
        step = 8 * (STEP if SOAK or len(content) < 2_000 else STEP * 17) - 7
        for bit in range(0, len(content) * 8, step):
            flips += 1
            at = bit // 8
            changed = content[:at] + bytes([content[at] ^ 1 << bit % 8]) + content[at + 1 :]
            packed = container.write([(n, changed if n == name else c) for n, c in members.items()])
            found.setdefault(name, set()).add(code(packed, partial.trust))
    print(
        f"{flips:,} bits of members flipped with the container put right, codes {sorted(set().union(*found.values()))}"
    )
    assert all("accepted" not in codes for codes in found.values())
    assert {name: codes for name, codes in found.items() if name in CONTENT and codes != {"bundle.digest"}} == {}
    assert found["SHA256SUMS"] <= {"sig.invalid", "bundle.sums"}
    assert all(one.startswith(("sig.", "trust.")) for one in found["SHA256SUMS.sig"])


@pytest.mark.parametrize("cut", [0, 1, 100, 0.5, -1])
def test_a_truncated_or_extended_file_is_refused(partial: Made, cut: float) -> None:
    at = int(len(partial.data) * cut) if isinstance(cut, float) else cut
    assert code(partial.data[:at], partial.trust) != "accepted"
    assert code(partial.data + b"\0", partial.trust) == "zip.not-canonical"


def without(one: Made, name: str) -> bytes:
    return container.write([item for item in members_of(one.data).items() if item[0] != name])


@pytest.mark.parametrize("name", ["SHA256SUMS", "SHA256SUMS.sig", *CONTENT])
def test_a_member_that_is_missing_is_named(partial: Made, name: str) -> None:
    with pytest.raises(HandoffRefused, match=name) as refused:
        verify(without(partial, name), partial.trust, now=NOW)
    assert refused.value.code == "bundle.missing"


def test_a_row_moved_to_ready_with_the_list_computed_anew_is_refused(partial: Made) -> None:
    members = members_of(partial.data)
    members["rows.jsonl"] = members["rows.jsonl"].replace(b'"status":"outstanding"', b'"status":"ready"', 1)
    members["SHA256SUMS"] = sums.render([(name, members[name]) for name in list(members)[2:]])
    assert code(container.write(list(members.items())), partial.trust) == "sig.invalid"


def test_a_prefix_is_refused(partial: Made) -> None:
    assert code(b"MZ" + partial.data, partial.trust) != "accepted"


# Trust


def test_the_own_key_is_not_trusted_by_itself(partial: Made) -> None:
    assert code(partial.data, Trust(())) == "trust.unknown-key"


def test_a_trusted_key_of_another_person_is_refused(partial: Made, tmp_path: Path) -> None:
    line = keys.allowed_signers_line("bob@example.test", partial.key.public)
    assert code(partial.data, Trust(parse(line.encode() + b"\n"))) == "trust.principal"


def test_a_key_trusted_for_another_purpose_is_refused(partial: Made) -> None:
    line = keys.allowed_signers_line("alice@example.test", partial.key.public, ("crm-tui-countersign-v1",))
    assert code(partial.data, Trust(parse(line.encode() + b"\n"))) == "trust.namespace"


def test_a_revoked_key_is_refused(partial: Made) -> None:
    revoked = Trust(partial.trust.lines, frozenset([partial.key.public]))
    assert code(partial.data, revoked) == "trust.revoked"


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ('valid-before="20260531Z"', "trust.expired"),
        ('valid-after="20260602Z"', "trust.not-yet"),
        ('valid-after="20260501Z",valid-before="20260701Z"', "accepted"),
    ],
)
def test_dates_are_those_of_the_receivers_clock_not_of_the_file(partial: Made, dates: str, expected: str) -> None:
    line = keys.allowed_signers_line("alice@example.test", partial.key.public)
    assert code(partial.data, Trust(parse(line.replace(" ssh-", f",{dates} ssh-").encode() + b"\n"))) == expected


def test_a_signature_for_another_purpose_is_refused(partial: Made) -> None:
    members = members_of(partial.data)
    members["SHA256SUMS.sig"] = partial.key.sign("git", members["SHA256SUMS"])
    assert code(container.write(list(members.items())), partial.trust) == "sig.namespace"


def test_a_signature_of_another_handoff_is_refused(partial: Made, full: Made) -> None:
    members = members_of(partial.data)
    members["SHA256SUMS.sig"] = members_of(full.data)["SHA256SUMS.sig"]
    assert code(container.write(list(members.items())), trust_in(partial.key, full.key)) == "sig.invalid"


# Inputs


def test_the_receivers_own_copies_are_compared(partial: Made, tmp_path: Path) -> None:
    for path in SAMPLE.iterdir():
        shutil.copy(path, tmp_path)
    assert code(partial.data, partial.trust, inputs=tmp_path) == "accepted"
    target = tmp_path / "contact-map.csv"
    target.write_bytes(target.read_bytes().replace(b"GHL-503", b"GHL-666"))
    assert code(partial.data, partial.trust, inputs=tmp_path) == "inputs.mismatch"
    target.unlink()
    assert code(partial.data, partial.trust, inputs=tmp_path) == "inputs.mismatch"


def test_inputs_that_are_no_folder_are_a_wrong_usage(partial: Made, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        verify(partial.data, partial.trust, now=NOW, inputs=tmp_path / "missing")


# Tampering by somebody who can sign with a trusted key


def drawn(statement: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, bytes]:
    """The pages that the program would draw of these rows."""
    drawing = Drawing(rows, Rows(b""))
    for row in rows:
        drawing.add(row)
    return drawing.whole(statement)


class Forge:
    """The parts of a handoff, to be changed and put together and signed again as if by the program."""

    def __init__(self, made: Made) -> None:
        self.made = made
        self.members = members_of(made.data)
        self.statement: dict[str, Any] = json.loads(self.members["handoff.json"])
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in self.members["rows.jsonl"].splitlines()]
        self.log = self.members["log.jsonl"].splitlines()
        self.fixed: dict[str, bytes] = {}
        self.extra: dict[str, bytes] = {}

    def row(self, event_id: str) -> dict[str, Any]:
        return next(row for row in self.rows if row["event_id"] == event_id)

    def count(self) -> None:
        """Put counts, completeness and kind right."""
        self.statement["counts"] = handoff_rows.Tally(self.rows).counts
        self.statement["rows_total"] = len(self.rows)
        self.statement["complete"] = self.statement["counts"]["outstanding"] == 0
        self.statement["kind"] = "full" if self.statement["complete"] else "partial"

    def chain(self) -> None:
        """Put number and head of the log right."""
        head = genesis(self.statement["workspace_id"])
        for seq, body in enumerate(self.log, 1):
            head = entry_hash(head, seq, body)
        self.statement["log"] |= {"entries": len(self.log), "head": head.hex()}

    def code(self) -> str:
        lines = [canonical.dumps(row) + b"\n" for row in self.rows]
        statement = canonical.dumps(self.statement) + b"\n"
        try:
            content = drawn(self.statement, self.rows)
        except (TypeError, ValueError):  # no view can be drawn of them; the check of the rows comes before that
            content = {
                name: data for name, data in self.members.items() if name not in (sums.SUMS_NAME, sums.SIGNATURE_NAME)
            }
        content |= {"rows.jsonl": b"".join(lines), "handoff.json": statement}
        content["log.jsonl"] = b"".join(line + b"\n" for line in self.log)
        content["policy.toml"] = self.members["policy.toml"]
        content |= self.fixed
        members = [(name, content[name]) for name in content_names(content)] + list(self.extra.items())
        listed = sums.render(members)
        signature = self.made.key.sign(keys.HANDOFF_NAMESPACE, listed)
        data = container.write([(sums.SUMS_NAME, listed), (sums.SIGNATURE_NAME, signature), *members])
        return code(data, self.made.trust)


def test_the_forge_itself_changes_nothing(full: Made, partial: Made) -> None:
    for one in (full, partial):
        forge = Forge(one)
        forge.count()
        forge.chain()
        assert forge.code() == "accepted"


def to_ready(forge: Forge) -> None:
    row = forge.row("APT-7002")
    row["status"], row["state"] = "ready", "approved"
    forge.count()


def unstage(forge: Forge) -> None:
    row = forge.row("APT-7001")
    row["status"], row["state"] = "outstanding", "to decide"
    forge.count()


def staged_while_outstanding(forge: Forge) -> None:
    forge.row("APT-7002")["staged"] = [{"field": "status", "value": "x", "before": None}]


def wrong_counts(forge: Forge) -> None:
    forge.statement["counts"]["ready"] += 1


def wrong_total(forge: Forge) -> None:
    forge.statement["rows_total"] += 1


def claimed_complete(forge: Forge) -> None:
    forge.statement["complete"] = True


def claimed_full(forge: Forge) -> None:
    forge.statement["kind"] = "full"


def duplicate_row(forge: Forge) -> None:
    forge.rows.insert(1, forge.rows[0])
    forge.count()


def order_changed(forge: Forge) -> None:
    forge.rows.reverse()


def decided_row_dropped(forge: Forge) -> None:
    forge.rows.remove(forge.row("APT-7001"))
    forge.count()


def staged_value(forge: Forge) -> None:
    forge.row("APT-7001")["staged"][0]["value"] = "other"


def staged_target(forge: Forge) -> None:
    forge.row("APT-7001")["target_id"] = "GHL-666"


def operation(forge: Forge) -> None:
    forge.row("APT-7001")["operation"] = "create"


def future_first_ready(forge: Forge) -> None:
    forge.row("APT-7001")["first_ready_seq"] = 2


def log_cut(forge: Forge) -> None:
    del forge.log[-1]


def log_cut_and_counted(forge: Forge) -> None:
    del forge.log[-1]
    forge.chain()


def decision_cut(forge: Forge) -> None:
    del forge.log[2]
    forge.chain()


def log_entry_changed(forge: Forge) -> None:
    forge.log[2] = forge.log[2].replace(b'"approve"', b'"reject"')


def log_entry_changed_and_chained(forge: Forge) -> None:
    log_entry_changed(forge)
    forge.chain()


def other_workspace(forge: Forge) -> None:
    forge.statement["workspace_id"] = "0" * 32


def reason(forge: Forge) -> None:
    forge.row("APT-7003")["decision"]["reason"] = "another reason"


def author(forge: Forge) -> None:
    forge.row("APT-7001")["decision"]["by"] = "Mallory"


def question(forge: Forge) -> None:
    forge.row("ACT-9104")["decision"]["question"] = "another"


def chosen(forge: Forge) -> None:
    forge.row("APT-7001")["decision"]["option"] = "con-0000000000000000"


def suggested(forge: Forge) -> None:
    forge.row("APT-7001")["decision"]["suggested"] = ""


def decided_at(forge: Forge) -> None:
    forge.row("APT-7001")["decision"]["at"] = "2000-01-01T00:00:00Z"


def decision_gone(forge: Forge) -> None:
    row = forge.row("APT-7001")
    row["decision"] = None


def evidence(forge: Forge) -> None:
    forge.row("APT-7001")["evidence_sha256"] = "0" * 64


def view(forge: Forge) -> None:
    forge.fixed["sync-ledger.csv"] = forge.members["sync-ledger.csv"].replace(b"ready for sync", b"ready for call")


def summary(forge: Forge) -> None:
    forge.fixed["SUMMARY.md"] = forge.members["SUMMARY.md"].replace(b"8 rows", b"0 rows")


def readme(forge: Forge) -> None:
    forge.fixed["README.txt"] = b"all good, no need to check\n"


def policy_text(forge: Forge) -> None:
    forge.fixed["policy.toml"] = forge.members["policy.toml"] + b"\n# changed\n"


def policy_digest(forge: Forge) -> None:
    forge.statement["policy"]["sha256"] = "0" * 64


def extra_member(forge: Forge) -> None:
    forge.extra["notes.txt"] = b"hello"


def spaces_in_json(forge: Forge) -> None:
    forge.fixed["handoff.json"] = json.dumps(forge.statement, sort_keys=True).encode() + b"\n"


def duplicate_key(forge: Forge) -> None:
    forge.fixed["handoff.json"] = b'{"schema":"x",' + canonical.dumps(forge.statement)[1:] + b"\n"


def a_float(forge: Forge) -> None:
    forge.fixed["handoff.json"] = canonical.dumps(forge.statement)[:-1] + b',"x":1.5}\n'


def schema(forge: Forge) -> None:
    forge.statement["schema"] = "crm-tui/handoff/v2"


def other_signer(forge: Forge) -> None:
    forge.statement["reviewer"]["principal"] = "bob@example.test"


def other_key(forge: Forge) -> None:
    forge.statement["reviewer"]["key"] = "SHA256:" + "A" * 43


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (to_ready, "rows.undecided"),
        (unstage, "rows.decision"),
        (staged_while_outstanding, "rows.undecided"),
        (wrong_counts, "rows.counts"),
        (wrong_total, "rows.counts"),
        (claimed_complete, "rows.counts"),
        (claimed_full, "rows.counts"),
        (duplicate_row, "rows.duplicate"),
        (order_changed, "rows.order"),
        (decided_row_dropped, "rows.decision"),
        (staged_value, "rows.key"),
        (staged_target, "rows.key"),
        (operation, "rows.key"),
        (future_first_ready, "rows.key"),
        (log_cut, "log.head"),
        (log_cut_and_counted, "log.head"),
        (decision_cut, "rows.*"),
        (log_entry_changed, "log.head"),
        (log_entry_changed_and_chained, "rows.*"),
        (other_workspace, "log.genesis"),
        (reason, "rows.decision"),
        (author, "rows.decision"),
        (question, "rows.decision"),
        (chosen, "rows.decision"),
        (suggested, "rows.decision"),
        (decided_at, "rows.decision"),
        (decision_gone, "rows.decision"),
        (evidence, "rows.*"),
        (view, "bundle.view"),
        (summary, "bundle.view"),
        (readme, "bundle.view"),
        (policy_text, "policy.mismatch"),
        (policy_digest, "policy.mismatch"),
        (extra_member, "bundle.extra"),
        (spaces_in_json, "json.not-canonical"),
        (duplicate_key, "json.duplicate-key"),
        (a_float, "json.number"),
        (schema, "schema"),
        (other_signer, "trust.principal"),
        (other_key, "trust.principal"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_tampering_signed_again_with_a_trusted_key_is_refused(
    partial: Made, tamper: Callable[[Forge], None], expected: str
) -> None:
    forge = Forge(partial)
    tamper(forge)
    found = forge.code()
    if expected.endswith("*"):
        assert found.startswith(expected[:-1])
    else:
        assert found == expected


# Rows and statement say nothing that the log does not bear out


def action_word(forge: Forge) -> None:
    forge.row("APT-7001")["decision"]["action"] = "reject"


def source_of_truth(forge: Forge) -> None:
    forge.row("APT-7002")["decision"]["source_of_truth"] = "CLOSE-101/GHL-501"


def undecided_row_dropped(forge: Forge) -> None:
    forge.rows.remove(forge.row("APT-7004"))
    forge.count()


def invented_row(forge: Forge) -> None:
    row = forge.row("APT-7004") | {"row_id": "row-ffffffffffffffff", "event_id": "APT-9999"}
    forge.rows.append(row)
    forge.count()


def inputs_digest(forge: Forge) -> None:
    forge.statement["inputs_digest"] = "0" * 64


def other_inputs(forge: Forge) -> None:
    forge.statement["inputs"][0]["sha256"] = "0" * 64
    forge.statement["inputs_digest"] = hashlib.sha256(canonical.dumps(forge.statement["inputs"])).hexdigest()


def input_hidden(forge: Forge) -> None:
    del forge.statement["inputs"][0]
    forge.statement["inputs_digest"] = hashlib.sha256(canonical.dumps(forge.statement["inputs"])).hexdigest()


def slice_counts(forge: Forge) -> None:
    forge.statement["slices"][1]["conflicts"] = "0"


def log_tail_without_line_end(forge: Forge) -> None:
    forge.fixed["log.jsonl"] = b"".join(line + b"\n" for line in forge.log) + b'{"kind":"decide"}'


def created_at(forge: Forge) -> None:
    forge.statement["created_at"] = "2020-01-01T00:00:00Z"


def previous_invented(forge: Forge) -> None:
    forge.statement["previous"] = {"seq": 7, "id": "0" * 64}


def ready_never(forge: Forge) -> None:
    forge.row("APT-7001")["first_ready_seq"] = 0


def target_with_its_key(forge: Forge) -> None:
    """Written to another contact than the one that the log says was chosen."""
    row = forge.row("APT-7002")
    row["target_id"] = "GHL-501"
    row["idempotency_key"] = handoff_rows.idempotency_key(row)


def operation_blanked(forge: Forge) -> None:
    """Without an operation nobody must be spared the comparison of content and key."""
    row = forge.row("APT-7002")
    row["operation"], row["target_id"] = "", "GHL-666"
    row["staged"][0]["value"] = "EVIL"


def another_object(forge: Forge) -> None:
    forge.row("APT-7002")["object"] = "company"


def never_called_overwrite(forge: Forge) -> None:
    for item in forge.row("CHG-8804")["fields"]:
        item["rule"] = "never"


def reviewer_renamed(forge: Forge) -> None:
    forge.statement["reviewer"]["name"] = "Somebody Else"


def slices_emptied(forge: Forge) -> None:
    forge.statement["slices"] = []


def slice_reworded(forge: Forge) -> None:
    next(one for one in forge.statement["slices"] if "trigger" in one)["match_policy"] = "anything goes"


def policy_renamed(forge: Forge) -> None:
    forge.statement["policy"]["name"] = "strict"


def promise_changed(forge: Forge) -> None:
    forge.statement["statement"] = "All rows were written."


def number_as_truth(forge: Forge) -> None:
    forge.statement["seq"] = True


def field_added(forge: Forge) -> None:
    forge.row("APT-7002")["also"] = "x"


def reason_dropped_as_if_erased(forge: Forge) -> None:
    for row in forge.rows:
        if row["decision"]:
            row["decision"]["by"] = ""
            row["decision"]["salts"].pop("by", None)


def rule_changed(forge: Forge) -> None:
    forge.row("APT-7002")["rule"] = "accepted"


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (action_word, "rows.decision"),
        (source_of_truth, "rows.decision"),
        (undecided_row_dropped, "rows.counts"),
        (invented_row, "rows.counts"),
        (inputs_digest, "inputs.log"),
        (other_inputs, "inputs.log"),
        (input_hidden, "inputs.log"),
        (slice_counts, "rows.counts"),
        (log_tail_without_line_end, "json.syntax"),
        (created_at, "log.statement"),
        (previous_invented, "log.statement"),
        (ready_never, "rows.key"),
        (target_with_its_key, "rows.decision"),
        (operation_blanked, "rows.key"),
        (another_object, "rows.key"),
        (never_called_overwrite, "rows.key"),
        (reviewer_renamed, "log.statement"),
        (slices_emptied, "policy.mismatch"),
        (slice_reworded, "policy.mismatch"),
        (policy_renamed, "policy.mismatch"),
        (promise_changed, "schema"),
        (number_as_truth, "schema"),
        (field_added, "schema"),
        (reason_dropped_as_if_erased, "rows.decision"),
        (rule_changed, "rows.verdict"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_the_log_and_the_rows_contradict_is_refused(
    full: Made, tamper: Callable[[Forge], None], expected: str
) -> None:
    forge = Forge(full)
    tamper(forge)
    assert forge.code() == expected


def test_an_override_cannot_be_hidden(tmp_path: Path) -> None:
    """D6: overrides are listed on a page of their own."""
    bench = Bench(tmp_path)
    bench.events(changes=[change("LOCKED", field="owner", new_value="Mallory")])
    with bench.open(NAME) as review:
        review.decisions.choose(review.id("LOCKED"), "GHL", "agreed with the client")
        review.decisions.approve(review.id("LOCKED"))
    key = signer(tmp_path)
    done, data = sealed(bench, key)
    forge = Forge(Made(bench, key, trust_in(key), data, done))
    forge.row("LOCKED")["decision"]["override"] = False
    assert forge.code() not in ("accepted", "internal")


def test_another_policy_than_the_log_names_is_refused(tmp_path: Path) -> None:
    one = made(tmp_path, decide_some, policy="default_region = 'GB'\n")
    forge = Forge(one)
    text = b"default_region = 'US'\n"
    forge.fixed["policy.toml"] = text
    forge.statement["policy"]["sha256"] = hashlib.sha256(text).hexdigest()
    assert forge.code() == "policy.mismatch"


def test_malformed_content_is_refused_not_a_traceback(partial: Made) -> None:
    breaks: list[Callable[[Forge], None]] = [
        lambda forge: forge.fixed.update({"handoff.json": b"[]\n"}),
        lambda forge: forge.fixed.update({"handoff.json": b"{}\n"}),
        lambda forge: forge.fixed.update({"rows.jsonl": b"[]\n"}),
        lambda forge: forge.fixed.update({"rows.jsonl": b"1\n2\n"}),
        lambda forge: forge.fixed.update({"rows.jsonl": b"\xff\n"}),
        lambda forge: forge.fixed.update({"log.jsonl": b"[]\n"}),
        lambda forge: forge.fixed.update({"log.jsonl": b""}),
        lambda forge: forge.statement.pop("log"),
        lambda forge: forge.statement.update(policy=[]),
        lambda forge: forge.rows[0].pop("row_id") and forge.fixed.update({"rows.jsonl": b"{}\n"}),
    ]
    for one in breaks:
        forge = Forge(partial)
        try:
            one(forge)
            found = forge.code()
        except (KeyError, TypeError):
            continue
        assert found != "accepted"


def test_decisions_edited_in_sqlite_do_not_become_a_good_handoff(tmp_path: Path) -> None:
    """handoff.md: decision edited in SQLite then exported and signed → `rows.decision`."""
    bench = Bench(tmp_path)
    bench.sample()
    key = signer(tmp_path)
    with bench.open(NAME) as review:
        review.decisions.reject(review.id("APT-7002"), REASON)
        review.store.connection.execute("UPDATE decision SET state = 'approved', choice = 'no-write'")
    with bench.open(NAME) as review:
        seal(review.cases, tmp_path / "x.zip", key, NAME)
    assert code((tmp_path / "x.zip").read_bytes(), trust_in(key)).startswith("rows.")


def test_rows_are_read_line_by_line_and_strictly(full: Made) -> None:
    data = members_of(full.data)["rows.jsonl"]
    rows = Rows(data)
    assert [canonical.dumps(row) for row in rows] == data.splitlines()
    assert [row["row_id"] for row in rows[1:3]] == [rows[1]["row_id"], rows[2]["row_id"]]
    assert rows[-1] == rows[len(rows) - 1]
    assert len(Rows(b"")) == 0
    with pytest.raises(IndexError):
        rows[len(rows)]
    for bad in (data[:-1], data + b"\n", b'{"a":1}\n', data.replace(b'"line":', b'"line":1.', 1)):
        with pytest.raises(HandoffRefused):
            list(Rows(bad))


def test_a_large_file_is_checked_from_a_private_copy_that_nobody_can_change(full: Made, tmp_path: Path) -> None:
    path = tmp_path / "large.zip"
    path.write_bytes(full.data)
    data = stable_bytes(path, len(full.data), in_memory=1000)
    path.write_bytes(b"changed while it is being checked")
    assert isinstance(data, memoryview) and data.readonly and data == full.data
    assert verify(data, full.trust, now=NOW).handoff_id == full.done.handoff_id
    assert not [one for one in data_dir().rglob("*") if one.is_file() and one.stat().st_size == len(full.data)]
    path.write_bytes(full.data + b"x")
    with pytest.raises(InputError, match="over"):
        stable_bytes(path, len(full.data), in_memory=1000)


def test_a_review_that_another_version_judged_is_loaded_again_before_it_is_signed(tmp_path: Path) -> None:
    bench, key = Bench(tmp_path), signer(tmp_path)
    shipped = default_policy_text()
    with pytest.MonkeyPatch.context() as earlier:
        earlier.setattr("crm_tui.classify.policy.default_policy_text", lambda: f"{shipped}# as it was\n")
        assert bench.load(SAMPLE) == ()
    with pytest.raises(UsageError, match="Load one of the files again"):
        sealed(bench, key)
    assert bench.load(SAMPLE) == ()
    _, data = sealed(bench, key)
    assert verify(data, trust_in(key), now=NOW).counts["rows"] == 13


def test_reading_rows_holds_one_of_them_at_a_time(full: Made) -> None:
    members = members_of(full.data)
    ready = [line for line in members["rows.jsonl"].splitlines() if b'"status":"ready"' in line]
    rows = Rows((max(ready, key=len) + b"\n") * 1_000)
    statement = json.loads(members["handoff.json"])
    tracemalloc.start()
    try:
        assert sum(1 for row in rows if row["row_id"]) == 1_000
        _, at_reading = tracemalloc.get_traced_memory()
        found, queues, decided = Outline(rows, read=False), QueueViews(), []
        for row in rows:
            found.add(row)
            queues.add(row)
            decided.append(decided_line(row))
        pages = queues.files() | {"SUMMARY.md": render_summary(statement, found, decided, (), Outline([]))}
        assert all(sum(map(len, pieces)) for pieces in pages.values())
        _, at_drawing = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert at_reading < len(rows.data) / 20
    assert at_drawing < len(rows.data)
