"""The door of a site, really served on a port of this machine, in a thread of its own."""

from __future__ import annotations

import asyncio
import email
import email.policy
import http.client
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from docchat_mailer.web.door import Door
from docchat_mailer.web.patience import PatientProtocol
from docchat_mailer.web.serving import answer, bound
from sites import SiteFolder

WEB = '\n[web]\nbase_url = "{url}"\n'
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


@dataclass(frozen=True)
class Served:
    """A door that answers at *port*."""

    door: Door
    port: int

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        """What stands there."""
        return self.ask("GET", path, None, {name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path: str, headers: Mapping[str, str] | None = None, **fields: str) -> Answer:
        """A form."""
        return self.ask("POST", path, urlencode(fields), {**FORM, **(headers or {})})


@contextmanager
def served(
    door: Door,
    protocol: type[PatientProtocol] = PatientProtocol,
    listening: socket.socket | None = None,
    connections: int = 10_000,
) -> Iterator[Served]:
    """*door*, answering until the end of the block, on a free port unless it is *listening* already."""
    with bound("127.0.0.1", 0) if listening is None else nullcontext(listening) as listener:
        loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        begun = threading.Event()

        async def run() -> None:
            stop = asyncio.Event()
            loops.append((asyncio.get_running_loop(), stop))
            begun.set()
            await answer(door, listener, stop, protocol, connections)

        thread = threading.Thread(target=lambda: asyncio.run(run()))
        thread.start()
        begun.wait(10)
        try:
            yield Served(door, listener.getsockname()[1])
        finally:
            loop, stop = loops[0]
            loop.call_soon_threadsafe(stop.set)
            thread.join(30)


def with_door(site: SiteFolder, url: str = "https://docchat.example") -> SiteFolder:
    """*site* with a door at *url*."""
    with site.config.open("a", encoding="utf-8") as config:
        config.write(WEB.format(url=url))
    return site


@contextmanager
def open_door(site: SiteFolder, instant: str = "2027-03-16T10:00") -> Iterator[Served]:
    """The door of *site*, which has one, at an instant that stands still."""
    with site.at(instant) as (app, _), served(replace(app.door())) as found:
        yield found


def letters(site: SiteFolder) -> list[email.message.EmailMessage]:
    """The outbox, parsed, in the order of its going out."""
    files = sorted((site.root / "outbox").glob("*.eml"), key=lambda file: file.stat().st_mtime_ns)
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


def links(message: email.message.EmailMessage, url: str = "https://docchat.example") -> dict[str, str]:
    """The paths of a letter's own links, by their first word: confirm, u, prefs, m."""
    text = message.get_body(("plain",)).get_content()
    return {found[2]: found[1] for found in re.finditer(rf"{re.escape(url)}(/(confirm|u|prefs|m)/\S+)", text)}
