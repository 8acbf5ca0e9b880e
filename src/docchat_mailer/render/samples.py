"""Sample data that templates are tried with before anything real is mailed."""

from __future__ import annotations

from datetime import UTC, datetime

from docchat_mailer.model.publication import SITE_ROOT, Kind, PromiseState
from docchat_mailer.render.views import Entry, Link, PromiseView, SeriesView

MOMENT = datetime(2026, 3, 3, 8, tzinfo=UTC)


def sample_entry(kind: Kind) -> Entry:
    """An entry that uses everything a letter template may show."""
    return Entry(
        id="tag:example.org,2026:sample",
        permalink=False,
        kind=kind,
        path="/s/sample/second/",
        title="Sample Part 2 – Second",
        bare_title="Second",
        html=f'<p>The text of a part, with <a href="{SITE_ROOT}/">a link</a>.</p>',
        text=f"The text of a part, with a link ({SITE_ROOT}/).\n",
        summary="What the second part is about, in a sentence that is long enough.",
        language="en",
        author="A. Writer",
        tags=("sample",),
        picture=None,
        enclosure=None,
        published=MOMENT,
        updated=MOMENT,
        series=SeriesView(slug="sample", title="Sample", path="/s/sample/", total=3),
        number=2,
        earlier=(Link(title="Sample Part 1 – First", path="/s/sample/first/"),),
        promises=(PromiseView(topic="the third", state=PromiseState.OPEN, due=MOMENT),),
    )
