"""Sample views: every template is rendered once with them, every branch taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from docchat_mailer.model.publication import SITE_ROOT, Kind, Picture, PromiseState
from docchat_mailer.model.site import Site
from docchat_mailer.render.views import (
    Entry,
    Feed,
    Link,
    ListPage,
    MapItem,
    PromiseView,
    SeriesPage,
    SeriesView,
    Standing,
    Teaser,
)

_DAY = datetime(2026, 3, 3, 8, tzinfo=UTC)
_LATER = datetime(2026, 3, 17, 8, tzinfo=UTC)

SITE = Site(
    title="A sample site",
    base_url="https://example.org",
    language="en",
    zone=ZoneInfo("UTC"),
    author="The author",
    postal_address="1 Example Street",
    subtitle="What it is about",
    sign_off="Until next time",
    notice="A notice",
    privacy_url="https://example.org/privacy",
    rights="All rights reserved",
    icon="/icon.png",
    show_overdue=True,
    door="https://example.org",
)
SERIES = SeriesView(slug="sample", title="A sample series", path="/s/sample/", total=4)
FEED = Feed(
    id="tag:example.org,2026:sample", title="A sample series", subtitle="", path="/s/sample/", language="en"
)
PROMISES = (
    PromiseView(
        topic="a kept one", state=PromiseState.KEPT, link=Link(title="Three", path="/s/sample/three/")
    ),
    PromiseView(topic="a dated one", state=PromiseState.OPEN, due=_LATER),
    PromiseView(topic="an open one", state=PromiseState.OPEN),
    PromiseView(topic="a late one", state=PromiseState.OVERDUE, due=_DAY),
)
ENTRY = Entry(
    id="tag:example.org,2026:sample/2",
    permalink=False,
    kind=Kind.RELEASE,
    path="/s/sample/two/",
    title="A sample series Part 2 – Two",
    bare_title="Two",
    html="<p>Text.</p><h2>More</h2><p>And more.</p>",
    text="Text. And more.",
    summary="A summary",
    language="en",
    author="The author",
    tags=("one tag", "another"),
    picture=Picture(
        url=f"{SITE_ROOT}/m/picture.png", alt="A picture", width=640, height=480, length=9, type="image/png"
    ),
    enclosure=None,
    published=_DAY,
    updated=_LATER,
    series=SERIES,
    number=2,
    earlier=(Link(title="One", path="/s/sample/one/"),),
    later=(Link(title="Three", path="/s/sample/three/"),),
    promises=PROMISES,
)
ANNOUNCEMENT = replace(ENTRY, kind=Kind.ANNOUNCEMENT, path="/s/sample/two/soon/", picture=None)
LONE = replace(
    ENTRY,
    series=None,
    path="/p/lone/",
    earlier=(),
    later=(),
    promises=(),
    tags=(),
    language="ar",
    picture=None,
)
ENTRIES = (ENTRY, ANNOUNCEMENT, LONE)
SERIES_PAGE = SeriesPage(
    series=SERIES,
    summary="A summary",
    language="en",
    tags=("one tag",),
    items=(
        MapItem(
            number=1, title="One", summary="The first", standing=Standing.OUT, path="/s/sample/one/", at=_DAY
        ),
        MapItem(number=2, title="Two", summary="", standing=Standing.OUT, path="/s/sample/two/", at=_DAY),
        MapItem(number=3, title="Three", summary="", standing=Standing.DATED, at=_LATER),
        MapItem(number=4, title="", summary="", standing=Standing.PROMISED),
        MapItem(number=5, title="Five", summary="", standing=Standing.LATE),
    ),
    promises=PROMISES,
)
LISTS = (
    ListPage(
        heading="A sample site",
        path="/",
        number=2,
        count=2,
        teasers=(
            Teaser(
                title="Two",
                path="/s/sample/two/",
                summary="A summary",
                published=_DAY,
                language="ar",
                tags=("x",),
            ),
        ),
        series=(Link(title="A sample series", path="/s/sample/"),),
        tags=(Link(title="one tag", path="/t/one-tag/"),),
        feed=FEED,
    ),
    ListPage(
        heading="Tag Archives: one tag", path="/t/one-tag/", number=2, count=3, entries=ENTRIES, feed=FEED
    ),
)
