"""What fault tests share: a process that forks runs of the program, and a small site to hurt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from faults.small_scene import Runs, small_site


@pytest.fixture(scope="session")
def runs() -> Iterator[Runs]:
    """The process that forks."""
    process = Runs()
    yield process
    process.end()


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    """The small site, before its first run."""
    return small_site(tmp_path_factory.mktemp("small") / "site")
