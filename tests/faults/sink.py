"""A real SMTP server that fails as its script says, and remembers every byte.

In a test, in a thread of its own::

    with Sink([Rule(at="rcpt", to="x@example.org", reply="550 5.1.1 no")]) as sink:
        ...  # send to 127.0.0.1, sink.port
    assert sink.messages[0].recipients == ("y@example.org",)

As a process, which prints its port and writes a line of JSON for each message before it says 250::

    python tests/faults/sink.py --log sink.jsonl --script script.json
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

sys.path.insert(0, str(Path(__file__).parents[1]))
from faults.conversation import Conversation, Line
from faults.doubles import DOUBLES, Double
from faults.script import Rule, Script, read_script, script_of
from faults.session import Message, Options, Session


class Log:
    """The durable log: one line of JSON per message, on disk before the reply goes out."""

    def __init__(self, path: Path, *, fsync: bool = False) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._fsync = fsync

    def write(self, kind: str, message: Message, stored: bytes, reply: str) -> None:
        """Add a message; *kind* is ``message`` for one that was taken, else ``refused``."""
        row = {
            "kind": kind,
            "at": time.time(),
            "connection": message.connection,
            "from": message.sender,
            "from_options": message.sender_options,
            "to": message.recipients,
            "size": len(message.raw),
            "sha256": hashlib.sha256(message.raw).hexdigest(),
            "raw": base64.b64encode(message.raw).decode("ascii"),
            "stored": base64.b64encode(stored).decode("ascii") if stored != message.raw else None,
            "tls": message.tls,
            "login": message.login,
            "reply": reply,
        }
        os.write(self._file, json.dumps(row).encode("utf-8") + b"\n")
        if self._fsync:
            os.fsync(self._file)

    def close(self) -> None:
        """End it."""
        os.close(self._file)


class Sink:
    """What it took (*messages*, and as a relay would pass them on, *stored*), refused, and heard.

    Without *keep* it only counts what it *took*; the *double* sees each message.
    """

    def __init__(
        self,
        rules: Iterable[Rule] | Script = (),
        options: Options | None = None,
        *,
        log: Path | None = None,
        fsync: bool = False,
        double: Double = DOUBLES["plain"],
        port: int = 0,
        keep: bool = True,
        on_end: Callable[[Conversation], None] | None = None,
    ) -> None:
        self.script = script_of(rules)
        self.options = options or Options()
        self.double = double
        self.port = port
        self.keep = keep
        self.took = 0
        self.messages: list[Message] = []
        self.stored: list[bytes] = []
        self.replies: list[str] = []
        self.refused: list[tuple[Message, str]] = []
        self.conversations: list[Conversation] = []
        self._log = Log(log, fsync=fsync) if log else None
        self._on_end = on_end
        self._lines: list[Line] = []
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._loop.run_until_complete(self.listen())
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self.end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _call(self, task) -> None:
        asyncio.run_coroutine_threadsafe(task, self._loop).result(10)

    def hang_up(self) -> None:
        """Reset every connection there is, and wait until that is done."""
        self._call(self._drop())

    def refuse_connections(self) -> None:
        """Stop listening: the next connection is refused by the kernel."""
        self._call(self._deafen())

    def take_connections(self) -> None:
        """Listen again, at the same port."""
        self._call(self.listen())

    @property
    def violations(self) -> list[str]:
        """Breaches of the protocol by the client, over all connections."""
        return [what for talk in self.conversations for what in talk.violations]

    @property
    def client(self) -> bytes:
        """All that clients sent, connection after connection."""
        return b"".join(talk.client for talk in self.conversations)

    async def listen(self) -> None:
        """Take connections on loopback."""
        context = self.options.tls if self.options.implicit else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", self.port, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]

    async def end(self) -> None:
        """Stop listening, drop all connections, and close the log."""
        await self._deafen()
        await self._drop()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)
        if self._log:
            self._log.close()

    async def _deafen(self) -> None:
        self._server.close()

    async def _drop(self) -> None:
        for line in self._lines:
            if line.transport is not None and not line.transport.is_closing():
                line.transport.abort()
        await asyncio.sleep(0.01)

    def _connection(self) -> Line:
        talk = Conversation(len(self.conversations) + 1, kept=self.keep)
        self.conversations.append(talk)
        line = _Started(talk, self._begin)
        self._lines.append(line)
        return line

    def _begin(self, line: Line) -> None:
        session = Session(line, self.options, self.script, self._take, self._refuse)
        task = asyncio.get_running_loop().create_task(session.hold())
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._done(done, line))

    def _done(self, task: asyncio.Task[None], line: Line) -> None:
        self._tasks.discard(task)
        self._lines.remove(line)
        if self._on_end:
            self._on_end(line.talk)
        if not task.cancelled() and task.exception() is not None:
            line.talk.violations.append(f"the sink itself failed: {task.exception()!r}")
            line.transport.abort()

    def _take(self, message: Message, reply: str) -> str:
        """Keep a message and return the reply for it."""
        self.took += 1
        stored, own = self.double(message, self.took)
        said = own if reply == "250 2.0.0 queued" and own else reply
        if self._log:
            self._log.write("message", message, stored, said)
        if self.keep:
            self.messages.append(message)
            self.stored.append(stored)
            self.replies.append(said)
        return said

    def _refuse(self, message: Message, reply: str) -> None:
        if self._log:
            self._log.write("refused", message, message.raw, reply)
        self.refused.append((message, reply))


class _Started(Line):
    """A line that tells when it stands."""

    def __init__(self, conversation: Conversation, begin: Callable[[Line], None]) -> None:
        super().__init__(conversation)
        self._begin: Callable[[Line], None] | None = begin

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        begin, self._begin = self._begin, None
        if begin:
            begin(self)


def write_conversation(folder: Path, talk: Conversation) -> None:
    """A file for a connection: every chunk as JSON, in order."""
    rows = [json.dumps([who, part.decode("latin-1")]) for who, part in talk.said]
    rows += [json.dumps(["violation", what]) for what in talk.violations]
    (folder / f"{talk.number:06}.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--log", type=Path, required=True, help="file to append a line per message to")
    parser.add_argument("--fsync", action="store_true", help="have each line on the platter first")
    parser.add_argument("--script", default="", help="JSON, or a file of it")
    parser.add_argument("--port", type=int, default=0, help="0: a free one")
    parser.add_argument("--wire", type=Path, help="folder for a file per connection with all that was said")
    parser.add_argument("--relay", choices=sorted(DOUBLES), default="plain", help="the relay to imitate")
    parser.add_argument("--certificate", type=Path, help="PEM file of a certificate: offers STARTTLS")
    parser.add_argument("--key", type=Path, help="PEM file of its key")
    parser.add_argument("--implicit", action="store_true", help="TLS from the first byte")
    parser.add_argument("--login", help="name:password that MAIL needs")
    parser.add_argument("--size", type=int, default=50_000_000, help="limit of SIZE; 0: not offered")
    for name in ("pipelining", "smtputf8", "eight-bit"):
        parser.add_argument(f"--no-{name}", action="store_true", help=f"do not offer {name}")
    return parser.parse_args()


def _options(given: argparse.Namespace) -> Options:
    context = None
    if given.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(given.certificate, given.key)
    name, _, password = (given.login or "").partition(":")
    return Options(
        pipelining=not given.no_pipelining,
        smtputf8=not given.no_smtputf8,
        eight_bit=not given.no_eight_bit,
        size=given.size or None,
        tls=context,
        implicit=given.implicit,
        login=(name, password) if given.login else None,
        login_in_clear=context is None,
    )


async def _serve(given: argparse.Namespace) -> None:
    if given.wire:
        given.wire.mkdir(parents=True, exist_ok=True)
    sink = Sink(
        read_script(given.script),
        _options(given),
        log=given.log,
        fsync=given.fsync,
        double=DOUBLES[given.relay],
        port=given.port,
        on_end=(lambda talk: write_conversation(given.wire, talk)) if given.wire else None,
    )
    await sink.listen()
    print(sink.port, flush=True)  # noqa: T201 -- it is how the caller learns the port
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(_serve(_arguments()))
    except KeyboardInterrupt:
        sys.exit(0)
