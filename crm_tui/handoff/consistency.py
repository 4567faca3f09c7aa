"""Does a handoff agree with itself?  Rows against statement, decisions against the log."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm_tui import canonical
from crm_tui.classify.fields import picks_text
from crm_tui.classify.policy import parse_policy
from crm_tui.errors import HandoffRefused
from crm_tui.handoff import repaired, votes
from crm_tui.handoff import rows as handoff_rows
from crm_tui.handoff.log_file import Log, mark
from crm_tui.handoff.row_file import Row
from crm_tui.handoff.rows import Tally, idempotency_key
from crm_tui.handoff.statement import kind_of, views_version
from crm_tui.handoff.statement_shape import SCHEMA, STATEMENT
from crm_tui.model import Choice, Outcome, Pick, Queue, Review, State
from crm_tui.progress import Progress, nobody, told
from crm_tui.text import safe_text
from crm_tui.workspace.journal import verdicts_digest
from crm_tui.workspace.replay import Entry, replay

Data = bytes | memoryview


def parse_json(name: str, data: Data) -> Any:
    """One canonical JSON document with a line end; refuses anything that could be read in two ways."""
    raw = bytes(data)
    if not raw.endswith(b"\n"):
        raise HandoffRefused("json.syntax", f"{name} does not end with a line end.")
    try:
        return canonical.loads(raw[:-1])
    except canonical.NotCanonical as error:
        raise HandoffRefused(error.code, f"{name} is not canonical JSON.") from error


def read_statement(data: Data) -> Mapping[str, Any]:
    """``handoff.json``, when its schema is the one we know and every field is there and of its type."""
    statement = parse_json("handoff.json", data)
    if not isinstance(statement, dict) or statement.get("schema") != SCHEMA:
        raise HandoffRefused("schema", "the handoff is of a form that this crm-tui does not know; use a newer one.")
    try:
        return STATEMENT.loads(bytes(data)[:-1])
    except canonical.NotCanonical as error:
        raise HandoffRefused("schema", "the statement has other fields than a handoff of this form.") from error


def check_policy(statement: Mapping[str, Any], text: str) -> None:
    """What the statement says of the policy and its slices is what the policy in the handoff says."""
    policy = parse_policy(text, "policy.toml")
    named = (statement["policy"]["name"], statement["policy"]["version"], statement["default_region"])
    outcomes = {one["slice_id"].strip(): one for one in statement["slices"] if "trigger" in one}
    listed = [
        (name, one["trigger"], one["match_policy"], one["review_queue"]) for name, one in sorted(outcomes.items())
    ]
    slices = sorted((one.id, one.trigger, one.match_policy, one.review_queue) for one in policy.slices)
    if named != (policy.name, policy.version, policy.default_region) or listed != slices:
        raise HandoffRefused("policy.mismatch", "the statement says something else of the policy than the policy.")


@dataclass(frozen=True, slots=True)
class Checked:
    """What one pass over rows that hold has told."""

    tally: Tally
    numbers: Mapping[str, int]
    """Row id → position."""
    verdicts: str
    """Digest of the queues, rules and outcomes."""
    taken_back: tuple[int, ...]
    """Rows that were approved when the handoff before this one was made, and are not ready any more."""
    repairs_untold: bool
    """Whether cells may have been typed over that no row names: an earlier version wrote only the last of a row."""


def check_rows(
    statement: Mapping[str, Any],
    rows: Sequence[Row],
    log: Log,
    entries: Sequence[Entry],
    groups: Sequence[Row],
    passed: Callable[[Row], None],
    progress: Progress = nobody,
) -> Checked:
    """Rows are unique, in order, counted, and each decision is what the log says; each row is looked at once, and
    handed on by ``passed``.  The groups of duplicates are no rows, so they are only held against the log."""
    tally = Tally()
    numbers: dict[str, int] = {}
    back: list[int] = []
    checks = _RowChecks(log, entries, views_version(statement))

    def checked() -> Iterator[tuple[str, str, str, str]]:
        last = ""
        for number, row in enumerate(told(rows, len(rows), progress)):
            name = row["row_id"]
            if numbers.setdefault(name, number) != number:
                raise HandoffRefused("rows.duplicate", "a row stands in the handoff twice.")
            if name < last:
                raise HandoffRefused("rows.order", "the rows are not in order.")
            last = name
            tally.add(row)
            if checks.hold(row):
                back.append(number)
            passed(row)
            yield name, row["was"], row["rule"], row["outcome"]

    verdicts = verdicts_digest(checked())
    complete = tally.counts["outstanding"] == 0
    if (
        tally.counts != statement["counts"]
        or statement["rows_total"] != len(rows)
        or statement["complete"] is not complete
        or statement["kind"]
        != kind_of(complete=complete, withdraws=statement["withdraws"], parents=statement["parents"])
    ):
        raise HandoffRefused("rows.counts", "the counts in the statement are not those of the rows.")
    _check_groups(groups, checks)
    checks.finish()
    return Checked(tally, numbers, verdicts, tuple(back), checks.repairs_untold)


def _check_groups(groups: Sequence[Row], checks: _RowChecks) -> None:
    names = [row["row_id"] for row in groups]
    if names != sorted(set(names)) or any(row["was"] != Queue.DUPLICATE for row in groups):
        raise HandoffRefused("rows.order", "the groups of duplicates are not in order, or hold something else.")
    for row in groups:
        checks.hold(row)
        if row["status"] == handoff_rows.READY:
            survivors = [side["option"] for side in row["sides"]]
            if row["operation"] != Outcome.MERGE or row["target_id"] not in survivors or not row["in_latest_load"]:
                raise HandoffRefused("rows.key", f"{row['row_id']}: what it stages is no merge of its records.")


class _RowChecks:
    """What the log says of each row, held against the row."""

    def __init__(self, log: Log, entries: Sequence[Entry], version: int) -> None:
        self._log = log
        self._decided = dict(replay(entries))
        self._erased = {
            (seq, name) for entry in entries if entry.kind == "erase" for seq, name in entry.body["erased_texts"]
        }
        self._handoffs = {entry.body["handoff"]: entry.seq for entry in entries if entry.kind == "handoff"}
        approvals = (entry for entry in reversed(entries) if entry.body.get("choice") == "approve")
        self._first_approval = {entry.row: entry.seq for entry in approvals}
        self._approved_before = _approved_before(entries)
        self._votes: dict[str, list[int]] = {}
        for entry in entries:
            if entry.kind == "vote":
                self._votes.setdefault(entry.row, []).append(entry.seq)
        self._repairs = repaired.logged_repairs(entries)
        self._all_told = version >= repaired.SINCE_VERSION
        self._standing_repairs = frozenset() if self._all_told else repaired.standing_repairs(entries)
        self._merged = any(entry.kind == "merge" for entry in entries)

    def hold(self, row: Row) -> bool:
        """Refuse a row that is not as the log says; gives whether it was ready in the handoff before and is no more."""
        name = row["row_id"]
        review = self._decided.pop(name, Review())
        _check_decision(row, review)
        _check_status(row, review)
        _check_texts(row, self._log, self._erased)
        _check_staged(row, self._first_approval.get(name, 0), self._handoffs)
        self._check_repairs(row)
        votes_on_it = [self._log.entry(seq) for seq in self._votes.pop(name, ())]
        _check_votes(row, votes_on_it, merged=self._merged)
        return row["status"] != handoff_rows.READY and name in self._approved_before

    def _check_repairs(self, row: Row) -> None:
        logged = [self._log.entry(seq) for seq in self._repairs.get(row["row_id"], ())]
        if self._all_told:
            repaired.check_repairs(row, logged, self._erased)
        else:
            repaired.check_repairs_before(row, logged, self._erased, self._standing_repairs)

    @property
    def repairs_untold(self) -> bool:
        """Whether a cell may have been typed over that no row names, because an earlier version made the handoff."""
        return bool(self._repairs) and not self._all_told

    def finish(self) -> None:
        """Refuse what the log says of rows that are not there."""
        for row_id, review in self._decided.items():
            if review.seq:
                raise HandoffRefused(
                    "rows.decision", f"the log decides {safe_text(row_id, 40)}, which is not among the rows."
                )
        if self._votes:
            raise HandoffRefused("rows.votes", "the log has votes on rows that are not there.")


def _approved_before(entries: Sequence[Entry]) -> frozenset[str]:
    """Ids of the rows that were approved when the handoff before this one was made."""
    handoffs = [entry.seq for entry in entries if entry.kind == "handoff"]
    if len(handoffs) < 2:
        return frozenset()
    before = replay([entry for entry in entries if entry.seq < handoffs[-2]])
    return frozenset(row_id for row_id, review in before if review.state is State.APPROVED)


def _check_staged(row: Row, first_approval: int, handoffs: Mapping[int, int]) -> None:
    """A ready row stages what its key says, and was ready no earlier than the log allows; others stage nothing."""
    if row["status"] != handoff_rows.READY:
        names = ("operation", "object", "target_id", "staged", "fields", "idempotency_key", "first_ready_seq")
        if any(row[name] for name in names):
            raise HandoffRefused("rows.undecided", f"{row['row_id']}: it stages something without an approval.")
        return
    if row["operation"] not in _OPERATIONS or row["idempotency_key"] != idempotency_key(row):
        raise HandoffRefused("rows.key", f"{row['row_id']}: its idempotency key is not that of its content.")
    _check_picks(row)
    if row["fields"] != handoff_rows.field_rules(row["staged"], row["decision"]["picks"], row["system"]):
        raise HandoffRefused("rows.key", f"{row['row_id']}: what it says of its fields does not follow from them.")
    if not first_approval < handoffs.get(row["first_ready_seq"], 0):
        raise HandoffRefused("rows.key", f"{row['row_id']}: it was not ready in the handoff that it claims.")


def _check_picks(row: Row) -> None:
    """What was chosen field by field is what is staged: the value that it names, or nothing where it leaves it."""
    staged = {item["field"]: item["value"] for item in row["staged"]}
    for pick in row["decision"]["picks"]:
        if staged.get(pick["field"]) != pick["value"]:
            raise HandoffRefused("rows.key", f"{row['row_id']}: what was chosen for a field is not what it stages.")


_OPERATIONS = frozenset(outcome.value for outcome in Outcome) - {Outcome.CONFLICT.value, Outcome.ERROR.value}


def _check_decision(row: Row, review: Review) -> None:
    decision = row["decision"]
    if (decision is None) != (review.seq == 0):
        raise HandoffRefused("rows.decision", f"{row['row_id']}: its decision is not the one in the log.")
    if decision and (decision["log_seq"], decision["at"]) != (review.seq, review.at):
        raise HandoffRefused("rows.decision", f"{row['row_id']}: its decision is not the one in the log.")


def _check_status(row: Row, review: Review) -> None:
    """What the importer may do with the row follows from the log and the evidence."""
    decision = row["decision"]
    # A contact chosen beyond the candidates can leave the map; nothing else of the row tells that.
    gone = bool(decision) and decision["outside"] and row["state"] == State.STALE
    # That two records are not the same stands, whatever becomes of their values.
    apart = row["was"] == Queue.DUPLICATE and review.action == Choice.REJECT
    moved = bool(decision) and decision["evidence"] != row["evidence_sha256"] and not apart
    state = State.STALE if gone or moved else review.state
    if row["status"] == handoff_rows.READY and state is not State.APPROVED:
        raise HandoffRefused("rows.undecided", f"{row['row_id']}: it is marked ready without an approval in the log.")
    # Taking back one field's choice leaves the row chosen where another stands; which, the log does not say openly.
    left = review.action == Choice.CLEAR_FIELD and state is State.PENDING
    states = (State.PENDING, State.CHOSEN) if left else (state,)
    if row["status"] != handoff_rows.row_status(Queue(row["was"]), state) or row["state"] not in states:
        raise HandoffRefused("rows.decision", f"{row['row_id']}: its state is not the one that the log gives.")
    if decision and decision["action"] != review.action:
        raise HandoffRefused("rows.decision", f"{row['row_id']}: its action is not the one in the log.")
    if row["status"] == handoff_rows.READY and not row["first_ready_seq"] >= 1:
        raise HandoffRefused("rows.key", f"{row['row_id']}: it is ready and claims to have been so in no handoff.")


def _check_texts(row: Row, log: Log, erased: Container[tuple[int, str]]) -> None:
    """Names, reasons, the choice, its evidence and what it stages are those whose keyed hashes stand in the log.

    A text that the log says was erased (entry and field) is blank.
    """
    decision = row["decision"]
    if decision is None:
        return
    body = log.entry(decision["log_seq"]).body
    if (decision["override"], decision["outside"]) != (body["locked"], body["outside"]):
        raise HandoffRefused("rows.decision", f"{row['row_id']}: what it overrides is not as logged.")
    names = ("by", "reason", "question", "option", "source_of_truth", "suggested", "evidence")
    shown = {name: decision[name] for name in names}
    if row["status"] == handoff_rows.READY:
        shown["staged"] = row["idempotency_key"]
        shown["picks"] = picks_text(Pick(**pick) for pick in decision["picks"])
    elif decision["picks"]:
        raise HandoffRefused("rows.undecided", f"{row['row_id']}: it names fields that were chosen, and is not ready.")
    for name, text in shown.items():
        if not text and (decision["log_seq"], name) in erased:
            continue
        if mark(decision["salts"], name, text) != body["texts"].get(name):
            raise HandoffRefused(
                "rows.decision", f"{row['row_id']}: its {name.replace('_', ' ')} is not the one logged."
            )


def _check_votes(row: Row, logged: Sequence[Entry], *, merged: bool) -> None:
    """In a merge, the votes are those in the log, word for word, and each decision is what they come to."""
    given = row["votes"]
    if not merged and not given and not logged:
        return
    if len(given) != len(logged) or not all(map(_is_logged, given, logged)):
        raise HandoffRefused("rows.votes", f"{row['row_id']}: its votes are not those in the log.")
    winner = votes.settled(given) if given == votes.union(given) else None
    decision = row["decision"]
    shown = {key: item for key, item in decision.items() if key != "log_seq"} if decision else None
    if merged and shown != (votes.words(winner) if winner else None):
        raise HandoffRefused("rows.votes", f"{row['row_id']}: its decision is not what the votes come to.")


def _is_logged(vote: Mapping[str, Any], entry: Entry) -> bool:
    marks = {mark["name"]: mark["mark"] for mark in vote["marks"]}
    body = entry.body
    said = (vote["action"], vote["at"], vote["override"], vote["outside"], marks, vote["replaces"])
    if said != (body["choice"], body["at"], body["locked"], body["outside"], body["texts"], body["replaces"]):
        return False
    names = ("by", "reason", "question", "option", "source_of_truth", "suggested", "evidence", "staged")
    if vote["action"] == votes.UNDONE:
        return not any(vote[name] for name in names)
    # A vote that stages nothing any more, because its evidence moved, is logged with what it staged then.
    told = [name for name in names if name != "staged" or vote["staged"]]
    return all(mark(vote["salts"], name, vote[name]) == marks.get(name) for name in told)


def check_slices(statement: Mapping[str, Any], tally: Tally) -> None:
    """The outcome of each slice is that of its rows."""
    for one in statement["slices"]:
        if "trigger" in one:
            numbers = tally.of_table(one["trigger"])
            if any(one[name] != str(numbers[name]) for name in ("rows", "ledger", "conflicts", "errors")):
                raise HandoffRefused("rows.counts", "the counts of a slice are not those of its rows.")
