"""What kinds of relays do to a letter on its way: one row each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """One kind of relay.

    *rewrites* are the fields that leave it with a value of its own, in lower case; such a field is not
    signed, and what it held cannot be referred to later.  *remakes* says that the whole message is taken
    apart and made anew, so that no signature over it holds.
    """

    rewrites: frozenset[str] = frozenset()
    remakes: bool = False

    @property
    def keeps_ids(self) -> bool:
        """Whether a letter arrives under the Message-ID it was given."""
        return "message-id" not in self.rewrites


PROFILES: Mapping[str, Profile] = {
    # Postfix, KumoMTA, any mail server: it adds lines in front and leaves the rest (RFC 5321 section 4.4).
    "generic": Profile(),
    # From its documentation of header fields, not tried against the service.
    "ses": Profile(rewrites=frozenset({"message-id", "date", "return-path"})),
    # From its documentation of SMTP, not tried: it reads the letter and writes one of its own.
    "postmark": Profile(rewrites=frozenset({"message-id"}), remakes=True),
    # From its documentation, not tried; with tracking switched on it rewrites links, and breaks signatures.
    "mailgun": Profile(),
}
"""By the name that ``[mail.smtp] profile`` gives."""
