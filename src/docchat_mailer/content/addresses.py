"""Every URL of a post, made absolute: links between posts, fragments, images, downloads."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from docchat_mailer.content.characters import clean
from docchat_mailer.content.media import DOWNLOADS, IMAGE_TYPES, Media, inside, read_media
from docchat_mailer.content.sanitise import SCHEMES
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.publication import SITE_ROOT
from docchat_mailer.model.series import Part, Source

LARGE_IMAGE = 1_000_000
"""Bytes; a letter with more loads slowly on a phone."""

_SAFE = "/:?#[]@!$&'()*+,;=%~-._"


class Addresses:
    """Answers each URL of one post, and remembers the media, the links and what was wrong."""

    def __init__(
        self,
        *,
        folder: Path,
        part: Part,
        page_path: str,
        pages: Mapping[str, str],
        text: str,
        ids: frozenset[str],
    ) -> None:
        """*text* is the whole file (to find lines in), *ids* are the fragments its page will have."""
        self._folder, self._part, self._page, self._pages = folder, part, page_path, pages
        self._text, self._ids = text, ids
        self._answers: dict[tuple[str, str], str | None] = {}
        self.media: dict[str, Media] = {}
        self.links: dict[str, None] = {}
        self.found: list[Finding] = []

    def fault(self, code: str, shown: str, what: str) -> None:
        """Note a finding at the line where *shown* stands."""
        at = self._text.find(shown)
        line = self._text.count("\n", 0, at) + 1 if at >= 0 else self._part.source.line
        where = Source(path=self._part.source.path, line=line)
        self.found.append(finding(code, where, what, series=self._part.series, part=self._part.number))

    def answer(self, tag: str, url: str) -> str | None:
        """The absolute URL for *url* in an ``img`` or an ``a``, or None where it must not stand."""
        key = ("img" if tag == "img" else "a", url)
        if key not in self._answers:
            self._answers[key] = self._image(url) if tag == "img" else self._link(url)
        return self._answers[key]

    def of_media(self, url: str) -> Media | None:
        """The media published at the absolute *url*, if it is ours."""
        return self.media.get(url)

    def _link(self, url: str) -> str | None:
        answer = self._target(clean(url).strip())
        if answer is not None:
            self.links[answer] = None
        return answer

    def _target(self, url: str) -> str | None:
        try:
            pieces = urlsplit(url)
        except ValueError:
            self.fault("C208", url, f"the address {url!r} cannot be read")
            return None
        if pieces.scheme:
            return quote(url, safe=_SAFE) if pieces.scheme.lower() in SCHEMES else None
        if url.startswith("//"):
            return quote(f"https:{url}", safe=_SAFE)
        if not pieces.path and not pieces.query:
            return self._fragment(pieces.fragment)
        if pieces.path.startswith("/"):
            return self._site_path(url, pieces.path)
        return self._relative(url, unquote(pieces.path), pieces.fragment)

    def _fragment(self, fragment: str) -> str:
        if fragment and unquote(fragment) not in self._ids:
            self.fault("C208", f"#{fragment}", f"nothing on this page is called #{unquote(fragment)}")
        tail = f"#{quote(fragment, safe=_SAFE)}" if fragment else ""
        return f"{SITE_ROOT}{self._page}{tail}"

    def _site_path(self, url: str, path: str) -> str:
        if path.startswith(("/s/", "/p/")) and not self._is_page(path):
            self.fault("C208", url, f"no page of this site lies at {path!r}")
        return SITE_ROOT + quote(url, safe=_SAFE)

    def _is_page(self, path: str) -> bool:
        folder = path.rstrip("/") + "/"
        return folder == self._page or any(
            page == folder or page.startswith(folder) for page in self._pages.values()
        )

    def _relative(self, url: str, path: str, fragment: str) -> str | None:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(self._part.source.path), path))
        tail = f"#{quote(fragment, safe=_SAFE)}" if fragment else ""
        if target in self._pages:
            return f"{SITE_ROOT}{self._pages[target]}{tail}"
        if posixpath.splitext(path)[1].lower() in DOWNLOADS | IMAGE_TYPES.keys():
            media = self._local(url, path, missing="C208")
            return SITE_ROOT + media.path if media else None
        self.fault("C208", url, f"the link {url!r} leads to no post of this folder")
        return None

    def _image(self, url: str) -> str | None:
        url = clean(url).strip()
        if url.startswith("//"):
            url = f"https:{url}"
        scheme = url.partition(":")[0].lower() if ":" in url else ""
        if scheme in ("http", "https"):
            self.fault("C204", url, f"the image {url!r} lies on another server")
            return quote(url, safe=_SAFE)
        if scheme:
            self.fault("C202", url[:80], f"the image {url[:80]!r} cannot be shown")
            return None
        media = self._local(url, unquote(url), missing="C202")
        return SITE_ROOT + media.path if media else None

    def _local(self, url: str, path: str, missing: str) -> Media | None:
        """The media behind a path relative to the post; faults are noted."""
        path = path.partition("#")[0].partition("?")[0]
        file = inside(self._folder, posixpath.join(posixpath.dirname(self._part.source.path), path))
        if file is None or posixpath.isabs(path):
            self.fault("C203", url, f"the path {url!r} leads out of the folder")
            return None
        if posixpath.splitext(path)[1].lower() not in DOWNLOADS | IMAGE_TYPES.keys() or not file.is_file():
            self.fault(missing, url, f"there is no file {path!r}")
            return None
        try:
            media = read_media(file, path)
        except (OSError, ValueError) as exc:
            self.fault(missing, url, f"the file {path!r} cannot be read ({exc})")
            return None
        if media is None:
            self.fault("C207", url, f"the file {path!r} is not an image that can be read")
            return None
        self._weigh(url, path, media)
        self.media[SITE_ROOT + media.path] = media
        return media

    def _weigh(self, url: str, path: str, media: Media) -> None:
        if media.width and media.length > LARGE_IMAGE:
            self.fault("C205", url, f"the image {path!r} has {media.length:,} bytes")
        if media.type in ("image/svg+xml", "image/webp"):
            self.fault("C206", url, f"the image {path!r} is {media.type.removeprefix('image/')}")
