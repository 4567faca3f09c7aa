"""Country names → ISO 3166 two letters, in the languages in which exports are written.

The names are those that phonenumbers, which is here for phone numbers anyway, keeps for its own descriptions (CLDR);
a country library would add some 8 MB for 250 names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache

from crm_tui.systems.moments import Noted

_SHORT = {
    "usa": "US",
    "u.s.a.": "US",
    "u.s.": "US",
    "us of a": "US",
    "united states of america": "US",
    "the united states": "US",
    "uk": "GB",
    "u.k.": "GB",
    "great britain": "GB",
    "holland": "NL",
    "the netherlands": "NL",
    "czech republic": "CZ",
    "uae": "AE",
    "russian federation": "RU",
    "republic of ireland": "IE",
    "korea, republic of": "KR",
    "republic of korea": "KR",
    "viet nam": "VN",
    "türkiye": "TR",
}
"""Everyday names that the list of names does not have."""
_PARTS = {"england": "GB", "scotland": "GB", "wales": "GB", "northern ireland": "GB"}

_UNKNOWN = "no country of that name is known; kept as written"


def country(text: str) -> str | Noted:
    """Two capitals for a country's code or name; a name that is not known stays as it is, with a note."""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    name = _folded(text)
    if name in _PARTS:
        return Noted(_PARTS[name], "a part of the country that its code stands for")
    code = _SHORT.get(name) or _codes().get(name)
    return code or Noted(text, _UNKNOWN)


def country_name(code: str) -> str:
    """The English name of a two-letter code, for destinations that take names; other text comes back as it is."""
    return _english(code.upper()) or code


def _english(code: str) -> str:
    return _name(_locales().get(code, {}), "en")


@cache
def _codes() -> Mapping[str, str]:
    """Folded name in any language → code; a name of two countries is left out."""
    found: dict[str, set[str]] = {}
    for code, names in _locales().items():
        for name in filter(None, (_name(names, language) for language in names)):
            found.setdefault(_folded(name), set()).add(code)
    return {name: min(codes) for name, codes in found.items() if len(codes) == 1}


def _name(names: Mapping[str, str], language: str) -> str:
    """A country's name; ``*aa`` in the data stands for the name in the language ``aa``."""
    name = names.get(language, "")
    return names.get(name[1:], "") if name.startswith("*") else name


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _locales() -> Mapping[str, Mapping[str, str]]:
    from phonenumbers.geodata.locale import LOCALE_DATA

    return LOCALE_DATA
