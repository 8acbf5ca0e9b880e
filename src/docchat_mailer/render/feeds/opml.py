"""The list of all feeds as OPML 2.0 (https://opml.org/spec2.opml), for readers that import one."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from docchat_mailer.model.site import Site
from docchat_mailer.render.feeds.addresses import ascii_url, feed_path
from docchat_mailer.render.feeds.characters import clean
from docchat_mailer.render.feeds.heads import PROGRAM_URI
from docchat_mailer.render.views import Feed, FeedFormat

_OWN = f"{PROGRAM_URI}opml"


def render_opml(site: Site, feeds: Sequence[Feed]) -> bytes:
    """One outline a feed, in the order given.

    ``xmlUrl`` is the RSS feed; the other two formats stand in attributes of our own namespace, so that an
    import subscribes once and not three times.
    """
    root = etree.Element("opml", version="2.0", nsmap={"docchat": _OWN})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = clean(site.title)
    body = etree.SubElement(root, "body")
    for feed in feeds:
        etree.SubElement(body, "outline", _outline(ascii_url(site.base_url), feed))
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
    return written


def _outline(base: str, feed: Feed) -> dict[str, str]:
    urls = {each: ascii_url(base + feed_path(feed, each)) for each in FeedFormat}
    return {
        "type": "rss",
        "text": clean(feed.title),
        "title": clean(feed.title),
        "xmlUrl": urls[FeedFormat.RSS],
        "htmlUrl": ascii_url(base + feed.path),
        "language": feed.language,
        f"{{{_OWN}}}atomUrl": urls[FeedFormat.ATOM],
        f"{{{_OWN}}}jsonUrl": urls[FeedFormat.JSON],
    }
