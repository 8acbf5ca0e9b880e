"""What kinds of relays do to a letter on its way: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Returns(StrEnum):
    """How a relay says that a letter came back."""

    REPORT = "report"  # a message to the envelope sender (RFC 3464)
    EVENT = "event"  # a call of a web address of ours


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One kind of relay.

    *rewrites* are the fields that leave it with a value of its own, in lower case; such a field is not
    signed, and what it held cannot be referred to later.  *remakes* says that the whole message is taken
    apart and made anew, so that no signature over it holds.

    A letter that comes back is found by its envelope sender, or by *delivery_field*, in which an event
    gives back what it was given.  *needs* are fields without which the relay takes a letter for another kind.
    *source* says what a row goes by.
    """

    rewrites: frozenset[str] = frozenset()
    remakes: bool = False
    returns: Returns = Returns.REPORT
    delivery_field: str = ""
    needs: tuple[tuple[str, str], ...] = ()
    source: str

    @property
    def keeps_ids(self) -> bool:
        """Whether a letter arrives under the Message-ID it was given."""
        return "message-id" not in self.rewrites


NOT_TRIED = "its documentation as it was known when this was written; not tried against the service"

PROFILES: Mapping[str, Profile] = {
    # Postfix, KumoMTA, any mail server: lines in front are added, the rest is left (RFC 5321 section 4.4).
    "generic": Profile(
        source="RFC 5321 and RFC 3464; the reply of Postfix",
    ),
    "ses": Profile(
        rewrites=frozenset({"message-id", "date", "return-path"}),
        returns=Returns.EVENT,
        delivery_field="X-SES-MESSAGE-TAGS",
        source=NOT_TRIED,
    ),
    # It reads the letter and writes one of its own; letters to many belong to a broadcast stream.
    "postmark": Profile(
        rewrites=frozenset({"message-id"}),
        remakes=True,
        returns=Returns.EVENT,
        delivery_field="X-PM-Metadata-delivery",
        needs=(("X-PM-Message-Stream", "broadcast"),),
        source=NOT_TRIED,
    ),
    # With tracking switched on it rewrites links, and breaks signatures.
    "mailgun": Profile(
        returns=Returns.EVENT,
        delivery_field="X-Mailgun-Variables",
        source=NOT_TRIED,
    ),
}
"""By the name that ``[mail.smtp] profile`` gives."""
