"""The page templates a site may replace, and the trial each must pass before the program starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jinja2 import Environment

from docchat_mailer.errors import ConfigError
from docchat_mailer.render.site import samples
from docchat_mailer.render.site.styles import stylesheet
from docchat_mailer.render.site.writer import PageWriter

_TRIALS: Mapping[str, Callable[[PageWriter], object]] = {
    "pages/part.html": lambda writer: [
        writer.part(entry, [samples.FEED], samples.SERIES_PAGE) for entry in samples.ENTRIES
    ],
    "pages/series.html": lambda writer: writer.series(samples.SERIES_PAGE, [samples.FEED]),
    "pages/list.html": lambda writer: [writer.list(page, [samples.FEED]) for page in samples.LISTS],
    "pages/feeds.html": lambda writer: writer.feeds([samples.FEED]),
    "pages/not_found.html": lambda writer: writer.not_found(),
}


def templates() -> Mapping[str, str]:
    """Every page template by name, and what it is for."""
    return {
        "pages/base.html": "the frame of every page: head, header, footer",
        "pages/parts.html": "pieces that several pages share",
        "pages/part.html": "a part, a lone post or an announcement",
        "pages/series.html": "a series and the map of its parts",
        "pages/list.html": "the home page and tag archives",
        "pages/feeds.html": "all feeds",
        "pages/not_found.html": "an address that leads nowhere",
        "pages/sign_up.html": "the form for an address, on every page of a site with a door",
        "pages/style.css": "the stylesheet",
    }


def declared_pages(environment: Environment) -> list[str]:
    """What is wrong with the page templates, each as ``file:line: what``; empty where all are well."""
    writer = PageWriter(environment, samples.SITE)
    trials = [lambda trial=trial: trial(writer) for trial in _TRIALS.values()]
    found = [_problem(trial) for trial in [*trials, lambda: stylesheet(environment)]]
    return list(dict.fromkeys(problem for problem in found if problem))


def _problem(trial: Callable[[], object]) -> str:
    try:
        trial()
    except ConfigError as error:
        return f"{error.where}: {error.why}"
    return ""
