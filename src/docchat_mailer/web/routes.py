"""The table of routes: what there is at which path, for which method."""

from __future__ import annotations

import traceback
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
from docchat_mailer.web.bounce_hook import BounceHook
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

LARGEST_TOLD = 512 * 1024
"""Bytes of what a relay tells at once: Amazon SNS has messages of 256 KiB, and quotes them once more."""

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
        Route(f"{own}/hooks/bounce/{{provider}}", BounceHook(door).take, methods=POST),
        Route(f"{own}/hooks/bounce/{{provider}}", _post_alone, methods=GET),
        Route("/{path:path}", published.__call__, methods=GET),
    ]


async def _post_alone(_: Request) -> Response:
    """What is said to a question where only forms are taken."""
    raise HTTPException(405, headers={"Allow": "POST"})


def _both(path: str, action: ReaderSubscribe | ReaderConfirm | ReaderLeave | ReaderPrefer) -> list[Route]:
    """One path whose GET shows and whose POST does."""

    async def answer(request: Request) -> Response:
        return await (action.take(request) if request.method == "POST" else action.show(request))

    return [Route(path, answer, methods=[*GET, *POST])]


def application(door: Door) -> ASGIApp:
    """The whole door, behind its shield."""
    app = Starlette(
        routes=routes(door),
        exception_handlers={
            HTTPException: _refused,
            TemporaryError: _busy,
            ClientDisconnect: _gone,
            Exception: _failed,
        },
    )
    app.router.redirect_slashes = False
    larger = {f"{door.prefix}/hooks/": LARGEST_TOLD}
    return Shield(app, larger=larger, secure=door.secure, origins=door.origins)


async def _refused(_: Request, exc: Exception) -> Response:
    """A refusal in a line, with what the standards want beside it (RFC 9110 section 15.5.6: Allow)."""
    if not isinstance(exc, HTTPException):
        raise exc
    headers = dict(exc.headers or {})
    if "Allow" in headers:
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return PlainTextResponse(f"{exc.detail}\n", exc.status_code, headers=headers)


async def _busy(request: Request, exc: Exception) -> Response:
    """The database did not answer in time; the same question may be asked again."""
    log.warning("busy", path=kind_of(request.scope["path"]), reason=str(exc))
    headers = {"Retry-After": "5", "Cache-Control": "no-store"}
    return PlainTextResponse("Busy. Please try again in a moment.\n", 503, headers=headers)


async def _gone(_: Request, __: Exception) -> Response:
    """Who asked hung up before the question was whole; nobody reads this."""
    return Response(status_code=400)


async def _failed(request: Request, exc: Exception) -> Response:
    """A fault of ours, told by its kind and place: what it says may be somebody's address."""
    frames = traceback.extract_tb(exc.__traceback__)[-3:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    log.error("failed", path=kind_of(request.scope["path"]), error=type(exc).__name__, where=where)
    return PlainTextResponse("Something went wrong here.\n", 500, headers={"Cache-Control": "no-store"})


def kind_of(path: str) -> str:
    """The first word of *path*: what follows may be somebody's token."""
    return "/" + path.split("/")[1] if path.count("/") > 1 else path
