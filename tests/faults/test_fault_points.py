"""The program killed at each of its failpoints, each time that it passes there."""

from __future__ import annotations

import pytest

from docchat_mailer.failpoints import NAMES
from faults.driver import called_failpoints
from faults.script import Rule
from faults.small_scene import Point, scene, small_site

LEFT_BY = {"replay.mid": "reply.after_journal"}
"""Failpoints that are passed only after a kill at another."""

SLOW = {"lease.renew": 12.0}
"""Failpoints that are passed only while the relay takes its time, in seconds."""

LONG = "Some words that fill a letter, and some more of them.\n\n" * 700
BODIES = {"wire.mid_body": (LONG, LONG)}
"""What the letters must say for a failpoint to be passed."""


def kill(runs, template, folder, name: str, hit: int, *rules: Rule) -> bool:
    """Kill at a pass of a failpoint and recover; False if it was not passed so often."""
    point = Point("failpoint", "kill", hit, name)
    if name in BODIES:
        template = folder.parent / "long"
        if not template.exists():
            small_site(template, *BODIES[name])
    with scene(runs, template, folder, *rules) as hurt:
        before = LEFT_BY.get(name)
        if before:
            assert hurt.run(point=Point("failpoint", "kill", 2, before))["code"] == -9
        killed = hurt.run(point=point)["code"] == -9
        hurt.recover(point, kills=killed + bool(before))
    return killed


@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_fault_A4_a_kill_at_each_failpoint_loses_nothing(runs, template, tmp_path, name):
    if name not in called_failpoints():
        pytest.skip(f"no run passes {name}")
    assert kill(runs, template, tmp_path / "life", name, 1)


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name in NAMES if name not in SLOW])
def test_fault_A4_a_kill_at_each_pass_of_each_failpoint_loses_nothing(runs, template, tmp_path, name):
    if name not in called_failpoints():
        pytest.skip(f"no run passes {name}")
    hit = 1
    while kill(runs, template, tmp_path / "life", name, hit):
        hit += 1
    assert hit > 1


@pytest.mark.long
@pytest.mark.parametrize("name", SLOW)
def test_fault_A4_a_kill_while_a_relay_takes_its_time_loses_nothing(runs, template, tmp_path, name):
    assert kill(runs, template, tmp_path / "life", name, 1, Rule(at="body", nth=3, delay=SLOW[name]))
