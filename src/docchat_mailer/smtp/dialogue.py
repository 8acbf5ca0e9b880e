"""Who is owed which reply: the transactions of one connection, without any socket.

What was said is kept in a queue of what it must be answered with; each reply takes one off.  With PIPELINING
(RFC 2920) one group holds a body, its dot, and the envelope of the next letter; without, one command is out
at a time.  A reply that nothing asked for ends the conversation, so that none is taken for another letter's.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import NoReturn

from docchat_mailer.model.delivery import Letter, Outcome, Reason, Verdict
from docchat_mailer.rules.judging import Stage, judge
from docchat_mailer.smtp.envelopes import mail_command, rcpt_command
from docchat_mailer.smtp.offers import Offers
from docchat_mailer.smtp.reading import OutOfStepError, Reply, ReplyReader

CLOSING = 421
"""The server closes the connection (RFC 5321 section 3.8)."""

YES, GO_ON = 2, 3
"""First digits of replies (RFC 5321 section 4.2.1)."""

RESET, LONE_DOT, DOT = b"RSET\r\n", b".\r\n", b".\r\n"


@dataclass(slots=True, eq=False)
class Question:
    """A command outside a transaction; *reply* comes once it is answered."""

    reply: Reply | None = None


@dataclass(slots=True, eq=False)
class Transaction:
    """A letter on this connection: *ready* for its body, *dotted* when that is out, and its *outcome*."""

    letter: Letter
    refused: Outcome | None = None
    ready: bool = False
    dotted: bool = False
    outcome: Outcome | None = None


Subject = Question | Transaction | None


class Dialogue:
    """One connection's conversation; *over* says why there is no more of it.

    *relay* is who is spoken to, *outgoing* are bytes that wait to be written.  *offers* come with the
    opening.  *plain* is set where commands go one at a time and bare, whatever is offered.  *renew* says that
    it ended by no fault of the letters that are open, and *heard* counts replies.
    """

    def __init__(self, relay: str = "") -> None:
        self.relay, self.offers, self.plain = relay, Offers(), False
        self.over: Outcome | None = None
        self.renew = False
        self.heard = 0
        self.outgoing: list[bytes] = []
        self._reader = ReplyReader()
        self._due: deque[tuple[Stage, Subject]] = deque()
        self._unsaid: deque[tuple[bytes, Stage, Subject]] = deque()
        self._head = b""
        self._open: list[Transaction] = []

    @property
    def pipelining(self) -> bool:
        """Whether commands go in groups."""
        return self.offers.pipelining and not self.plain

    @property
    def stage(self) -> Stage | None:
        """What the next reply answers; None where none is due."""
        return self._due[0][0] if self._due else None

    @property
    def idle(self) -> bool:
        """Whether nothing is owed and nothing is left to say."""
        return not (self._due or self._unsaid or self._head or self._open or self.over)

    @property
    def between(self) -> bool:
        """Whether the server has said no word more than it was asked for."""
        return self._reader.between

    # -- what is said ------------------------------------------------------------------------------------

    def ask(self, command: bytes, stage: Stage) -> Question:
        """Say one command, or nothing, and wait for its reply."""
        question = Question()
        self._say(command, stage, question)
        self._flush()
        return question

    def begin(self, letter: Letter) -> Transaction:
        """Say where *letter* goes: ``MAIL``, ``RCPT``, ``DATA``, after what the last one left to be said."""
        self._say_head()
        made = Transaction(letter)
        self._open.append(made)
        mail = mail_command(letter, self.offers, plain=self.plain)
        self._unsaid += (
            (mail, Stage.MAIL, made),
            (rcpt_command(letter), Stage.RCPT, made),
            (b"DATA\r\n", Stage.DATA, made),
        )
        self._flush()
        return made

    def end_body(self, ended: Transaction, following: Letter | None) -> Transaction | None:
        """Say the final dot, and where *following* goes: from now on, silence means doubt."""
        ended.dotted = True
        self._say(DOT, Stage.BODY, ended)
        self._flush()
        return None if following is None else self.begin(following)

    def tidy(self) -> None:
        """Say what brings the server back to where a letter can begin."""
        self._say_head()
        self._flush()

    def _say_head(self) -> None:
        if self._head:
            stage = Stage.RESET if self._head == RESET else Stage.BODY
            self._say(self._head, stage, None)
            self._head = b""

    def _say(self, command: bytes, stage: Stage, subject: Subject) -> None:
        self._unsaid.append((command, stage, subject))

    def _flush(self) -> None:
        unsaid, due = self._unsaid, self._due
        if not unsaid or self.over is not None:
            return
        together = self.pipelining
        while unsaid and (together or not due):
            command, stage, subject = unsaid.popleft()
            self.outgoing.append(command)
            due.append((stage, subject))

    # -- what is heard -----------------------------------------------------------------------------------

    def feed(self, data: bytes) -> None:
        """Take what the server says; nothing is raised, but it may be *over* then."""
        if self.over is not None:
            return
        try:
            for reply in self._reader.feed(data):
                if not self._hear(reply):
                    return
            if not self._due and not self._reader.between:
                raise OutOfStepError("the server speaks without being asked")  # noqa: TRY301 - one way out
        except OutOfStepError as exc:
            self._break(Reason.OUT_OF_STEP, str(exc))
        self._flush()  # not sooner: what was heard cannot answer what was not yet said

    def lose(self, text: str) -> None:
        """The connection is gone, or waiting for it is."""
        if self.over is None:
            self._break(Reason.NETWORK, text)

    def outcome_of(self, asked: Transaction) -> Outcome | None:
        """What became of a letter, or None as long as that is open."""
        if asked.outcome is None and self.over is not None:
            if asked.refused is not None:
                asked.outcome = asked.refused
            elif asked.dotted:
                asked.outcome = replace(self.over, verdict=Verdict.UNCERTAIN, reason=Reason.NO_REPLY)
            else:
                asked.outcome = self.over
        if asked.outcome is not None and asked in self._open:
            self._open.remove(asked)
        return asked.outcome

    def _break(self, reason: Reason, text: str) -> None:
        """End it.

        Out of step, a refusal that was not taken yet may have been another letter's, and is not believed.
        """
        self.over = Outcome(verdict=Verdict.UNSENT, text=text[:200], reason=reason, relay=self.relay)
        if reason is Reason.OUT_OF_STEP:
            for each in self._open:
                if not each.dotted:
                    each.refused = each.outcome = None

    def _hear(self, reply: Reply) -> bool:
        """Give a reply to whom it is due; whether the conversation goes on."""
        if not self._due:
            if reply.code == CLOSING:
                self._break(Reason.NETWORK, f"{reply.code} {reply.text}")
                return False
            raise OutOfStepError(f"nothing was asked, and the server says {reply.code} {reply.text}")
        self.heard += 1
        stage, subject = self._due.popleft()
        if isinstance(subject, Transaction):
            self._answer(subject, stage, reply)
        elif isinstance(subject, Question):
            subject.reply = reply
        else:
            self._tidied(stage, reply)
        if reply.code == CLOSING:
            self._break(Reason.NETWORK, f"{reply.code} {reply.text}")
        return self.over is None

    def _answer(self, asked: Transaction, stage: Stage, reply: Reply) -> None:
        kind = reply.code // 100
        if kind == YES and (stage is Stage.MAIL or stage is Stage.RCPT):
            return
        if kind == GO_ON and stage is Stage.DATA:
            self._invited(asked)
            return
        if stage is Stage.RESET:
            self._confirmed(asked, reply)
            return
        outcome = judge(reply.code, reply.text, stage, relay=self.relay)
        if stage is Stage.BODY:
            asked.outcome = outcome
            if outcome.reason == Reason.OUT_OF_STEP:
                self._break(Reason.OUT_OF_STEP, outcome.text)
        elif outcome.reason == Reason.OUT_OF_STEP:
            self._wrong(stage, reply)
        elif stage is Stage.DATA and asked.refused is None:
            asked.refused = outcome
            self._say(RESET, Stage.RESET, asked)
        else:
            asked.refused = asked.refused or outcome
            if stage is Stage.DATA or not self.pipelining:
                self._unsaid = deque(said for said in self._unsaid if said[2] is not asked)
                self._head, asked.outcome = RESET, asked.refused

    def _wrong(self, stage: Stage, reply: Reply) -> NoReturn:
        """A yes of the wrong kind.  An invitation that comes too soon shows that a reply is missing.

        The one that was taken for the reply to the last dot may then have been another.
        """
        if reply.code // 100 == GO_ON:
            for each in self._open:
                if each.dotted and each.outcome is not None:
                    each.outcome = replace(each.outcome, verdict=Verdict.UNCERTAIN, reason=Reason.OUT_OF_STEP)
        raise OutOfStepError(f"{stage.upper()} is answered with {reply.code} {reply.text}")

    def _invited(self, asked: Transaction) -> None:
        """354: the body may come, or a lone dot where nobody is left to have it (RFC 2920 section 3.1)."""
        if asked.refused is None:
            asked.ready = True
        else:
            self._head, asked.outcome = LONE_DOT, asked.refused

    def _confirmed(self, asked: Transaction, reply: Reply) -> None:
        """``DATA`` alone was refused: a yes to ``RSET`` shows that this was no stray reply to another."""
        if not reply.positive and reply.code != CLOSING:
            raise OutOfStepError(f"RSET is answered with {reply.code} {reply.text}")
        asked.outcome = asked.refused

    def _tidied(self, stage: Stage, reply: Reply) -> None:
        """The reply to ``RSET`` or a lone dot is nobody's; a refused ``RSET`` asks for a new connection."""
        if stage is Stage.RESET and not reply.positive and reply.code != CLOSING:
            self.renew = True
            self._break(Reason.NETWORK, f"RSET is answered with {reply.code} {reply.text}")
        elif stage is Stage.BODY and reply.code // 100 == GO_ON:
            raise OutOfStepError(f"a dot is answered with {reply.code} {reply.text}")
