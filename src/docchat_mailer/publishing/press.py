"""The press: everything the publishing use cases work with, handed to them as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docchat_mailer.model.site import Sender, Site
from docchat_mailer.render.announcements import AnnouncementWriter
from docchat_mailer.render.feeds import FeedRenderer
from docchat_mailer.render.letters import LetterWriter
from docchat_mailer.render.notices import NoticeWriter
from docchat_mailer.render.site import PageWriter
from docchat_mailer.store.database import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """One site's content folder, database, output folder and writers.

    *media* keeps a copy of every published image, so that ``public`` can be rebuilt without the post.
    *ids_file* mirrors the entry ids beside the posts, *spare_ids_file* where those are read-only.
    *rendering* is a digest of templates, phrases and program version; *deploy* runs after files changed,
    and *answers* asks whether a URL of ours answers (None: written is live).  *ping* tells the hub of a
    feed, and says why it did not take it.  *notices* writes what goes to
    one reader, in the name of *notices_from*; None where no door is open to readers.
    """

    db: Database
    posts: Path
    public: Path
    media: Path
    ids_file: Path
    spare_ids_file: Path
    site: Site
    rendering: str
    pages: PageWriter
    feeds: FeedRenderer
    letters: LetterWriter
    announcements: AnnouncementWriter
    deploy: Callable[[], None] | None = None
    answers: Callable[[str], bool] | None = None
    processes: int = 1
    ping: Callable[[str], str] | None = None
    notices: NoticeWriter | None = None
    notices_from: Sender | None = None
