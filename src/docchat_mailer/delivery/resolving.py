"""The operator's decisions about a mailing: paused, let go on, doubts settled, refusals tried again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from docchat_mailer.delivery.addressing import envelope_for
from docchat_mailer.delivery.cancelling import editions_named
from docchat_mailer.delivery.reading import read_ledger
from docchat_mailer.errors import FileError, UsageError
from docchat_mailer.model.delivery import DeliveryId, DeliveryState
from docchat_mailer.model.publication import EditionState
from docchat_mailer.model.site import Sender
from docchat_mailer.model.subscriber import Address
from docchat_mailer.store import batches, canaries, editions, moves, subscribers, suppressions
from docchat_mailer.store.database import Connection, Database

PAGE = 500
"""Rows decided in one transaction."""

MESSAGE_ID = re.compile(r"<[^<>\s]+@[^<>\s]+>")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Rows of one edition that stand at *state*, for the operator to decide about."""

    edition: int
    state: DeliveryState
    ids: tuple[DeliveryId, ...]


def pause(db: Database, target: str, reason: str) -> list[int]:
    """Stop the mailings of *target* until they are resumed; returns those that were under way.

    Raises UsageError where *target* names none.
    """
    with db.write() as c:
        return [one for one in editions_named(c, target) if editions.pause(c, one, reason)]


def resume(db: Database, target: str, now: datetime) -> list[int]:
    """Let paused mailings go on: their refusals are believed, and counting begins anew.

    Raises UsageError where *target* names none.
    """
    with db.write() as c:
        paused = [one for one in editions_named(c, target) if _state(c, one) is EditionState.PAUSED]
        for edition in paused:
            suppressions.suppress_unknown(c, batches.with_refusals(c, edition), now)
            batches.forget_tally(c, edition)
            if edition in canaries.to_judge(c, now, state=EditionState.PAUSED):
                canaries.let_pass(c, edition, now)
            editions.resume(c, edition)
    return paused


def choose(db: Database, target: str, state: DeliveryState, address: Address | None = None) -> list[Chosen]:
    """The rows of *target* that stand at *state*, of everybody or of one person.

    Raises UsageError where *target* names no mailing.
    """
    with db.read() as c:
        named = editions_named(c, target)
    return [
        Chosen(
            edition=edition,
            state=state,
            ids=tuple(
                told.line.id for told in read_ledger(db, state=state, edition=edition, address=address)
            ),
        )
        for edition in named
    ]


def found_in_log(db: Database, chosen: Chosen, log: Path, *, key: bytes, sender: Sender) -> Chosen:
    """Those of *chosen* whose Message-ID a relay's log names: the relay had them.

    Raises FileError where the log cannot be read.
    """
    with db.read() as c:
        envelope = envelope_for(c, chosen.edition, key=key, sender=sender, why=lambda _: "")
        names = subscribers.token_ids(c, [id_.subscriber for id_ in chosen.ids])
    wanted = {envelope.message_id(names[id_.subscriber], id_.occasion): id_ for id_ in chosen.ids}
    found = {wanted[one] for one in _message_ids(log) if one in wanted}
    return Chosen(edition=chosen.edition, state=chosen.state, ids=tuple(sorted(found)))


def settle(db: Database, chosen: Chosen, state: DeliveryState, now: datetime) -> int:
    """Settle rows as *state*; returns how many still stood where they were chosen."""

    def decide(c: Connection, readers: Sequence[int]) -> int:
        return moves.decide_many(
            c, chosen.edition, readers, state, before=chosen.state, reason="the operator says so", now=now
        )

    return _by_page(db, chosen, decide)


def send_again(db: Database, chosen: Chosen, now: datetime) -> int:
    """Put rows back to pending, as the same letters; returns how many still stood where they were chosen."""

    def decide(c: Connection, readers: Sequence[int]) -> int:
        return moves.send_again(
            c, chosen.edition, readers, before=chosen.state, reason="the operator sends it again", now=now
        )

    return _by_page(db, chosen, decide)


def _by_page(db: Database, chosen: Chosen, decide: Callable[[Connection, Sequence[int]], int]) -> int:
    done = 0
    for readers in _pages([id_.subscriber for id_ in chosen.ids]):
        with db.write() as c:
            done += decide(c, readers)
    return done


def _pages(readers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(readers), PAGE):
        yield readers[start : start + PAGE]


def _message_ids(log: Path) -> Iterable[str]:
    try:
        with log.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                yield from MESSAGE_ID.findall(line)
    except OSError as exc:
        raise FileError(f"{log} cannot be read", why=str(exc.strerror), fix="name the relay's log") from exc


def _state(c: Connection, edition: int) -> EditionState:
    return editions.get_edition(c, edition).state


def one_of(chosen: Sequence[Chosen], target: str) -> Chosen:
    """The one mailing that has rows to decide about.

    Raises UsageError where there is none, or more than one.
    """
    there = [each for each in chosen if each.ids]
    if len(there) == 1:
        return there[0]
    state = chosen[0].state
    if not there:
        raise UsageError(
            f"nothing of {target} is {state}", fix=f"see `docchat-mailer deliveries --state {state}`"
        )
    raise UsageError(
        f"{target} has several mailings with deliveries that are {state}",
        why=", ".join(f"edition {each.edition}: {len(each.ids)}" for each in there),
        fix="name one of these editions",
    )
