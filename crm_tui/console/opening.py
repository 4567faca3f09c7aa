"""Opening files from the start screen: choose them in folders, see what they are recognised as, load them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.text import Text
from textual.binding import Binding, BindingType

from crm_tui.console.browse import Browse, Entry
from crm_tui.console.draw import Lines, labelled, pad, shown
from crm_tui.console.page import PlainPage
from crm_tui.console.panes import LinesPane
from crm_tui.console.theme import AGREES, CURSOR, Paint
from crm_tui.console.working import work_line
from crm_tui.errors import CrmTuiError
from crm_tui.intake.explained import reasons, recognised_as
from crm_tui.workspace.ingest import LoadReport
from crm_tui.workspace.load import Found, load, open_all
from crm_tui.workspace.store import login_name

_EVERY = 0.1
"""Seconds between two looks at the progress."""
_REASONS = 3


class Loaded(NamedTuple):
    """A workspace that files were loaded into."""

    path: Path
    report: LoadReport


class BrowseScreen(PlainPage[list[Path]]):
    """Gives the files and folders to open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "enter", "into, or open", show=False),
        Binding("right,l", "into", "into", show=False),
        Binding("left,h,backspace", "above", "folder above", show=False),
        Binding("space", "mark", "choose", show=False),
        Binding("o", "open", "open", show=False),
    ]
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("enter", "go in / open", "enter"),
        ("←", "up", "above"),
        ("space", "choose", "mark"),
        ("o", "open chosen, else this", "open"),
        ("esc", "back", "back"),
    )

    def __init__(self, folder: Path) -> None:
        super().__init__("Open exports: choose files, or a folder with all of its exports")
        self.browse = Browse.of(folder)

    def build(self, width: int, height: int) -> Lines:  # noqa: ARG002
        """The folder and what is in it."""
        paint, browse = self.paint, self.browse
        lines: Lines = [Text(f" {shown(self.privacy.file(str(browse.folder)), width)}", paint.strong), Text("")]
        lines += [self._line(at, entry, width, paint) for at, entry in enumerate(browse.entries)]
        if browse.fault:
            lines.append(Text(f"  this folder cannot be read: {browse.fault}", paint.bad))
        elif not any(not entry.folder for entry in browse.entries):
            lines.append(Text("   no export here (.csv, .xlsx, .json, .zip …)", paint.muted))
        return lines

    def _line(self, at: int, entry: Entry, width: int, paint: Paint) -> Text:
        here, on = at == self.browse.at, entry.path in self.browse.chosen
        line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs), (f"{AGREES if on else ' '} ", paint.saved))
        name = ".." if entry.up else self.privacy.file(entry.path.name) + ("/" if entry.folder else "")
        size = "" if entry.folder else f"{-(-entry.size // 1024):,} KiB"
        line.append(pad(shown(name, 200), max(8, width - 20)), paint.strong if entry.folder or on else paint.text)
        line.append(f"{size:>13}", paint.muted)
        if here:
            line.stylize(paint.cursor)
        return line

    def _show(self, browse: Browse) -> None:
        self.browse = browse
        self.pane.rebuild()
        self.keep_in_view(browse.at + 2)

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._show(self.browse.moved(step))

    def action_page(self, step: int) -> None:
        """Move it a page."""
        self.action_move(step * max(1, self.pane.size.height - 3))

    def action_into(self) -> None:
        """Into the folder under the cursor."""
        self._show(self.browse.into())

    def action_above(self) -> None:
        """To the folder above."""
        self._show(self.browse.above())

    def action_mark(self) -> None:
        """Choose, or not."""
        self._show(self.browse.marked())

    def action_enter(self) -> None:
        """Into a folder; a file is opened."""
        here = self.browse.here
        if here and here.folder:
            self.action_into()
        else:
            self.action_open()

    def action_open(self) -> None:
        """Open what is chosen."""
        self.dismiss(self.browse.wanted())

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click goes to an entry; one on the entry under the cursor opens it."""
        at = event.index - 2
        if at == self.browse.at:
            self.action_enter()
        elif 0 <= at < len(self.browse.entries):
            self.action_move(at - self.browse.at)


class LoadScreen(PlainPage[Loaded]):
    """What the files are recognised as; ``enter`` loads them, ``esc`` stops that without a trace."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "load", "load", show=False)]
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("enter", "load", "load"),
        ("esc", "stop, nothing is kept", "back"),
    )

    def __init__(self, paths: Sequence[Path], workspace: Path, tick: Callable[[], float] = time.monotonic) -> None:
        super().__init__("What is in these files")
        self._paths, self._workspace, self._tick = list(paths), workspace, tick
        self._found: Found | None = None
        self._why: dict[int, list[str]] = {}
        self._said = ""
        self._progress: tuple[int, int, int] | None = None
        self._started = self._drawn = 0.0
        self._stopping = False

    def on_mount(self) -> None:
        """Read the heads of the files, beside the screen."""
        self.run_worker(self._recognise, thread=True, group="open", exit_on_error=False)

    # -- before

    def _recognise(self) -> None:
        found = open_all(self._paths)
        why = {at: self._reasons(found, at) for at in range(len(found.sources))}
        self.app.call_from_thread(self._recognised, found, why)

    def _reasons(self, found: Found, at: int) -> list[str]:
        try:
            return reasons(found.sources[at])
        except CrmTuiError as error:
            return [str(error)]

    def _recognised(self, found: Found, why: dict[int, list[str]]) -> None:
        self._found, self._why = found, why
        self.privacy.learn(source.name for source in (*found.sources, *(one.source for one in found.unknown)))
        self.pane.rebuild()

    def seen(self, text: str) -> str:
        """A sentence as it may be drawn."""
        return shown(self.privacy.text(text))

    def build(self, width: int, height: int) -> Lines:  # noqa: ARG002
        """Progress, then file by file what it is and why."""
        paint, found = self.paint, self._found
        lines: Lines = [Text("")]
        if self._progress is not None:
            lines += self._bar(width, paint)
        elif self._said:
            lines += labelled("", [Text(self.seen(self._said), paint.bad)], width, 1, (paint.text, paint.text))
        if found is None:
            return [*lines, Text("  reading…", paint.muted)]
        for at, source in enumerate(found.sources):
            said = Text(self.seen(recognised_as(source)), paint.strong)
            lines += labelled(f" {AGREES}", [said], width, 3, _plain(paint))
            for reason in self._why[at][:_REASONS]:
                lines += labelled("", [Text(self.seen(reason), paint.muted)], width, 5, _plain(paint))
        for unknown in found.unknown:
            lines += labelled(" ?", [Text(self.seen(str(unknown)), paint.needs)], width, 3, _plain(paint))
        for problem in found.problems:
            lines += labelled(" !", [Text(self.seen(problem), paint.bad)], width, 3, _plain(paint))
        if found.unknown:
            lines.append(Text("   you will be asked what the columns marked ? are", paint.muted))
        if not found.sources and not found.unknown:
            lines += [Text(""), Text("  Nothing of this can be loaded; esc goes back.", paint.bad)]
        return lines

    # -- loading

    def action_load(self) -> None:
        """Load, beside the screen."""
        found = self._found
        if found is None or self._progress is not None or not (found.sources or found.unknown):
            return
        self._progress, self._stopping, self._said = (0, 0, 0), False, ""
        self._started = self._drawn = self._tick()
        self.pane.rebuild(home=True)
        self.run_worker(self._load, thread=True, group="load", exit_on_error=False)

    def _load(self) -> None:
        try:
            report = load(self._workspace, self._paths, reviewer=login_name(), progress=self._told)
        except _Stopped:
            self.app.call_from_thread(self._stopped, "Stopped: nothing was kept.")
        except CrmTuiError as error:
            self.app.call_from_thread(self._stopped, str(error))
        else:
            self.app.call_from_thread(self._loaded, report)

    def _told(self, read: int, total: int, rows: int) -> None:
        """From the load, in its thread: stop it, or draw how far it is."""
        if self._stopping:
            raise _Stopped
        now = self._tick()
        if now - self._drawn >= _EVERY:
            self._drawn = now
            self.app.call_from_thread(self._draw, (read, total, rows))

    def _draw(self, progress: tuple[int, int, int]) -> None:
        if self._progress is not None:
            self._progress = progress
            self.pane.rebuild()

    def _bar(self, width: int, paint: Paint) -> Lines:
        read, total, rows = self._progress or (0, 0, 0)
        share = read / total if total else 0.0
        passed = self._tick() - self._started
        return [work_line(share, rows, passed, width, paint, " stopping…" if self._stopping else ""), Text("")]

    def action_back(self) -> None:
        """Stop the load; where none runs, leave."""
        if self._progress is not None:
            self._stopping = True
            self.pane.rebuild()
        else:
            self.dismiss(None)

    def _stopped(self, words: str) -> None:
        self._progress, self._said = None, words
        self.pane.rebuild(home=True)

    def _loaded(self, report: LoadReport) -> None:
        if self._workspace.exists() or report.unknown:
            self.dismiss(Loaded(self._workspace, report))
        else:
            self._stopped(" ".join(report.problems) or "Nothing could be read.")


class _Stopped(Exception):
    """The person has stopped the load."""


def _plain(paint: Paint) -> tuple[str, str]:
    return paint.text, paint.text
