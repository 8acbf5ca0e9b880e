"""What the store promises, over a file, in memory and on a server."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from docchat_mailer.model.planning import Hold, Why
from docchat_mailer.model.publication import EditionState, Kind, Promise
from docchat_mailer.model.series import SeriesFacts
from docchat_mailer.model.subscriber import Address, Follow, Scope, SubscriberState
from docchat_mailer.store import (
    batches,
    editions,
    marks,
    media,
    meta,
    outputs,
    publications,
    revisions,
    series_facts,
    sources,
    subscribers,
    suppressions,
)
from docchat_mailer.store.database import Database
from ledgers import EVERYTHING, NOW, a_revision, hash_of, mail, publish, reader

FIRST = Address(local="reader1", domain="example.org")


@pytest.fixture(params=["file", "memory", "postgresql"])
def db(request, tmp_path: Path):
    urls = {"file": f"sqlite:///{tmp_path}/state/store.db", "memory": "sqlite://"}
    database = Database.open(urls.get(request.param) or request.getfixturevalue("pg_url"))
    yield database
    database.close()


def test_a_write_is_wholly_there_or_not(db):
    with db.write() as c:
        meta.put(c, "kept", "yes")

    def fail_half_way() -> None:
        with db.write() as c:
            meta.put(c, "kept", "no")
            meta.put(c, "other", "no")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with db.read() as c:
        assert meta.get(c, "kept") == "yes"
        assert meta.get(c, "other") is None


def test_opening_again_changes_nothing(db):
    db.migrate()
    assert db.check_integrity() == []


def test_small_facts(db):
    with db.write() as c:
        meta.put_instant(c, "at", NOW)
        assert meta.get_instant(c, "at") == NOW
        meta.drop(c, "at")
        assert meta.get_instant(c, "at") is None


def test_instants_without_a_zone_are_refused(db):
    naive = NOW.replace(tzinfo=None)
    with db.write() as c:
        publication = publish(c)
        with pytest.raises(ValueError, match="no zone"):
            meta.put_instant(c, "at", naive)
    for refused in (
        lambda c: publications.set_live(c, [publication.id], naive),
        lambda c: suppressions.suppress(c, "hash", "left", naive),
        lambda c: batches.doubt(c, [1], naive),
        lambda c: batches.ready(c, naive),
    ):
        with pytest.raises(Exception, match="no zone"), db.write() as c:
            refused(c)


def test_a_publication_comes_back_as_it_went_in(db):
    made = (
        Promise(topic="Risks", part=2, due=NOW + timedelta(days=7)),
        Promise(topic="Some day", part=None, due=None),
    )
    with db.write() as c:
        publication = publish(c, promises=made, tags=("chronic back pain",))
        assert publication.promises == made
        assert publications.get_publication(c, publication.id) == publication
        assert publications.find_publication(c, "massage", 1, Kind.RELEASE) == publication
        assert publications.find_publication(c, "massage", 1, Kind.ANNOUNCEMENT) is None
        assert publications.all_publications(c) == [publication]
        assert revisions.revisions_of(c, [publication.id])[publication.id].tags == ("chronic back pain",)
        with pytest.raises(LookupError):
            publications.get_publication(c, 99)


def test_the_second_of_anything_made_once_is_refused(db):
    with db.write() as c:
        edition = mail(c, publish(c))
    for again in (
        publish,
        lambda c: editions.insert_edition(
            c,
            publication_id=edition.publication,
            revision=1,
            audience=edition.audience,
            at=NOW,
            subject="",
            body=b"",
        ),
    ):
        with pytest.raises(IntegrityError), db.write() as c:
            again(c)


def test_revisions_are_appended_and_updated_moves_only_when_told(db):
    with db.write() as c:
        publication = publish(c)
        revisions.add_revision(c, publication.id, a_revision(2), updated_at=None)
        assert publications.get_publication(c, publication.id) == replace(publication, revision=2)
        later = NOW + timedelta(days=1)
        revisions.add_revision(c, publication.id, a_revision(3), updated_at=later)
        assert publications.get_publication(c, publication.id).updated_at == later
        assert publications.updated_taken(c, later)
        assert revisions.revision_heads(c)[publication.id].number == 3


def test_promises_are_due_and_kept(db):
    due = NOW + timedelta(days=7)
    with db.write() as c:
        first = publish(c, promises=(Promise(topic="Risks", part=2, due=due),))
        assert publications.next_promise_due(c, after=NOW) == due
        assert publications.promises_due(c, after=NOW, until=due) == [(first, first.promises[0])]
        assert publications.promises_due(c, after=due, until=due) == []
        second = publish(c, 2)
        publications.keep_promise(c, first.id, 0, kept_by=second.id, kept_at=due)
        assert publications.next_promise_due(c, after=NOW) is None
        assert publications.get_publication(c, first.id).promises[0].kept_by == second.id


def test_what_is_published_is_read_in_as_many_statements_whatever_there_is(db):
    def statements() -> int:
        said = []
        listen = (db._readers, "before_cursor_execute", lambda *args: said.append(args[2]))
        event.listen(*listen)
        with db.read() as c:
            publications.all_publications(c)
            revisions.revision_heads(c)
        event.remove(*listen)
        return len([statement for statement in said if statement.startswith("SELECT")])

    with db.write() as c:
        for number in (1, 2):
            publish(c, number, promises=(Promise(topic="More", part=None, due=None),))
    few = statements()
    with db.write() as c:
        for number in range(3, 60):
            publish(c, number, promises=(Promise(topic="More", part=None, due=None),))
    assert statements() == few <= 3


def test_a_page_that_answered_is_live(db):
    with db.write() as c:
        publication = publish(c, live=False)
        edition = mail(c, publication)
        assert publications.not_live(c) == [publication]
        assert editions.to_fan_out(c) == []
        publications.set_live(c, [publication.id], NOW)
        assert publications.not_live(c) == []
        assert editions.to_fan_out(c) == [edition]


def test_a_renamed_series_and_part_keep_their_names_for_ever(db):
    with db.write() as c:
        before = publish(c)
        publications.rename_series(c, "massage", "touch")
        publications.rename_part(c, "touch", 1, "touch", 4)
        assert publications.get_publication(c, before.id) == replace(before, series="touch", number=4)
        assert publications.entry_id_taken(c, before.entry_id)
        assert publications.path_taken(c, before.path)


def test_editions_and_their_letters(db):
    with db.write() as c:
        edition = mail(c, publish(c))
        assert editions.get_edition(c, edition.id) == edition
        assert editions.edition_for(c, edition.publication, edition.audience) == edition
        assert editions.edition_for(c, edition.publication, "others") is None
        assert editions.edition_body(c, edition.id)
        for missing in (editions.get_edition, editions.edition_body):
            with pytest.raises(LookupError):
                missing(c, 99)
        editions.set_edition_state(c, edition.id, EditionState.PAUSED)
        assert editions.editions(c) == [replace(edition, state=EditionState.PAUSED)]
        assert editions.to_fan_out(c) == []


def test_two_spellings_of_an_address_are_one_person(db):
    with db.write() as c:
        assert subscribers.add_subscribers(c, [reader(1, name="Jane")]) == 1
        again = replace(reader(2, (Follow(Scope.SERIES, "massage"),), name="Other"), address=shouted(FIRST))
        assert subscribers.add_subscribers(c, [again]) == 0
        jane = subscribers.find_subscriber(c, shouted(FIRST))
    assert jane is not None
    assert (jane.name, jane.address, jane.token_id) == ("Jane", FIRST, f"{1:016x}")
    assert set(jane.follows) == {*EVERYTHING, Follow(Scope.SERIES, "massage")}


def shouted(address: Address) -> Address:
    return replace(address, local=address.local.upper())


def test_pages_of_people(db):
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(number) for number in range(1, 1203)])
        first = subscribers.subscribers(c)
        rest = subscribers.subscribers(c, after_id=first[-1].id)
        assert (len(first), len(rest)) == (1000, 202)
        assert all(person.follows == EVERYTHING for person in first + rest)


def test_who_leaves_is_counted_and_counts_no_more(db):
    with db.write() as c:
        subscribers.add_subscribers(c, [reader(1), reader(2), reader(3, state=SubscriberState.PENDING)])
        assert subscribers.count_followers(c, "massage", ()) == 2
        assert subscribers.leave(c, FIRST, NOW)
        assert not subscribers.leave(c, Address(local="nobody", domain="example.org"), NOW)
        assert subscribers.counts(c) == {"active": 1, "left": 1, "pending": 1}
        assert subscribers.count_followers(c, "massage", ()) == 1


def test_the_first_reason_for_a_suppression_stays_until_it_is_lifted(db):
    with db.write() as c:
        suppressions.suppress(c, hash_of(1), "bounced", NOW)
        suppressions.suppress(c, hash_of(1), "complained", NOW)
        everyone = [hash_of(number) for number in range(1500)]
        assert suppressions.suppressed(c, everyone) == {hash_of(1)}
        suppressions.lift(c, hash_of(1))
        assert suppressions.suppressed(c, everyone) == set()


def test_marks_on_parts_and_series(db):
    hold = Hold(why=Why.OPERATOR, since=NOW, detail="not yet")
    with db.write() as c:
        marks.set_hold(c, "massage", 2, hold)
        marks.set_hold(c, "massage", None, hold)
        marks.set_not_before(c, "massage", 2, NOW)
        marks.skip_announcement(c, "massage", 3)
        history = marks.histories(c, [publish(c)])["massage"]
        assert history.hold == history.parts[2].hold == hold
        assert history.parts[2].not_before == NOW
        assert history.parts[3].announce_skipped
        assert history.parts[1].released == NOW + timedelta(seconds=1)
        marks.clear_hold(c, "massage", None)
        marks.clear_hold(c, "massage", 2)
        marks.rename_series(c, "massage", "touch")
        history = marks.histories(c, [], "touch")["touch"]
        assert history.hold is history.parts[2].hold is None
        assert history.parts[2].not_before == NOW
        marks.set_first_run(c, NOW)
        assert marks.first_run(c) == NOW


def test_files_read_and_written_are_remembered(db):
    row = sources.SourceRow("a.md", 1, 2, "digest", b"payload")
    out = outputs.Output("index.html", "inputs", "sha", NOW)
    picture = media.MediaRow("/media/a.png", "digest", "image/png")
    with db.write() as c:
        sources.put_source_rows(c, [row, row._replace(path="b.md")])
        sources.put_source_rows(c, [row._replace(size=3)])
        sources.drop_source_rows(c, ["b.md"])
        assert sources.source_rows(c) == [row._replace(size=3)]
        outputs.put_outputs(c, [out])
        outputs.put_outputs(c, [out._replace(sha256="other")])
        assert outputs.outputs(c) == {"index.html": out._replace(sha256="other")}
        outputs.drop_outputs(c, ["index.html"])
        assert outputs.outputs(c) == {}
        media.put_media(c, [picture, picture])
        assert media.all_media(c) == [picture]
        facts = SeriesFacts(
            slug="massage",
            title="Massage",
            summary="",
            language="en",
            tags=("pain",),
            total=None,
            feeds=True,
            lone=False,
        )
        series_facts.put_series(c, facts)
        series_facts.put_series(c, replace(facts, total=3))
        assert series_facts.all_series(c) == {"massage": replace(facts, total=3)}
        assert series_facts.published_series(c) == []
