"""A site, a feed and entries that hold every kind of trouble a feed can carry."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from docchat_mailer.model.publication import SITE_ROOT, Kind, Picture, PromiseState
from docchat_mailer.model.series import Enclosure
from docchat_mailer.model.site import Site
from docchat_mailer.render.environment import environment
from docchat_mailer.render.feeds import render_feed
from docchat_mailer.render.views import Entry, Feed, FeedDocument, FeedFormat, Link, PromiseView, SeriesView

SITE = Site(
    title="Doc & Chat",
    base_url="https://example.org",
    language="en",
    zone=ZoneInfo("Europe/Berlin"),
    author="DocChat",
    postal_address="1 Example Street",
    subtitle="About <health> & more",
    sign_off="Thanks for visiting!",
    notice="This is not medical advice.",
    rights="© DocChat",
    icon="/icon.png",
    hub="https://hub.example.net/",
)
FEED = Feed(
    id="tag:example.org,2026:feed/site", title="Doc & Chat", subtitle="A & B", path="/", language="en"
)
SERIES = SeriesView(slug="massage", title="Massage", path="/s/massage/", total=3)
PLAIN = Entry(
    id="tag:example.org,2026:massage/2",
    permalink=False,
    kind=Kind.RELEASE,
    path="/s/massage/two/",
    title="Massage Part 2 – Benefits",
    bare_title="Benefits",
    html="<p>It helps.</p>",
    text="It helps.",
    summary="What it helps with.",
    language="en",
    author="DocChat",
    tags=("Touch & care", "Körper"),
    picture=None,
    enclosure=None,
    published=datetime(2026, 1, 8, 8, 0, 0, 123456, tzinfo=UTC),
    updated=datetime(2026, 1, 9, 8, 0, 0, tzinfo=UTC),
    series=SERIES,
    number=2,
    earlier=(Link(title="Part 1", path="/s/massage/one/"),),
    later=(Link(title="Part 3", path="/s/massage/three/"), Link(title="Part 4", path="/s/massage/four/")),
    promises=(
        PromiseView(topic="Risks", state=PromiseState.OVERDUE, due=datetime(2026, 1, 15, 8, tzinfo=UTC)),
        PromiseView(
            topic="Costs", state=PromiseState.KEPT, link=Link(title="Part 3", path="/s/massage/three/")
        ),
        PromiseView(topic="Law", state=PromiseState.OPEN),
    ),
)
HOSTILE = replace(
    PLAIN,
    id="tag:example.org,2026:massage/3",
    path="/s/massage/drei-übung/",
    title="A & B <b> ]]> \x00\x0b\ufffe\ud800\ufdd0 🎈 \u202bשלום",
    html='<p>&nbsp;code <code>if a]]&gt;b &amp;&amp; c &lt; d: "&lt;a href=\\"#x\\"&gt;"</code> 🎈 \x01\ufdd1\ud800'
    f'<a href="#fn1">1</a> <a href="{SITE_ROOT}/p/x/">x</a></p>',
    text="code 🎈",
    summary="Short & <sweet>",
    language="de",
    picture=Picture(
        url=f"{SITE_ROOT}/m/bild ü.png", alt="", width=640, height=480, length=9, type="image/png"
    ),
    enclosure=Enclosure(url="https://bücher.example/a b.mp3", length=4321, type="audio/mpeg"),
    published=datetime(2026, 1, 10, 8, 0, 0, tzinfo=UTC),
    updated=datetime(2026, 1, 10, 8, 0, 0, tzinfo=UTC),
    number=3,
)
DOCUMENT = FeedDocument(feed=FEED, updated=HOSTILE.updated, entries=(HOSTILE, PLAIN), previous=2)
ARCHIVE = replace(DOCUMENT, archive=2, previous=1, next=3)
EMPTY = FeedDocument(feed=FEED, updated=datetime(2026, 1, 1, tzinfo=UTC), entries=())


def rendered(format: FeedFormat, document: FeedDocument = DOCUMENT, site: Site = SITE) -> bytes:  # noqa: A002
    return render_feed(environment(), site, document, format)
