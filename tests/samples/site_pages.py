"""Every kind of page, written from views that hold every kind of content."""

import warnings
from dataclasses import replace

import html5lib
from lxml import etree

from docchat_mailer.model.publication import SITE_ROOT
from docchat_mailer.render.environment import environment
from docchat_mailer.render.site import PageWriter, samples
from docchat_mailer.render.views import Feed, ListPage

BODY = f"""<p>Read <a href="{SITE_ROOT}/p/x/">this</a> and <a href="#fn1">the note</a>.</p>
<h2 id="how">How</h2>
<ol><li><strong class="lead-in">Stress</strong> – calmer</li><li value="5">Sleep</li></ol>
<h4 id="deep">Deep</h4>
<pre class="highlight"><code class="language-python"><span class="k">def</span> <span class="nf">effect</span>(<span class="n">before</span>): <span class="k">return</span> <span class="s2">"a string long enough to need a scroll bar"</span> <span class="c1"># note</span></code></pre>
<table><thead><tr><th>Complaint</th><th align="right">Studies</th></tr></thead><tbody><tr><td>Unaussprechlichkeitsbeschwerden</td><td align="right">12</td></tr></tbody></table>
<blockquote><p>Beside, not instead.</p></blockquote>
<dl><dt>Effleurage</dt><dd>Long strokes.</dd></dl>
<p class="stay-tuned">Stay tuned for more.</p>
<section class="footnotes"><ol><li id="fn1">A note.</li></ol></section>"""

SITE_FEED: Feed = replace(samples.FEED, title="A sample site", path="/")
FEEDS = [samples.FEED, SITE_FEED]
RICH = replace(samples.ENTRY, html=BODY, text="Stay tuned for more.")
WRITER = PageWriter(environment(), samples.SITE)
ARCHIVE = ListPage(
    heading="Tag Archives: one tag",
    path="/t/one-tag/",
    number=2,
    count=2,
    entries=(RICH, replace(RICH, path="/s/sample/three/", language="ar")),
    feed=samples.FEED,
)


def pages() -> dict[str, bytes]:
    """Page bytes by the path they lie at."""
    return {
        "/s/sample/two/": WRITER.part(RICH, FEEDS, samples.SERIES_PAGE),
        "/s/sample/two/soon/": WRITER.part(samples.ANNOUNCEMENT, FEEDS, samples.SERIES_PAGE),
        "/p/lone/": WRITER.part(samples.LONE, [SITE_FEED]),
        "/s/sample/": WRITER.series(samples.SERIES_PAGE, FEEDS),
        "/": WRITER.list(samples.LISTS[0], [SITE_FEED]),
        "/t/one-tag/": WRITER.list(ARCHIVE, FEEDS),
        "/feeds/": WRITER.feeds(FEEDS),
        "/404/": WRITER.not_found(),
    }


def parsed(page: bytes) -> etree._Element:
    """The tree of a page; raises html5lib's ParseError where it is not valid HTML."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="html5lib")
        parser = html5lib.HTMLParser(
            html5lib.getTreeBuilder("lxml"), strict=True, namespaceHTMLElements=False
        )
        return parser.parse(page.decode()).getroot()
