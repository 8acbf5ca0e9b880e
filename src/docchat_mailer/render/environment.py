"""The Jinja environment: the site's own templates first, then the ones that come with the program.

A template is a file; data is never one.  Names: pages stand under ``pages/``, the furniture of feed entries
under ``entries/``, letters (``release.html``, ``announcement.txt``, ...) at the top.
"""

from __future__ import annotations

import hashlib
import traceback
from pathlib import Path
from typing import NoReturn

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateSyntaxError,
    select_autoescape,
)

from docchat_mailer.errors import ConfigError, DocChatError
from docchat_mailer.render.words import direction, long_date, long_moment, words

PACKAGED = Path(__file__).parent / "templates"


class SiteEnvironment(Environment):
    """An environment whose templates fail with an error that names file and line."""

    def handle_exception(self, source: str | None = None) -> NoReturn:
        """Turn whatever a template raised into a ConfigError.

        Jinja calls this in every failing render, with the template's own frames on the traceback.
        """
        try:
            super().handle_exception(source)
        except TemplateSyntaxError as exc:
            raise _template_error(str(exc.message), f"{exc.filename or exc.name}:{exc.lineno}") from exc
        except DocChatError:
            raise
        except Exception as exc:
            frames = [f for f in traceback.extract_tb(exc.__traceback__) if not f.filename.endswith(".py")]
            where = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "a template"
            raise _template_error(str(exc), where) from exc


def _template_error(why: str, where: str) -> ConfigError:
    return ConfigError(
        "a template cannot be rendered", why=why, where=where, fix="mend it; nothing was published"
    )


def environment(overrides: Path | None = None) -> Environment:
    """An environment that reads *overrides* (the ``[content] templates`` folder) before the package's own.

    An undefined name is an error, and HTML is escaped unless a template says ``|safe`` of sanitised text.
    """
    folders = [PACKAGED / "letters", PACKAGED]
    if overrides is not None:
        folders.insert(0, overrides)
    made = SiteEnvironment(
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
