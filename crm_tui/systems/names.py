"""A person's name as a whole and in its two parts (requirements 3.3; formats.md, "full_name")."""

from __future__ import annotations

from collections.abc import Mapping

PARTS = ("first_name", "last_name")


def split_name(name: str) -> dict[str, str]:
    """First and last name of a whole one, parted at its last blank, or at the comma of ``Last, First``.

    Where the parts end nobody can know: ``Ann van der Archer`` gives the last name ``Archer``.
    """
    last, comma, first = name.partition(",")
    if comma and first.strip() and "," not in first:
        return {"first_name": first.strip(), "last_name": last.strip()}
    first, _, last = name.strip().rpartition(" ")
    return {"first_name": first.strip(), "last_name": last}


def joined_name(values: Mapping[str, str]) -> str:
    """The parts that are there, as one name."""
    return " ".join(part for part in (values.get(name, "").strip() for name in PARTS) if part)


def as_kept(values: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """A row's values with the name in the form in which ``known`` keeps it: whole, or in parts.

    A name that says the same in the other form is said in that form, whatever the other form would lose.
    """
    kept = dict(values)
    own = [name for name in PARTS if name in values]
    if "name" in known and "name" not in values and len(own) == len(PARTS) and not _keeps_parts(known):
        for name in own:
            del kept[name]
        kept["name"] = joined_name(values)
    elif "name" in values and not own and _keeps_parts(known) and "name" not in known:
        whole = kept.pop("name")
        same = whole.split() == joined_name(known).split()
        kept |= {name: known[name] for name in PARTS if name in known} if same else split_name(whole)
    return kept


def keeps_whole_name(values: Mapping[str, str]) -> bool:
    """Whether a record has the name as a whole only."""
    return "name" in values and not _keeps_parts(values)


def with_whole_name(values: Mapping[str, str]) -> Mapping[str, str]:
    """The values with the name as a whole, where both parts are there and the whole is not."""
    return as_kept(values, {"name": ""})


def _keeps_parts(known: Mapping[str, str]) -> bool:
    return any(name in known for name in PARTS)
