"""The border between data and any screen, log line or error message.

Raw text is stored; ``safe_text`` draws it.  It is idempotent in effect: what it returns holds no control, bidi,
zero-width or other invisible character (reliability.md, goal 10).
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# These have another general category and yet draw nothing, or blank space that looks like nothing.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_MAX_MARKS = 3


def safe_text(text: str, limit: int = 200) -> str:
    """``text`` as it may be drawn: C0 as control pictures, other hidden characters as ⟨202E⟩, capped.

    ``limit`` counts drawn characters; a longer text ends in ``…``.  At most three combining marks follow a base.
    """
    cut = text[: limit + 1]
    if cut.isascii() and cut.isprintable():
        return cut if len(text) <= limit else cut[: limit - 1] + "…"
    drawn = _draw(cut)
    if len(text) <= limit and len(drawn) <= limit:
        return drawn
    return drawn[: limit - 1] + "…"


def _draw(text: str) -> str:
    parts: list[str] = []
    marks = 0
    for char in text:
        if char == " " or (char.isascii() and char.isprintable()):
            parts.append(char)
            marks = 0
            continue
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Mc") and char not in _BLANK_LETTERS and not _is_variation(char):
            marks += 1
            if marks <= _MAX_MARKS:
                parts.append(char)
            continue
        marks = 0
        parts.append(_visible(char, category))
    return "".join(parts)


def _is_variation(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _visible(char: str, category: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if category in _HIDDEN or char in _BLANK_LETTERS or _is_variation(char) or (category == "Zs" and code != 0x20):
        return f"⟨{code:04X}⟩"
    return char


_START = r"[\s\u200b-\u200d\u2060\ufeff\"'`]*"
_INERT = re.compile(r"\+[1-9][0-9]{6,14}|-?[0-9]+(?:\.[0-9]+)?")
_FORMULA = re.compile(
    rf"\A(?:[\t\r\n]|{_START}[=+\-@|%\uFF1D\uFF0B\uFF0D\uFF20\uFF05\uFF5C\u2212])"
    rf"|[;,|\t\r\n]{_START}(?:[=@\uFF1D\uFF20]|[+\-](?=[^\W\d_]))"
)


def runs_as_formula(text: str) -> bool:
    """Whether a spreadsheet could run ``text`` as a formula, whichever separator it splits at (handoff.md, "CSV").

    Whole E.164 numbers and plain numbers are none.
    """
    return bool(_FORMULA.search(text)) and not _INERT.fullmatch(text)


def one_of(words: list[str] | tuple[str, ...], joint: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c`` for sentences."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 row``, ``2 rows``, ``1,500 rows``."""
    word = noun if number == 1 else (plural or noun + "s")
    return f"{number:,} {word}"
