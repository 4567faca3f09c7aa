"""The application: opening a workspace for the screen, its themes, its end, and what a crash may say."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.segment import Segment
from textual.actions import ActionParseResult
from textual.app import ComposeResult, SystemCommand
from textual.command import CommandInput, CommandList, CommandPalette, SearchIcon
from textual.containers import Horizontal, Vertical
from textual.dom import DOMNode
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import Input, LoadingIndicator

from crm_tui.console.base_app import BaseApp
from crm_tui.console.privacy import Ours, Privacy, privacy_of
from crm_tui.console.screen import ReviewScreen, review_screen
from crm_tui.console.session import Session
from crm_tui.console.settings import SHIPPED, Settings, first_run, read_settings
from crm_tui.console.sharing import Curtain
from crm_tui.console.theme import CURSOR
from crm_tui.errors import JournalDamaged, WorkspaceBusy, WorkspaceError
from crm_tui.handoff.notary import KeyNotary
from crm_tui.intake.source import UnknownTable
from crm_tui.model import Clock
from crm_tui.text import counted, safe_text
from crm_tui.workspace import checkpoints, integrity
from crm_tui.workspace.cases import Cases
from crm_tui.workspace.store import Store, login_name, utc_now
from crm_tui.workspace.watch import Arrivals

if TYPE_CHECKING:
    from crm_tui.workspace.checking import WholeCheck


def run_console(
    path: Path,
    *,
    reviewer: str | None = None,
    watched: Arrivals | None = None,
    unknown: Sequence[UnknownTable] = (),
    presenting: bool = False,
    masked: bool = False,
    greeting: str = "",
    clock: Clock = utc_now,
) -> int:
    """Open the workspace at ``path`` on this terminal, with a sentence of greeting; gives the exit code.

    Raises ``WorkspaceError`` when it cannot be opened at all.  One that another crm-tui holds, or whose journal
    does not hold, is opened read-only, and the screen says why.
    """
    from crm_tui.console.terminal import restored

    settings = read_settings()
    store, warning = open_store(path, clock)
    with store:
        kept = store.meta("reviewer")
        app = ConsoleApp(
            store,
            reviewer or kept or login_name(),
            not (reviewer or kept),
            warning=warning,
            watched=watched,
            unknown=unknown,
            presenting=presenting,
            masked=masked,
            settings=settings,
            newcomer=first_run(),
            greeting=greeting,
        )
        app.session.checked = store.read_only or not integrity.takes_long(store.connection)
        # What is there by now stays to the end; looking it through for garbage would stop the screen now and then.
        gc.freeze()
        with restored():
            farewell = app.run()
        if not store.read_only:
            checkpoints.keep(store, notary=KeyNotary())
        if farewell and sys.stdout is not None:
            sys.stdout.write(farewell + "\n")
        return app.return_code or 0


def open_store(path: Path, clock: Clock) -> tuple[Store, str]:
    """The workspace, for writing where that can be; and the sentence that says why it is read-only.

    Of a large one only the end of its journal is checked here; the rest is to be checked beside the screen.
    """
    try:
        store = Store.open(path, clock=clock)
    except WorkspaceBusy as error:
        return Store.open(path, write=False, clock=clock), f"Read-only: {error}"
    try:
        check = integrity.check_end if integrity.takes_long(store.connection) else integrity.check
        check(store)
    except JournalDamaged as error:
        store.close()
        return Store.open(path, write=False, clock=clock), _damaged(error)
    except BaseException:
        store.close()
        raise
    try:
        checkpoints.check(store, KeyNotary())
    except JournalDamaged as error:
        store.close()
        return Store.open(path, write=False, clock=clock), f"Read-only: {error}"
    return store, ""


def _damaged(fault: object) -> str:
    return f"Read-only: {fault} Nothing can be decided on it; take your last copy."


_CHECKED_EVERY = 0.25
"""Seconds between two looks at the check that goes on beside the screen."""
_PALETTE = Size(20, 8)
"""The smallest screen on which the palette has lines."""


class ConsoleApp(BaseApp[str], inherit_bindings=False):
    """The console on an open workspace."""

    def __init__(
        self,
        store: Store,
        reviewer: str,
        ask_reviewer: bool,
        *,
        warning: str = "",
        watched: Arrivals | None = None,
        unknown: Sequence[UnknownTable] = (),
        presenting: bool = False,
        masked: bool = False,
        settings: Settings = SHIPPED,
        newcomer: bool = False,
        greeting: str = "",
    ) -> None:
        super().__init__(settings)
        self._newcomer, self._said = newcomer, greeting
        self.store = store
        self.session = Session(Cases(store), reviewer, presenting=presenting, settings=settings)
        if masked and not presenting:
            self.privacy.switch(on=True)
        self._ask_reviewer = ask_reviewer and not store.read_only
        self._warning = warning
        self._watched, self._unknown = watched, unknown
        self._check: WholeCheck | None = None
        self._check_timer: Timer

    @property
    def settings(self) -> Settings:
        """What the person at this screen has set."""
        return self.session.settings

    @property
    def privacy(self) -> Privacy:
        """The mask of this screen."""
        return self.session.privacy

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:  # noqa: ARG002
        """The palette lists the registry, and of it what needs no number."""
        review = next((one for one in self.screen_stack if isinstance(one, ReviewScreen)), None)
        if review is None:
            return
        for action in self.settings.actions:
            if action.id not in ("choose", "palette") and self.session.context in action.contexts:
                title = action.label.capitalize()
                keys = f"{action.shown_keys} · " if action.keys else ""
                yield SystemCommand(title, f"{keys}{action.help}", getattr(review, f"action_{action.id}"))

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """Do what a key stands for, where it stands for something, and tell the review which one it was."""
        if str(action).startswith("command_list(") and (
            self.size.width < _PALETTE.width or self.size.height < _PALETTE.height
        ):
            # Textual's palette pages by the lines that it draws, and here it draws none.
            return False
        review = default_namespace if isinstance(default_namespace, ReviewScreen) else None
        if review and isinstance(action, str) and review.out_of_place(action.partition("(")[0]):
            return True
        if review:
            # That the key before had no meaning is told until one has.
            review.hush("saved", "refused", "quiet")
        done = await super().run_action(action, default_namespace, namespaces)
        if review and isinstance(action, str):
            review.echo(action)
        return done

    def on_mount(self) -> None:
        """Show the review; ask once who decides."""
        self.listen_to_signals()
        self._keep_given_name()
        self.session.keep_mask()
        screen = review_screen(self.settings)
        self.push_screen(
            screen(self.session, self._said or self._greeting(), self._warning, self._watched, self._unknown)
        )
        if self._ask_reviewer:
            self._ask_name()
        if not self.session.checked:
            # After the first frame: the process of the check wants a core of its own for a while.
            self.set_timer(_CHECKED_EVERY, self._start_check)

    def _start_check(self) -> None:
        from crm_tui.workspace.checking import WholeCheck

        self._check = WholeCheck(self.store.path)
        self._check_timer = self.set_interval(_CHECKED_EVERY, self._look_at_check)

    def _look_at_check(self) -> None:
        """Once the whole journal is checked: decide nothing more where it does not hold."""
        if self._check is None or self._check.goes_on:
            return
        self._check_timer.stop()
        self.session.checked = True
        fault = self._check.fault()
        if fault:
            self.store.end_writing()
            review = next(screen for screen in self.screen_stack if isinstance(screen, ReviewScreen))
            review.warn(_damaged(fault))

    def on_unmount(self) -> None:
        """Leave no process behind."""
        if self._check is not None:
            self._check.end()

    def _greeting(self) -> str:
        counts = self.session.counts
        if not counts.rows and self._watched:
            return f"waiting for files in {safe_text(str(self._watched.folder))}"
        if not counts.rows and self._unknown:
            return ""
        if not counts.rows:
            return "nothing is loaded yet: leave with q, then crm-tui load FILES -w " + str(self.store.path)
        groups = f" and {counted(counts.duplicates_left, 'group')}" if counts.duplicates_left else ""
        left = f"{counted(counts.left, 'row')}{groups} to decide"
        if self._newcomer and counts.left:
            keys = [
                self.settings.keys_of(self.settings.by_id[one]).split(" ")[0] for one in ("approve", "undo", "help")
            ]
            hint = "New here? 1 chooses, {} approves, {} undoes, {} all keys.".format(*keys)
            return f"{left}. {hint}"
        return f"{left}; what you decide is saved at once, q leaves at any time."

    def _keep_given_name(self) -> None:
        given = self.session.reviewer
        if not self._ask_reviewer and not self.store.read_only and self.store.meta("reviewer") != given:
            with suppress(WorkspaceError):
                self.session.rename(given)

    def _ask_name(self) -> None:
        from crm_tui.console.dialogs import Prompt

        def answered(name: str | None) -> None:
            if name:
                with suppress(WorkspaceError):
                    self.session.rename(name)
            review = self.screen
            if isinstance(review, ReviewScreen):
                if not name:
                    decides = self.privacy.reviewer(self.session.reviewer)
                    review.say(f"you decide as {decides}; the next start asks again, --reviewer NAME says who it is.")
                review.show()

        about = Ours("Each decision is kept with the name of who made it. Who is reviewing?")
        prompt = Prompt(Ours("Reviewer"), about, value=self.session.reviewer, proposed=True, reviewer=True)
        self.push_screen(prompt, answered)

    def end_by_signal(self, number: int) -> None:
        """End as with ``q``; the exit code says which signal it was."""
        self.session.keep_place()
        super().end_by_signal(number)

    def action_mask(self) -> None:
        """Mask on or off, also from a dialog or a page over the review."""
        next(screen for screen in self.screen_stack if isinstance(screen, ReviewScreen)).action_mask()

    def action_command_palette(self) -> None:
        """The palette, once, and none over a curtain."""
        if not any(isinstance(screen, Curtain | CommandPalette) for screen in self.screen_stack):
            # Without a name: the one that was closed just now may still bear it.
            self.push_screen(Palette())


class PaletteList(CommandList):
    """The commands; a sign stands before the one under the cursor, as it does in every other list."""

    def render_line(self, y: int) -> Strip:
        """One line of a command."""
        strip = super().render_line(y)
        if self.highlighted is None or self._lines[self.scroll_offset.y + y : self.scroll_offset.y + y + 1] != [
            (self.highlighted, 0)
        ]:
            return strip
        style = next((segment.style for segment in strip), None)
        return Strip.join((Strip([Segment(CURSOR, style)]), strip.crop(1)))


class Palette(CommandPalette):
    """The palette; what is typed into it under the mask are dots."""

    def compose(self) -> ComposeResult:
        """Textual's own widgets, with our list."""
        with Vertical(id="--container"):
            with Horizontal(id="--input"):
                yield SearchIcon()
                yield CommandInput(placeholder="Search for commands…", select_on_focus=False)
            with Vertical(id="--results"):
                yield PaletteList()
                yield LoadingIndicator()

    def on_mount(self) -> None:
        """Look at the mask."""
        self.query_one(Input).password = privacy_of(self.app).on
