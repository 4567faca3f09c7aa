"""Card numbers and access tokens in ordinary cells, so that they are flagged and masked (requirements 0.8).

Made for free text and new values.  Phone and id columns are keys and are not meant to be searched: one long
number in ten passes for a card number by its check digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

CARD = "a card number"
TOKEN = "an access token"

_Span = tuple[int, int, str]
_MASKS = {CARD: "[card number, masked]", TOKEN: "[access token, masked]"}

_DIGITS = re.compile(r"[0-9][0-9 \u00a0-]{11}")
# Every way a token with an underscore or an equals sign can begin, with nothing before it to keep the search quick.
_HINT = re.compile(
    r"[srp]k_|gh[opsur]_|github_pat|[Pp][Aa][Ss][Ss]|[Pp][Ww][Dd]|[Aa][Pp][Ii]|[Ss][Ee][Cc][Rr]|[Tt][Oo][Kk][Ee]"
)
_TOKENS = re.compile(
    r"""(?<![A-Za-z0-9])(?:
        [srp]k_(?:live|test)_[A-Za-z0-9]{8,}
      | gh[opsur]_[A-Za-z0-9]{16,}
      | github_pat_[A-Za-z0-9_]{16,}
      | xox[a-z]-[A-Za-z0-9-]{8,}
      | A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])
      | AIza[A-Za-z0-9_-]{30,}
      | eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}(?:\.[A-Za-z0-9_-]*)?
      | [Bb]earer[ ]+(?=[A-Za-z._~+/-]*[0-9])[A-Za-z0-9._~+/-]{12,}=*
      | pat-(?:na|eu|ap)[0-9]-[A-Za-z0-9-]{8,}
      | ya29\.[A-Za-z0-9_-]{8,}
      | glpat-[A-Za-z0-9_-]{8,}
      | sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}
      | (?P<assigned>
            (?i:password|passwd|pwd|api[_-]?key|(?:client[_-]?)?secret|(?:access[_-]?|auth[_-]?)?token)
            [ ]?=[ ]?
        )(?!\[(?:access[ ]token|card[ ]number),[ ]masked\])[^\s&;,]{4,}
    )
    | -----BEGIN[ ][A-Z0-9 ]*PRIVATE[ ]KEY(?s:.*?(?:-----END[^-]*-----|\Z))""",
    re.VERBOSE,
)

# The longest run, so that the country code of a phone number cannot be cut off by starting later.
_RUN = re.compile(r"(?<![\w+-])\+?[0-9](?:[ \u00a0-]?[0-9])*(?!\w|-\w)")
_CARD_GROUPS = re.compile(
    r"(?<![0-9])(?:[0-9]{13,19}|[0-9]{4}([ \u00a0-])[0-9]{4}\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{3})?"
    r"|[0-9]{4}([ \u00a0-])[0-9]{6}\2[0-9]{4,5})(?![0-9])"
)
_DATE = re.compile(r"(?:[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2})(?![0-9]) ?")
_ISSUERS = re.compile(
    r"4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    r"|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|(?:30[0-5]|36[0-9]|3[89][0-9])[0-9]{11}"  # Diners Club
    r"|(?:6011|65[0-9]{2}|64[4-9][0-9])[0-9]{12}(?:[0-9]{3})?"  # Discover
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12}"  # JCB
    r"|62[0-9]{14}(?:[0-9]{3})?"  # UnionPay
)


def find_secret(text: str) -> str:
    """``a card number``, ``an access token`` or ``""``: what ``text`` seems to hold, the first of them."""
    return next((what for _, _, what in _spans(text)), "")


def mask_secrets(text: str) -> str:
    """``text`` with ``[card number, masked]`` or ``[access token, masked]`` in place of each secret."""
    # Again and again, because a mask parts what was one word, and what is left of it may be a secret too.
    while spans := _spans(text):
        text = _masked(text, spans)
    return text


def _masked(text: str, spans: Iterable[_Span]) -> str:
    parts: list[str] = []
    end = 0
    for start, stop, what in spans:
        if start >= end:
            parts += (text[end:start], _MASKS[what])
        end = max(end, stop)
    return "".join(parts) + text[end:]


def _worth_a_look(text: str) -> bool:
    """Half a microsecond for most text; ``in`` is several times quicker than a regex of many beginnings."""
    return (
        ("-" in text and ("xox" in text or "pat-" in text or "sk-" in text or "-----B" in text))
        or ("." in text and "ya29." in text)
        or (("_" in text or "=" in text) and _HINT.search(text) is not None)
        or ("earer" in text or "eyJ" in text or "AKIA" in text or "ASIA" in text or "AIza" in text)
        or _DIGITS.search(text) is not None
    )


def _spans(text: str) -> list[_Span]:
    """(start, stop, what) of each secret in their order; of those that start together, the longest first."""
    if not _worth_a_look(text):
        return []
    return sorted((*_tokens(text), *_card_numbers(text)), key=lambda span: (span[0], -span[1]))


def _tokens(text: str) -> Iterator[_Span]:
    for token in _TOKENS.finditer(text):
        yield token.end("assigned") if token["assigned"] else token.start(), token.end(), TOKEN


def _card_numbers(text: str) -> Iterator[_Span]:
    if text.lstrip().startswith("+"):
        return
    for run in _RUN.finditer(text):
        if run[0][0] != "+":
            date = _DATE.match(run[0])
            offset = run.start() + (date.end() if date else 0)
            for start, stop in _cards(text[offset : run.end()]):
                yield offset + start, offset + stop, CARD


def _cards(run: str) -> Iterator[tuple[int, int]]:
    """Spans of the card numbers in a run of digits: the whole of it, or parts grouped as on a card."""
    if _is_card(run):
        yield 0, len(run)
        return
    start = 0
    while match := _CARD_GROUPS.search(run, start):
        if _is_card(match[0]):
            yield match.span()
            start = match.end()
        else:
            start = match.start() + 1


def _is_card(text: str) -> bool:
    """Whether the digits are of a card issuer's form and pass the Luhn check (ISO/IEC 7812-1)."""
    if len(text) > 40:
        return False
    digits = re.sub("[^0-9]", "", text)
    if not _ISSUERS.fullmatch(digits):
        return False
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(d - 9 if d > 9 else d for d in doubled)) % 10 == 0
