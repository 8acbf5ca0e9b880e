"""Findings about the page a part would have."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error, warning

PAGES = (
    error(
        "C601",
        "id that occurs twice",
        why="links to it lead to the first one only",
        fix="rename one of the ids",
        explain="Headings get their ids from their words, footnotes from their numbers. An id written by "
        "hand as HTML, or in a template of your own, collides with one of them.",
    ),
    error(
        "C602",
        "fragment that leads nowhere",
        why="whoever clicks it stays where they are",
        fix="mend the address, or the id it names",
        explain="A link within the page names an id that the page does not have. In the text of a post "
        "this is told as C208 with its line; here it comes from a template.",
    ),
    warning(
        "C603",
        "headings out of order on the page",
        why="screen readers use headings as a table of contents",
        fix="begin with ## and go down one level at a time",
        explain="The page has one h1, the title. Headings of the text come below it, none of them left out.",
    ),
    warning(
        "C604",
        "heavy page",
        why="a page should have less than 50 KB beside its text",
        fix="take weight out of base.html or style.css",
        explain="What surrounds the text is the same on every page and is fetched with each.",
    ),
)
"""C6xx."""
