"""The pages of the site: what readers see in a browser, and what crawlers are told."""

from docchat_mailer.render.site.crawlers import robots, sitemap
from docchat_mailer.render.site.declared import declared_pages, templates
from docchat_mailer.render.site.styles import STYLESHEET_PATH, stylesheet
from docchat_mailer.render.site.writer import PageWriter

__all__ = [
    "STYLESHEET_PATH",
    "PageWriter",
    "declared_pages",
    "robots",
    "sitemap",
    "stylesheet",
    "templates",
]
