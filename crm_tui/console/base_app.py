"""What every application of the console has in common: its themes, its last guard, its end by a signal or a crash."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, TypeVar

from rich.text import Text
from textual.binding import BindingType
from textual.events import Key
from textual.filter import LineFilter
from textual.screen import ModalScreen
from textual.theme import BUILTIN_THEMES

from crm_tui.console.draw import Guard
from crm_tui.console.settings import Settings, last_theme
from crm_tui.console.terminal import end_with_the_terminal
from crm_tui.console.theme import DARK, PAINTS, THEMES, theme_named
from crm_tui.console.type_ahead import TypeAhead
from crm_tui.text import safe_text

Result = TypeVar("Result")
_SIGNALS = ("SIGTERM", "SIGHUP", "SIGINT")


class BaseApp(TypeAhead[Result], inherit_bindings=False):
    """An application with our themes, through which nothing hidden reaches the terminal."""

    CSS_PATH = "styles.tcss"
    TITLE = "crm-tui"
    BINDINGS: ClassVar[list[BindingType]] = []
    ENABLE_COMMAND_PALETTE = True
    ESCAPE_TO_MINIMIZE = False

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._guard = Guard()
        self._failure = ""
        for theme in THEMES:
            self.register_theme(theme)
        wanted = (os.environ.get("TEXTUAL_THEME", ""), theme_named(settings.theme or ""), last_theme())
        self.theme = next((name for name in wanted if name in PAINTS), DARK)
        for name in BUILTIN_THEMES:
            self.unregister_theme(name)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters after our guard."""
        return [self._guard, *super().get_line_filters()]

    def on_key(self, event: Key) -> None:
        """Let no key answer a dialog that nobody can have read, wherever the key was on its way to when it came up."""
        if isinstance(self.screen, ModalScreen):
            from crm_tui.console.dialogs import Dialog

            if isinstance(self.screen, Dialog) and self.screen.unseen(event):
                event.prevent_default()
                self.screen.tell_early(event)

    def action_curtain(self) -> None:
        """Blank the screen, whatever stands on it."""
        from crm_tui.console.sharing import Curtain

        if not isinstance(self.screen, Curtain):
            self.push_screen(Curtain())

    # -- ending

    def listen_to_signals(self) -> None:
        """End by a signal as by the key for it, and when the terminal goes away without one."""
        end_with_the_terminal()
        loop = asyncio.get_running_loop()
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            if number is not None:
                # Windows has no such handlers; a thread that is not the main one may not set any.
                with suppress(NotImplementedError, RuntimeError, ValueError):
                    loop.add_signal_handler(number, self.end_by_signal, int(number))

    def end_by_signal(self, number: int) -> None:
        """End; the exit code says which signal it was."""
        self.exit(return_code=128 + number)

    def _fatal_error(self) -> None:
        """One sentence: what kind of error and where.  No values, no locals: the screen may be shared."""
        self._failure = failure_sentence(sys.exc_info()[1] or self._exception)
        self._exit_renderables.clear()
        self._exit_renderables.append(Text(self._failure))
        self._return_code = 1
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """The sentence once, as plain text."""
        if self._exit_renderables:
            sys.stderr.write((self._failure or "crm-tui ended because of an error.") + "\n")
            self._exit_renderables.clear()

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """No pictures of a client's data by a stray key."""


def failure_sentence(error: BaseException | None) -> str:
    """``crm-tui ended …: KeyError in session.py, line 120.``; what was decided stays saved."""
    kind = type(error).__name__ if error else "an error"
    frames = traceback.extract_tb(error.__traceback__) if error else []
    own = [frame for frame in frames if "crm_tui" in frame.filename] or list(frames)
    place = f" in {Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return safe_text(f"crm-tui ended because of an error of its own: {kind}{place}. Everything decided is saved.", 300)
