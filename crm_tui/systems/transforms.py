"""Named steps from a cell as written to its canonical text; a system's file names them in ``Column.transform``.

A step raises ``ValueError`` with the reason, without the value, where the text is not of its form; a blank stays blank.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

Transform = Callable[[str], str]

_TRUE = frozenset(("true", "yes", "1", "y", "t", "on", "active", "permanent", "do not allow"))
_FALSE = frozenset(("false", "no", "0", "n", "f", "off", "inactive", "allow"))


def trimmed(text: str) -> str:
    """Without blanks around it, no-break and wide ones too (formats.md, "first_name")."""
    return text.strip()


def epoch_seconds(text: str) -> str:
    """Seconds since 1970 → ISO 8601 in UTC (Copper)."""
    return _from_epoch(text, 1)


def epoch_milliseconds(text: str) -> str:
    """Milliseconds since 1970 → ISO 8601 in UTC (HubSpot, Zoho, Gmail, Salesforce change events)."""
    return _from_epoch(text, 1000)


def _from_epoch(text: str, scale: int) -> str:
    if not (text.isascii() and text.lstrip("-").isdigit()):
        raise ValueError("is no count since 1970")
    try:
        moment = datetime.fromtimestamp(int(text) // scale, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise ValueError("is no time that a calendar knows") from error
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def boolean(text: str) -> str:
    """``true`` or ``false`` for the words that the systems use (formats.md, "Booleans")."""
    word = text.strip().lower()
    if word in _TRUE:
        return "true"
    if word in _FALSE:
        return "false"
    raise ValueError("is neither yes nor no")


def cents(text: str) -> str:
    """Hundredths → units: ``150050`` is ``1500.50`` (Close)."""
    return _plain(_number(text) / 100)


def money(text: str) -> str:
    """An amount without currency sign and thousands: ``$1,500.50`` is ``1500.50``."""
    return _plain(_number(text.strip().lstrip("$€£").replace(",", "")))


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError("is no number") from error
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise ValueError("is no number")
    return number


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


TRANSFORMS: dict[str, Transform] = {
    "trimmed": trimmed,
    "epoch_seconds": epoch_seconds,
    "epoch_milliseconds": epoch_milliseconds,
    "boolean": boolean,
    "cents": cents,
    "money": money,
}


def transformed(name: str, text: str) -> str:
    """The canonical text of a cell; a blank stays blank.  Raises ``ValueError`` with the reason."""
    trimmed_text = text.strip()
    return TRANSFORMS[name](trimmed_text) if name and trimmed_text else trimmed_text
