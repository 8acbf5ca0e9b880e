"""Paces: letters leave evenly at the rate, a day has its cap, and a relay that complains is spared."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.delivery.ledger_thread import LedgerThread
from docchat_mailer.delivery.pacing import CALM, LATE, Pacer
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.model.delivery import DeliveryState, Outcome, Reason, Verdict
from docchat_mailer.smtp.recording import RecordingCourier
from docchat_mailer.store import accounting, batches, paces
from docchat_mailer.store.database import Database
from ledgers import KEY, NOW, SENDER, fanned_out

S = DeliveryState


@pytest.fixture
def db(tmp_path):
    database = Database.open(f"sqlite:///{tmp_path}/store.db")
    yield database
    database.close()


class Clock:
    """A steady clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def turns(db, number: int, *, rate=None, cap=0) -> list[float | None]:
    """The waits of *number* turns, each waited for."""

    async def take() -> list[float | None]:
        found = []
        async with LedgerThread(db) as ledger:
            pacer = Pacer(ledger=ledger, route="r", rate=rate, cap=cap, now=lambda: NOW)
            for _ in range(number):
                found.append(await pacer.turn())
                await asyncio.sleep(found[-1] or 0.0)
        return found

    return asyncio.run(take())


def test_without_a_limit_nothing_waits_and_nothing_is_written(db):
    assert turns(db, 50) == [0.0] * 50
    with db.read() as c:
        assert c.execute(paces.table.select()).all() == []


def test_letters_leave_no_sooner_than_the_rate_lets_them(db):
    started = time.monotonic()
    waits = turns(db, 101, rate=500.0)
    assert time.monotonic() - started >= 100 / 500.0 - LATE
    assert max(waits) < 0.1


def test_two_processes_share_one_rate(db):
    with db.write() as c:
        first = paces.take_turns(c, "r", 10, 5.0, day="d")
        second = paces.take_turns(c, "r", 10, 5.0, day="d")
        other = paces.take_turns(c, "another route", 10, 5.0, day="d")
        paces.take_turns(c, "r", 100, 5.0, day="d")
        far = paces.take_turns(c, "r", 10, 5.0, day="d")
    assert (first.letters, second.letters, other.letters) == (10, 10, 10)
    assert first.wait == pytest.approx(0, abs=0.05)
    assert second.wait == pytest.approx(2, abs=0.5)
    assert other.wait == pytest.approx(0, abs=0.05)
    assert (far.letters, far.wait) == (0, pytest.approx(24 - paces.FEW, abs=0.5))


def test_a_day_has_its_cap_and_the_next_day_another(db):
    assert turns(db, 8, cap=5) == [0.0] * 5 + [None] * 3
    with db.write() as c:
        assert paces.take_turns(c, "r", 3, 1e9, day="another day", cap=5).letters == 3


def test_fault_D19_relay_that_complains_gets_half_and_a_tenth_more_after_a_calm_minute(db):
    async def live() -> list[float | None]:
        clock, paced = Clock(), []
        async with LedgerThread(db) as ledger:
            pacer = Pacer(ledger=ledger, route="r", rate=100.0, cap=0, now=lambda: NOW, clock=clock)
            await pacer.turn()
            clock.now += 10
            await pacer.complained()
            await pacer.complained()  # in the same breath
            paced.append(pacer.pace)
            clock.now += 10
            await pacer.complained()
            paced.append(pacer.pace)
            for _ in range(20):
                clock.now += CALM
                await pacer.turn()
                paced.append(pacer.pace)
        return paced

    found = asyncio.run(live())
    assert found[:2] == [50.0, 25.0]
    assert found[2:4] == [pytest.approx(27.5), pytest.approx(30.25)]
    assert found[-1] == 100.0


def test_a_new_run_goes_on_as_slowly_as_the_last_and_never_below_the_slowest(db):
    async def complain(times: int) -> float | None:
        clock = Clock()
        async with LedgerThread(db) as ledger:
            pacer = Pacer(ledger=ledger, route="r", rate=100.0, cap=0, now=lambda: NOW, clock=clock)
            await pacer.turn()
            for _ in range(times):
                clock.now += 2
                await pacer.complained()
            return pacer.pace

    assert asyncio.run(complain(1)) == 50.0
    assert asyncio.run(complain(0)) == 50.0
    assert asyncio.run(complain(30)) == 0.05


# -- in a run ----------------------------------------------------------------------------------------------


def send(db, courier, folder, *, now: datetime = NOW, **limits):
    mailing = Mailing(
        key=KEY, sender=SENDER, why=lambda _: "", now=lambda: now, jitter=lambda: 0.0, route="r", **limits
    )
    return asyncio.run(send_due(db, courier, mailing, journal=folder))


def test_a_cap_lets_the_rest_go_on_the_next_day(db, tmp_path):
    fanned_out(db, readers=12)
    courier = RecordingCourier()
    assert send(db, courier, tmp_path / "j", daily_cap=5).accepted == 5
    assert send(db, courier, tmp_path / "j", daily_cap=5).done == 0
    with db.read() as c:
        due = batches.next_due(c, NOW)
    assert due == datetime(2027, 3, 2, tzinfo=UTC)
    assert send(db, courier, tmp_path / "j", now=due, daily_cap=5).accepted == 5
    assert send(db, courier, tmp_path / "j", now=due + timedelta(days=1), daily_cap=5).accepted == 2
    assert len({letter.id for letter in courier.letters}) == 12


def test_a_rate_holds_over_several_connections(db, tmp_path):
    fanned_out(db, readers=40)
    report = send(db, RecordingCourier(), tmp_path / "j", rate=400.0, connections=4)
    assert report.accepted == 40
    with db.read() as c:
        row = c.execute(paces.table.select()).one()
    assert row.sent >= 40


def test_a_complaint_slows_the_route_down(db, tmp_path):
    fanned_out(db, readers=6)
    slow = Outcome(verdict=Verdict.DEFERRED, code=451, enhanced="4.7.1", reason=Reason.RATE)
    answers = [slow]
    courier = RecordingCourier(
        lambda _: answers.pop() if answers else Outcome(verdict=Verdict.ACCEPTED, code=250)
    )
    send(db, courier, tmp_path / "j", rate=500.0)
    with db.read() as c:
        assert paces.slowed(c, "r") == 250.0
        assert accounting.sums(c)[S.ACCEPTED] == 5
