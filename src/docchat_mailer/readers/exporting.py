"""Export subscribers as CSV that a spreadsheet opens without running anything."""

from __future__ import annotations

import csv
from typing import TextIO

from docchat_mailer.readers.formulas import disarm
from docchat_mailer.readers.listing import everyone
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
