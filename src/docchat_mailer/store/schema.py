"""Every table.  The promises are constraints: what must be so once, is UNIQUE."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
    true,
)

from docchat_mailer.model.bounce import BounceKind
from docchat_mailer.model.delivery import BatchState, DeliveryState
from docchat_mailer.model.planning import Why
from docchat_mailer.model.publication import Change, EditionState, Kind
from docchat_mailer.model.subscriber import Rhythm, Scope, SubscriberState, SubscriptionState, Wish

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An instant, kept as microseconds since 1970 in UTC; a naive one is refused."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """To the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone")
        return (value - EPOCH) // MICROSECOND

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002
        """From the database: the bare function, since tens of thousands of instants are read at once."""
        return _instant


@lru_cache(maxsize=1024)
def _instant(value: int | None) -> datetime | None:
    """Rows that were written together have the same instants, so few of them are reckoned."""
    return None if value is None else EPOCH + timedelta(microseconds=value)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMING)


def _one_of(column: str, kinds: type[StrEnum]) -> CheckConstraint:
    values = ", ".join(f"'{kind}'" for kind in kinds)
    return CheckConstraint(f"{column} IN ({values})", name=column)


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, **options)


publications = Table(
    "publications",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("series"),
    Column("number", Integer, nullable=False),
    _text("kind"),
    _text("slug"),
    _text("entry_id", unique=True),
    Column("permalink", Boolean(create_constraint=False), nullable=False),
    Column("path", Text, unique=True),  # none: a kind without page and entry
    _text("aliases"),
    Column("published_at", Instant, nullable=False),
    Column("updated_at", Instant, unique=True),
    Column("slot", Instant),
    Column("live_at", Instant),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("series", "number", "kind"),
    _one_of("kind", Kind),
)
Index(
    "ix_publications_not_live",
    publications.c.id,
    sqlite_where=text("live_at IS NULL"),
    postgresql_where=text("live_at IS NULL"),
)

revisions = Table(
    "revisions",
    metadata,
    Column("publication_id", Integer, ForeignKey("publications.id"), nullable=False),
    Column("n", Integer, nullable=False),
    _text("title"),
    _text("bare_title"),
    _text("summary"),
    _text("language"),
    _text("author"),
    _text("extras"),
    _text("content_hash"),
    _text("source_digest"),
    _text("change"),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("publication_id", "n"),
    _one_of("change", Change),
)

revision_bodies = Table(
    "revision_bodies",
    metadata,
    Column("publication_id", Integer, nullable=False),
    Column("n", Integer, nullable=False),
    _text("html"),
    _text("text"),
    PrimaryKeyConstraint("publication_id", "n"),
    ForeignKeyConstraint(["publication_id", "n"], ["revisions.publication_id", "revisions.n"]),
)

promises = Table(
    "promises",
    metadata,
    Column("publication_id", Integer, ForeignKey("publications.id"), nullable=False),
    Column("position", Integer, nullable=False),
    _text("topic"),
    Column("part", Integer),
    Column("due", Instant),
    Column("kept_by", Integer, ForeignKey("publications.id")),
    Column("kept_at", Instant),
    PrimaryKeyConstraint("publication_id", "position"),
)
Index(
    "ix_promises_open",
    promises.c.due,
    sqlite_where=text("kept_by IS NULL"),
    postgresql_where=text("kept_by IS NULL"),
)

media = Table(
    "media",
    metadata,
    Column("path", Text, primary_key=True),
    _text("digest"),
    _text("type"),
)

part_marks = Table(
    "part_marks",
    metadata,
    _text("series"),
    Column("number", Integer, nullable=False),  # 0: the whole series
    Column("hold", Text),
    Column("hold_since", Instant),
    Column("hold_detail", Text),
    Column("not_before", Instant),
    Column("announce_skipped", Boolean(create_constraint=False), nullable=False, server_default=false()),
    PrimaryKeyConstraint("series", "number"),
    _one_of("hold", Why),
)

series_facts = Table(
    "series_facts",
    metadata,
    Column("slug", Text, primary_key=True),
    Column("packed", LargeBinary, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("path", Text, primary_key=True),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    _text("digest"),
    Column("payload", LargeBinary, nullable=False),
)

outputs = Table(
    "outputs",
    metadata,
    Column("path", Text, primary_key=True),
    _text("inputs"),
    _text("sha256"),
    Column("changed_at", Instant, nullable=False),
)

editions = Table(
    "editions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("publication_id", Integer, ForeignKey("publications.id"), nullable=False),
    Column("revision", Integer, nullable=False),
    _text("audience"),
    _text("subject"),
    _text("state"),
    Column("created_at", Instant, nullable=False),
    Column("prepared_at", Instant),
    Column("candidates", Integer, nullable=False),
    Column("reason", Text),  # why it is paused
    Column("canary_until", Instant),  # the rest waits until then, once the first slice is out
    Column("canary_passed_at", Instant),
    # its audience is never frozen: it grows by one row for each occasion
    Column("standing", Boolean(create_constraint=False), nullable=False, server_default=false()),
    UniqueConstraint("publication_id", "audience"),
    _one_of("state", EditionState),
)
Index(
    "ix_editions_unprepared",
    editions.c.id,
    sqlite_where=text("prepared_at IS NULL"),
    postgresql_where=text("prepared_at IS NULL"),
)

edition_bodies = Table(
    "edition_bodies",
    metadata,
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    _text("variant"),
    Column("body", LargeBinary, nullable=False),
    PrimaryKeyConstraint("edition_id", "variant"),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("address"),  # as written, domain in A-labels
    _text("address_key", unique=True),  # lower case: two spellings are one person
    _text("name"),
    _text("state"),
    _text("token_id", unique=True),
    _text("address_hash"),
    Column("created_at", Instant, nullable=False),
    Column("left_at", Instant),
    _text("domain", server_default=""),
    _text("destination", server_default="other"),
    _text("locale", server_default=""),
    _text("zone", server_default=""),
    Column("text_only", Boolean(create_constraint=False), nullable=False, server_default=false()),
    Column("announcements", Boolean(create_constraint=False), nullable=False, server_default=true()),
    Column("paused_until", Instant),
    Column("confirmed_at", Instant),
    Column("heard_at", Instant),  # the last time they did anything here themselves
    _one_of("state", SubscriberState),
)
Index("ix_subscribers_state", subscribers.c.state, subscribers.c.id)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False),
    _text("scope"),
    _text("key"),
    _text("state", server_default="on"),
    _text("rhythm", server_default="each"),
    Column("paused_until", Instant),
    PrimaryKeyConstraint("scope", "key", "subscriber_id"),
    _one_of("scope", Scope),
    _one_of("state", SubscriptionState),
    _one_of("rhythm", Rhythm),
    sqlite_with_rowid=False,
)
Index("ix_subscriptions_subscriber_id", subscriptions.c.subscriber_id)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_hash", Text, primary_key=True),
    _text("reason"),
    Column("at", Instant, nullable=False),
    _text("source", server_default=""),
    _text("detail", server_default=""),
)
Index("ix_suppressions_at", suppressions.c.at)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),  # the occasion of the notice that asks back
    _text("wish"),
    _text("token_id", unique=True),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("address", Text),  # the new one, of who changes theirs
    _text("follows", server_default=""),
    _text("source"),
    _text("wording"),
    Column("asked_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("settled_at", Instant),
    _one_of("wish", Wish),
)
Index("ix_requests_subscriber_id", requests.c.subscriber_id)

consents = Table(
    "consents",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False),
    _text("event"),
    Column("at", Instant, nullable=False),
    _text("source"),
    _text("wording"),
)
Index("ix_consents_subscriber_id", consents.c.subscriber_id)

quotas = Table(
    "quotas",
    metadata,
    _text("scope"),
    _text("key"),
    _text("period"),
    Column("used", Integer, nullable=False),
    PrimaryKeyConstraint("scope", "key", "period"),
)

returned = Table(
    "returned",
    metadata,
    Column("digest", Text, primary_key=True),  # of a message's bytes: it counts once
    _text("source"),
    Column("at", Instant, nullable=False),
)

bounces = Table(
    "bounces",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("digest", Text, ForeignKey("returned.digest"), nullable=False),
    Column("edition_id", Integer),
    Column("subscriber_id", Integer),
    Column("occasion", Integer),
    _text("address_hash"),
    _text("kind"),
    _text("status"),
    _text("rule"),
    _text("diagnostic"),
    _text("source"),
    # a token of ours, or a signature, says whose it is: only then does it count
    Column("vouched", Boolean(create_constraint=False), nullable=False),
    Column("at", Instant, nullable=False),
    _one_of("kind", BounceKind),
)
Index("ix_bounces_subscriber_id_at", bounces.c.subscriber_id, bounces.c.at)
Index("ix_bounces_at", bounces.c.at)

batches = Table(
    "batches",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    _text("destination"),
    Column("number", Integer),  # within edition and destination; none for a retry
    Column("canary", Boolean(create_constraint=False), nullable=False),
    Column("source_batch", Integer, ForeignKey("batches.id")),  # whose rows are tried again
    Column("slot", Instant),  # the due slot it collects them for
    Column("not_before", Instant),
    _text("state"),
    Column("token", Text),
    Column("lease_until", Instant),  # by the database's clock
    Column("takeovers", Integer, nullable=False),
    # outcomes since the edition was last resumed
    Column("accepted", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("policy", Integer, nullable=False),
    Column("doubtful_at", Instant),  # when the last of its rows became uncertain, until that was looked at
    UniqueConstraint("edition_id", "destination", "number"),
    UniqueConstraint("source_batch", "slot"),
    _one_of("state", BatchState),
)
BATCH_OPEN = text("state = 'open'")
Index(
    "ix_batches_open",
    batches.c.edition_id,
    batches.c.id,
    sqlite_where=BATCH_OPEN,
    postgresql_where=BATCH_OPEN,
)
Index("ix_batches_edition_id", batches.c.edition_id)
Index(
    "ix_batches_doubtful_at",
    batches.c.doubtful_at,
    sqlite_where=text("doubtful_at IS NOT NULL"),
    postgresql_where=text("doubtful_at IS NOT NULL"),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("edition_id", Integer, ForeignKey("editions.id"), nullable=False),
    Column("subscriber_id", Integer, ForeignKey("subscribers.id"), nullable=False),
    Column("occasion", Integer, nullable=False),
    _text("state"),
    Column("token", Text),
    Column("attempts", Integer, nullable=False),
    Column("dated_at", Instant),
    Column("code", Integer),
    Column("enhanced", Text),
    Column("text", Text),
    Column("reason", Text),
    Column("changed_at", Instant, nullable=False),
    Column("batch_id", Integer),  # no foreign key: it would be checked for every row of a fan-out
    Column("relay", Text),
    PrimaryKeyConstraint("edition_id", "subscriber_id", "occasion"),
    _one_of("state", DeliveryState),
    sqlite_with_rowid=False,
)
# not partial: a move from state to state then touches no index at all
Index("ix_deliveries_batch_id", deliveries.c.batch_id)
Index("ix_deliveries_subscriber_id", deliveries.c.subscriber_id)

resends = Table(
    "resends",
    metadata,
    # rows that were in doubt and are sent once more: never twice
    Column("edition_id", Integer, nullable=False),
    Column("subscriber_id", Integer, nullable=False),
    Column("occasion", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("edition_id", "subscriber_id", "occasion"),
    ForeignKeyConstraint(
        ["edition_id", "subscriber_id", "occasion"],
        ["deliveries.edition_id", "deliveries.subscriber_id", "deliveries.occasion"],
    ),
)

paces = Table(
    "paces",
    metadata,
    _text("route"),
    _text("destination"),
    Column("tat", Instant),  # theoretical arrival time of the next letter, by the database's clock
    Column("rate", Float),  # letters a second it has come down to; none: the configured one
    Column("changed_at", Instant),
    Column("day", Text),
    Column("sent", Integer, nullable=False),
    PrimaryKeyConstraint("route", "destination"),
)

meta = Table("meta", metadata, Column("key", Text, primary_key=True), _text("value"))
