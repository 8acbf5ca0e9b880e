"""Export subscribers as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
from datetime import datetime
from typing import Any, TextIO

from docchat_mailer.model.subscriber import Subscriber
from docchat_mailer.readers.formulas import disarm
from docchat_mailer.readers.listing import everyone
from docchat_mailer.store import accounting, consents
from docchat_mailer.store.database import Database

HEADER = ("email", "name", "follows", "state", "since")


def export_csv(db: Database, stream: TextIO) -> int:
    """Write every subscriber to *stream*, a row each; returns how many."""
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(HEADER)
    count = 0
    for person in everyone(db):
        follows = " ".join(str(follow) for follow in person.follows)
        since = person.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
        cells = (str(person.address), person.name, follows, str(person.state), since)
        writer.writerow([disarm(cell) for cell in cells])
        count += 1
    return count


def personal_data(db: Database, person: Subscriber) -> dict[str, Any]:
    """All that is kept about one person, as plain values: who, what they follow, their consent, letters."""
    with db.read() as c:
        proof = consents.of_subscriber(c, person.id)
        letters = accounting.lines(c, address=person.address, limit=100_000)
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
        "consent": [
            {"event": line.event, "at": line.at.isoformat(), "where": line.source, "words": line.wording}
            for line in proof
        ],
        "letters": [
            {"edition": line.id.edition, "state": str(line.state), "at": line.changed_at.isoformat()}
            for line in letters
        ],
    }


def _instant(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
