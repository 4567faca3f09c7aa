"""What a person has made theirs: theme, dates and keys, from one TOML file.  Imports no terminal library.

``crm-tui settings show`` prints every setting with what it does; ``crm-tui settings path`` says where the file is.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from crm_tui.classify.times import SHOWN_MOMENT, moment_of, parse_time, shown_time
from crm_tui.console.action import DIGITS, Action
from crm_tui.console.actions import ACTIONS, BY_ID
from crm_tui.errors import InputError, TargetError
from crm_tui.files import config_dir, data_dir, private_folder, read_file, write_atomic
from crm_tui.text import one_of, safe_text

if TYPE_CHECKING:
    from textual.app import App

FILE = "settings.toml"
_LIMIT = 100_000
_THEME = "theme"
_SEEN = "console-seen"
_FORMATS = {"day month year": "{0.day} {0:%b %Y}", "month day, year": "{0:%b} {0.day}, {0:%Y}", "iso": "{0:%Y-%m-%d}"}
_NAMED_KEYS = (
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *("insert", "delete", "backspace", "enter", "space", "tab"),
)
_KEY = re.compile(rf"(?:(?:ctrl|shift|alt)\+)*(?:f(?:[1-9]|1[0-9]|2[0-4])|{'|'.join(_NAMED_KEYS)}|[a-z])")
"""Names of keys as Textual spells them; a key that writes a sign is called by the sign."""
_ACTION = re.compile(r"\{([a-z_]+)\}")
_FIXED = {
    "choose": "it takes the number of a side or an option",
    "back": "Esc always steps back",
}
"""Actions whose keys stay as they are, and why."""


class Settings(BaseModel):
    """Everything that can be set; what the file leaves out is as shipped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    theme: Literal["dark", "light", "contrast"] | None = Field(
        default=None,
        description="The theme at every start: dark, light or contrast.  Left out: the one that you chose last.",
    )
    date_format: Literal["day month year", "month day, year", "iso"] = Field(
        default="day month year", description="How days are written: 13 May 2026, May 13, 2026 or 2026-05-13."
    )
    time_zone: str = Field(
        default="",
        description="The zone in which times are shown, as Europe/Berlin; local: that of this machine.  "
        "Left out: as written.",
    )
    keys: Mapping[str, tuple[str, ...]] = Field(
        default={},
        description='Keys of single actions instead of the shipped ones, as approve = ["a", "f5"]; '
        "crm-tui settings show lists all.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name not in ("", "local"):
            _zone(name)
        return name

    @field_validator("keys", mode="before")
    @classmethod
    def _single_key(cls, keys: Any) -> Any:
        if not isinstance(keys, dict):
            return keys
        return {action: (value,) if isinstance(value, str) else value for action, value in keys.items()}

    @property
    def as_written(self) -> bool:
        """Whether times look as the program writes them."""
        return not self.time_zone and self.date_format == "day month year"

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """The registry with these keys."""
        return tuple(action.with_keys(self.keys.get(action.id, action.keys)) for action in ACTIONS)

    @cached_property
    def by_id(self) -> Mapping[str, Action]:
        """The same by their names."""
        return {action.id: action for action in self.actions}

    def keys_of(self, action: Action) -> str:
        """The keys of an action as a person reads them."""
        return self.by_id[action.id].shown_keys

    def key(self, action_id: str) -> str:
        """The first key of an action, for a sentence; of one that has none the key that finds any action."""
        keys = self.by_id[action_id].shown_keys or self.by_id["palette"].shown_keys or "the palette"
        return keys.split(" ")[0] if keys != "the palette" else keys

    def told(self, sentence: str) -> str:
        """A sentence of ours with the key of each action that it names in braces: ``{undo} takes it back``."""
        return _ACTION.sub(lambda found: self.key(found[1]), sentence)

    def time(self, text: str) -> str:
        """``13 May 2026 16:00 CEST``: a time that parses, in the chosen zone and form; else the text as written."""
        moment = parse_time(text)
        if moment is None:
            return text
        day_only = len(text.strip()) == 10
        if moment.tzinfo is not None and self.time_zone:
            moment = moment.astimezone(None if self.time_zone == "local" else _zone(self.time_zone))
            return f"{self._day(moment)} {moment:%H:%M %Z}"
        # The form as written knows how an offset reads; of it only the day is written otherwise.
        return self._day(moment) if day_only else self._day(moment) + shown_time(text)[len(_day_as_shipped(moment)) :]

    def times_in(self, sentence: str) -> str:
        """A sentence with each moment that the program wrote in it as ``time`` writes it; days alone stay."""
        return sentence if self.as_written else SHOWN_MOMENT.sub(lambda found: self.time(moment_of(found)), sentence)

    def _day(self, moment: datetime) -> str:
        return _FORMATS[self.date_format].format(moment)


def _day_as_shipped(moment: datetime) -> str:
    return _FORMATS["day month year"].format(moment)


def _zone(name: str) -> tzinfo:
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:
        raise ValueError(f"{safe_text(name, 60)} is no time zone; write one as Europe/Berlin, or local") from error


SHIPPED = Settings()


def settings_of(app: App[object]) -> Settings:
    """The settings of the running console."""
    found = getattr(app, "settings", SHIPPED)
    return found if isinstance(found, Settings) else SHIPPED


def settings_path() -> Path:
    """Where the settings of this person are; the file need not be there."""
    return config_dir() / FILE


def read_settings(path: Path | None = None) -> Settings:
    """The settings of this person, as shipped where there is no file.

    Raises ``InputError``: one sentence with file, line and key.
    """
    path = path or settings_path()
    if not path.exists():
        return SHIPPED
    try:
        return parse_settings(read_file(path, _LIMIT).decode("utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise InputError(f"{safe_text(path.name)} is not UTF-8 text; save it as UTF-8.") from error


def parse_settings(text: str, name: str = FILE) -> Settings:
    """Read settings from TOML; raises ``InputError`` as ``read_settings`` does."""
    try:
        found = Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{safe_text(name)} cannot be read: {safe_text(str(error))}.") from error
    except RecursionError as error:
        raise InputError(f"{safe_text(name)} is nested too deeply to be settings.") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False)[0]
        place = [str(part) for part in fault["loc"] if not isinstance(part, int)]
        raise _wrong(name, text, place, _reason(str(fault["type"]), str(fault["msg"]))) from error
    for action_id, keys in found.keys.items():
        fault_of_keys = _fault_of(action_id, keys)
        if fault_of_keys:
            raise _wrong(name, text, ["keys", action_id], fault_of_keys)
    _refuse_clashes(found, name, text)
    return found


def _reason(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return f"there is no such setting; there is {one_of(list(Settings.model_fields), 'and')}"
    return message.removeprefix("Value error, ").replace("Input should", "it should")


def _wrong(name: str, text: str, place: list[str], reason: str) -> InputError:
    line = _line_of(text, place)
    where = f"line {line}, " if line else ""
    return InputError(f"{safe_text(name)}, {where}{safe_text('.'.join(place), 80)}: {safe_text(reason, 300)}.")


def _line_of(text: str, place: list[str]) -> int:
    """The line on which a setting is written; 0 = not found."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        head = re.match(r"\s*\[([\w.]+)\]", line)
        if head:
            table = head[1]
        said = re.match(r"\s*[\"']?([\w.-]+)[\"']?\s*=", line)
        if said and [*filter(None, [table]), *said[1].split(".")] == place[: 1 + ("keys" in place)]:
            return number
    return 0


def _fault_of(action_id: str, keys: tuple[str, ...]) -> str:
    """Why these keys cannot be those of an action; ``""`` when they can."""
    if action_id not in BY_ID:
        return "there is no such action; crm-tui settings show lists them"
    if action_id in _FIXED:
        return f"its keys stay as they are: {_FIXED[action_id]}"
    if not keys and action_id in ("quit", "help"):
        return "it needs at least one key"
    bad = next((key for key in keys if not _is_key(key)), None)
    if bad is not None:
        return f"{bad or 'an empty text'} is no key; write a sign, or a name such as f5, ctrl+r, enter, pagedown"
    return ""


def _is_key(key: str) -> bool:
    sign = _sign(key)
    if len(sign) == 1:
        return sign.isprintable() and not sign.isspace()
    return bool(_KEY.fullmatch(key))


def _sign(key: str) -> str:
    """``=`` for ``equals_sign``, as Textual spells it; any other key as it is."""
    try:
        return unicodedata.lookup(key.replace("_", " ")) if "_" in key else key
    except KeyError:
        return key


def _refuse_clashes(found: Settings, name: str, text: str) -> None:
    """Refuse a key with two meanings; the sentence names the setting that brought it."""
    owners: dict[str, str] = {}
    for action in sorted(found.actions, key=lambda action: action.id in found.keys):
        for key in action.keys:
            other = owners.setdefault(_sign(key), action.id)
            if other != action.id:
                digit = " and cannot be given away" if key in DIGITS else f"; give keys.{other} another one"
                raise _wrong(name, text, ["keys", action.id], f"the key {key} is the one of {other} too{digit}")


# -- the file, written out


def settings_text(settings: Settings) -> str:
    """Every setting with what it does, as a file that says the same."""
    import json

    lines = []
    for name, field in Settings.model_fields.items():
        if name == "keys":
            continue
        value = getattr(settings, name)
        lines += [f"# {field.description}", f"{'# ' if not value else ''}{name} = {json.dumps(value or '')}", ""]
    lines += [f"# {Settings.model_fields['keys'].description}", "[keys]"]
    for action in settings.actions:
        if action.id not in _FIXED:
            lines.append(f"# {action.help}")
            keys = json.dumps(list(action.keys), ensure_ascii=False)
            lines.append(f"{'' if action.id in settings.keys else '# '}{action.id} = {keys}")
    return "\n".join(lines) + "\n"


def first_run() -> bool:
    """Whether the console has never been opened on this machine; asked once, the answer is remembered."""
    seen = data_dir() / _SEEN
    if seen.exists():
        return False
    try:
        write_atomic(private_folder(data_dir()) / _SEEN, b"")
    except TargetError:
        return False
    return True


def last_theme() -> str:
    """The theme chosen last on this machine; ``""`` = none."""
    try:
        return (data_dir() / _THEME).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def keep_theme(name: str) -> None:
    """Remember a theme; a folder that cannot be written is no error."""
    try:
        write_atomic(private_folder(data_dir()) / _THEME, name.encode())
    except TargetError:
        return
