"""The pieces of the page, each made of what the mirror shows: contents, envelope, findings, document."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from docchat_mailer.errors import DocChatError
from docchat_mailer.model.finding import Severity
from docchat_mailer.preview import wishes
from docchat_mailer.preview.documents import Copy
from docchat_mailer.preview.mirror import Mirror, Sight
from docchat_mailer.preview.readers import SAMPLES
from docchat_mailer.preview.wishes import Wish
from docchat_mailer.publishing.contents import Item, Stand
from docchat_mailer.render.letters import size_of_html
from docchat_mailer.render.preview_page import fragment, page, text_document

CLIPPED = 102 * 1024
"""Bytes of HTML after which the largest mail provider hides the rest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One part in the list: *when* and *note* are words, *href* looks at it."""

    item: Item
    href: str
    here: bool
    when: str
    note: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """What keeps the newest text from being shown: *file* and *line* where they are known."""

    file: str
    line: str
    what: str
    why: str
    fix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """What a mail program shows of a letter before it is opened, and how much of it there is.

    *sender* and *to* are name and address; *size* is bytes of HTML, *share* the hundredths of what is shown
    unclipped; *joined* is the part the reader joined at, where that was after this one, else 0.
    """

    sender: tuple[str, str]
    to: tuple[str, str]
    subject: str
    preheader: str
    size: int
    share: int
    joined: int


def whole_page(mirror: Mirror, wish: Wish) -> str:
    """The page with every piece in it."""
    wish = settled(mirror, wish)
    return page(
        site=mirror.stage.press.site,
        wish=wish,
        choices=wishes,
        samples=SAMPLES,
        revision=mirror.revision,
        **_contents(mirror, wish),
        **_envelope(mirror, wish),
        **_findings(mirror, wish),
    )


def contents_piece(mirror: Mirror, wish: Wish) -> str:
    """The list of parts."""
    return fragment("contents", **_contents(mirror, settled(mirror, wish)))


def envelope_piece(mirror: Mirror, wish: Wish) -> str:
    """The envelope, and the fault."""
    wish = settled(mirror, wish)
    return fragment("envelope", **_envelope(mirror, wish))


def findings_piece(mirror: Mirror, wish: Wish) -> str:
    """The panel."""
    return fragment("findings", **_findings(mirror, settled(mirror, wish)))


def document(mirror: Mirror, wish: Wish) -> str:
    """The document in the frame: the last that was well, or an empty one."""
    wish = settled(mirror, wish)
    copy = _copy(mirror, wish, mirror.see(wish.part, wish.kind))
    return copy.document() if copy else text_document("", wish.colours, wrapped=True)


def settled(mirror: Mirror, wish: Wish) -> Wish:
    """*wish* with a part, where the address names none."""
    if wish.part:
        return wish
    first = mirror.find("")
    return replace(wish, part=first.key if first is not None else "")


def _contents(mirror: Mirror, wish: Wish) -> dict[str, object]:
    zone = mirror.stage.press.site.zone
    now = mirror.stage.clock.now()
    return {
        "chapters": [
            (chapter.title, [_line(item, wish, zone, now) for item in chapter.items])
            for chapter in mirror.chapters
        ]
    }


def _line(item: Item, wish: Wish, zone: ZoneInfo, now: datetime) -> Line:
    when = _day(item.at, zone, now) if item.at is not None else ""
    if item.stand is Stand.PLANNED and not when:
        when = "no date yet"
    return Line(
        item=item,
        href=f"/?{replace(wish, part=item.spot.key).query}",
        here=item.spot.key == wish.part,
        when=when,
        note=item.detail,
    )


def _day(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    local = at.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M}"


def _copy(mirror: Mirror, wish: Wish, sight: Sight) -> Copy | None:
    return Copy(mirror.stage, sight.setting, wish) if sight.setting is not None else None


def _envelope(mirror: Mirror, wish: Wish) -> dict[str, object]:
    sight = mirror.see(wish.part, wish.kind)
    fault, copy = sight.fault, _copy(mirror, wish, sight)
    front, digest = None, ""
    if copy is not None:
        try:
            front, digest = _front(copy), _digest(copy.document())
        except DocChatError as exc:
            fault = exc
    return {
        "fault": _fault(fault, mirror) if fault is not None else None,
        "front": front,
        "digest": digest,
        "frame": f"/frame?{wish.query}",
    }


def _front(copy: Copy) -> Front:
    size = size_of_html(copy.body("html"))
    reader, sender = SAMPLES[copy.wish.reader], copy.stage.sender
    return Front(
        sender=(sender.name, sender.address),
        to=(reader.name, f"{reader.local}@example.org"),
        subject=copy.field("Subject"),
        preheader=copy.preheader,
        size=size,
        share=round(100 * size / CLIPPED),
        joined=reader.joined if reader.missed(copy.setting.spot.number) else 0,
    )


def _fault(fault: DocChatError, mirror: Mirror) -> Fault:
    place, _, line = fault.where.rpartition(":")
    file = place if line.isdigit() else fault.where
    root = mirror.stage.config.parent
    if file and Path(file).is_absolute() and Path(file).is_relative_to(root):
        file = str(Path(file).relative_to(root))
    return Fault(
        file=file,
        line=line if line.isdigit() else "",
        what=fault.what,
        why=fault.why,
        fix=fault.fix,
    )


def _findings(mirror: Mirror, wish: Wish) -> dict[str, object]:
    found = mirror.findings(wish.part, wish.kind)
    counts = [(str(weight), sum(one.severity is weight for one in found)) for weight in Severity]
    return {"findings": found, "counts": counts}


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
