"""Drawing text in cells: the border through which data reaches a widget, wrapping, clipping and differing spans."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from difflib import SequenceMatcher
from functools import lru_cache

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.text import Text
from textual.color import Color
from textual.filter import LineFilter

from crm_tui.identity.secrets import mask_secrets
from crm_tui.privacy.masking import HIDDEN
from crm_tui.text import safe_text

Span = tuple[int, int]
Lines = list[Text]
Builder = Callable[[int, int], Lines]
"""(width, height) → the lines of a pane."""

_COMPARED = 160
_ALIKE = 0.75
"""From this likeness on, single edits are marked; below, they would be confetti."""


def shown(text: str, limit: int = 400) -> str:
    """Data as it may be drawn: secrets masked, hidden characters made visible, capped."""
    return safe_text(mask_secrets(text), limit)


_BETWEEN_IDS = " · "
_SHORT_ID = 6


def clip(text: str, width: int) -> str:
    """``text`` in at most ``width`` cells, ended by … when it is longer."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…" if width > 0 else ""


def pad(text: str, width: int) -> str:
    """``text`` in exactly ``width`` cells."""
    return set_cell_size(clip(text, width), max(0, width))


def clip_ids(text: str, width: int) -> str:
    """One id or more, ``CLOSE-202 · GHL-502``, in at most ``width`` cells; of a long one begin and end are kept:
    the ids of a system often begin alike.  Anything else is ended by …."""
    ids = text.split(_BETWEEN_IDS)
    room = (width - len(_BETWEEN_IDS) * (len(ids) - 1)) // len(ids)
    if cell_len(text) <= width or room < _SHORT_ID or any(" " in one or not one.isascii() for one in ids):
        return clip(text, width)
    spare = width - len(_BETWEEN_IDS) * (len(ids) - 1)
    kept: list[str] = []
    for left, one in enumerate(reversed(ids)):
        # A short id leaves its room to those before it.
        own = max(spare // (len(ids) - left), 0)
        kept.append(one if len(one) <= own else f"{one[: (own - 1) // 2]}…{one[len(one) - own // 2 :]}")
        spare -= len(kept[-1])
    return _BETWEEN_IDS.join(reversed(kept))


def wrap(text: str, width: int, limit: int = 0) -> list[str]:
    """``text`` broken at blanks into lines of ``width`` cells, at most ``limit``; a longer word breaks anywhere."""
    width = max(4, width)
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        pieces = _chopped(word, width)
        lines = [*lines, *pieces] if lines[-1] else [*lines[:-1], *pieces]
    if limit and len(lines) > limit:
        return [*lines[: limit - 1], clip(" ".join(lines[limit - 1 :]), width)]
    return lines


def _chopped(word: str, width: int) -> list[str]:
    """A word too long for a line: a path breaks between its folders where it can, anything else anywhere."""
    pieces: list[str] = []
    while cell_len(word) > width:
        piece = (chop_cells(word, width) or [word])[0] or word[:1]
        end = piece.rfind("/") + 1
        pieces.append(piece[:end] if end > len(piece) // 3 else piece)
        word = word[len(pieces[-1]) :]
    return [*pieces, word]


def chunks(text: str, width: int, limit: int) -> list[Span]:
    """Where a value breaks into at most ``limit`` lines of ``width`` cells: (start, end) in characters."""
    spans: list[Span] = []
    start = 0
    while len(spans) < limit and (start < len(text) or not spans):
        piece = (chop_cells(text[start:], max(2, width)) or [""])[0]
        end = start + len(piece)
        if end < len(text):
            end = start + (_break_in(piece) or len(piece))
        spans.append((start, end))
        start = end
    return spans


def _break_in(piece: str) -> int:
    """Where a full line had better end: after the last blank or sign in its second half; 0 = nowhere."""
    places = (at for at in range(len(piece), len(piece) // 2, -1) if not piece[at - 1].isalnum())
    return next(places, 0)


@lru_cache(maxsize=2048)
def differing(value: str, other: str) -> tuple[Span, ...]:
    """The spans of ``value`` that ``other`` does not have: single edits where the two are alike, else from the
    first word that differs to the last."""
    if not value or value == other:
        return ()
    if HIDDEN in value or HIDDEN in other:
        # Of two masks every character is chance: a part that is alike would say something that is not so.
        return ((0, len(value)),)
    if max(len(value), len(other)) > _COMPARED:
        return ((0, len(value)),)
    matcher = SequenceMatcher(None, value, other, autojunk=False)
    if matcher.ratio() >= _ALIKE:
        return tuple((start, end) for tag, start, end, _, _ in matcher.get_opcodes() if tag != "equal" and end > start)
    start, end = _shared_words(value, other), len(value) - _shared_words(value[::-1], other[::-1])
    return ((start, end),) if start < end else ((0, len(value)),)


def _shared_words(one: str, two: str) -> int:
    """Characters of the common beginning, up to the last break between words."""
    shared = 0
    for at, (a, b) in enumerate(zip(one, two, strict=False)):
        if a != b:
            break
        if not a.isalnum():
            shared = at + 1
    return shared


def differing_digits(value: str, other: str) -> tuple[Span, ...]:
    """The digits of a phone number that differ from another's, counted from the right, whatever stands between."""
    if HIDDEN in value or HIDDEN in other:
        return differing(value, other)
    places = [at for at, char in enumerate(value) if char.isdigit()]
    theirs = [char for char in other if char.isdigit()]
    unlike = [at for nth, at in enumerate(reversed(places), 1) if nth <= len(theirs) and theirs[-nth] != value[at]]
    return tuple((at, at + 1) for at in reversed(unlike)) or differing(value, other)


def labelled(
    label: str, paragraphs: Iterable[Text | str], width: int, label_width: int, styles: tuple[str, str]
) -> Lines:
    """A label in the left column and wrapped text beside it; ``styles`` are of the label and of plain text."""
    lines: Lines = []
    for paragraph in paragraphs:
        text = paragraph if isinstance(paragraph, Text) else Text(paragraph, styles[1])
        for piece in wrapped(text, width - label_width - 2):
            head = label if not lines else ""
            lines.append(Text.assemble(" ", signed(pad(head, label_width), styles[0]), piece))
    return lines


def signed(text: str, style: str) -> Text:
    """A text whose leading sign is a run of its own: where a font lacks the sign, only the sign looks different."""
    if text[:1].isalnum() or not text:
        return Text(text, style)
    return Text.assemble((text[0], style), (text[1:], style))


def wrapped(text: Text, width: int) -> Lines:
    """A styled text broken like ``wrap``, its styles kept."""
    lines: Lines = []
    plain, position = text.plain, 0
    for piece in wrap(plain, width):
        start = plain.find(piece, position) if piece else position
        position = start + len(piece)
        lines.append(text[start:position] if piece else Text(""))
    return lines


class Guard(LineFilter):
    """The last guard: whatever a widget draws, no control, bidi or invisible character leaves for the terminal."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002
        """Replace what cannot be printed, cell for cell; drop control segments."""
        if all(segment.control is None and segment.text.isprintable() for segment in segments):
            return segments
        return [
            Segment(segment.text if segment.text.isprintable() else _harmless(segment.text), segment.style)
            for segment in segments
            if not segment.control
        ]


def _harmless(text: str) -> str:
    return "".join(char if char.isprintable() else _stand_in(char) for char in text)


def _stand_in(char: str) -> str:
    if unicodedata.category(char) == "Zs":
        return " "
    # A character without width must not push the line out of its columns.
    return "\N{REPLACEMENT CHARACTER}" if cell_len(char) else ""
