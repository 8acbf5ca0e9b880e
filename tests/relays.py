"""A real SMTP server on this machine that answers as it is told, and certificates to secure it with."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult

DROP = "drop"
"""In place of an answer: the connection is closed."""


@dataclass
class Relay:
    """What it is told to say, and what it got.

    *answers* go by stage (``MAIL``, ``RCPT``, ``DATA``, ``BODY``), or by stage and address.  *wire* is all
    that was said to it in the clear or inside TLS, *bodies* the messages it took.
    """

    answers: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    ssl: ssl.SSLContext | None = None
    wire: bytearray = field(default_factory=bytearray)
    envelopes: list[tuple[str, list[str], list[str]]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    sessions: list[Any] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def answer(self, stage: str, address: str = "") -> str | None:
        """What to say at *stage*, where it was told."""
        return self.answers.get(f"{stage} {address}", self.answers.get(stage))

    def hang_up(self) -> None:
        """Close every connection, now, and wait until that is done."""

        async def close() -> None:
            for session in self.sessions:
                session.abort()
            await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(5)

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Session(self), "127.0.0.1", 0, ssl=self.ssl)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0.01)


class _Session(SMTP):
    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        super().__init__(_Handler(relay), loop=relay._loop, hostname="relay.example", **relay.options)

    def connection_made(self, transport: Any) -> None:
        self.relay.connections += 1
        self.relay.sessions.append(transport)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self.relay.wire += data
        super().data_received(data)

    async def smtp_RSET(self, arg: str) -> None:
        said = self.relay.answer("RSET")
        if said is None:
            await super().smtp_RSET(arg)
        else:
            _said(said, self)

    async def smtp_DATA(self, arg: str) -> None:
        said = self.relay.answer("DATA")
        if said is None:
            await super().smtp_DATA(arg)
        else:
            await self.push(_said(said, self))


class _Handler:
    def __init__(self, relay: Relay) -> None:
        self.relay = relay

    async def handle_MAIL(self, server, _session, envelope, address, options):
        if said := self.relay.answer("MAIL", address):
            return _said(said, server)
        envelope.mail_from, envelope.mail_options = address, options
        return "250 2.1.0 ok"

    async def handle_RCPT(self, server, _session, envelope, address, _options):
        if said := self.relay.answer("RCPT", address):
            return _said(said, server)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, _session, envelope):
        said = self.relay.answer("BODY", envelope.rcpt_tos[0])
        if said is None or not said.startswith(("4", "5")):
            self.relay.bodies.append(envelope.original_content)
            self.relay.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.mail_options))
        return "250 2.0.0 queued" if said is None else _said(said, server)


def _said(said: str, server: SMTP) -> str:
    if said == DROP:
        server.transport.abort()
        return "221 2.0.0 gone"
    return said


def login(username: str, password: str) -> dict[str, Any]:
    """Options of a server that asks for a login, after TLS alone."""

    def right(_server, _session, _envelope, mechanism, data):
        words = (data.login, data.password) if mechanism in {"LOGIN", "PLAIN"} else ()
        return AuthResult(success=words == (username.encode(), password.encode()), handled=False)

    return {"authenticator": right, "auth_required": True, "auth_require_tls": True}


class Certificates:
    """An authority of our own and what it signed, made by the openssl program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = folder / "authority.pem"
        self._run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", "authority.key", "-out", "authority.pem", "-days", "30", "-subj", "/CN=authority"),
            *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )
        (folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=it\n[it]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\n"
            "default_md=sha256\npolicy=any\ncopy_extensions=copy\nunique_subject=no\n"
            "[any]\ncommonName=supplied\n",
            encoding="ascii",
        )
        (folder / "index.txt").touch()
        (folder / "serial").write_text("01\n", encoding="ascii")

    def signed(self, name: str, *, host: str = "localhost", start: str = "", end: str = "") -> ssl.SSLContext:
        """A server's context with a certificate for *host*."""
        self._run(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={host}"),
            *("-addext", f"subjectAltName=DNS:{host}"),
        )
        span = ("-startdate", start, "-enddate", end) if start else ("-days", "10")
        self._run(
            *("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", "authority.pem"),
            *("-keyfile", "authority.key", "-in", f"{name}.csr", "-out", f"{name}.pem", *span),
        )
        return self._context(name)

    def self_signed(self) -> ssl.SSLContext:
        """A server's context with a certificate that nobody vouches for."""
        self._run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", "self.key", "-out", "self.pem", "-days", "10", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        )
        return self._context("self")

    def _context(self, name: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)
