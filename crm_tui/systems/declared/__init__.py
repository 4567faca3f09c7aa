"""The systems, found by what lies in this folder: every module that declares a ``SYSTEM`` is one.

Adding a system is one new file here and its fixtures; nothing else names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from crm_tui.systems.declare import System


def _found() -> Iterator[System]:
    """In the order of the modules' names, which is the same on every file system."""
    for name in sorted(module.name for module in iter_modules(__path__)):
        system = getattr(import_module(f"{__name__}.{name}"), "SYSTEM", None)
        if isinstance(system, System):
            yield system


DECLARED: tuple[System, ...] = tuple(sorted(_found(), key=lambda system: not system.has_contacts))
"""Systems with contacts of their own first: their rows stand in the queues before those of feeds."""
