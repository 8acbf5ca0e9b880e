"""What a message that came back says: a report, and in it a bounce for each recipient it names."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from docchat_mailer.model.bounce import BounceKind


class Form(StrEnum):
    """How a report is written."""

    STANDARD = "standard"  # fields of RFC 3464, in a part of their own or in the text
    FEEDBACK = "feedback"  # RFC 5965, or what a mailbox provider sends in its place
    NOTIFICATION = "notification"  # the JSON of a sending service
    TEXT = "text"  # words of a mail server
    NONE = "none"  # no report: a reply, a receipt, a challenge, ordinary mail, anything else


class Meaning(StrEnum):
    """Why a recipient did not get the letter."""

    UNKNOWN_USER = "unknown user"  # no such mailbox, or it was given up
    UNKNOWN_HOST = "unknown host"  # no such domain, or no way to it
    MOVED = "moved"  # the reader has another address
    NO_MAIL = "no mail"  # the domain takes none (RFC 7504, RFC 7505)
    FULL = "mailbox full"
    DISABLED = "disabled"  # the mailbox is there and takes nothing for now
    TOO_BIG = "too big"
    RATE = "rate"  # too many, too fast, or come again later
    SENDER = "sender"  # our address, our name in the DNS or our proof of them was not believed
    BLOCKED = "blocked"  # our server's name or past
    SPAM = "spam"
    VIRUS = "virus"
    POLICY = "policy"
    RELAY = "relay"  # the server does not take mail for this domain
    SECURITY = "security"  # TLS or a login was asked for
    FILTERED = "filtered"  # this reader takes no mail from us
    PROTOCOL = "protocol"  # a command or the message was not understood
    NETWORK = "network"
    SYSTEM = "system"  # trouble on their side
    LOOP = "loop"
    EXPIRED = "expired"  # tried for too long
    DELAYED = "delayed"  # still being tried
    DELIVERED = "delivered"  # it arrived, or went on to where no report comes from
    COMPLAINT = "complaint"
    FEEDBACK = "feedback"  # a report that accuses nobody: not spam, an authentication failure
    UNDECIDED = "undecided"


SENDER_FAULTS = frozenset(
    {
        Meaning.SENDER,
        Meaning.BLOCKED,
        Meaning.SPAM,
        Meaning.VIRUS,
        Meaning.POLICY,
        Meaning.RATE,
        Meaning.RELAY,
        Meaning.SECURITY,
        Meaning.TOO_BIG,
        Meaning.PROTOCOL,
    }
)
"""What counts against no reader: the operator has to look."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounce:
    """What a report says about one recipient.

    *recipient* is the address as the reporting server knew it, empty where the report names none; *original*
    is the one the sender wrote, where that is told and differs.  *status* is an enhanced code (RFC 3463) and
    *reply_code* an SMTP one (RFC 5321 section 4.2), both empty where there is none.  *action* is a word of
    RFC 3464 section 2.3.3, or empty.  *rule* names what decided.
    """

    recipient: str
    kind: BounceKind
    meaning: Meaning
    rule: str
    original: str = ""
    status: str = ""
    reply_code: str = ""
    diagnostic: str = ""
    action: str = ""

    @property
    def is_senders_fault(self) -> bool:
        """Whether it counts against no reader."""
        return self.meaning in SENDER_FAULTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What one message, or several in one file, says came of letters; *bounces* is empty where it is none.

    The rest tells which delivery it is about, none of it verified: *addressed_to* are the addresses the
    report itself was sent to, and *returned_from* the return paths it quotes, any of which may be one of ours
    (:func:`docchat_mailer.dsn.verp.read_address`); *message_ids* are those of the returned letter, without
    angle brackets; *unsubscribe* is its List-Unsubscribe; *envelope_id* is RFC 3464 section 2.2.1's.
    *feedback_type* is a word of RFC 5965 section 3.1, in lower case.
    """

    form: Form = Form.NONE
    bounces: tuple[Bounce, ...] = ()
    addressed_to: tuple[str, ...] = ()
    returned_from: tuple[str, ...] = ()
    message_ids: tuple[str, ...] = ()
    unsubscribe: str = ""
    envelope_id: str = ""
    feedback_type: str = ""
