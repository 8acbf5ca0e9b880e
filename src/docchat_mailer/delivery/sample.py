"""One copy of a letter for somebody who is no subscriber: to look at, or to test the relay with."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime

from docchat_mailer.letter.compiling import Compiled
from docchat_mailer.letter.fields import Field
from docchat_mailer.letter.headers import mailbox
from docchat_mailer.letter.identifiers import message_id
from docchat_mailer.letter.splicing import splice
from docchat_mailer.model.delivery import Sign
from docchat_mailer.model.site import Sender
from docchat_mailer.model.subscriber import Address
from docchat_mailer.model.tokens import Purpose, make_token

NOBODY = "0" * 16
"""The token id of a sample: no subscriber has it, so its links do nothing."""


def sample_copy(
    compiled: Compiled,
    *,
    key: bytes,
    sender: Sender,
    to: Address,
    why: str,
    now: datetime,
    sign: Sign | None = None,
) -> bytes:
    """The message that *to* would get, signed where *sign* is given, with links that belong to nobody."""
    message = splice(
        compiled,
        {
            Field.TO: mailbox("", str(to)),
            Field.DATE: format_datetime(now),
            Field.MESSAGE_ID: message_id(key, f"sample|{to}|{now.isoformat()}", NOBODY, 0, sender.domain),
            Field.REFERENCES: "",
            Field.UNSUBSCRIBE: make_token(key, Purpose.UNSUBSCRIBE, NOBODY),
            Field.PREFERENCES: make_token(key, Purpose.PREFERENCES, NOBODY),
            Field.VIEW: make_token(key, Purpose.VIEW, NOBODY),
            Field.WHY: why,
        },
    )
    if sign is None:
        return message
    [signature] = sign([(message, now)])
    return signature + message
