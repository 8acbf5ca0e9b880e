"""The Jinja environment: the site's own templates first, then the ones that come with the program.

A template is a file; data is never one.  Names: pages stand under ``pages/``, the furniture of feed entries
under ``entries/``, letters (``release.html``, ``announcement.txt``, ...) at the top.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined, select_autoescape

from docchat_mailer.render.words import direction, long_date, long_moment, words

PACKAGED = Path(__file__).parent / "templates"


def environment(overrides: Path | None = None) -> Environment:
    """An environment that reads *overrides* (the ``[content] templates`` folder) before the package's own.

    An undefined name is an error, and HTML is escaped unless a template says ``|safe`` of sanitised text.
    """
    folders = [PACKAGED / "letters", PACKAGED]
    if overrides is not None:
        folders.insert(0, overrides)
    made = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in folders]),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html", "xml")),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals.update(words=words, direction=direction, long_date=long_date, long_moment=long_moment)
    return made


def fingerprint(overrides: Path | None = None) -> str:
    """A digest of every template, stylesheet and phrase: when it changes, what was rendered is stale."""
    digest = hashlib.sha256()
    folders = [PACKAGED, PACKAGED / "letters", PACKAGED.parent / "phrases"]
    for folder in [*folders, *([overrides] if overrides is not None else [])]:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                digest.update(f"{file.relative_to(folder)}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()
