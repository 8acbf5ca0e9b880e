"""The names a letter's templates may use, each explained in a line: a promise to whoever overrides one."""

from __future__ import annotations

from collections.abc import Mapping

LETTER_NAMES: Mapping[str, str] = {
    "entry": "the publication: title, summary, language, tags, number, series, published, picture",
    "site": "the settings of `[site]` that readers see: title, author, language, postal_address, privacy_url",
    "say": "phrases in the letter's language, such as `say.stay_tuned`",
    "dir": "`ltr` or `rtl`",
    "subject": "the composed title, as in page and feed",
    "heading": "the heading of the letter",
    "rule": "a line of `=` as long as the heading, for the text part",
    "kicker": "`Part 2 of 3`; empty where it is not known",
    "preheader": "40 to 100 characters that mail programs show after the subject",
    "padding": "blank characters behind the preheader",
    "home": "the address of the home page",
    "permalink": "the address of the page",
    "button": "the way to the web page: `button.title`, `button.url`",
    "read_on": "the same way, where the letter is cut short",
    "picture": "the lead picture at the letter's width: url, alt, width, height; or nothing",
    "body": "the text as HTML, sanitised; in `.html` templates only",
    "body_text": "the text as prose; for `.txt` templates",
    "promises": "what is to come: topic, note, url",
    "has_box": "whether the text has its own box of promises",
    "parts": "the earlier parts: title, url",
    "sign_off": "the site's sign-off, unless the text says it already",
    "notice": "the site's notice, likewise",
    "why": "why the reader gets it; filled in for each reader",
    "preferences": "the address of the preferences, likewise; empty where there is no such page",
    "unsubscribe": "the address to leave; filled in for each reader, and required",
}
"""Name to what it is; both kinds of letter have them all."""

NOTICE_NAMES: Mapping[str, str] = {
    "paragraphs": "what a notice says, a text each",
    "sections": "lists under headings: title, and lines with title, url and note",
    "view": "where the letter can be seen in a browser; empty where it cannot",
}
"""What notices have besides; those names of a letter that they have no use for are empty."""
