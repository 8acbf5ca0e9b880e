"""Entries made up for a look at them: a part as if it were out, and one that uses every element."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from docchat_mailer.content.body import Body
from docchat_mailer.model.publication import Kind, PromiseState
from docchat_mailer.model.series import Part, Series
from docchat_mailer.model.site import Site
from docchat_mailer.render.samples import sample_entry
from docchat_mailer.render.views import Entry, Link, PromiseView, SeriesView
from docchat_mailer.rules.naming import composed_title, series_path

SOME_DAY = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
"""When a part without a date of its own is taken to come out."""

EVERYTHING = """\
<h2 id="one">One</h2><p>Words, <a href="https://example.org/x">words of a link</a>, <strong>strong</strong>,
<em>stressed</em>, <code>code</code>, <del>gone</del>, <sup>1</sup>.</p>
<h3>Two</h3><ul><li>One thing</li><li><p>Another</p></li></ul><ol><li>First</li></ol>
<h4>Three</h4><blockquote><p>Said by others.</p></blockquote><pre><code>x = 1</code></pre><hr>
<table><thead><tr><th>Head</th></tr></thead><tbody><tr><td>Cell</td></tr></tbody></table>
<dl><dt>Term</dt><dd>Meaning</dd></dl>
<figure><img src="https://example.org/x.png" alt="A picture" width="20" height="20">
<figcaption>Below</figcaption></figure>
<div class="stay-tuned"><p>Stay tuned.</p></div>
"""
"""What Markdown may become, so that a template's styles are all seen."""


def sample_of(site: Site, series: Series, part: Part, body: Body, pages: Mapping[str, str]) -> Entry:
    """The part as an entry, as it would be if it and all before it were published."""
    view = None
    if not series.lone:
        view = SeriesView(
            slug=series.slug, title=series.title, path=series_path(series.slug), total=series.total
        )
    published = part.publish or SOME_DAY
    return Entry(
        id=part.entry_id or f"tag:docchat-mailer.invalid,2000:{part.slug}",
        permalink=False,
        kind=Kind.RELEASE,
        path=pages[part.source.path],
        title=composed_title(site, series, part.number, part.title),
        bare_title=part.title,
        html=body.html,
        text=body.text,
        summary=body.summary,
        language=part.language or series.language or site.language,
        author=part.author or series.author or site.author,
        tags=tuple(dict.fromkeys((*series.tags, *part.tags))),
        picture=body.picture,
        enclosure=part.enclosure,
        published=published,
        updated=part.updated or published,
        series=view,
        number=part.number,
        earlier=earlier_of(site, series, part, pages),
        promises=tuple(PromiseView(topic=topic.text, state=PromiseState.OPEN) for topic in part.topics),
    )


def earlier_of(site: Site, series: Series, part: Part, pages: Mapping[str, str]) -> tuple[Link, ...]:
    """The parts before *part*, as its letter will link to them."""
    return tuple(
        Link(title=composed_title(site, series, one.number, one.title), path=pages[one.source.path])
        for one in series.parts
        if one.number < part.number
    )


def everything(kind: Kind) -> Entry:
    """An entry with every element a text may have: what it shows wrong is the template's doing."""
    return replace(sample_entry(kind), html=EVERYTHING)
