"""Images of posts that move in: fetched where that was asked for, and put beside the posts that show them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import unquote, urlsplit

from docchat_mailer.errors import DocChatError
from docchat_mailer.model.slugs import slugify
from docchat_mailer.publishing.moving_in import MovedIn

ENDINGS = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
}
"""Image types that a post may show, with the ending of their files."""

REMOTE = re.compile(r"(!\[[^\]]*\]\()\s*<?(https?://[^\s<>()]+)>?")
"""An image in Markdown that stands elsewhere."""


def remote_images(moved: MovedIn) -> list[str]:
    """The addresses of images that stand elsewhere, each once, in the order of the posts."""
    return list(dict.fromkeys(url for text in moved.files.values() for _, url in REMOTE.findall(text)))


def with_images(moved: MovedIn, fetch: Callable[[str], tuple[str, bytes]]) -> MovedIn:
    """*moved* with its images in files of their own, and a sentence for each that could not be had.

    *fetch* gives the media type and the bytes of an address.  An image that fails keeps its address.
    """
    images: dict[str, bytes] = {}
    found: dict[str, tuple[str, bytes] | str] = {}
    left = list(moved.left)

    def settled(url: str) -> tuple[str, bytes] | str:
        if url not in found:
            found[url] = _had(url, fetch)
            if isinstance(told := found[url], str):
                left.append(told)
        return found[url]

    def here(folder: str, match: re.Match[str]) -> str:
        had = settled(match[2])
        if isinstance(had, str):
            return match[0]
        name = _free(folder, match[2], had, images)
        images[name] = had[1]
        return f"{match[1]}{posixpath.basename(name)}"

    files = {
        path: REMOTE.sub(partial(here, posixpath.dirname(path)), text) for path, text in moved.files.items()
    }
    return replace(moved, files=files, images=images, left=tuple(left))


def _had(url: str, fetch: Callable[[str], tuple[str, bytes]]) -> tuple[str, bytes] | str:
    """The ending and the bytes of an image, or why it stays where it is."""
    try:
        kind, content = fetch(url)
    except DocChatError as exc:
        return f"an image stays where it is: {exc}"
    if kind not in ENDINGS:
        return f"an image stays where it is: {url} is {kind}"
    return ENDINGS[kind], content


def _free(folder: str, url: str, had: tuple[str, bytes], images: dict[str, bytes]) -> str:
    """A name in *folder* that no other image has: none comes from the address but letters and digits."""
    ending, content = had
    stem = slugify(posixpath.splitext(posixpath.basename(unquote(urlsplit(url).path)))[0])
    return next(
        name for name in _names(folder, stem if stem.isascii() and stem else "image", ending)
        if images.get(name, content) == content
    )  # fmt: skip


def _names(folder: str, stem: str, ending: str) -> Iterator[str]:
    yield posixpath.join(folder, f"{stem[:60]}{ending}")
    number = 2
    while True:
        yield posixpath.join(folder, f"{stem[:60]}-{number}{ending}")
        number += 1
