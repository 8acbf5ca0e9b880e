"""The routes: the page, its pieces, the document in the frame, images of posts, and the news."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response, StreamingResponse
from starlette.routing import Route

from docchat_mailer.preview.guard import FRAME, FRAME_WITHOUT_IMAGES, PAGE
from docchat_mailer.preview.mirror import Mirror
from docchat_mailer.preview.news import News
from docchat_mailer.preview.pieces import contents_piece, document, envelope_piece, findings_piece, whole_page
from docchat_mailer.preview.wishes import Wish
from docchat_mailer.render.preview_page import ASSETS, asset

Answer = TypeVar("Answer")
SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The policy of an image: an SVG opened by itself is a document."""


class Preview:
    """The preview as an application: a *mirror* in a thread of its own, and the *news* of it."""

    def __init__(self, mirror: Mirror, thread: ThreadPoolExecutor, news: News) -> None:
        self._mirror, self._thread, self._news = mirror, thread, news

    def app(self) -> Starlette:
        """The application; :class:`docchat_mailer.preview.guard.Guard` belongs around it."""
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/contents", self.contents),
                Route("/envelope", self.envelope),
                Route("/findings", self.findings),
                Route("/frame", self.frame),
                Route("/media/{digest}/{name}", self.media),
                Route("/news", self.listen),
                Route("/assets/{name}", self.asset),
            ]
        )

    async def refresh(self, changed: set[Path]) -> None:
        """Look again after *changed* files were saved, and tell who listens."""
        self._news.tell(await self._ask(lambda: self._mirror.refresh(changed)))

    async def page(self, request: Request) -> Response:
        """The whole page; it looks at the site anew, so that a reload shows what time has brought."""
        wish = Wish.read(request.query_params)

        def made() -> str:
            self._mirror.refresh()
            return whole_page(self._mirror, wish)

        return _html(await self._ask(made), PAGE)

    async def contents(self, request: Request) -> Response:
        """The list of parts."""
        wish = Wish.read(request.query_params)
        return _html(await self._ask(lambda: contents_piece(self._mirror, wish)))

    async def envelope(self, request: Request) -> Response:
        """Sender, recipient, subject and preheader; and the fault, where there is one."""
        wish = Wish.read(request.query_params)
        return _html(await self._ask(lambda: envelope_piece(self._mirror, wish)))

    async def findings(self, request: Request) -> Response:
        """What should be changed."""
        wish = Wish.read(request.query_params)
        return _html(await self._ask(lambda: findings_piece(self._mirror, wish)))

    async def frame(self, request: Request) -> Response:
        """The document in the frame."""
        wish = Wish.read(request.query_params)
        made = await self._ask(lambda: document(self._mirror, wish))
        return _html(made, FRAME if wish.images == "on" else FRAME_WITHOUT_IMAGES)

    async def media(self, request: Request) -> Response:
        """An image of a part that was rendered; the path is looked up, never followed."""
        found = self._mirror.media(request.url.path)
        if found is None or not found.source.is_file():
            raise HTTPException(404)
        return FileResponse(found.source, media_type=found.type, headers={"Content-Security-Policy": SANDBOX})

    async def asset(self, request: Request) -> Response:
        """The page's own stylesheet or script."""
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(404)
        return Response(asset(name), media_type=ASSETS[name])

    async def listen(self, _: Request) -> Response:
        """The news, for as long as somebody listens."""
        return StreamingResponse(self._news.listen(self._mirror.revision), media_type="text/event-stream")

    async def _ask(self, question: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._thread, question)


def _html(made: str, policy: str = "") -> Response:
    return HTMLResponse(made, headers={"Content-Security-Policy": policy} if policy else None)
