"""Export subscribers as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, TextIO

from docchat_mailer.model.subscriber import Address, Subscriber, SubscriberState
from docchat_mailer.readers.formulas import disarm
from docchat_mailer.readers.listing import everyone
from docchat_mailer.store import accounting, bounces, consents
from docchat_mailer.store.consents import Consent
from docchat_mailer.store.database import Database
from docchat_mailer.store.subscribers import find_subscriber

HEADER = (
    "email",
    "name",
    "follows",
    "state",
    "since",
    "language",
    "zone",
    "text_only",
    "announcements",
    "paused_until",
    "preferences",
)


def export_csv(db: Database, stream: TextIO) -> int:
    """Write every subscriber to *stream*, a row each; returns how many.  Who was erased is nobody."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    count = 0
    for count, person in enumerate(_people(db), 1):  # noqa: B007 - the last one is the number of all
        cells = (
            str(person.address),
            person.name,
            " ".join(str(follow) for follow in person.follows),
            str(person.state),
            _second(person.created_at),
            person.locale,
            person.zone,
            "yes" if person.text_only else "no",
            "yes" if person.announcements else "no",
            _second(person.paused_until),
            "; ".join(f"{tie.follow} {tie.state} {tie.rhythm}" for tie in person.subscriptions),
        )
        writer.writerow([disarm(cell) for cell in cells])
    return count


def export_lines(db: Database, stream: TextIO) -> int:
    """Write every subscriber to *stream*, a JSON object in a line each; returns how many."""
    count = 0
    for count, person in enumerate(_people(db), 1):  # noqa: B007 - the last one is the number of all
        stream.write(
            json.dumps({"schema": "subscriber/1", **_preferences(person)}, ensure_ascii=False) + "\n"
        )
    return count


def _people(db: Database) -> Iterator[Subscriber]:
    return (person for person in everyone(db) if person.state is not SubscriberState.ERASED)


def proof_of(db: Database, address: Address) -> list[dict[str, str]] | None:
    """The proof of consent of the person with that address, oldest first; None where nobody has it."""
    with db.read() as c:
        person = find_subscriber(c, address)
        return None if person is None else _proof(consents.of_subscriber(c, person.id))


def personal_data(db: Database, person: Subscriber) -> dict[str, Any]:
    """All that is kept about one person, as plain values: who, what they follow, their consent, letters."""
    with db.read() as c:
        proof = consents.of_subscriber(c, person.id)
        letters = accounting.lines(c, address=person.address, limit=100_000)
        came_back = bounces.of_subscriber(c, person.id)
    return {
        **_preferences(person),
        "consent": _proof(proof),
        "letters": [
            {"edition": line.id.edition, "state": str(line.state), "at": line.changed_at.isoformat()}
            for line in letters
        ],
        "bounces": [
            {"at": one.at.isoformat(), "kind": one.kind, "status": one.status, "words": one.diagnostic}
            for one in came_back
        ],
    }


def _preferences(person: Subscriber) -> dict[str, Any]:
    return {
        "email": str(person.address),
        "name": person.name,
        "state": str(person.state),
        "since": person.created_at.isoformat(),
        "language": person.locale,
        "zone": person.zone,
        "text_only": person.text_only,
        "announcements": person.announcements,
        "paused_until": _instant(person.paused_until),
        "confirmed": _instant(person.confirmed_at),
        "follows": [
            {
                "what": str(tie.follow),
                "state": str(tie.state),
                "rhythm": str(tie.rhythm),
                "paused_until": _instant(tie.paused_until),
            }
            for tie in person.subscriptions
        ],
    }


def _proof(lines: list[Consent]) -> list[dict[str, str]]:
    return [
        {"event": line.event, "at": line.at.isoformat(), "where": line.source, "words": line.wording}
        for line in lines
    ]


def _second(at: datetime | None) -> str:
    return "" if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
