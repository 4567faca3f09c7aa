"""Addresses that a person may take for another one: compared by skeletons (UTS #39), to flag and never to match.

Which letters look alike is Unicode's own list, as ``confusable-homoglyphs`` carries it; it is read only where an
address has letters beyond ASCII.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache

from crm_tui.text import draws_nothing


def skeleton(address: str) -> str:
    """What an address looks like: equal for two that a person may take for each other."""
    plain = address if address.isascii() else "".join(map(_seen_as, address))
    # What of the ASCII of a small-lettered address Unicode's list takes for something else.
    return plain.lower().replace("0", "o").replace("1", "l").replace("m", "rn")


@cache
def _seen_as(char: str) -> str:
    """The ASCII that a character looks like, nothing for one that is not seen, or itself."""
    if char.isascii():
        return char
    if draws_nothing(char):
        return ""
    # Here, because its list is a megabyte and nearly all addresses are ASCII.
    from confusable_homoglyphs import confusables

    alike = (one["c"] for one in confusables.confusables_data.get(char, ()))
    return next((text for text in alike if text.isascii() and text.isalnum()), char)


class Addresses:
    """Known addresses, to find the one that another looks like; how they are kept, the subclasses say."""

    def has(self, address: str) -> bool:
        """Whether the address is known, as compared."""
        raise NotImplementedError

    def has_domain(self, domain: str) -> bool:
        """Whether a known address has that domain."""
        raise NotImplementedError

    def whole(self, skeleton: str) -> str:
        """The first known address of that skeleton; ``""`` where there is none."""
        raise NotImplementedError

    def domain(self, skeleton: str) -> str:
        """The first domain of that skeleton; ``""`` where there is none."""
        raise NotImplementedError

    def taken_for(self, address: str) -> str:
        """The known address that ``address`` looks like and is not; ``""`` where there is none."""
        return "" if self.has(address) else self.whole(skeleton(address))

    def told(self, address: str) -> str:
        """``looks like buyer@clearwater.test: U+0441 for c``, or what its domain looks like; ``""`` for neither."""
        whole = self.taken_for(address)
        if whole:
            return f"looks like {whole}: {_differences(address, whole)}"
        domain = address.rpartition("@")[2]
        other = "" if self.has_domain(domain) else self.domain(skeleton(domain))
        return f"has a domain that looks like {other}: {_differences(domain, other)}" if other else ""


class Known(Addresses):
    """Known addresses in memory."""

    def __init__(self, addresses: Iterable[str]) -> None:
        """``addresses``: as compared, in an order that is the same in every run."""
        self._whole: dict[str, str] = {}
        self._domains: dict[str, str] = {}
        self._there: set[str] = set()
        for address in addresses:
            self._there.add(address)
            self._whole.setdefault(skeleton(address), address)
            domain = address.rpartition("@")[2]
            if domain not in self._there:
                self._there.add(domain)
                self._domains.setdefault(skeleton(domain), domain)

    def has(self, address: str) -> bool:
        """Whether the address is known, as compared."""
        return address in self._there

    def has_domain(self, domain: str) -> bool:
        """Whether a known address has that domain."""
        return domain in self._there

    def whole(self, skeleton: str) -> str:
        """The first known address of that skeleton; ``""`` where there is none."""
        return self._whole.get(skeleton, "")

    def domain(self, skeleton: str) -> str:
        """The first domain of that skeleton; ``""`` where there is none."""
        return self._domains.get(skeleton, "")


def _differences(text: str, other: str) -> str:
    """``U+0441 for c, rn for m``: what stands in the place of what."""
    pieces = SequenceMatcher(None, text, other, autojunk=False).get_opcodes()
    told = [f"{_named(text[a:b])} for {_named(other[c:d])}" for kind, a, b, c, d in pieces if kind != "equal"]
    return ", ".join(dict.fromkeys(told))


def _named(piece: str) -> str:
    """A piece of an address, characters beyond ASCII by their code points."""
    return "".join(char if char.isascii() else f"U+{ord(char):04X}" for char in piece) or "nothing"
