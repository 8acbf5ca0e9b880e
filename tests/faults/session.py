"""The dialogue of a fault sink with one client: RFC 5321 done strictly, until the script says otherwise."""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from faults.conversation import Conversation, GoneError, Line
from faults.script import Rule, Script

PATH = re.compile(r"^(MAIL FROM|RCPT TO):<([^<>\r\n]*)>((?: [^\s]+)*)$", re.IGNORECASE)
KNOWN = {"SIZE": "size", "BODY": "eight_bit", "SMTPUTF8": "smtputf8", "RET": "dsn", "ENVID": "dsn"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the sink offers.

    *size* is the limit in bytes, none: SIZE is not offered.  *tls* offers STARTTLS, or with *implicit*
    begins at once.  *login* is a name and password that MAIL then needs, offered inside TLS only unless
    *login_in_clear*.  *lax* ends lines and messages at a bare LF too, as a server open to smuggling does.
    """

    name: str = "sink.example"
    pipelining: bool = True
    size: int | None = 50_000_000
    smtputf8: bool = True
    dsn: bool = False
    eight_bit: bool = True
    enhanced: bool = True
    tls: ssl.SSLContext | None = None
    implicit: bool = False
    login: tuple[str, str] | None = None
    mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN")
    login_in_clear: bool = False
    lax: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """A message as it came: envelope, and the bytes between 354 and the final dot, dots unstuffed."""

    connection: int
    sender: str
    sender_options: tuple[str, ...]
    recipients: tuple[str, ...]
    wire: bytes
    raw: bytes
    tls: bool
    login: str | None


class Session:
    """One connection from greeting to end."""

    def __init__(
        self,
        line: Line,
        options: Options,
        script: Script,
        take: Callable[[Message, str], str],
        refuse: Callable[[Message, str], None],
    ) -> None:
        self.line, self.options, self.script = line, options, script
        self._take, self._refuse = take, refuse
        self._forget()

    @property
    def talk(self) -> Conversation:
        """What is said."""
        return self.line.talk

    def _forget(self) -> None:
        self.sender: str | None = None
        self.sender_options: tuple[str, ...] = ()
        self.recipients: list[str] = []
        self.asked: list[str] = []

    async def hold(self) -> None:
        """Talk until one of the two ends it."""
        try:
            rule = self._rule("connect")
            await self._before(rule)
            if rule.reset or rule.close:
                self._end(rule)
            await self._answer("greeting", f"220 {self.options.name} ESMTP")
            while await self._command():
                pass
        except (GoneError, ConnectionError):
            self.line.close()

    async def _command(self) -> bool:
        raw = await self.line.until(b"\n" if self.options.lax else b"\r\n")
        text = raw.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
        if self.talk.kept:
            self.talk.commands.append(text)
        if len(raw) > 2000 or "\n" in text or "\r" in text or "\0" in text:
            self.talk.violations.append(f"a command line that is none: {raw[:80]!r}")
        verb = text.split(" ", 1)[0].upper()
        if self.line.buffer and not (self.options.pipelining and verb in {"MAIL", "RCPT", "RSET"}):
            self.talk.violations.append(f"more was sent before the reply to {verb}")
        await self._obey(verb, text)
        return verb != "QUIT"

    async def _obey(self, verb: str, text: str) -> None:
        match verb:
            case "EHLO" | "HELO":
                self._forget()
                self.talk.ehlo = text[5:]
                await self._answer(verb.lower(), self._hello(verb))
            case "STARTTLS":
                await self._starttls()
            case "AUTH":
                await self._login(text)
            case "MAIL":
                await self._mail(text)
            case "RCPT":
                await self._rcpt(text)
            case "DATA":
                await self._data()
            case "RSET":
                self._forget()
                await self._answer("rset", "250 2.0.0 flushed")
            case "NOOP":
                await self._answer("noop", "250 2.0.0 here")
            case "QUIT":
                await self._answer("quit", "221 2.0.0 bye")
                self.line.close()
            case _:
                self.talk.violations.append(f"an unknown command: {text[:80]!r}")
                await self._answer("other", "500 5.5.2 what?")

    def _hello(self, verb: str) -> str:
        offer, option = [self.options.name], self.options
        if verb == "EHLO":
            offer += ["PIPELINING"] * option.pipelining + ["8BITMIME"] * option.eight_bit
            offer += [] if option.size is None else [f"SIZE {option.size}"]
            offer += ["SMTPUTF8"] * option.smtputf8 + ["DSN"] * option.dsn
            offer += ["ENHANCEDSTATUSCODES"] * option.enhanced
            offer += ["STARTTLS"] * (option.tls is not None and not self.talk.tls)
            offer += [f"AUTH {' '.join(option.mechanisms)}"] * self._may_log_in()
        return "\n".join(f"250 {word}" for word in offer)

    def _may_log_in(self) -> bool:
        return self.options.login is not None and (self.talk.tls or self.options.login_in_clear)

    async def _starttls(self) -> None:
        if self.options.tls is None or self.talk.tls:
            await self._answer("starttls", "502 5.5.1 not here")
            return
        said = await self._answer("starttls", "220 2.0.0 go ahead")
        if not said.startswith("220"):
            return
        if self.line.buffer:
            self.talk.violations.append("bytes in the clear after STARTTLS")
            self.line.buffer.clear()
        rule = self._rule("tls")
        await self._before(rule)
        if rule.close or rule.reset or rule.raw:
            self.line.say((rule.raw or "").encode("latin-1"))
            self._end(rule)
        await self.line.secure(self.options.tls)
        self._forget()

    async def _login(self, text: str) -> None:
        words = text.split(" ")
        if self.talk.kept:
            self.talk.commands[-1] = " ".join(words[:2])
        mechanism = words[1].upper() if len(words) > 1 else ""
        if not self._may_log_in() or mechanism not in self.options.mechanisms:
            await self._answer("auth", "504 5.5.4 not that way")
            return
        try:
            if mechanism == "PLAIN":
                first = words[2] if len(words) > 2 else await self._asked("334 ")
                given = tuple(base64.b64decode(first, validate=True).decode().split("\0")[1:])
            else:
                first = words[2] if len(words) > 2 else await self._asked("334 VXNlcm5hbWU6")
                second = await self._asked("334 UGFzc3dvcmQ6")
                given = tuple(base64.b64decode(word, validate=True).decode() for word in (first, second))
        except (binascii.Error, UnicodeDecodeError):
            await self._answer("auth", "501 5.5.2 no base64")
            return
        right = given == self.options.login
        said = await self._answer("auth", "235 2.7.0 welcome" if right else "535 5.7.8 who are you?")
        self.talk.login = given[0] if said.startswith("235") else None

    async def _asked(self, challenge: str) -> str:
        await self._answer("auth", challenge)
        return (await self.line.until(b"\r\n")).strip().decode("ascii", "replace")

    async def _mail(self, text: str) -> None:
        found = PATH.match(text)
        if found is None or found[1].upper() != "MAIL FROM":
            self.talk.violations.append(f"no MAIL command: {text[:80]!r}")
            await self._answer("mail", "501 5.5.4 MAIL FROM:<address>")
            return
        sender, options = found[2], tuple(found[3].split())
        said = await self._answer("mail", self._judge_sender(options), sender=sender)
        if said.startswith("2"):
            self.sender, self.sender_options, self.recipients, self.asked = sender, options, [], []

    def _judge_sender(self, options: tuple[str, ...]) -> str:
        if self.options.login is not None and self.talk.login is None:
            return "530 5.7.0 log in first"
        if self.sender is not None:
            self.talk.violations.append("MAIL inside a transaction")
            return "503 5.5.1 one at a time"
        for option in options:
            name, _, value = option.partition("=")
            offered = getattr(self.options, KNOWN.get(name.upper(), ""), None)
            if offered is None or offered is False:
                self.talk.violations.append(f"MAIL with {name}, which was not offered")
                return "555 5.5.4 not offered"
            if name.upper() == "SIZE" and int(value) > self.options.size:
                return "552 5.3.4 too big"
        return "250 2.1.0 ok"

    async def _rcpt(self, text: str) -> None:
        found = PATH.match(text)
        if found is None or found[1].upper() != "RCPT TO" or not found[2]:
            self.talk.violations.append(f"no RCPT command: {text[:80]!r}")
            await self._answer("rcpt", "501 5.5.4 RCPT TO:<address>")
            return
        good = "250 2.1.5 ok" if self.sender is not None else "503 5.5.1 MAIL first"
        self.asked.append(found[2])
        said = await self._answer("rcpt", good, to=found[2], sender=self.sender or "")
        if said.startswith("2"):
            self.recipients.append(found[2])

    async def _data(self) -> None:
        to, sender = (self.asked or [""])[0], self.sender or ""
        good = "354 go" if self.recipients else "554 5.5.1 no valid recipients"
        rule = self._rule("data", to, sender)
        if (await self._act(rule, good)).startswith("354"):
            await self._body(to, sender)
        # without 354 the transaction stays open, as RFC 5321 section 3.3 has it, until RSET

    async def _body(self, to: str, sender: str) -> None:
        rule = self._rule("body", to, sender)
        if rule.pace is not None:
            self.line.slow_down(rule.pace)
        wire = await self._until_dot(rule)
        message = self._message(wire)
        if b"\n" in wire.replace(b"\r\n", b"") or b"\r" in wire.replace(b"\r\n", b""):
            self.talk.violations.append("a bare CR or LF in a message")
        if not self.options.eight_bit and not wire.isascii():
            self.talk.violations.append("eight-bit bytes that were not offered")
        if self.line.buffer and not self.options.pipelining:
            self.talk.violations.append("more was sent before the reply to the final dot")
        good = "250 2.0.0 queued" if self.recipients else "554 5.5.1 no valid recipients"
        if self.options.size is not None and len(wire) > self.options.size:
            good = "552 5.3.4 too big"
        self._forget()
        said = rule.reply or good
        if said.startswith("2") and message.recipients:
            good = self._take(message, said)
        else:
            self._refuse(message, said)
        await self._act(rule, good, paced=True)

    def _message(self, wire: bytes) -> Message:
        lines = wire.split(b"\r\n")
        raw = b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)
        return Message(
            connection=self.talk.number,
            sender=self.sender or "",
            sender_options=self.sender_options,
            recipients=tuple(self.recipients),
            wire=wire,
            raw=raw,
            tls=self.talk.tls,
            login=self.talk.login,
        )

    async def _until_dot(self, rule: Rule) -> bytes:
        """The message without its final dot; CRLF alone ends a line (RFC 5321 section 4.1.1.4) unless lax."""
        first = await self.line.until(b"\n", after=rule.after)
        if first in ({b".\r\n", b".\n"} if self.options.lax else {b".\r\n"}):
            return b""
        self.line.buffer[:0] = first
        if not self.options.lax:
            return (await self.line.until(b"\r\n.\r\n", after=rule.after))[:-3]
        wire = b""
        while True:
            one = await self.line.until(b"\n")
            if one in {b".\r\n", b".\n"}:
                return wire
            wire += one

    def _rule(self, stage: str, to: str = "", sender: str = "") -> Rule:
        return self.script.at(stage, self.talk.number, to, sender)

    async def _answer(self, stage: str, good: str, to: str = "", sender: str = "") -> str:
        return await self._act(self._rule(stage, to, sender), good)

    async def _before(self, rule: Rule) -> None:
        if rule.pace is not None:
            self.line.slow_down(rule.pace)
        await asyncio.sleep(rule.delay)
        if rule.hang and rule.reply is None and rule.raw is None:
            await self.line.hang()

    async def _act(self, rule: Rule, good: str, *, paced: bool = False) -> str:
        """Do as the rule says; the reply that was meant."""
        if not paced and rule.pace is not None:
            self.line.slow_down(rule.pace)
        await asyncio.sleep(rule.delay)
        meant = good if rule.reply is None else rule.reply
        if rule.close == "before":
            self._end(rule)
        if rule.endless:
            await self.line.say_endlessly()
        self._say(rule, meant)
        if rule.hang:
            await self.line.hang()
        if rule.close == "after":
            self._end(rule)
        return meant if rule.raw is None else rule.raw

    def _say(self, rule: Rule, meant: str) -> None:
        data = framed(meant) if rule.raw is None else rule.raw.encode("latin-1")
        data = data[: max(1, len(data) // 2)] if rule.half else data
        data = b"" if rule.silent else data
        data += framed(rule.more) if rule.more is not None else b""
        if data:
            self.line.say(data)

    def _end(self, rule: Rule) -> None:
        self.line.close(reset=rule.reset)
        raise GoneError


def framed(reply: str) -> bytes:
    """A reply as RFC 5321 section 4.2.1 frames it: ``250-`` on all lines but the last."""
    lines = reply.split("\n")
    last = len(lines) - 1
    shaped = [
        line if at == last or len(line) < 4 else f"{line[:3]}-{line[4:]}" for at, line in enumerate(lines)
    ]
    return "".join(f"{line}\r\n" for line in shaped).encode("utf-8")
