"""The start screen: workspaces opened lately with their progress, files to open, and the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.text import Text
from textual.binding import Binding, BindingType

from crm_tui.console.bars import progress_bar
from crm_tui.console.base_app import BaseApp
from crm_tui.console.draw import Lines, clip, pad, shown
from crm_tui.console.opening import BrowseScreen, Loaded, LoadScreen
from crm_tui.console.page import PlainPage
from crm_tui.console.panes import LinesPane
from crm_tui.console.privacy import Privacy
from crm_tui.console.settings import Settings
from crm_tui.console.sharing import redraw_over
from crm_tui.console.theme import CURSOR, Paint
from crm_tui.intake.source import UnknownTable
from crm_tui.workspace.recent import Recent, progress_of, told_apart

_ROOMY = 97
"""Cells of a line from which on names and bars take the larger of their widths."""
_NAME, _NAME_NARROW = 22, 18
_BAR, _BAR_NARROW = 16, 5


class Chosen(NamedTuple):
    """What to open."""

    path: Path | None = None
    unknown: Sequence[UnknownTable] = ()
    """Tables that were left out of the load, because nobody has said what their columns are."""
    sample: str = ""
    """Name of a sample instead."""
    masked: bool = False
    """Whether the mask was on."""


class Choice(NamedTuple):
    """One line of the start screen."""

    recent: Recent | None = None
    sample: str = ""


class StartScreen(PlainPage[Chosen]):
    """Gives what to open."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "go", "open", show=False),
        Binding("o", "files", "open files", show=False),
    ]
    KEYS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("↓ ↑", "choose", "move(1)"),
        ("enter", "open", "go"),
        ("o", "open files", "files"),
        ("p", "mask", "app.mask"),
        ("q", "quit", "back"),
    )

    def __init__(self, paths: Sequence[Path], samples: Sequence[str], settings: Settings) -> None:
        super().__init__("check CRM exports, decide every conflict, sign; nothing is ever sent")
        self._settings = settings
        self._choices = [Choice(Recent(path, path.stem)) for path in paths]
        self._choices += [Choice(), *(Choice(sample=name) for name in samples)]
        self._read = not paths
        self._at = 0
        self._ys: list[int] = []

    def on_mount(self) -> None:
        """Look how far each has come, beside the screen."""
        paths = [one.recent.path for one in self._choices if one.recent]
        self.run_worker(lambda: self._look(paths), thread=True, group="recent", exit_on_error=False)

    def _look(self, paths: Sequence[Path]) -> None:
        found = [progress_of(path) for path in paths]
        named = [Choice(replace(one, name=name)) for one, name in zip(found, told_apart(found), strict=True)]
        self.app.call_from_thread(self._looked, named)

    def _looked(self, found: list[Choice]) -> None:
        self.privacy.learn(one.recent.path.name for one in found if one.recent)
        self._choices[: len(found)] = found
        self._read = True
        self.pane.rebuild()

    def build(self, width: int, height: int) -> Lines:  # noqa: ARG002
        """The three lists."""
        paint, wide = self.paint, min(width - 1, 150)
        lines: Lines = []
        self._ys = []
        last = None
        for at, one in enumerate(self._choices):
            heading = "Opened lately" if one.recent else "A sample, to try" if one.sample else "Your own files"
            if heading != last:
                lines += [Text(""), Text(f" {heading}", paint.strong)]
                last = heading
            self._ys.append(len(lines))
            lines.append(self._line(one, wide, paint, here=at == self._at))
        return lines

    def _line(self, one: Choice, width: int, paint: Paint, *, here: bool) -> Text:
        line = Text.assemble((f" {CURSOR if here else ' '} ", paint.needs))
        if one.recent:
            line.append_text(self._recent(one.recent, width - 3, paint))
        elif one.sample:
            line.append(pad(one.sample, _NAME), paint.text)
            line.append(f"crm-tui demo {one.sample}", paint.muted)
        else:
            line.append("open files or a folder …", paint.text)
        line.truncate(width)
        if here:
            line.append(" " * max(0, width - line.cell_len))
            line.stylize(paint.cursor)
        return line

    def _recent(self, one: Recent, width: int, paint: Paint) -> Text:
        narrow = width < _ROOMY
        line = Text.assemble(
            (pad(shown(self.privacy.file(one.name), 60), _NAME_NARROW if narrow else _NAME), paint.strong)
        )
        line.append(" ")
        if one.fault:
            line.append(clip(shown(self.privacy.text(one.fault), 300), width - line.cell_len), paint.bad)
            return line
        if not self._read:
            line.append("…", paint.muted)
            return line
        counts = one.counts
        line.append_text(progress_bar(*counts.done, _BAR_NARROW if narrow else _BAR, paint))
        line.append(f"  {counts.progress}", paint.text)
        day, who = self._settings.time(one.last_at[:10]), shown(self.privacy.reviewer(one.reviewer), 40)
        by = f"  {who}, " if who else "  "
        told = (f"{by}{self._settings.time(one.last_at)}", f"{by}{day}", f"  {day}")
        room = width - line.cell_len
        # The day tells workspaces of one name apart, so what is left gives way to it.
        left = (f" · {words}" for words in (counts.left_words, counts.brief_words))
        whole = [*(words + when for words in left for when in told), f" · {counts.brief_words}", told[-1]]
        line.append(next((words for words in whole if cell_len(words) <= room), ""), paint.muted)
        return line

    def action_move(self, step: int) -> None:
        """Move the cursor."""
        self._at = max(0, min(self._at + step, len(self._choices) - 1))
        self.pane.rebuild()
        self.keep_in_view(self._ys[self._at])

    def on_lines_pane_clicked(self, event: LinesPane.Clicked) -> None:
        """A click opens."""
        if event.index in self._ys:
            self._at = self._ys.index(event.index)
            self.action_go()

    def action_go(self) -> None:
        """Open what is under the cursor."""
        one = self._choices[self._at]
        if one.sample:
            self.dismiss(Chosen(sample=one.sample))
        elif one.recent is None:
            self.action_files()
        elif one.recent.opens:
            self.dismiss(Chosen(one.recent.path))

    def action_files(self) -> None:
        """Choose files."""
        self._browse(Path.cwd())

    def _browse(self, folder: Path) -> None:
        self.app.push_screen(BrowseScreen(folder), self._files)

    def _files(self, paths: list[Path] | None) -> None:
        app = self.app
        if paths and isinstance(app, StartApp):

            def loaded(done: Loaded | None) -> None:
                if done:
                    self.dismiss(Chosen(done.path, done.report.unknown))
                else:
                    self._browse(paths[0].parent)

            app.push_screen(LoadScreen(paths, app.place_for(paths[0])), loaded)


class StartApp(BaseApp[Chosen], inherit_bindings=False):
    """The start screen by itself: it ends with what is to be opened."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        paths: Sequence[Path],
        samples: Sequence[str],
        place_for: Callable[[Path], Path],
        settings: Settings,
        *,
        presenting: bool = False,
    ) -> None:
        """``place_for`` tells the workspace that belongs to a file or folder."""
        super().__init__(settings)
        self.settings = settings
        self.privacy = Privacy(presenting=presenting)
        self.place_for = place_for
        self._paths, self._samples = paths, samples

    def on_mount(self) -> None:
        """Show the start screen; its end is the end."""
        self.listen_to_signals()
        self.push_screen(StartScreen(self._paths, self._samples, self.settings), self._chosen)

    def _chosen(self, chosen: Chosen | None) -> None:
        self.exit(chosen and chosen._replace(masked=self.privacy.on))

    def action_mask(self) -> None:
        """Mask on or off; presenting, it is locked."""
        if not self.privacy.presenting:
            self.privacy.switch(on=not self.privacy.on)
            redraw_over(self)


def run_start(
    paths: Sequence[Path], samples: Sequence[str], place_for: Callable[[Path], Path], *, presenting: bool = False
) -> Chosen | None:
    """Ask on this terminal what to open; ``None`` = nothing."""
    from crm_tui.console.settings import read_settings
    from crm_tui.console.terminal import restored

    app = StartApp(paths, samples, place_for, read_settings(), presenting=presenting)
    with restored():
        return app.run()
