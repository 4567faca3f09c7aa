"""The handoff from the console: what is outstanding, where it goes, which key signs, and the result.

Everything of ``crm_tui.handoff`` is imported here only when somebody presses the key for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.console.privacy import Ours, Privacy
from crm_tui.console.session import Session
from crm_tui.errors import CrmTuiError
from crm_tui.model import Queue
from crm_tui.text import counted, one_of, safe_text
from crm_tui.workspace.cases import Row
from crm_tui.workspace.counts import Counts

if TYPE_CHECKING:
    from crm_tui.handoff.keys import Signer
    from crm_tui.handoff.seal import Sealed
    from crm_tui.progress import Progress

_NAMED = 12


class PassphraseWanted(Exception):
    """The key is protected; ask, and try again with what was typed."""


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Which key would sign."""

    path: Path
    exists: bool
    principal: str
    fingerprint: str
    fault: str = ""
    """Why the key cannot be used; ``""`` when it can."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What signing now would make."""

    out: Path
    key: KeyPlan
    rejected: int
    counts: Counts
    waiting: tuple[Row, ...]
    """The open rows, the first of them."""
    duplicates: str
    """What was decided on groups of duplicates; ``""`` = there are none."""

    @property
    def kind(self) -> str:
        """``full`` or ``partial``."""
        return "partial" if self.counts.left else "full"

    @property
    def again(self) -> str:
        """What a partial one would sign, to be said before it does; ``""`` = it is full."""
        return f"what is decided: {counted(self.counts.left, 'row')} still open" if self.counts.left else ""


def plan(session: Session) -> Plan:
    """Look at the workspace and the key; writes nothing."""
    from crm_tui.handoff.seal import expected_path

    key = _key_plan()
    return Plan(
        out=expected_path(session.cases, key.fingerprint, key.principal, session.reviewer),
        key=key,
        rejected=_rejected(session),
        counts=session.cases.counts(),
        waiting=_waiting(session),
        duplicates=_duplicates(session),
    )


def _duplicates(session: Session) -> str:
    """What was decided on records that may be the same; ``""`` = there are none."""
    from crm_tui.model import State

    states = [one.state for one in session.cases.reviews(session.cases.ids(Queue.DUPLICATE)).values()]
    merged, apart = states.count(State.APPROVED), states.count(State.REJECTED)
    left = len(states) - merged - apart
    told = {"to merge": merged, "not the same": apart, "open, so left out": left}
    return ", ".join(f"{number} {words}" for words, number in told.items() if number)


def _rejected(session: Session) -> int:
    from crm_tui.model import State

    ids = [*session.cases.ids(Queue.LEDGER), *session.cases.ids(Queue.CONFLICT)]
    return sum(review.state is State.REJECTED for review in session.cases.reviews(ids).values())


def _waiting(session: Session) -> tuple[Row, ...]:
    ids = [
        record_id for queue in (Queue.CONFLICT, Queue.LEDGER) for record_id in session.cases.ids(queue, open_only=True)
    ]
    return tuple(session.cases.rows(ids[:_NAMED]))


def _names(plan: Plan, privacy: Privacy) -> Ours:
    """The open rows, each as the lists call it."""
    seen = [privacy.row(row) for row in plan.waiting]
    names = [f"{safe_text(row.event_id, 40) or 'row without id'} ({row.state.value})" for row in seen]
    beyond = plan.counts.left - len(names)
    return Ours(one_of([*names, *([counted(beyond, "more row")] if beyond > 0 else [])], "and"))


def _key_plan() -> KeyPlan:
    from crm_tui.handoff.keys import default_key_path, fingerprint, parse_public_line, principal_default, public_path_of

    path = default_key_path()
    if not path.exists():
        return KeyPlan(path, False, principal_default(), "")
    try:
        public, comment = parse_public_line(public_path_of(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return KeyPlan(path, True, "", "", "")
    except CrmTuiError as error:
        return KeyPlan(path, True, "", "", str(error))
    return KeyPlan(path, True, comment.lower(), fingerprint(public))


def signer_for(key: KeyPlan, passphrase: str | None) -> Signer:
    """The signer; makes the key when there is none.  Raises ``PassphraseWanted`` when a protected key needs words."""
    from crm_tui.handoff.keys import load_key, new_key

    if not key.exists:
        return new_key(key.path, key.principal)

    def ask() -> str:
        if passphrase is None:
            raise PassphraseWanted
        return passphrase

    return load_key(key.path, ask)


def sign(session: Session, signer: Signer, progress: Progress) -> Sealed:
    """Write the signed file beside the workspace, from a thread of its own.  Raises ``CrmTuiError`` with a sentence."""
    from crm_tui.handoff.seal import seal
    from crm_tui.workspace.cases import Cases

    with session.store.beside() as store:
        return seal(Cases(store), None, signer, session.reviewer, progress=progress)


Fact = tuple[str, str, str]


def plan_facts(plan: Plan, privacy: Privacy, styles: tuple[str, str]) -> list[Fact]:
    """(label, text, style) of the summary; ``styles`` are for "needs you" and "good"."""
    needs, good = styles
    counts = plan.counts
    decided = f"{counts.rows_progress}: {counts.decided - plan.rejected:,} approved, {plan.rejected:,} rejected"
    facts: list[Fact] = [("Decided", decided, ""), ("Left", counts.left_words, needs if counts.open else good)]
    if counts.left:
        text = "PARTIAL: what is open is left out of the staged rows, and the file says so."
        facts.extend([("Open rows", _names(plan, privacy), needs), ("Kind", text, needs)])
    else:
        beside = " The groups that are open are in no merge plan." if counts.duplicates_left else ""
        facts.append(("Kind", f"FULL: every row that a person decides is decided.{beside}", good))
    if plan.duplicates:
        facts.append(("Duplicates", plan.duplicates, ""))
    key = ("Key", _key_text(plan.key, privacy), needs if plan.key.fault else "")
    facts.extend([("-", "", ""), ("File", str(plan.out), ""), key, ("-", "", "")])
    facts.append(("", "Signing writes this one file. It sends nothing, and deciding can go on afterwards.", ""))
    return facts


def _key_text(key: KeyPlan, privacy: Privacy) -> str:
    if key.fault:
        return key.fault
    if not key.exists:
        return f"a new signing key will be made at {key.path} for {key.principal}."
    return _key_facts(privacy, key.principal, key.fingerprint, str(key.path))


def _key_facts(privacy: Privacy, principal: str, fingerprint: str, *more: str) -> Ours:
    """What tells a key; its fingerprint, which looks like a path, is what a receiver is to be told."""
    parts = (privacy.text(principal), fingerprint, *map(privacy.text, more))
    return Ours(" · ".join(filter(None, parts)))


def sealed_facts(sealed: Sealed, privacy: Privacy, styles: tuple[str, str]) -> list[Fact]:
    """(label, text, style) of the result."""
    needs, good = styles
    again = ", the same content as before, written again" if sealed.reissued else ""
    kind = f"{sealed.kind} · number {sealed.seq}{again}"
    return [
        ("Signed", str(sealed.path), good),
        ("Handoff", Ours(sealed.handoff_id), ""),
        ("Kind", kind, needs if str(sealed.kind) == "partial" else good),
        ("Key", _key_facts(privacy, sealed.principal, sealed.fingerprint), ""),
        ("-", "", ""),
        ("Check it", f"crm-tui verify {sealed.path}", ""),
        ("", "A receiver first trusts your key once: crm-tui key show prints the line for it.", ""),
    ]
