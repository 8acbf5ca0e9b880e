"""Addresses on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docchat_mailer.errors import UsageError

if TYPE_CHECKING:
    from docchat_mailer.model.subscriber import Address


def address_of(text: str) -> Address:
    """The address that *text* is.

    Raises UsageError with what is accepted.
    """
    from docchat_mailer.readers.addresses import parse_address  # noqa: PLC0415

    try:
        return parse_address(text)
    except ValueError as exc:
        raise UsageError(f"'{text}' cannot be used", why=str(exc), fix="write name@example.org") from exc
