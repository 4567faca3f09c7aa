"""Carrying out generated reviews, and a second opinion on them: a fold of the journal written apart from the program's.

A driver takes one ``Step`` and answers with the sentence of the acknowledgement, or with ``None`` when it was refused.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crm_tui.classify.fields import both_pick, edited_pick, read_picks, reason_wanted, side_pick
from crm_tui.classify.rules import IDENTITY_CONFLICTS
from crm_tui.cli import run
from crm_tui.console.field_cursor import field_sides
from crm_tui.errors import DecisionRefused
from crm_tui.handoff.keys import Signer, new_key
from crm_tui.handoff.rows import build_groups, build_rows
from crm_tui.handoff.seal import seal
from crm_tui.model import Case, CaseField, Pick, Queue, Review, State
from crm_tui.systems.fields import Type
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.decisions import Decisions
from crm_tui.workspace.ingest import PolicyText
from crm_tui.workspace.load import load
from crm_tui.workspace.store import Store
from crm_tui.workspace.undoing import Saved
from tests.properties.strategies import CONFLICTS_ONLY, FIELDED_ONLY, FITTING, PICKS, Inputs, Step, Story

REVIEWER = "Rita Reviewer"


def clock() -> datetime:
    """A clock that stands still, so that two runs of one story give the same journal."""
    return datetime(2026, 5, 20, 12, 0, 0, tzinfo=UTC)


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one example."""
    with tempfile.TemporaryDirectory(prefix="crm-prop-") as name:
        yield Path(name)


def write_files(folder: Path, given: Inputs) -> list[Path]:
    """The exports of one load as files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for one in given.files:
        path = folder / one.name
        path.write_bytes(one.data)
        paths.append(path)
    return paths


def load_inputs(workspace: Path, folder: Path, given: Inputs, *, order: Sequence[int] | None = None) -> tuple[str, ...]:
    """Load them; gives the sentences about files that could not be read."""
    paths = write_files(folder, given)
    named = [paths[at] for at in order] if order is not None else paths
    policy = PolicyText("policy.toml", given.policy) if given.policy is not None else None
    return load(workspace, named, policy=policy, reviewer=REVIEWER, clock=clock).problems


@dataclass
class Desk:
    """One workspace, open, with somebody who decides; can be closed, loaded into and opened again."""

    folder: Path
    name: str = "desk.crm"
    loads: int = 0
    store: Store = field(init=False)
    cases: Cases = field(init=False)
    decisions: Decisions = field(init=False)

    @property
    def path(self) -> Path:
        return self.folder / self.name

    def open(self) -> Desk:
        self.store = Store.open(self.path, clock=clock)
        self.cases = Cases(self.store)
        self.decisions = Decisions(self.cases, REVIEWER)
        return self

    def close(self) -> None:
        self.store.close()

    def load(self, given: Inputs, *, order: Sequence[int] | None = None) -> tuple[str, ...]:
        """Load files, the workspace being closed."""
        self.loads += 1
        return load_inputs(self.path, self.folder / f"{self.name}-in-{self.loads}", given, order=order)

    def __enter__(self) -> Desk:
        return self.open()

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- steps

    def pause(self, step: Step) -> bool:
        """A re-load or a restart; ``False`` for a decision."""
        if step.kind not in ("reload", "restart"):
            return False
        self.close()
        if step.kind == "reload":
            self.load(step.load)
        self.open()
        return True

    def decide(self, step: Step) -> Saved | None:
        """One decision, by plain calls."""
        try:
            return self._decide(step)
        except DecisionRefused:
            return None

    def _decide(self, step: Step) -> Saved:
        if step.kind == "undo":
            return self.decisions.undo()
        if step.kind == "redo":
            return self.decisions.redo()
        record_id = self.record(step)
        if record_id is None:
            raise DecisionRefused("there is no row.")
        if step.kind in ("choose", "contact"):
            token = self.wanted(step, record_id)
            return self.decisions.choose(record_id, token, self.reason(record_id, token, step.text))
        if step.kind == "approve":
            return self.decisions.approve(record_id, reason=self.reason(record_id, "", step.text))
        if step.kind in PICKS:
            return self.choose_field(step, record_id)
        if step.kind in ("clear", "defer"):
            return getattr(self.decisions, step.kind)(record_id)  # type: ignore[no-any-return]
        return getattr(self.decisions, step.kind)(record_id, step.text)  # type: ignore[no-any-return]

    def record(self, step: Step) -> int | None:
        """The row that a step is about: choices are made on conflicts, as the keys allow it."""
        if step.group:
            ids = self.cases.ids(Queue.DUPLICATE)
        elif step.kind in PICKS or step.pick == FIELDED_ONLY:
            ids = [record_id for record_id in self.cases.ids() if self.cases.case(record_id).fields]
        else:
            conflict = step.kind in ("choose", "contact", "clear") or step.pick == CONFLICTS_ONLY
            ids = self.cases.ids(Queue.CONFLICT if conflict else None)
        return ids[step.row % len(ids)] if ids else None

    def choose_field(self, step: Step, record_id: int) -> Saved:
        """A choice for one field; words are given where the screen would ask for them."""
        field = self.field(step, record_id)
        if step.kind == "clear-field":
            return self.decisions.clear_field(record_id, field.name)
        reason = step.text if self.asked(step, record_id) else ""
        if step.kind == "both":
            return self.decisions.keep_both(record_id, field.name, reason)
        if step.kind == "edit":
            return self.decisions.edit(record_id, field.name, self.written(step, record_id), reason)
        return self.decisions.take_side(record_id, field.name, self.side(step, record_id), reason)

    def field(self, step: Step, record_id: int) -> CaseField:
        """The field that a step is about."""
        fields = self.cases.case(record_id).fields
        return fields[step.at % len(fields)]

    def written(self, step: Step, record_id: int) -> str:
        """What a person writes into the field."""
        return step.value or FITTING.get(Type(self.field(step, record_id).type), "5")

    def side(self, step: Step, record_id: int) -> str:
        """Key of the side that is taken; it need not have the field."""
        sides = field_sides(self.cases.case(record_id))
        return sides[step.pick % len(sides)]

    def asked(self, step: Step, record_id: int) -> str:
        """What is asked before the field is chosen so."""
        return reason_wanted(self.cases.facts(record_id), self.cases.case(record_id), self.picked(step, record_id))

    def picked(self, step: Step, record_id: int) -> Pick:
        """The choice for a field; raises where it cannot be made."""
        case, field = self.cases.case(record_id), self.field(step, record_id)
        if step.kind == "both":
            return both_pick(self.cases.facts(record_id), field)
        if step.kind == "edit":
            return edited_pick(self.cases.facts(record_id), field, self.written(step, record_id))
        return side_pick(case, field, self.side(step, record_id))

    def wanted(self, step: Step, record_id: int) -> str:
        """What is chosen: an option of the case by its journal name, or a contact of the map."""
        case = self.cases.case(record_id)
        if step.kind == "choose":
            return case.options[step.pick % len(case.options)].name
        contacts = list(self.cases.contacts)
        if not contacts or case.verdict.rule not in IDENTITY_CONFLICTS:
            raise DecisionRefused("no contact can be chosen here.")
        return contacts[step.pick % len(contacts)].contact_id

    def reason(self, record_id: int, token: str, text: str) -> str:
        """What a person types where a protected field is written; blank elsewhere."""
        case, review = self.cases.case(record_id), self.cases.review(record_id)
        if token:
            option, given = self.cases.option(record_id, token), ""
        elif review.choice and review.state is not State.STALE:
            option, given = self.cases.option(record_id, review.choice), review.reason
        else:
            option, given = case.option(case.suggestion) if case.suggestion else None, review.reason
        return text if option and option.takes_reason and not given.strip() else ""

    # -- looking

    def rows(self) -> list[dict[str, Any]]:
        """The rows as a handoff carries them now."""
        return list(build_rows(self.cases, 1))

    def groups(self) -> list[dict[str, Any]]:
        """The groups of duplicates, likewise."""
        return list(build_groups(self.cases, 1))


@contextlib.contextmanager
def told(story: Story) -> Iterator[Desk]:
    """The story carried out by plain calls."""
    with scratch() as folder:
        desk = Desk(folder)
        desk.load(story.inputs)
        with desk:
            for step in story.steps:
                if not desk.pause(step):
                    desk.decide(step)
            yield desk


# -- the second opinion


@dataclass(frozen=True)
class Judged:
    """What the journal says of one row."""

    state: str
    choice: str = ""
    action: str = ""
    reason: str = ""
    question: str = ""
    note: str = ""
    seq: int = 0
    picks: frozenset[tuple[str, ...]] = frozenset()
    """Field, how it is taken, side, value and reason of each choice for a field."""
    evidence: str = field(default="", compare=False)


_STATE = {
    "choose": "chosen",
    "field": "chosen",
    "clear-field": "to decide",
    "clear": "to decide",
    "approve": "approved",
    "reject": "rejected",
    "defer": "deferred",
    "needs-client": "needs client",
}

LogRow = tuple[int, dict[str, Any], dict[str, str]]


def read_log(path: Path) -> list[LogRow]:
    """Number, body and texts of every entry, by nothing but SQL and JSON."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        texts: dict[int, dict[str, str]] = {}
        for seq, name, text in connection.execute("SELECT seq, field, text FROM log_text"):
            texts.setdefault(seq, {})[name] = text
        rows = connection.execute("SELECT seq, body FROM log ORDER BY seq").fetchall()
        return [(seq, json.loads(body), texts.get(seq, {})) for seq, body in rows]
    finally:
        connection.close()


def standing(log: Sequence[LogRow]) -> list[LogRow]:
    """The decisions that count: walk back, and whatever a standing undo names falls."""
    fallen: set[int] = set()
    kept = []
    for seq, body, texts in sorted(log, key=lambda row: -row[0]):
        if seq in fallen:
            continue
        if body["kind"] == "undo":
            fallen.add(body["of"])
        elif body["kind"] == "decide":
            kept.append((seq, body, texts))
    return kept[::-1]


def tops(log: Sequence[LogRow]) -> tuple[list[int], list[int]]:
    """The decisions that undo would take back and those that redo would do again, by two stacks, from the first entry.

    Each undo is played on what the entry it names did: a decision, or another undo.
    """
    bodies = {seq: body for seq, body, _ in log}
    done: list[tuple[int, int]] = []
    taken: list[tuple[int, int]] = []
    for seq, body, _ in log:
        act = body.get("group") or seq
        if body["kind"] == "decide":
            done.append((act, seq))
            taken = []
        if body["kind"] != "undo":
            continue
        decision, again = body["of"], False
        while bodies[decision]["kind"] == "undo":
            decision, again = bodies[decision]["of"], not again
        done, taken = ([one for one in stack if one[1] != decision] for stack in (done, taken))
        (done if again else taken).append((act, decision))
    return _top(done), _top(taken)


def _top(stack: Sequence[tuple[int, int]]) -> list[int]:
    return [decision for act, decision in stack if act == stack[-1][0]]


def judged(log: Sequence[LogRow]) -> dict[str, Judged]:
    """Row id → what is decided, of the rows that somebody decided or noted something on."""
    found: dict[str, Judged] = {}
    for seq, body, texts in standing(log):
        row, evidence = body["row"], texts.get("evidence", "")
        before = found.get(row, Judged("to decide"))
        if body["choice"] == "repair":
            continue  # decides nothing
        if body["choice"] == "note":
            found[row] = replace(before, note=texts.get("note", ""))
            continue
        found[row] = Judged(
            _STATE[body["choice"]],
            texts.get("option", ""),
            body["choice"],
            # The reason of a field's choice stands with that field; the row keeps its own.
            before.reason if body["choice"] in ("field", "clear-field") else texts.get("reason", ""),
            texts.get("question", ""),
            before.note,
            seq,
            _picks(body, texts, before.picks if evidence == before.evidence else frozenset()),
            evidence,
        )
    return found


def _picks(body: dict[str, Any], texts: dict[str, str], kept: frozenset[tuple[str, ...]]) -> frozenset[tuple[str, ...]]:
    """The choices for fields once this is said; an approval says them all, a rejection and a cleared choice none."""
    if body["choice"] == "approve":
        listed = json.loads(texts["picks"]) if texts.get("picks") else []
        return frozenset(tuple(part or "" for part in pick) for pick in listed)
    if body["choice"] in ("clear", "reject"):
        return frozenset()
    others = frozenset(pick for pick in kept if pick[0] != texts.get("field"))
    if body["choice"] == "field":
        words = (texts.get(name, "") for name in ("side", "value", "reason"))
        return others | {(texts["field"], body["take"], *words)}
    return others


def seen(cases: Cases) -> dict[str, Judged]:
    """The same as the program shows it; whether the evidence has moved, so that choices for fields are hidden, is left
    aside."""
    found = {}
    kept = dict(cases.store.connection.execute("SELECT row_id, picks FROM decision"))
    for case, review in everything(cases):
        state = _STATE.get(review.action, "to decide")
        said = (review.choice, review.action, review.reason, review.question, review.note, review.seq)
        picks = read_picks(kept[case.row_id]) if review.state is State.STALE else review.picks
        one = Judged(state, *said, shown_picks(picks))
        if one != Judged("to decide"):
            found[case.row_id] = one
    return found


def shown_picks(picks: Iterable[Pick]) -> frozenset[tuple[str, ...]]:
    """The choices for fields as the program keeps them."""
    return frozenset(tuple(str(part or "") for part in pick) for pick in picks)


def everything(cases: Cases) -> Iterator[tuple[Case, Review]]:
    """Every row, and every group of duplicates, with what is decided on it."""
    for _, case, review in (*cases.each(), *cases.each_group()):
        yield case, review


def shown_states(cases: Cases) -> dict[str, tuple[str, ...]]:
    """Row id → everything that is shown of its decision, with staleness and the choices for its fields."""
    return {
        case.row_id: (
            *(r.state.value, r.choice, r.action, r.reason, r.question, r.note, r.by, r.at),
            *(str(r.seq), str(r.picks)),
        )
        for case, r in everything(cases)
    }


def without_salts(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a handoff without what is drawn by lot."""
    found = []
    for row in rows:
        decision = row["decision"]
        found.append(row | {"decision": {k: v for k, v in decision.items() if k != "salts"} if decision else None})
    return found


def verdicts(path: Path) -> dict[str, tuple[Any, ...]]:
    """Row id → the judgement as stored."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        rows = connection.execute(
            "SELECT row_id, event_id, queue, rule, fired, outcome, repeat, contact, raw, first_line FROM record"
        )
        return {row[0]: tuple(row[1:]) for row in rows}
    finally:
        connection.close()


def crashed_copy(path: Path, folder: Path) -> Path:
    """The workspace as a crash would leave it now: the database and its write-ahead log, nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / path.name
    for suffix in ("", "-wal"):
        source, target = Path(f"{path}{suffix}"), Path(f"{copy}{suffix}")
        target.unlink(missing_ok=True)
        if source.exists():
            shutil.copyfile(source, target)
    Path(f"{copy}-shm").unlink(missing_ok=True)
    return copy


@dataclass(frozen=True)
class Printed:
    """What a command came to."""

    code: int
    out: str
    err: str


def command(*arguments: str | Path) -> Printed:
    """A command of the program, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(argument) for argument in arguments])
    return Printed(code, out.getvalue(), err.getvalue())


def exported(path: Path, folder: Path) -> dict[str, bytes]:
    """The CSV files that ``export`` writes."""
    done = command("export", "-w", path, "-o", folder)
    assert done.code == 0, done.err
    return {one.name: one.read_bytes() for one in folder.iterdir()}


def new_signer(folder: Path) -> Signer:
    """A signing key."""
    return new_key(folder / "keys" / "rita_ed25519", "rita@example.test")


def handed_off(desk: Desk, signer: Signer, name: str = "out.handoff.zip") -> dict[str, bytes]:
    """The members of a handoff made now."""
    path = desk.folder / name
    seal(desk.cases, path, signer, REVIEWER)
    with zipfile.ZipFile(path) as archive:
        return {one: archive.read(one) for one in archive.namelist()}


def rows_of(members: dict[str, bytes]) -> list[dict[str, Any]]:
    """The rows of a handoff."""
    return [json.loads(line) for line in members["rows.jsonl"].split(b"\n") if line]
