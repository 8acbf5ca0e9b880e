"""How feeds grow: one document of many entries in all three formats, beside plain feedgen's two.

Time is CPU seconds and memory the peak that Python itself allocated, both without starting the program.
Nothing here passes or fails; the table goes to ``bench/README.md``.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from feedgen.feed import FeedGenerator

from docchat_mailer.model.publication import Kind
from docchat_mailer.model.site import Site
from docchat_mailer.render.environment import environment
from docchat_mailer.render.feeds import FeedRenderer
from docchat_mailer.render.views import Entry, Feed, FeedDocument, FeedFormat, Link, SeriesView

SITE = Site(
    title="Growth",
    base_url="https://growth.example",
    language="en",
    zone=ZoneInfo("UTC"),
    author="Growth",
    postal_address="1 Example Street",
)
FEED = Feed(id="tag:growth.example,2026:site", title="Growth", subtitle="All", path="/", language="en")
SERIES = SeriesView(slug="walks", title="Walks", path="/s/walks/", total=None)
BODY = "<p>" + "Warm hands &amp; a <b>slow</b> walk. " * 150 + "</p>"


def entry(number: int) -> Entry:
    """One entry of about 5 KB of HTML and three tags."""
    at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number)
    return Entry(
        id=f"tag:growth.example,2026:{number}",
        permalink=False,
        kind=Kind.RELEASE,
        path=f"/s/walks/{number}/",
        title=f"Walks Part {number} – Slow & warm",
        bare_title="Slow & warm",
        html=BODY,
        text="Warm hands and a slow walk. " * 150,
        summary="A slow walk.",
        language="en",
        author="Growth",
        tags=("back", "sleep", "walks"),
        picture=None,
        enclosure=None,
        published=at,
        updated=at,
        series=SERIES,
        number=number,
        earlier=(Link(title="the one before", path=f"/s/walks/{number - 1}/"),),
        later=(),
    )


def ours(entries: Sequence[Entry]) -> None:
    """RSS, Atom and JSON Feed."""
    document = FeedDocument(feed=FEED, updated=entries[0].updated, entries=tuple(entries))
    renderer = FeedRenderer(environment(), SITE)
    for form in FeedFormat:
        renderer.render(document, form)


def plain(entries: Sequence[Entry]) -> None:
    """RSS and Atom as feedgen writes them by itself."""
    generator = FeedGenerator()
    generator.id(FEED.id)
    generator.title(FEED.title)
    generator.description(FEED.subtitle)
    generator.link(href=SITE.base_url, rel="alternate")
    for one in entries:
        item = generator.add_entry(order="append")
        item.id(one.id)
        item.title(one.title)
        item.link(href=SITE.base_url + one.path)
        item.content(one.html, type="html")
        item.published(one.published)
        item.updated(one.updated)
        item.category([{"term": tag} for tag in one.tags])
    generator.atom_str()
    generator.rss_str()


def seconds(work: Callable[[Sequence[Entry]], None], entries: Sequence[Entry]) -> float:
    """CPU seconds of the best of three."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work(entries)
        best = min(best, time.process_time() - started)
    return best


def megabytes(work: Callable[[Sequence[Entry]], None], entries: Sequence[Entry]) -> float:
    """Peak of what Python allocated."""
    tracemalloc.start()
    work(entries)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def rows() -> Iterator[tuple[str, str, str]]:
    """What was measured, how it compares, and the figures."""
    ours([entry(1)])
    before = 0.0
    for count in (125, 250, 500, 1000):
        entries = [entry(number) for number in range(count, 0, -1)]
        spent, memory = seconds(ours, entries), megabytes(ours, entries)
        grown = f"{spent / before:.2f} of half as many" if before else ""
        yield f"one feed of {count:,} entries, three formats", grown, f"{spent:.2f} s CPU, {memory:.0f} MB"
        before = spent
    other = seconds(plain, entries)
    yield (
        f"the same {count:,} entries, plain feedgen, two formats",
        f"{before / other:.2f}",
        f"{other:.2f} s CPU",
    )


def main() -> None:
    """Measure, and print a table."""
    print("| What | Ratio | Measured |\n|---|---|---|", flush=True)
    for row in rows():
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
