"""A drift of known truth, loaded once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from drifting import Loaded


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    one = Loaded(tmp_path_factory.mktemp("drift"))
    yield one
    one.store.close()
