"""Country names → ISO 3166 two letters, in the languages in which exports are written.

The names are those that phonenumbers, which is here for phone numbers anyway, keeps for its own descriptions (CLDR);
a country library would add some 8 MB for 250 names.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

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


@cache
def _locales() -> Mapping[str, Mapping[str, str]]:
    """The names of all countries in all languages.

    One module of a package of which the rest, 48 MB in memory, says where each number is; so it is loaded by itself.
    """
    package = find_spec("phonenumbers")
    assert package is not None and package.origin is not None, "phonenumbers is a dependency"
    path = Path(package.origin).parent / "geodata" / "locale.py"
    alone = spec_from_file_location("phonenumbers.geodata.locale", path)
    assert alone is not None and alone.loader is not None, "phonenumbers has the names of countries"
    module = module_from_spec(alone)
    alone.loader.exec_module(module)
    found: Mapping[str, Mapping[str, str]] = module.LOCALE_DATA
    return found
