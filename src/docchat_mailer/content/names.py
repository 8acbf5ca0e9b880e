"""File names: which of them are posts, which are an editor's, and what slug and number they carry."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_SLUG = 100

_SLUG = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_NUMBERED = re.compile(r"(\d{1,4})-(.+)\.md")
_TEMPORARY = re.compile(r"\..*|.*~|#.*#|.*\.sw[a-z]|4913|.*\.tmp|.*\.bak|.*\.orig")
_NOT_POSTS = frozenset({"readme.md", "ids.txt"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Numbered:
    """What ``03-types.md`` says."""

    number: int
    slug: str


def is_slug(text: str) -> bool:
    """Whether *text* can stand in an address: lower-case letters and digits joined by single hyphens."""
    return len(text) <= MAX_SLUG and text == text.lower() and _SLUG.fullmatch(text) is not None


def is_ignored(name: str) -> bool:
    """Whether an editor, this program or the writer's own notes put the file there."""
    return name.startswith("_") or name.lower() in _NOT_POSTS or _TEMPORARY.fullmatch(name) is not None


def numbered(name: str) -> Numbered | None:
    """The number and slug of a part's file name, or None where it is no part's."""
    match = _NUMBERED.fullmatch(name)
    return Numbered(number=int(match[1]), slug=match[2]) if match else None
