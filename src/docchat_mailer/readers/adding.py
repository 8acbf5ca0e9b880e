"""Add one subscriber the operator vouches for."""

from __future__ import annotations

import re
from datetime import datetime

from docchat_mailer.model.subscriber import Address, Follow, SubscriberState
from docchat_mailer.readers.hashing import address_hash
from docchat_mailer.store import subscribers, suppressions
from docchat_mailer.store.database import Database
from docchat_mailer.store.subscribers import NewSubscriber


def add(
    db: Database,
    *,
    address: Address,
    name: str,
    follows: tuple[Follow, ...],
    key: bytes,
    now: datetime,
    token_id: str,
) -> bool:
    """Add an active subscriber, or make one who is there active and add to what they follow.

    True where they are new.

    Raises ValueError for a suppressed address, and for a name that cannot stand in a mail.
    """
    hashed = address_hash(key, address)
    person = NewSubscriber(
        address=address,
        name=checked_name(name),
        token_id=token_id,
        follows=follows,
        state=SubscriberState.ACTIVE,
        at=now,
        address_hash=hashed,
    )
    with db.write() as c:
        if suppressions.suppressed(c, [hashed]):
            raise ValueError("the address is suppressed")
        new = subscribers.add_subscribers(c, [person]) == 1
        subscribers.set_state(c, address, SubscriberState.ACTIVE)
        return new


def checked_name(name: str) -> str:
    """*name* without outer spaces.

    Raises ValueError where it holds what would break a header, or is longer than 200 characters.
    """
    name = name.strip()
    if not name.isprintable() and BREAKING.search(name):
        raise ValueError("the name holds a control character")
    if len(name) > NAME_LIMIT:
        raise ValueError(f"the name is longer than {NAME_LIMIT} characters")
    return name


BREAKING = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")

NAME_LIMIT = 200
