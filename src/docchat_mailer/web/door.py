"""What every route works with, handed to them as one value."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request

from docchat_mailer.model.clock import Clock
from docchat_mailer.model.site import Site
from docchat_mailer.model.tokens import LinkKeys, Purpose
from docchat_mailer.render.web_pages import WebPages
from docchat_mailer.rules.suppression import BouncePolicy
from docchat_mailer.store.database import Database
from docchat_mailer.web.certificates import Certificates
from docchat_mailer.web.clients import Buckets, Network, client_of, network_of

Answer = TypeVar("Answer")

TRIES = 10
"""Forms that one network may send in a row before it has to wait."""

SECONDS = 6.0
"""Seconds for one more of them."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """One site's door: *base_url* is where its forms are (no final slash), *public* its published files.

    *key* hides addresses in what outlives them, *links* makes and reads links.  *state* is a folder of the
    disk that must not fill up, *heartbeat* a file that a worker touches.  *security_contact* is whom to tell
    of a weakness; empty for nobody.  *goodbye* says that a last letter tells who leaves so.  *hooks* are the
    secrets of relays that tell what came back, by provider.
    """

    db: Database
    site: Site
    clock: Clock
    pages: WebPages
    base_url: str
    public: Path
    state: Path
    heartbeat: Path
    key: bytes
    links: LinkKeys
    trusted: Sequence[Network] = ()
    security_contact: str = ""
    goodbye: bool = True
    hooks: Mapping[str, str] = field(default_factory=dict)
    bounce_policy: BouncePolicy = field(default_factory=BouncePolicy)
    certificates: Certificates = field(default_factory=Certificates)
    random_name: Callable[[], str] = lambda: secrets.token_hex(8)
    forms: Buckets = field(default_factory=lambda: Buckets(tries=TRIES, seconds=SECONDS))

    @property
    def prefix(self) -> str:
        """The path that the forms are below, without a final slash."""
        return urlsplit(self.base_url).path.rstrip("/")

    @property
    def origins(self) -> frozenset[str]:
        """Whose pages may send forms: the forms' own, and the site's."""
        return frozenset(_origin(url) for url in (self.base_url, self.site.base_url))

    @property
    def secure(self) -> bool:
        """Whether readers come by https."""
        return self.base_url.startswith("https:")

    def path(self, *words: str) -> str:
        """The path of a route."""
        return "/".join((self.prefix, *words))

    def token(self, purpose: Purpose, name: str) -> str:
        """A link's token."""
        return self.links.make(purpose, name)

    def named_by(self, purpose: Purpose, token: str) -> str | None:
        """The random name in a *token* of ours for this *purpose*."""
        return self.links.read(purpose, token)

    def network(self, request: Request) -> str:
        """The network that asks."""
        return network_of(client_of(request, self.trusted))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


async def aside(work: Callable[[], Answer]) -> Answer:
    """What *work* returns, from a thread: the loop never waits for a disk."""
    return await asyncio.to_thread(work)
