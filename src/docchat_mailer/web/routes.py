"""The table of routes: what there is at which path, for which method."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from docchat_mailer.errors import TemporaryError
from docchat_mailer.web import security_tell
from docchat_mailer.web.collection import Collection
from docchat_mailer.web.door import Door
from docchat_mailer.web.health_tell import HealthTell
from docchat_mailer.web.letter_view import LetterView
from docchat_mailer.web.page_send import PageSender
from docchat_mailer.web.reader_confirm import ReaderConfirm
from docchat_mailer.web.reader_leave import ReaderLeave
from docchat_mailer.web.reader_prefer import ReaderPrefer
from docchat_mailer.web.reader_subscribe import ReaderSubscribe
from docchat_mailer.web.shield import Shield

GET, POST = ["GET"], ["POST"]

LARGER: Mapping[str, int] = {}
"""Beginnings of paths whose bodies may have more bytes than a form."""

log = structlog.get_logger("docchat.web")


def routes(door: Door) -> list[Route]:
    """Every route; whatever is none of them is a published file, or nothing."""
    subscribe, confirm = ReaderSubscribe(door), ReaderConfirm(door)
    leave, prefer, health = ReaderLeave(door), ReaderPrefer(door), HealthTell(door)
    published = PageSender(Collection(door.db, door.public, urlsplit(door.site.base_url).path.rstrip("/")))
    own = door.prefix
    return [
        Route("/healthz", health.alive, methods=GET),
        Route("/readyz", health.ready, methods=GET),
        Route(security_tell.PATH, security_tell.SecurityTell(door).__call__, methods=GET),
        *_both(f"{own}/subscribe", subscribe),
        *_both(f"{own}/confirm/{{token}}", confirm),
        *_both(f"{own}/u/{{token}}", leave),
        *_both(f"{own}/prefs/{{token}}", prefer),
        Route(f"{own}/m/{{token}}", LetterView(door).show, methods=GET),
        Route("/{path:path}", published.__call__, methods=GET),
    ]
