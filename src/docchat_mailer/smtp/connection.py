"""One connection to a relay: what the dialogue says is written, what comes is fed to it, on a clock."""

from __future__ import annotations

import asyncio
import math
import socket
import ssl
from collections.abc import Callable
from typing import cast

from docchat_mailer.failpoints import failpoint
from docchat_mailer.model.delivery import Letter, Outcome
from docchat_mailer.rules.judging import Stage
from docchat_mailer.smtp.dialogue import Dialogue, Transaction
from docchat_mailer.smtp.opening import Say, down, opening, untrusted
from docchat_mailer.smtp.reading import Reply
from docchat_mailer.smtp.route import Patience, RelaySettings

PIECE = 64 * 1024
"""Bytes that go out together with the final dot; until then a lost connection means: not sent."""

STEP = 8
"""How often, within the shortest patience, a connection looks at the time: one timer, not one a message."""

EYEBALLS = 0.25
"""Seconds until the next address of a host is tried beside the first (RFC 8305 section 5)."""

DRAINING = 0.005
"""Seconds between two looks whether what TLS made of a piece is out."""


async def connect(
    settings: RelaySettings, patience: Patience, trust: Callable[[], ssl.SSLContext]
) -> Connection:
    """A connection on which letters can be sent; *trust* gives what its certificate is checked against.

    Raises RelayDownError or RelayRefusedError.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(settings.connect_seconds):
            _, line = await loop.create_connection(
                lambda: Connection(settings, patience),
                settings.host,
                settings.port,
                happy_eyeballs_delay=EYEBALLS,
            )
    except TimeoutError as exc:
        raise down(settings, f"no connection within {settings.connect_seconds:g} s") from exc
    except (OSError, UnicodeError) as exc:
        raise down(settings, str(exc)) from exc
    try:
        await line.open(trust)
    except BaseException:
        line.abort()
        raise
    return line


class Connection(asyncio.Protocol):
    """A relay that was greeted, secured and logged in to; made by `connect`.

    *since* is when it was opened, on the loop's clock; *sent* counts bodies handed over.  *borrowed* is what
    had been heard when it was last taken from the pool.
    """

    def __init__(self, settings: RelaySettings, patience: Patience) -> None:
        self.dialogue = Dialogue(settings.host)
        self.sent, self.borrowed = 0, 0
        self._settings, self._patience = settings, patience
        self._waits = patience.by_stage()
        self._step = min(*self._waits.values(), patience.chunk) / STEP
        self._loop = asyncio.get_running_loop()
        self.since = self._loop.time()
        self._transport: asyncio.Transport | None = None
        self._below: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._answer_by, self._drained_by = math.inf, math.inf
        self._waiter: asyncio.Future[None] | None = None
        self._awaited: Callable[[], bool] = bool
        self._gone: asyncio.Future[None] = self._loop.create_future()

    # -- what a letter needs -----------------------------------------------------------------------------

    def begin(self, letter: Letter) -> Transaction:
        """Say where *letter* goes."""
        made = self.dialogue.begin(letter)
        self._say()
        return made

    async def invited(self, asked: Transaction) -> None:
        """Wait until the body may come, or the letter has its outcome."""
        dialogue = self.dialogue
        if not asked.ready:
            await self._until(lambda: asked.ready or asked.outcome is not None or dialogue.over is not None)

    async def hand_over(self, asked: Transaction, following: Letter | None) -> Transaction | None:
        """Write the body, and where *following* goes; None where that was not said."""
        message = asked.letter.message
        start = await self._most_of(message) if len(message) > PIECE else 0
        if self.dialogue.over is not None or self._closing:
            return None
        self.sent += 1
        outgoing = self.dialogue.outgoing
        outgoing.append(message[start:])
        if not message.endswith(b"\r\n"):
            outgoing.append(b"\r\n")
        begun = self.dialogue.end_body(asked, following)
        self._say()
        self._pass("wire.after_dot")
        return begun

    async def outcome(self, asked: Transaction, begun: Transaction | None = None) -> Outcome:
        """Wait for what becomes of a letter, and until all that was said with its body is answered.

        A reply that is missing shows in those after it; *begun* cannot go on without them either.
        """
        dialogue = self.dialogue
        await self._until(lambda: asked.outcome is not None or dialogue.over is not None)
        if begun is not None:
            await self.invited(begun)
        return cast("Outcome", dialogue.outcome_of(asked))

    async def tidy(self) -> None:
        """Bring the server back to where a letter can begin."""
        self.dialogue.tidy()
        self._say()
        dialogue = self.dialogue
        await self._until(lambda: dialogue.stage is None or dialogue.over is not None)

    async def quit(self) -> None:
        """Say goodbye where nothing is left open, and close."""
        if self.dialogue.idle:
            goodbye = self.dialogue.ask(b"QUIT\r\n", Stage.QUIT)
            self._say()
            dialogue = self.dialogue
            await self._until(lambda: goodbye.reply is not None or dialogue.over is not None)
        self.abort()
        await self._gone

    def abort(self) -> None:
        """Close at once; what was not written never is."""
        self.dialogue.lose("the connection was given up")
        self._settled()

    def _say(self) -> None:
        """Write what is to be said, and wait for the next reply from now on."""
        outgoing = self.dialogue.outgoing
        if outgoing and self._transport is not None:
            self._transport.write(b"".join(outgoing))
            outgoing.clear()
        stage = self.dialogue.stage
        self._answer_by = math.inf if stage is None else self._loop.time() + self._waits[stage]

    async def _most_of(self, message: bytes) -> int:
        """Write all but the last piece, one after the other; where the last one starts."""
        start, transport = 0, cast("asyncio.Transport", self._transport)
        while len(message) - start > PIECE and not (self.dialogue.over or self._closing):
            transport.write(message[start : start + PIECE])
            start += PIECE
            await self._drain()
            self._pass("wire.mid_body")
        return start

    async def _drain(self) -> None:
        """Wait until all that was written is with the system, and hear whether the server still listens."""
        dialogue = self.dialogue
        await asyncio.sleep(0)
        await self._until(lambda: self._drained_by == math.inf or dialogue.over is not None)
        # the transport below TLS tells TLS alone, and not us
        while dialogue.over is None and self._below and self._below.get_write_buffer_size():  # noqa: ASYNC110
            await asyncio.sleep(DRAINING)

    def _pass(self, place: str) -> None:
        """A place where a test may cut the connection, or worse."""
        try:
            failpoint(place)
        except ConnectionError as exc:
            self.dialogue.lose(str(exc))
            self._settled()

    @property
    def _closing(self) -> bool:
        """Whether the loop knows that nobody listens, and has not told us yet."""
        return self._transport is None or self._transport.is_closing()

    async def _until(self, decided: Callable[[], bool]) -> None:
        while not decided():
            self._waiter, self._awaited = self._loop.create_future(), decided
            await self._waiter

    # -- the opening -------------------------------------------------------------------------------------

    async def open(self, trust: Callable[[], ssl.SSLContext]) -> None:
        """Hear the greeting, begin TLS, log in.

        Raises RelayDownError or RelayRefusedError.
        """
        steps = opening(self._settings, self._settings.ehlo_name or self._name())
        try:
            step = next(steps)
            while True:
                if isinstance(step, Say):
                    step = steps.send(await self._reply(step))
                else:
                    await self._secure(trust)
                    step = next(steps)
        except StopIteration as done:
            self.dialogue.offers = done.value
        if self.dialogue.over is not None:
            raise down(self._settings, self.dialogue.over.text)

    async def _reply(self, step: Say) -> Reply:
        dialogue = self.dialogue
        asked = dialogue.ask(step.command, step.stage)
        self._say()
        await self._until(lambda: asked.reply is not None or dialogue.over is not None)
        if asked.reply is None:
            raise down(self._settings, dialogue.over.text if dialogue.over else "")
        return asked.reply

    async def _secure(self, trust: Callable[[], ssl.SSLContext]) -> None:
        """Begin TLS; a word in the clear after the server's yes is somebody else's (RFC 3207 section 6)."""
        settings, plain = self._settings, self._transport
        if self.dialogue.over is not None or plain is None:
            raise untrusted(settings, "it goes on in the clear where TLS should begin")
        try:
            made = await self._loop.start_tls(
                plain,
                self,
                trust(),
                server_hostname=settings.host,
                ssl_handshake_timeout=settings.connect_seconds,
            )
        except ssl.SSLError as exc:
            raise untrusted(settings, str(exc)) from exc
        except OSError as exc:
            raise down(settings, f"TLS did not begin: {str(exc) or 'it hung up'}") from exc
        if made is None:
            raise down(settings, "TLS did not begin: the connection was closed")
        self._transport, self._below = made, plain
        made.set_write_buffer_limits(high=1, low=0)

    def _name(self) -> str:
        """What this machine is called where no name is set, or its address (RFC 5321 section 4.1.3)."""
        name = socket.gethostname()
        if "." in name and name.isascii():
            return name
        here = cast("asyncio.Transport", self._transport).get_extra_info("sockname")[0]
        return f"[IPv6:{here}]" if ":" in here else f"[{here}]"

    # -- what the loop says ------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to look at the time; a write is drained when all of it is with the system."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=0)
        self._timer = self._loop.call_later(self._step, self._look)

    def data_received(self, data: bytes) -> None:
        """Take what the server says, answer it, and wake who waits for it."""
        self.dialogue.feed(data)
        if self.dialogue.over is None:
            self._say()
        self._settled()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes."""
        self.dialogue.lose(str(exc) if exc else "the server closed the connection")
        self._settled()
        if not self._gone.done():
            self._gone.set_result(None)

    def pause_writing(self) -> None:
        """The system takes no more for now."""
        self._drained_by = self._loop.time() + self._patience.chunk

    def resume_writing(self) -> None:
        """All was taken."""
        self._drained_by = math.inf
        self._settled()

    def _settled(self) -> None:
        """Wake who waits where what they wait for is there; close what is over."""
        if self.dialogue.over is not None:
            self._answer_by = self._drained_by = math.inf
            if self._timer is not None:
                self._timer.cancel()
            if self._transport is not None:
                self._transport.abort()
        if self._waiter is not None and not self._waiter.done() and self._awaited():
            self._waiter.set_result(None)

    def _look(self) -> None:
        """Give up where a reply, or the taking of a piece, has lasted too long."""
        now = self._loop.time()
        if now >= self._answer_by:
            self.dialogue.lose(f"no reply to {self.dialogue.stage} in time")
        elif now >= self._drained_by:
            self.dialogue.lose("the server takes no more bytes")
        else:
            self._timer = self._loop.call_later(self._step, self._look)
            return
        self._settled()
