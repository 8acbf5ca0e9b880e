"""A letter as anybody may see it: what all its readers share, and nothing of theirs."""

from __future__ import annotations

import email
import email.policy
import re

from docchat_mailer.letter.compiling import Compiled
from docchat_mailer.letter.fields import Field
from docchat_mailer.letter.splicing import splice
from docchat_mailer.store import editions
from docchat_mailer.store.database import Database

NOBODY = "nobody"
"""Stands where a reader's own link would: it is no token."""


OWN_LINK = re.compile(rf'<a\b[^>]*/{NOBODY}"[^>]*>[^<]*</a>')
"""A link that is each reader's own."""

DIGITS = 15
"""Digits of an edition's number at most."""


def viewed(db: Database, edition: str) -> str | None:
    """The HTML of an *edition*'s letter, without links that are each reader's own; None for no edition.

    Only letters that name this way to see them are shown.
    """
    if not (edition.isdecimal() and len(edition) <= DIGITS):
        return None
    with db.read() as c:
        body = editions.found_body(c, int(edition))
    compiled = None if body is None else Compiled.unpack(body)
    if compiled is None or Field.VIEW not in compiled.fields:
        return None
    values = dict.fromkeys(Field, NOBODY) | {Field.WHY: "", Field.REFERENCES: ""}
    message = email.message_from_bytes(splice(compiled, values), policy=email.policy.default)
    part = message.get_body(("html",))
    return None if part is None else OWN_LINK.sub("", str(part.get_content()))
