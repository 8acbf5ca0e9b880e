"""Makers of valid values, one line each: name only what a test is about."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.site import Site
from docchat_mailer.render.views import Entry, Feed, SeriesView


def a_site(**changes: Any) -> Site:
    site = Site(
        title="Doc & Chat",
        base_url="https://example.org",
        language="en",
        zone=ZoneInfo("Europe/Berlin"),
        author="DocChat",
        postal_address="1 Example Street",
    )
    return replace(site, **changes)


def an_entry(**changes: Any) -> Entry:
    entry = Entry(
        id="tag:example.org,2026:massage/2",
        permalink=False,
        kind=Kind.RELEASE,
        path="/s/massage/risks/",
        title="Massage Part 2 – Risks",
        bare_title="Risks",
        html="<p>It carries some risks.</p>",
        text="It carries some risks.",
        summary="What can go wrong.",
        language="en",
        author="DocChat",
        tags=("chronic back pain",),
        picture=None,
        enclosure=None,
        published=datetime(2026, 3, 3, 8, tzinfo=UTC),
        updated=datetime(2026, 3, 3, 8, tzinfo=UTC),
        series=SeriesView(slug="massage", title="Massage", path="/s/massage/", total=3),
        number=2,
    )
    return replace(entry, **changes)


def a_feed(**changes: Any) -> Feed:
    feed = Feed(
        id="tag:example.org,2026:feed/s/massage",
        title="Massage",
        subtitle="",
        path="/s/massage/",
        language="en",
    )
    return replace(feed, **changes)
