"""Feeds: RSS 2.0, Atom and JSON Feed of every list of the site, and the OPML that names them all."""

from docchat_mailer.render.feeds.addresses import feed_path
from docchat_mailer.render.feeds.documents import FeedRenderer, feed_css, render_feed
from docchat_mailer.render.feeds.heads import FEED_CSS_PATH
from docchat_mailer.render.feeds.opml import render_opml

OPML_TYPE = "text/x-opml"
"""The media type of the OPML file; a feed's own is ``FeedFormat.media_type``."""

__all__ = [
    "FEED_CSS_PATH",
    "OPML_TYPE",
    "FeedRenderer",
    "feed_css",
    "feed_path",
    "render_feed",
    "render_opml",
]
