"""What another rule would do, before it is kept, as a mixin of the review screen; and its two dialogs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from crm_tui.classify.policy import parse_policy
from crm_tui.classify.rule_words import rule_named
from crm_tui.classify.trials import Trial
from crm_tui.console.dialogs import Listing, Picker
from crm_tui.console.draw import Lines, clip_ids, labelled, shown
from crm_tui.console.loading import Came, Loading
from crm_tui.console.privacy import privacy_of
from crm_tui.console.theme import Paint
from crm_tui.model import ROW_QUEUES, Queue
from crm_tui.text import counted, safe_text
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.ingest import PolicyText
from crm_tui.workspace.load import Found
from crm_tui.workspace.what_if import Looked, WhatIf, looked, open_trials, summed, trial_text

_AT_ONCE = 1_000
"""Rows that are judged without a bar: a second."""
_LISTED = 500
"""Rows that are written out."""


class TrialPicker(Picker[Trial]):
    """Picks a change of the policy by typing a part of it; gives its words."""

    PLACEHOLDER = "what if …: part of a strategy, or of the name of a field"
    EMPTY = "no such change: type less, or the name of a field"
    CALLED = 36

    def token(self, item: Trial) -> str:
        """Its words, of which no two are alike."""
        return item.words

    def searched(self, item: Trial) -> str:
        """All that is said of it."""
        return f"{item.words} {item.about}"

    def told(self, item: Trial) -> tuple[str, str]:
        """The same."""
        return item.words, item.about


class TrialListing(Listing):
    """What a change would do, row by row; ``enter`` keeps it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "back", "back", show=False)]

    def __init__(self, trial: Trial, found: WhatIf, paint: Callable[[], Paint], *, keeps: bool) -> None:
        hint = "enter  keep this policy     esc  leave it as it is" if keeps else "esc  leave"
        super().__init__(f"What if: {trial.words}", self._lines, hint)
        self._found, self._paint, self._keeps = found, paint, keeps

    def action_accept(self) -> None:
        """Keep it, where it can be kept."""
        if self._keeps:
            super().action_accept()

    def _lines(self, width: int, height: int) -> Lines:  # noqa: ARG002
        return trial_lines(self._found, lambda name: privacy_of(self.app).name(name), width, self._paint())


def trial_lines(found: WhatIf, seen: Callable[[str], str], width: int, paint: Paint) -> Lines:
    """The counts, then the rows; ``seen`` = an event id as it may be seen."""
    turned, advised, anew = len(found.turns), len(found.advised), found.asked_anew
    said = [f"{turned:,} of {counted(found.rows, 'row')} would be judged otherwise."]
    if not (turned or advised):
        said.append("No other suggestion would be made either.")
    if advised:
        said.append(f"On {counted(advised, 'held row')} something else would be suggested; a person still decides.")
    if anew:
        said.append(f"{counted(anew, 'decision')} would be asked anew, because what they rest on would be another.")
    lines = labelled("", [" ".join(said)], width, 0, (paint.muted, paint.strong))
    for queue in ROW_QUEUES:
        before, after = found.before.get(queue, 0), found.after.get(queue, 0)
        words = f"{before:,} → {after:,}" if before != after else f"{before:,}, as now"
        lines += labelled(f"  {queue.value}", [words], width, 16, (paint.muted, paint.text))
    for turn in found.turns[:_LISTED]:
        words = f"{_judged(*turn.before)} → {_judged(*turn.after)}"
        lines += _row(seen(turn.event_id), words, width, paint)
    for row in found.advised[: max(0, _LISTED - turned)]:
        words = f"suggested: {row.before or 'nothing'} → {row.after or 'nothing'}"
        lines += _row(seen(row.event_id), words, width, paint)
    beyond = turned + advised - _LISTED
    return [*lines, Text(f"  and {counted(beyond, 'further row')}.", paint.muted)] if beyond > 0 else lines


def _row(name: str, words: str, width: int, paint: Paint) -> Lines:
    called = clip_ids(shown(name, 60) or "row without id", 13)
    return labelled(f"  {called}", [shown(words, 300)], width, 16, (paint.strong, paint.text))


def _judged(queue: Queue, rule: str) -> str:
    return f"{queue.value}: {rule_named(rule)}"


class Trying(Loading):
    """The key of the what-if; the screen that shows it is ``ReviewScreen``."""

    def action_try_policy(self) -> None:
        """Choose a change, see what it would do, and keep it or not."""
        if self.taking_in:
            self.say("files are being loaded: try it when they are in.")
            return
        found = open_trials(self.session.cases)

        def answered(words: str | None) -> None:
            trial = next((one for one in found if one.words == words), None)
            if trial:
                self._try(trial)

        self.app.push_screen(TrialPicker("What if the policy were another?", found, lambda: self.paint), answered)

    def _try(self, trial: Trial) -> None:
        from crm_tui.console.working import Working

        cases = self.session.cases
        text = trial_text(trial)
        other = Cases(cases.store, parse_policy(text, "this policy"))
        rows: list[Looked] = []

        def judging() -> Iterator[Looked]:
            for one in looked(cases, other):
                rows.append(one)
                yield one

        def judged(whole: bool | None) -> None:
            if whole:
                self._tried(trial, text, summed(cases, other, rows))
            else:
                self.say("stopped; the policy is as it was.")

        number = self.session.counts.rows
        if number <= _AT_ONCE:
            judged(all(True for _ in judging()))
        else:
            self.app.push_screen(Working(f"What if: {trial.words}", judging(), number, lambda: self.paint), judged)

    def _tried(self, trial: Trial, text: str, found: WhatIf) -> None:
        keeps = not self.session.store.read_only

        def answered(yes: bool | None) -> None:
            if not yes:
                self.say("the policy is as it was; nothing was changed.")
                return

            def kept(what: Came) -> None:
                reopened = counted(what.report.reopened, "decision")
                also = f"; {reopened} re-opened" if what.report.reopened else ""
                self.say(f"kept: {safe_text(trial.words, 80)}, every row was judged anew{also}")

            policy = PolicyText("policy.toml", text)
            self.load_beside(Found([], []), "the policy", kept, policy=policy)

        self.app.push_screen(TrialListing(trial, found, lambda: self.paint, keeps=keeps), answered)
