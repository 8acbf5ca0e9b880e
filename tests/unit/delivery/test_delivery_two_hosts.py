"""Two hosts that send from one database server: they share the batches, and nobody gets a letter twice."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter

import pytest

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.delivery.ledger_thread import LedgerThread
from docchat_mailer.delivery.sending import send_due
from docchat_mailer.errors import ConflictError
from docchat_mailer.model.delivery import DeliveryState, Outcome, Verdict
from docchat_mailer.smtp.recording import RecordingCourier
from docchat_mailer.store import meta
from docchat_mailer.store.database import Database
from ledgers import KEY, NOW, SENDER, fanned_out, states


@pytest.fixture
def hosts(pg_url):
    """Two hosts' connections to one database."""
    databases = [Database.open(pg_url), Database.open(pg_url)]
    yield databases
    assert all(account.balanced for account in accounts(databases[0]))
    for database in databases:
        database.close()


def at_once(*works) -> list:
    """What each of *works* returned, or raised, all begun at one time."""
    ready, found = threading.Barrier(len(works)), [None] * len(works)

    def begin(number: int) -> None:
        ready.wait()
        try:
            found[number] = works[number]()
        except Exception as exc:  # noqa: BLE001 - the test looks at it
            found[number] = exc

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("deferred", [0, 7], ids=["accepted", "some-put-off"])
def test_everyone_gets_one_letter_from_either_host(hosts, tmp_path, deferred):
    rows = fanned_out(hosts[0], readers=2100)

    def answer(letter) -> Outcome:
        put_off = deferred and letter.id.subscriber % deferred == 0
        return Outcome(
            verdict=Verdict.DEFERRED if put_off else Verdict.ACCEPTED, code=250, reason="temporary"
        )

    couriers = [RecordingCourier(answer), RecordingCourier(answer)]

    def send(number: int):
        mailing = Mailing(
            key=KEY,
            sender=SENDER,
            why=lambda _: "",
            now=lambda: NOW,
            jitter=lambda: 0.0,
            connections=2,
            window=50,
        )
        work = send_due(hosts[number], couriers[number], mailing, journal=tmp_path / f"journal{number}")
        return asyncio.run(work)

    reports = at_once(lambda: send(0), lambda: send(1))
    assert [report for report in reports if isinstance(report, Exception)] == []
    letters = Counter(letter.id for courier in couriers for letter in courier.letters)
    assert set(letters) == set(rows)
    assert set(letters.values()) == {1}
    expected = Counter(
        DeliveryState.PENDING if deferred and row.subscriber % deferred == 0 else DeliveryState.ACCEPTED
        for row in rows
    )
    assert Counter(states(hosts[0]).values()) == expected


def test_both_hosts_call_the_database_by_one_name(hosts):
    def name(db: Database) -> str:
        with db.write() as c:
            return meta.instance(c)

    first, second = at_once(lambda: name(hosts[0]), lambda: name(hosts[1]))
    assert first == second == name(hosts[0])


def test_what_another_got_in_the_way_of_is_done_again_by_the_ledgers_thread(hosts):
    tries = []

    def work(_) -> int:
        tries.append(1)
        if len(tries) < 3:
            raise ConflictError("in the way")
        return 7

    async def write() -> int:
        async with LedgerThread(hosts[0]) as ledger:
            return await ledger.write(work)

    assert asyncio.run(write()) == 7
