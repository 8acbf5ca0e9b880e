"""What waits for the operator's word: mailings that stopped, letters in doubt, refusals that were ours."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from docchat_mailer.model.delivery import DeliveryState, Reason
from docchat_mailer.model.publication import EditionState, Kind
from docchat_mailer.model.series import part_key
from docchat_mailer.store import accounting, editions, publications
from docchat_mailer.store.database import Connection, Database


class Wait(StrEnum):
    """What an edition waits for, with the one command that follows."""

    PAUSED = "paused"  # it stopped by itself, or somebody stopped it
    UNCERTAIN = "uncertain"  # the relay may have them
    REFUSED = "refused"  # for what the relay holds against the sender: nobody was suppressed


COMMANDS = {
    Wait.PAUSED: "docchat-mailer resume {}",
    Wait.UNCERTAIN: "docchat-mailer resolve {} --as accepted",
    Wait.REFUSED: "docchat-mailer retry {}",
}
"""What to type next, with the edition's number.  What is in doubt had nearly always arrived."""

NOT_SETTLED = (DeliveryState.PENDING, DeliveryState.SENDING)


@dataclass(frozen=True, kw_only=True, slots=True)
class Undecided:
    """An edition that waits: so many *deliveries*, *why*, and the *command* that lets them go on."""

    wait: Wait
    edition: int
    part: str
    kind: Kind
    deliveries: int
    why: str

    @property
    def command(self) -> str:
        """What to type next."""
        return COMMANDS[self.wait].format(self.edition)


def undecided(db: Database) -> list[Undecided]:
    """Everything that waits for the operator, by edition; changes nothing."""
    with db.read() as c:
        found = [*_paused(c), *_in_doubt(c), *_refused(c)]
    return sorted(found, key=lambda one: (one.edition, one.wait))


def _paused(c: Connection) -> list[Undecided]:
    stopped = [edition for edition in editions.editions(c) if edition.state is EditionState.PAUSED]
    return [_of(c, Wait.PAUSED, edition.id, _waiting(c, edition.id), edition.reason) for edition in stopped]


def _waiting(c: Connection, edition: int) -> int:
    sums = accounting.sums(c, edition)
    return sum(sums[state] for state in NOT_SETTLED)


def _in_doubt(c: Connection) -> list[Undecided]:
    return [
        _of(c, Wait.UNCERTAIN, edition, sum(why.values()), _told(why))
        for edition, why in accounting.reasons(c, DeliveryState.UNCERTAIN).items()
    ]


def _refused(c: Connection) -> list[Undecided]:
    found = {
        edition: why.get(Reason.POLICY, 0)
        for edition, why in accounting.reasons(c, DeliveryState.REJECTED).items()
    }
    why = "the relay holds something against the sender: mend it first"
    return [_of(c, Wait.REFUSED, edition, number, why) for edition, number in found.items() if number]


def _told(why: dict[str, int]) -> str:
    """Reasons with their numbers, the most frequent first."""
    if len(why) == 1:
        return next(iter(why))
    ordered = sorted(why.items(), key=lambda pair: (-pair[1], pair[0]))
    return "; ".join(f"{number} {reason}" for reason, number in ordered)


def _of(c: Connection, wait: Wait, edition: int, number: int, why: str) -> Undecided:
    publication = publications.get_publication(c, editions.get_edition(c, edition).publication)
    return Undecided(
        wait=wait,
        edition=edition,
        part=part_key(publication.series, publication.number),
        kind=publication.kind,
        deliveries=number,
        why=why,
    )
