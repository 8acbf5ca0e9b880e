"""One edition to one subscriber: its states, what an attempt means, and how letters are carried out."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from docchat_mailer.model.subscriber import Address

Sign = Callable[[Sequence[tuple[bytes, datetime]]], list[bytes]]
"""What signs: from messages, each with its date, to the lines that go in front of each."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"  # waits for its first or next attempt
    SENDING = "sending"  # marked before the attempt; found so at a start, it is uncertain
    ACCEPTED = "accepted"  # the relay took it
    REJECTED = "rejected"  # the relay refused it for good, or the retries ran out
    UNCERTAIN = "uncertain"  # the relay's reply never reached us
    SUPPRESSED = "suppressed"  # never tried: left, bounced, complained
    CANCELLED = "cancelled"  # never tried: the edition was stopped


TRANSITIONS: Mapping[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.PENDING: frozenset(
        {DeliveryState.SENDING, DeliveryState.SUPPRESSED, DeliveryState.CANCELLED}
    ),
    DeliveryState.SENDING: frozenset(
        {DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.PENDING, DeliveryState.UNCERTAIN}
    ),
    DeliveryState.UNCERTAIN: frozenset(
        {DeliveryState.ACCEPTED, DeliveryState.REJECTED, DeliveryState.PENDING}
    ),
    DeliveryState.REJECTED: frozenset({DeliveryState.PENDING}),
    DeliveryState.ACCEPTED: frozenset(),
    DeliveryState.SUPPRESSED: frozenset(),
    DeliveryState.CANCELLED: frozenset(),
}
"""The state table: a move that is not here does not happen."""


class BatchState(StrEnum):
    """Whether any delivery of a batch still waits."""

    OPEN = "open"
    DONE = "done"


class DeliveryId(NamedTuple):
    """The key of a delivery; *occasion* is 0 but for notices, which one person may get more than once."""

    edition: int
    subscriber: int
    occasion: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """One message on its way: *message* is complete, with CRLF line ends and no line starting with a dot.

    *envelope_id* is what a relay's report is to name (RFC 3461 section 4.4), empty for nothing.  *vouched*
    says that whoever made the message has looked at its line ends and first dots; if not, the courier looks.
    """

    id: DeliveryId
    sender: str
    recipient: Address
    message: bytes
    envelope_id: str = ""
    vouched: bool = False


class Verdict(StrEnum):
    """What an attempt means to us."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # back to pending, with a later not_before
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    UNSENT = "unsent"  # nothing was handed over: it waits as if it had not been opened, no attempt charged


class Reason(StrEnum):
    """What an outcome is due to, as the ledger keeps it; what follows for others goes by it."""

    NETWORK = "network"  # the relay was not reached, or left before the body: nobody's fault here
    NO_REPLY = "no reply"  # to the final dot
    OUT_OF_STEP = "out of step"  # a reply that nothing asked for, or none where one was due
    RATE = "rate"  # too many, too fast
    TEMPORARY = "temporary"
    MAILBOX_FULL = "mailbox full"
    UNKNOWN_USER = "unknown user"  # this reader's fault: the address is suppressed
    POLICY = "policy"  # the sender's fault: nobody is suppressed
    TOO_BIG = "too big"  # the edition's fault: it stops
    CONFIGURATION = "configuration"  # our settings' fault: the route stops
    PROTOCOL = "protocol"  # a command was not understood
    CONTENT = "content"
    BAD_ADDRESS = "bad address"
    NEEDS_SMTPUTF8 = "needs-smtputf8"
    EXPIRED = "expired"  # put off for too long


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The verdict on an attempt, with the server's words (RFC 5321 reply code, RFC 3463 enhanced code)."""

    verdict: Verdict
    code: int | None = None
    enhanced: str = ""
    text: str = ""
    reason: str = ""
    relay: str = ""  # who said so


Letters = AsyncIterator[Letter | None]
"""Letters on their way; None says that the next one is not due yet."""


class Courier(Protocol):
    """That which carries letters out."""

    def deliver(
        self, letters: Letters, before_body: Callable[[DeliveryId], None]
    ) -> AsyncGenerator[tuple[DeliveryId, Outcome], None]:
        """Carry *letters* out, in order, and yield what became of each.

        None among the letters says that the next one is not due yet: what is in hand is finished first.
        A courier may ask for one letter ahead, so at most two are in its hands.  *before_body* is called just
        before a body is handed to the wire, and only after the outcome of the letter before was yielded and
        the next was asked for: who records outcomes as they come has recorded all of them by then.  It may be
        called twice for a letter whose first body was refused.  If it raises, nothing more is handed over.
        Whatever it raises comes after every letter in its hands was yielded, those it did not hand over as
        unsent: a letter whose body went to the wire and that was not yielded is in doubt.
        """
        ...
