"""Local files that go with a post: images and downloads, named by what they hold."""

from __future__ import annotations

import hashlib
import io
import mimetypes
import posixpath
from dataclasses import dataclass
from pathlib import Path

import imagesize  # type: ignore[import-untyped] # it comes without types

from docchat_mailer.model.slugs import slugify

MAX_MEDIA = 50_000_000
"""Bytes of one file."""

IMAGE_TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
}
"""Images by the ending of their name."""

DOWNLOADS = frozenset({".pdf", ".epub", ".mp3", ".m4a", ".ogg", ".mp4", ".zip", ".ics", ".csv", ".odt"})
"""Other files a post may link to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Media:
    """A file as it will be published at *path* (``/media/<16 hex>/<name>``).

    *digest* is its SHA-256 (hex), *length* its bytes; *width* and *height* are pixels, 0 for no image.
    """

    source: Path
    digest: str
    path: str
    type: str
    width: int
    height: int
    length: int


def inside(folder: Path, path: str) -> Path | None:
    """The file at *path* below *folder*, or None where it, or what it links to, lies outside."""
    if "\\" in path or "\0" in path or posixpath.isabs(path):
        return None
    root = folder.resolve()
    file = (root / path).resolve()
    return file if file.is_relative_to(root) else None


def read_media(file: Path, name: str) -> Media | None:
    """The file as media, or None where it says it is an image and is not.

    Raises OSError where it cannot be read, ValueError where it is too large.
    """
    if file.stat().st_size > MAX_MEDIA:
        raise ValueError(f"the file is larger than {MAX_MEDIA:,} bytes")
    content = file.read_bytes()
    ending = posixpath.splitext(name)[1].lower()
    width, height = _size(content) if ending in IMAGE_TYPES else (0, 0)
    if ending in IMAGE_TYPES and (width <= 0 or height <= 0):
        return None
    digest = hashlib.sha256(content).hexdigest()
    stem = slugify(posixpath.splitext(posixpath.basename(name))[0]) or "file"
    plain = stem if stem.isascii() else "file"
    return Media(
        source=file,
        digest=digest,
        path=f"/media/{digest[:16]}/{plain[:60]}{ending}",
        type=IMAGE_TYPES.get(ending) or mimetypes.guess_type(f"x{ending}")[0] or "application/octet-stream",
        width=width,
        height=height,
        length=len(content),
    )


def _size(content: bytes) -> tuple[int, int]:
    try:
        width, height = imagesize.get(io.BytesIO(content))
    except (ValueError, KeyError, IndexError, TypeError, ArithmeticError, OSError, SyntaxError):
        return 0, 0
    except Exception as exc:  # the library lets the errors of its parsers through
        if type(exc).__module__.startswith(("struct", "xml")):
            return 0, 0
        raise
    return int(width), int(height)
