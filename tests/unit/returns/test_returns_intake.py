"""What came back is taken in once, and counts for whom a token of ours names."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from datetime import timedelta

import pytest

from docchat_mailer.delivery.accounting import accounts
from docchat_mailer.dsn.verp import return_path
from docchat_mailer.errors import FileError
from docchat_mailer.mailboxes.pipe import LARGEST, read_piped
from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.model.delivery import DeliveryState
from docchat_mailer.model.subscriber import Address
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.returns import undoing
from docchat_mailer.returns.collecting import collect
from docchat_mailer.returns.intake import Rules, Taken, take
from docchat_mailer.rules.suppression import Barred, BouncePolicy
from docchat_mailer.store import accounting, bounces, suppressions
from returned_mail import block, dsn, feedback, words
from sites import SiteFolder

OURS = re.compile(rb"bounce\+abc234@bounces.example.org")
HARD = {"status": "5.1.1", "said": "550 5.1.1 user unknown"}
FULL = {"status": "4.2.2", "said": "452 4.2.2 mailbox full"}


@dataclass(frozen=True)
class Site:
    """A site whose first part went out to anna and bert."""

    app: object
    clock: object

    def lines(self):
        with self.app.db.read() as c:
            return {line.address: line for line in accounting.lines(c)}

    def path(self, address: str) -> bytes:
        """The return path of the letter to *address*."""
        return return_path(self.app.key, self.lines()[address].id, "bounces.example.org").encode()

    def mine(self, message: bytes, address: str = "anna@example.org") -> bytes:
        return OURS.sub(self.path(address), message)

    def take(
        self, message: bytes, *, after: timedelta = timedelta(0), dry_run: bool = False, **policy
    ) -> Taken:
        rules = Rules(key=self.app.key, links=self.app.links, policy=BouncePolicy(**policy))
        now = self.clock.now() + after
        return take(self.app.db, message, rules, source="pipe", now=now, dry_run=dry_run)

    def barred(self, name: str = "anna") -> bool:
        hashed = address_hash(self.app.key, Address(local=name, domain="example.org"))
        with self.app.db.read() as c:
            return bool(suppressions.suppressed(c, [hashed]))

    def kept(self):
        with self.app.db.read() as c:
            return bounces.latest(c)


@pytest.fixture(scope="module")
def published(tmp_path_factory) -> SiteFolder:
    folder = SiteFolder(tmp_path_factory.mktemp("returns") / "site")
    folder.series()
    folder.part(1, "Benefits")
    folder.subscribe("anna@example.org", "bert@example.org", instant="2027-03-16T07:00")
    folder.tick("2027-03-16T08:00:01")
    return folder


@pytest.fixture
def site(published, tmp_path):
    with published.copied_to(tmp_path / "site").at("2027-03-16T10:00") as (app, clock):
        yield Site(app, clock)


def report(said=HARD, address="anna@example.org", **more) -> bytes:
    return dsn(block(address, **said), **more)


def test_a_hard_bounce_with_our_token_bars_its_reader_and_counts_once(site):
    message = site.mine(report())
    assert site.take(message) == Taken(bounces=1, vouched=True, barred=Barred.HARD)
    assert site.take(message) == Taken(known=True)
    assert [site.barred("anna"), site.barred("bert")] == [True, False]
    assert [kept.kind for kept in site.kept()] == [BounceKind.HARD]


def test_a_dry_run_says_the_same_and_keeps_nothing(site):
    message = site.mine(report())
    before = site.app.db.changes()
    assert site.take(message, dry_run=True).barred is Barred.HARD
    assert site.kept() == []
    assert not site.barred()
    assert site.take(message).barred is Barred.HARD
    assert site.app.db.changes() != before


def test_soft_bounces_count_by_the_day_and_a_fault_of_ours_never(site):
    spam = {"status": "5.7.1", "said": "554 5.7.1 message looks like spam"}
    for day in range(5):
        for copy in range(3):
            text = f"day {day}, {copy}"
            message = site.mine(report(FULL, text=text))
            assert site.take(message, after=timedelta(days=day)).barred is None
            ours = site.take(site.mine(report(spam, text=text)), after=timedelta(days=day))
            assert (ours.barred, bool(ours.senders_fault)) == (None, True)
    last = site.take(site.mine(report(FULL, text="the last")), after=timedelta(days=5))
    assert last.barred is Barred.SOFT


def test_each_recipient_of_a_report_is_judged_alone(site):
    both = dsn(block("bert@example.org", **HARD), block("anna@example.org", **FULL))
    assert site.take(site.mine(both)).barred is None
    assert not site.barred("bert")


def test_what_is_reported_on_was_handed_over_so_its_row_is_in_doubt_no_more(site):
    id_ = site.lines()["anna@example.org"].id
    with site.app.db.write() as c:
        c.exec_driver_sql("UPDATE deliveries SET state = 'uncertain'")
    site.take(site.mine(dsn(block("anna@example.org", action="delivered", status="2.0.0"))))
    states = {line.id: line.state for line in site.lines().values()}
    assert states.pop(id_) is DeliveryState.ACCEPTED
    assert set(states.values()) == {DeliveryState.UNCERTAIN}
    assert not site.barred()
    assert all(account.balanced for account in accounts(site.app.db))


def test_fault_F5_reports_without_our_token_are_kept_and_bar_nobody(site):
    token = site.path("anna@example.org")
    changed = token.replace(token[10:11], b"b" if token[10:11] != b"b" else b"c", 1)
    for message in (report(), OURS.sub(changed, report()), words("unknown user: anna@example.org")):
        taken = site.take(message)
        assert (taken.vouched, taken.barred) == (False, None)
    assert not site.barred()
    assert {kept.vouched for kept in site.kept()} == {False}


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\x00\xff" * 1000,
        b"Content-Type: multipart/report; boundary=b\n\n" + b"--b\n" * 20_000,
        b"From: anna@example.org\nAuto-Submitted: auto-replied\nSubject: Out of office\n\nI am away.\n",
        b"From: bounce+abc234@bounces.example.org\nTo: bounce+abc234@bounces.example.org\n\nloop\n",
        words("I am away until Monday.", sender="anna@example.org", subject="Automatic reply"),
    ],
)
def test_fault_F5_what_is_no_report_bars_nobody_token_or_not(site, message):
    for said in (message, site.mine(message)):
        assert site.take(said).barred is None
    assert not site.barred()


def test_fault_F5_no_word_of_a_stranger_is_kept_that_a_database_refuses(site):
    site.take(site.mine(feedback("ab\x00use\x1b[2J", "Source-IP: \x00")))
    site.take(site.mine(report({"status": "5.1.1\x00", "said": "550 \x00\x1b[2J user unknown"})))
    kept = [text for one in site.kept() for text in (one.rule, one.status, one.diagnostic)]
    assert len(kept) == 6
    assert all(text.isprintable() for text in kept)


def test_fault_F5_a_message_of_fifty_megabytes_does_no_harm(site):
    large = site.mine(report()) + b"x" * (50 << 20)
    taken = site.take(read_piped(io.BytesIO(large)))
    assert taken.barred is Barred.HARD
    assert len(read_piped(io.BytesIO(large))) == LARGEST


def test_fault_F5_a_report_that_cannot_be_read_stops_no_other(site):
    done = []

    class Broken:
        def read(self) -> bytes:
            raise FileError("it cannot be read")

        def done(self) -> None:
            done.append("broken")

    class Whole(Broken):
        def read(self) -> bytes:
            return site.mine(report())

        def done(self) -> None:
            done.append("whole")

    collected = collect([Broken(), Whole()], site.take)
    assert (collected.messages, collected.unread, collected.barred) == (1, 1, 1)
    assert done == ["whole"]


@pytest.mark.parametrize("type_", ["abuse", "opt-out"])
def test_fault_F6_a_complaint_bars_at_once_though_the_address_is_hidden(site, type_):
    hidden = feedback(type_, "Original-Rcpt-To: [redacted]@example.org")
    assert site.take(site.mine(hidden)).barred is Barred.COMPLAINT
    assert [site.barred("anna"), site.barred("bert")] == [True, False]


@pytest.mark.parametrize("type_", ["not-spam", "auth-failure", "virus"])
def test_fault_F6_feedback_that_is_no_complaint_bars_nobody(site, type_):
    assert site.take(site.mine(feedback(type_))).barred is None
    assert not site.barred()


def test_fault_F6_what_waits_for_who_complains_is_not_sent(site):
    with site.app.db.write() as c:
        c.exec_driver_sql("UPDATE deliveries SET state = 'pending'")
    site.take(site.mine(feedback("abuse")))
    states = {address: line.state for address, line in site.lines().items()}
    assert states["anna@example.org"] is DeliveryState.SUPPRESSED
    assert states["bert@example.org"] is DeliveryState.PENDING
    assert all(account.balanced for account in accounts(site.app.db))


def test_a_window_of_suppressions_is_undone_and_its_bounces_count_no_more(site):
    site.take(site.mine(report()))
    since, until = site.clock.now() - timedelta(hours=1), site.clock.now() + timedelta(hours=1)
    assert undoing.made_between(site.app.db, since, until, source="operator") == []
    assert undoing.made_between(site.app.db, until, until + timedelta(hours=1)) == []
    found = undoing.made_between(site.app.db, since, until, reason="hard bounce", source="bounces")
    assert [one.detail for one in found] == ["550 5.1.1 user unknown"]
    assert undoing.undo(site.app.db, found, since, until) == 1
    assert not site.barred()
    assert site.take(site.mine(report(FULL))).barred is None


def test_who_was_erased_stays_so_when_a_window_is_undone(site):
    site.take(site.mine(report()))
    since, until = site.clock.now() - timedelta(hours=1), site.clock.now() + timedelta(hours=1)
    with site.app.db.write() as c:
        c.exec_driver_sql("UPDATE suppressions SET reason = 'erased'")
    assert undoing.made_between(site.app.db, since, until) == []
