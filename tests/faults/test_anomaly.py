"""One small mailing, with a fault at its first operation, at its second, and so on until none is reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.script import Rule
from faults.small_scene import READERS, Point, Runs, scene

REPLIES = {
    "gone": lambda n: Rule(at="any", nth=n, close="before"),
    "421": lambda n: Rule(at="any", nth=n, reply="421 4.3.2 shutting down", close="after"),
    "451": lambda n: Rule(at="any", nth=n, reply="451 4.3.0 later"),
    "garbage": lambda n: Rule(at="any", nth=n, raw="\0\xffwhat\r\n"),
    "surplus": lambda n: Rule(at="any", nth=n, more="250 2.0.0 once more"),
}


def survive(runs: Runs, template: Path, folder: Path, point: Point) -> bool:
    """Live through a fault and its aftermath; False if the fault was never reached."""
    rules = [REPLIES[point.mode](point.n)] if point.kind == "reply" else []
    with scene(runs, template, folder, *rules) as hurt:
        ended = hurt.run(point=None if rules else point)
        reached = bool(hurt.sink.script.obeyed.get(0)) if rules else ended["reached"] >= point.n
        hurt.recover(point)
    return reached


MODES = [
    *(("reply", mode) for mode in REPLIES),
    *(("database", mode) for mode in ("fails", "dies", "lost")),
    *(("file", mode) for mode in ("fails", "dies")),
    *(("connect", mode) for mode in ("fails", "dies")),
]

FEW = {"reply": 17, "database": 120, "file": 30, "connect": 2}
"""One fault of each kind, in the midst of it all; the long test has them all."""


def test_without_a_fault_all_get_their_letters(runs, template, tmp_path):
    with scene(runs, template, tmp_path / "life") as calm:
        assert calm.run() == {"code": 0, "reached": 0, "said": ""}
        assert calm.judge().faults == []
    assert len(calm.sink.messages) == 2 * len(READERS)
    assert calm.sink.violations == []


@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_a_fault_of_each_kind_ends_well(runs, template, tmp_path, kind, mode):
    assert survive(runs, template, tmp_path / "life", Point(kind, mode, FEW[kind]))


@pytest.mark.long
@pytest.mark.parametrize(("kind", "mode"), MODES)
def test_every_fault_of_each_kind_ends_well(runs, template, tmp_path, kind, mode):
    n = 1
    while survive(runs, template, tmp_path / "life", Point(kind, mode, n)):
        n += 1
    assert n > FEW[kind]
