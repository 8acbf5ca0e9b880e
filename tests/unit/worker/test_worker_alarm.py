"""The alarm clock rings through clock steps and failing jobs; one worker holds a site at a time."""

from __future__ import annotations

import time

import pytest

from docchat_mailer.errors import BusyError
from docchat_mailer.worker.alarm import AlarmClock, Job
from docchat_mailer.worker.clocks import SystemClock, VirtualClock
from docchat_mailer.worker.locking import instance_lock
from sites import moment


class TwoTimes:
    """A wall clock and a monotonic one that are moved by hand."""

    def __init__(self):
        self.wall, self.monotonic = 1000.0, 50.0

    def pass_(self, seconds, *, step=0.0):
        self.wall += seconds + step
        self.monotonic += seconds


def a_clock(*jobs):
    times = TwoTimes()
    clock = AlarmClock(jobs, wall=lambda: times.wall, monotonic=lambda: times.monotonic)
    return clock, times


def test_a_job_that_raises_is_counted_and_stops_no_other():
    rung = []

    def fail():
        raise RuntimeError("no")

    clock, _ = a_clock(Job("bad", 5, fail), Job("good", 5, lambda: rung.append(1)))
    clock.ring_all()
    clock.ring_all()
    assert len(rung) == 2
    assert clock.failures == {"bad": 2}


@pytest.mark.parametrize("step", [-7200, 7200, -31_536_000])
def test_fault_C1_a_clock_that_is_set_rings_at_once_and_goes_on(step):
    rung = []
    clock, times = a_clock(Job("tick", 5, lambda: rung.append(1)))
    times.pass_(1)
    clock.look()
    assert rung == []
    times.pass_(1, step=step)
    clock.look()
    assert rung == [1]
    times.pass_(1)
    clock.look()
    assert rung == [1]


def test_fault_C3_a_smear_is_no_step():
    rung = []
    clock, times = a_clock(Job("tick", 5, lambda: rung.append(1)))
    for _ in range(100):
        times.pass_(1, step=0.01)
        clock.look()
    assert rung == []


def test_the_process_lives_in_utc_and_idles_no_longer_than_its_shortest_job():
    clock, _ = a_clock(Job("tick", 5, lambda: None))
    assert time.tzname[0] == "UTC"
    assert 0.05 <= clock.idle() <= 5


def test_the_lock_keeps_a_second_one_out_and_is_free_afterwards(tmp_path):
    file = tmp_path / "state" / "instance.lock"
    with instance_lock(file), pytest.raises(BusyError, match="another process"), instance_lock(file):
        pass
    with instance_lock(file):
        pass


def test_a_virtual_clock_never_goes_back_and_the_system_clock_is_aware():
    clock = VirtualClock(moment("2027-01-01"))
    clock.set(moment("2027-01-02"))
    with pytest.raises(ValueError, match="lies before"):
        clock.set(moment("2027-01-01"))
    assert clock.now() == moment("2027-01-02")
    assert SystemClock().now().tzinfo is not None
