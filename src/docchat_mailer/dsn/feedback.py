"""Feedback reports (RFC 5965): a reader called a letter spam, or a server tells what it saw."""

from __future__ import annotations

import re

from docchat_mailer.dsn.addresses import addresses_of, is_ownerless
from docchat_mailer.dsn.fields import Fields, read_blocks
from docchat_mailer.dsn.report import Bounce, Meaning
from docchat_mailer.model.bounce import BounceKind

COMPLAINTS = frozenset({"abuse", "opt-out", "opt-out-list"})
"""Types by which a reader wants no more: RFC 5965 section 3.1, and opt-out of the drafts before it."""

RECIPIENTS = ("original-rcpt-to", "removal-recipient", "x-original-recipient", "redacted-address")
HIDDEN = re.compile(r"redact|anonymi[sz]|undisclosed|\*\*|x{4}|removed|hidden|suppressed", re.IGNORECASE)
NAMED = ("x-hmxmroriginalrecipient", "x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "to")
"""Where the returned letter names its reader, the most telling first."""


def read_feedback(text: str) -> Fields:
    """The fields of a report, all groups of them together; empty lines part nothing here."""
    return Fields(pair for block in read_blocks(text) for pair in block.pairs)


def feedback_bounces(fields: Fields, returned: Fields) -> tuple[Bounce, ...]:
    """A verdict for each reader that the report or else the returned letter names, or one without a name."""
    type_ = feedback_type(fields)
    kind = BounceKind.COMPLAINT if type_ in COMPLAINTS else BounceKind.OTHER
    meaning = Meaning.COMPLAINT if type_ in COMPLAINTS else Meaning.FEEDBACK
    return tuple(
        Bounce(recipient=address, kind=kind, meaning=meaning, rule=f"feedback type {type_ or 'none'}")
        for address in _readers(fields, returned) or [""]
    )


def feedback_type(fields: Fields) -> str:
    """The type, in lower case, or nothing."""
    return fields.first("feedback-type").strip().lower()


def _readers(fields: Fields, returned: Fields) -> list[str]:
    told = [address for address in addresses_of(fields, *RECIPIENTS) if not HIDDEN.search(address)]
    hidden = addresses_of(fields, *RECIPIENTS) or addresses_of(returned, *NAMED)
    return told or named_reader(returned) or hidden


def named_reader(returned: Fields) -> list[str]:
    """Who the returned letter says it is to."""
    for name in NAMED:
        found = [
            address
            for address in addresses_of(returned, name)
            if not HIDDEN.search(address) and not is_ownerless(address)
        ]
        if found:
            return found
    return []
