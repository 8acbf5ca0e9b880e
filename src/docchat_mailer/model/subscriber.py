"""People who may receive, what they follow, and addresses as they were parsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SubscriberState(StrEnum):
    """Where a person stands; bounces and complaints are suppressions, not states."""

    PENDING = "pending"  # has not confirmed yet
    ACTIVE = "active"
    LEFT = "left"
    ERASED = "erased"


class Scope(StrEnum):
    """What kind of thing is followed."""

    SITE = "site"
    SERIES = "series"
    TAG = "tag"


@dataclass(frozen=True, order=True, slots=True)
class Follow:
    """One thing a person follows: everything, one series, or one tag (by slug)."""

    scope: Scope
    key: str = ""

    def __str__(self) -> str:
        """As it is written in CSV: ``*``, ``therapeutic-massage``, ``tag:chronic-back-pain``."""
        return {Scope.SITE: "*", Scope.SERIES: self.key, Scope.TAG: f"tag:{self.key}"}[self.scope]


class SubscriptionState(StrEnum):
    """What became of a subscription: one that is off keeps out what a broader one would bring."""

    ON = "on"
    PAUSED = "paused"
    OFF = "off"


class Rhythm(StrEnum):
    """How what is followed comes: each part by itself, or those of a period in one digest."""

    EACH = "each"
    WEEK = "week"
    MONTH = "month"


class Wish(StrEnum):
    """What somebody asks for who must show first that the address is theirs."""

    CONFIRM = "confirm"  # to receive
    CHANGE = "change"  # to receive at another address


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """How a person follows one thing; *paused_until* is None where a pause has no end."""

    follow: Follow
    state: SubscriptionState = SubscriptionState.ON
    rhythm: Rhythm = Rhythm.EACH
    paused_until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A mail address, parsed once: the local part as written, the domain in lower-case A-labels.

    *utf8* is set where the local part needs SMTPUTF8 (RFC 6531).
    """

    local: str
    domain: str

    @property
    def utf8(self) -> bool:
        """Whether the local part needs SMTPUTF8 (RFC 6531)."""
        return not self.local.isascii()

    def __str__(self) -> str:
        """``local@domain``."""
        return f"{self.local}@{self.domain}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """A person who may receive; *token_id* is random and names them in links, and nothing else does.

    *locale* is a language tag (RFC 5646) and *zone* an IANA time zone, each empty where the site's is taken.
    *heard_at* is the last time they did anything here themselves.
    """

    id: int
    address: Address
    name: str
    state: SubscriberState
    token_id: str
    follows: tuple[Follow, ...]
    created_at: datetime
    subscriptions: tuple[Subscription, ...] = ()
    locale: str = ""
    zone: str = ""
    text_only: bool = False
    announcements: bool = True
    paused_until: datetime | None = None
    confirmed_at: datetime | None = None
    heard_at: datetime | None = None
