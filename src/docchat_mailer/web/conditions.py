"""What the head of a question asks of a file: a coding, and whether it has changed (RFC 9110)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from starlette.datastructures import Headers


def entity_tag(sha256: str, *, packed: bool) -> str:
    """A strong tag; another coding is another representation and has its own (RFC 9110 section 8.8.3.3)."""
    return f'"{sha256[:32]}-gz"' if packed else f'"{sha256[:32]}"'


def http_date(instant: datetime) -> str:
    """An instant as HTTP writes it (RFC 9110 section 5.6.7)."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def has_it(headers: Headers, tag: str, changed_at: datetime) -> bool:
    """Whether who asks has the file as it is: tags are asked before dates (RFC 9110 section 13.2.2).

    Tags are compared weakly, as section 13.1.2 has it: a proxy that compresses makes a strong one weak.
    """
    asked = headers.getlist("if-none-match")
    if asked:
        given = [one.strip().removeprefix("W/") for line in asked for one in line.split(",")]
        return "*" in given or tag in given
    since = _date(headers.get("if-modified-since", ""))
    return since is not None and changed_at.replace(microsecond=0) <= since


def _date(written: str) -> datetime | None:
    """A date of HTTP; what is none is as if it were not there."""
    try:
        found = parsedate_to_datetime(written)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def takes_gzip(headers: Headers) -> bool:
    """Whether gzip is accepted: by its name, else by a star (RFC 9110 section 12.5.3)."""
    weights = dict(_weights(",".join(headers.getlist("accept-encoding"))))
    return weights.get("gzip", weights.get("x-gzip", weights.get("*", 0.0))) > 0


def _weights(accepted: str) -> Iterator[tuple[str, float]]:
    """Each coding with its weight; one that cannot be read rules its coding out."""
    for one in accepted.lower().split(","):
        name, _, parameter = one.partition(";")
        key, _, value = parameter.partition("=")
        try:
            yield name.strip(), float(value) if key.strip() == "q" else 1.0
        except ValueError:
            yield name.strip(), 0.0
