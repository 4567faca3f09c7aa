"""When not to look for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """No garbage collection meanwhile: where all that is made stays, looking it through costs more than making it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            # What was made counts as old from here on: all of it would be looked through for the next object made.
            gc.freeze()
            gc.unfreeze()
            gc.enable()
