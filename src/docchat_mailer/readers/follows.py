"""What people follow, as it is written: ``*``, a series, ``tag:x``; several with spaces between."""

from __future__ import annotations

from docchat_mailer.model.slugs import slugify
from docchat_mailer.model.subscriber import Follow, Scope


def parse_follows(text: str) -> tuple[Follow, ...]:
    """The follows that *text* names, each once; nothing named means everything.

    Raises ValueError for a word that names nothing.
    """
    found = [_follow(word) for word in text.split()] or [Follow(Scope.SITE)]
    return tuple(dict.fromkeys(found))


def _follow(word: str) -> Follow:
    if word == "*":
        return Follow(Scope.SITE)
    tag = word.removeprefix("tag:")
    key = slugify(tag)
    if not key:
        raise ValueError(f"{word!r} names no series and no tag")
    return Follow(Scope.TAG if word.startswith("tag:") else Scope.SERIES, key)
