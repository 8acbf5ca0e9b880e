"""A preview without a socket: its application asked directly, as a server would ask it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from docchat_mailer.app import open_app
from docchat_mailer.config.faults import SettingsError
from docchat_mailer.preview.guard import Guard
from docchat_mailer.preview.mirror import Mirror
from docchat_mailer.preview.news import News
from docchat_mailer.preview.routes import Preview
from docchat_mailer.preview.stage import StageError
from docchat_mailer.worker.clocks import VirtualClock
from sites import SiteFolder, moment

PORT = 8765


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Asked:
    """A preview of *site* at an instant; ``ask`` is one request."""

    def __init__(self, site: SiteFolder, instant: str) -> None:
        self.site, self.clock = site, VirtualClock(moment(instant))
        self.thread = ThreadPoolExecutor(1)
        self.mirror: Mirror = self.thread.submit(Mirror, self._stage).result()
        self.news = News()
        self.preview = Preview(self.mirror, self.thread, self.news)
        self.app = Guard(self.preview.app(), PORT)

    @contextmanager
    def _stage(self) -> Iterator[object]:
        try:
            opened = open_app(self.site.config, self.clock, create=False)
            with opened as app:
                yield app.stage()
        except SettingsError as exc:
            raise StageError(exc.findings) from exc

    def ask(
        self, path: str, *, method: str = "GET", host: str | None = f"127.0.0.1:{PORT}", **query: str
    ) -> Answer:
        return asyncio.run(self._ask(path, method, host, urlencode(query)))

    async def _ask(self, path: str, method: str, host: str | None, query: str) -> Answer:
        sent: list[dict] = []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [] if host is None else [(b"host", host.encode())],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", PORT),
        }

        async def receive() -> dict:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: dict) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], headers, b"".join(one.get("body", b"") for one in sent[1:]))

    def save(self, *files: Path) -> None:
        """What the watcher does after a save."""
        asyncio.run(self.preview.refresh(set(files)))

    def close(self) -> None:
        self.thread.submit(self.mirror.close).result()
        self.thread.shutdown()


@contextmanager
def previewed(site: SiteFolder, instant: str = "2027-03-01") -> Iterator[Asked]:
    """The preview of *site*."""
    asked = Asked(site, instant)
    try:
        yield asked
    finally:
        asked.close()
