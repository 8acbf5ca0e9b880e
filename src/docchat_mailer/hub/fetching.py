"""A document of another site, fetched because the operator asked for it: bounded in bytes, time and hops."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException, HTTPResponse
from typing import IO, cast
from urllib.parse import urlsplit

from docchat_mailer.errors import ContentError, TemporaryError

LARGEST = 20 * 1024 * 1024
"""Bytes of the largest document."""

SECONDS = 30.0
"""How long a document may take, from the question to its last byte."""

HOPS = 5
"""Redirects that are followed."""

PIECE = 64 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A document, the address it came from in the end, and its media type without parameters."""

    url: str
    type: str
    content: bytes


def fetch(url: str, *, largest: int = LARGEST, seconds: float = SECONDS) -> Fetched:
    """The document at *url*, http or https.

    Raises ContentError for an address that is none, or where it does not lead to a document of at most
    *largest* bytes; TemporaryError where nobody answers within *seconds*.
    """
    _check(url)
    until = time.monotonic() + seconds
    request = urllib.request.Request(url, headers={"User-Agent": "DocChatMailer"})  # noqa: S310 - checked above
    try:
        with _OPENER.open(request, timeout=seconds) as response:
            return _read(cast("HTTPResponse", response), url, largest, until)
    except urllib.error.HTTPError as exc:
        with exc:
            raise ContentError(f"{url} cannot be fetched", why=f"it answers {exc.code}", fix=FIX) from exc
    except (urllib.error.URLError, HTTPException, TimeoutError, OSError) as exc:
        reason = getattr(exc, "reason", exc)
        raise TemporaryError(
            f"{url} cannot be fetched", why=str(reason)[:200], fix="try again later"
        ) from exc


FIX = "open the address in a browser, or fetch it and name the file"


def _read(response: HTTPResponse, url: str, largest: int, until: float) -> Fetched:
    pieces, size = [], 0
    while piece := response.read1(PIECE):
        size += len(piece)
        if size > largest:
            raise ContentError(f"{url} is larger than {largest >> 20} MB", fix=FIX)
        if time.monotonic() > until:
            raise TemporaryError(f"{url} takes too long", why=f"{size} bytes had come", fix="try again later")
        pieces.append(piece)
    kind = response.headers.get_content_type()
    return Fetched(url=response.geturl(), type=kind, content=b"".join(pieces))


def _check(url: str) -> None:
    """An address of the web, and no file, whoever named it."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.username
    except ValueError:
        good = False
    if not good or any(character.isspace() for character in url):
        raise ContentError(f"{url!r} is no address of the web", fix="write https://...")


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, and none that leaves the web."""

    max_redirections = HOPS

    def redirect_request(  # noqa: PLR0917 - the signature is the library's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> urllib.request.Request | None:
        _check(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]


_OPENER = urllib.request.build_opener(_Redirects)
