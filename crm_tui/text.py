"""The border between data and any screen, log line or error message.

Raw text is stored; ``safe_text`` draws it.  It is idempotent in effect: what it returns holds no control, bidi,
zero-width or other invisible character (reliability.md, goal 10).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right

_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# These have another general category and yet draw nothing, or blank space that looks like nothing.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5")
_MAX_MARKS = 3
# Assigned in Unicode 15 to 18.  The oldest Python that we run on knows Unicode 14; what a newer one knows beside it is
# drawn by its number everywhere, so that a view made on one of them is the same, byte for byte, on the other.
_NEWER_THAN_14 = """
    558 58B-58C 5C8-5C9 88F 897 B53-B54 C5C CDC CF3 ECE 1ACF-1AF0 1B4E-1B4F 1B7F 1C89-1C8A 208F 209D-209F 20C1-20C4
    2427-2429 2B96 2E60-2E63 2FFC-2FFF 31E4-31EF A7CB-A7CF A7D2 A7D4 A7DA-A7F1 AB6C-AB6D FBC3-FBD2 FD90-FD91
    FDC8-FDCE 105C0-105F3 107BB-107BF 10940-10959 10D40-10D8F 10EC2-10EFF 1123F-11241 11380-113E2 116D0-116E3
    11B00-11BF9 11DB0-11DF1 11F00-11F5A 1246F 12475-1247F 12550-12686 1342F 13439-143FA 16100-16139 16D40-16D79
    16EA0-16ED3 16FF2-16FF6 187F8-187FF 18CD6-18CFF 18D09-191D2 1B123-1B132 1B155 1B168 1CC00-1CEFD 1D127-1D128
    1D1EB-1D1FF 1D250-1D2D3 1D6A6 1DB00-1DB1C 1DF1F-1DFFF 1E030-1E08F 1E4D0-1E6FF 1F1AE 1F6D8-1F6DC 1F774-1F77F
    1F7D9-1F7DB 1F7F1-1F7FF 1F8B2-1F8D8 1FA54-1FA57 1FA75-1FA77 1FA87-1FA8F 1FAAD-1FAAF 1FABB-1FABF 1FAC6-1FACF
    1FADA-1FADF 1FAE8-1FAEF 1FAF7-1FAFA 1FBCB-1FBEF 1FBFA 2B739-2B73F 2B81E 2CEA2-2CEAD 2EBF0-2EE5D 31350-3FC3F
"""
_NEWER_STARTS, _NEWER_ENDS = zip(
    *(
        (int(first, 16), int(last or first, 16))
        for first, _, last in (one.partition("-") for one in _NEWER_THAN_14.split())
    ),
    strict=True,
)


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
        category = _category(char)
        if category in ("Mn", "Me", "Mc") and char not in _BLANK_LETTERS and not _is_variation(char):
            marks += 1
            if marks <= _MAX_MARKS:
                parts.append(char)
            continue
        marks = 0
        parts.append(_visible(char, category))
    return "".join(parts)


def _category(char: str) -> str:
    """The general category in Unicode 14; ``Cn`` for what came later, whatever this Python knows of it."""
    code = ord(char)
    at = bisect_right(_NEWER_STARTS, code) - 1
    return "Cn" if at >= 0 and code <= _NEWER_ENDS[at] else unicodedata.category(char)


def _is_variation(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def _visible(char: str, category: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if draws_nothing(char, category) or (category == "Zs" and code != 0x20):
        return f"⟨{code:04X}⟩"
    return char


def draws_nothing(char: str, category: str = "") -> bool:
    """Whether a character is a control, format, unassigned or blank one; ``category`` spares asking for it."""
    return (category or _category(char)) in _HIDDEN or char in _BLANK_LETTERS or _is_variation(char)


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
