"""The mirror: one site held ready to be looked at; what did not change is not rendered again.

Everything here runs in one thread, which also owns the database.  A fault is kept beside the last render
that was well, and goes away with the next save that mends it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from docchat_mailer.content.body import Media
from docchat_mailer.content.records import FileRecord
from docchat_mailer.errors import ContentError, DocChatError, FileError
from docchat_mailer.model.finding import Finding, Severity
from docchat_mailer.model.publication import Kind
from docchat_mailer.preview.stage import OpenStage, Stage, StageError
from docchat_mailer.publishing.contents import Chapter, Spot, contents, spots
from docchat_mailer.publishing.galleys import Galley, announcement_galley, release_galley
from docchat_mailer.publishing.panel import panel
from docchat_mailer.publishing.round import look
from docchat_mailer.publishing.stepping import Desk
from docchat_mailer.render.letters import ComposedLetter

TEXTS = frozenset({".md", ".toml"})
"""Files that parts are made of; any other file below the posts may be an image of any part."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """A part set once: its *galley* and its *letter*, and the *spot* it was set from."""

    spot: Spot
    galley: Galley
    letter: ComposedLetter


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What is seen of a part: the newest *setting* that was well, and the *fault* of a newer one, if any."""

    setting: Setting | None
    fault: DocChatError | None


class Mirror:
    """One site, as it is after the last save.

    *revision* counts the looks, and *rendered* how often each part was rendered.
    """

    def __init__(self, open_stage: OpenStage) -> None:
        """Open the site; raises what opening it raises."""
        self._open_stage = open_stage
        self._stack = ExitStack()
        self.stage: Stage = self._stack.enter_context(open_stage())
        self._fault: DocChatError | None = None
        self._closed_to: DocChatError | None = None
        self._generation = 0
        self._seen: dict[tuple[str, str], tuple[object, Sight]] = {}
        self._media: dict[str, Media] = {}
        self._panels: dict[tuple[str, str], tuple[object, tuple[Finding, ...]]] = {}
        self.revision = 0
        self.rendered: Counter[str] = Counter()
        self.desk: Desk = self._look(self.stage, {})
        self._spots: Mapping[str, Spot] = spots(self.desk)
        self._chapters: tuple[Chapter, ...] | None = None

    def close(self) -> None:
        """Close the site."""
        self._stack.close()

    def refresh(self, changed: Collection[Path] = ()) -> int:
        """Look again after *changed* files were saved; a fault is kept, and not raised.

        Returns the revision.
        """
        self.revision += 1
        try:
            self._renew(changed)
            self.desk = self._look(self.stage, self.desk.library.records)
            self._spots, self._chapters = spots(self.desk), None
            self._fault = None
        except DocChatError as exc:
            self._fault = exc
        except OSError as exc:
            what = f"{exc.filename or 'a file'} could not be read"
            self._fault = FileError(what, why=str(exc.strerror or exc), fix="save it again")
        return self.revision

    @property
    def chapters(self) -> tuple[Chapter, ...]:
        """The contents; where everything stands is reckoned only when somebody looks at the list."""
        if self._chapters is None:
            self._chapters = contents(self.desk, self._spots, self.stage.clock.now())
        return self._chapters

    def find(self, key: str) -> Spot | None:
        """The spot of *key*; without a key, the first part of a series, or the first there is."""
        if key:
            return self._spots.get(key)
        first = (spot for spot in self._spots.values() if spot.part and not spot.series.lone)
        return next(first, next(iter(self._spots.values()), None))

    def see(self, key: str, kind: str) -> Sight:
        """The part *key* as a publication of that *kind*; rendered only where something has changed."""
        spot, known = self.find(key), self._seen.get((key, kind))
        last = known[1].setting if known else None
        if self._fault is not None:
            return Sight(setting=last, fault=self._fault)
        if spot is None:
            return Sight(setting=last, fault=ContentError(f"there is no {key or 'part'} any more"))
        made_of = self._made_of(spot)
        if known is not None and known[0] == made_of:
            return known[1]
        sight = self._set(spot, kind, last)
        self._seen[key, kind] = made_of, sight
        return sight

    def findings(self, key: str, kind: str) -> tuple[Finding, ...]:
        """What ``check`` says of the part, as its file is now."""
        if isinstance(self._fault, StageError):
            return self._fault.findings
        spot, sight = self.find(key), self.see(key, kind)
        if spot is None or self._fault is not None:
            return ()
        made_of = self._made_of(spot)
        known = self._panels.get((key, kind))
        if known is None or known[0] != made_of:
            setting = sight.setting if sight.fault is None else None
            letter = (setting.letter, setting.galley) if setting is not None else None
            known = made_of, panel(self.desk, spot, letter, self.stage.clock.now())
            self._panels[key, kind] = known
        return known[1]

    def media(self, path: str) -> Media | None:
        """The file that a rendered part shows under *path* (``/media/...``); no other file is ever given."""
        return self._media.get(path)

    def _renew(self, changed: Collection[Path]) -> None:
        stage = self.stage
        # the identity file tells that something was published, perhaps into a database that was not there
        if self._closed_to or {stage.config, stage.press.ids_file} & set(changed):
            self._open_again()
        elif any(path.is_relative_to(stage.templates) for path in changed):
            self.stage = stage.anew()
        elif not any(path.is_relative_to(stage.press.posts) and path.suffix not in TEXTS for path in changed):
            return
        self._generation += 1

    def _open_again(self) -> None:
        """The site from the settings as they are; while they cannot be used, each save tries again."""
        with ExitStack() as opened:
            try:
                stage = opened.enter_context(self._open_stage())
            except DocChatError as exc:
                self._closed_to = exc
                raise
            self._stack.close()
            self.stage, self._stack, self._closed_to = stage, opened.pop_all(), None

    def _look(self, stage: Stage, known: Mapping[str, FileRecord]) -> Desk:
        return look(stage.press, stage.clock.now(), known)

    def _set(self, spot: Spot, kind: str, last: Setting | None) -> Sight:
        self.rendered[spot.key] += 1
        try:
            galley = self._galley(spot, kind)
            letter = galley.proof.letter()
        except DocChatError as exc:
            return Sight(setting=last, fault=exc)
        if galley.body is not None:
            self._media.update((media.path, media) for media in galley.body.media)
        return Sight(setting=Setting(spot=spot, galley=galley, letter=letter), fault=None)

    def _galley(self, spot: Spot, kind: str) -> Galley:
        now = self.stage.clock.now()
        if kind == Kind.ANNOUNCEMENT:
            return announcement_galley(self.desk, spot.series, spot.number, now)
        if spot.part is None:
            raise self._textless(spot)
        return release_galley(self.desk, spot.series, spot.part, now)

    def _textless(self, spot: Spot) -> ContentError:
        """Why a spot has no text: its file is broken, or it is only promised."""
        errors = (one for one in self.desk.library.findings if one.source.path == spot.key)
        first = next((one for one in errors if one.severity is Severity.ERROR), None)
        if first is not None:
            return ContentError(first.what, why=first.why, fix=first.fix, where=str(first.source))
        return ContentError(
            f"part {spot.number} is promised, not written",
            fix=f"write posts/{spot.series.slug}/{spot.number:02}-....md, or look at its announcement",
        )

    def _made_of(self, spot: Spot) -> tuple[object, ...]:
        """Everything that the look of a part, and what is found about it, depend on."""
        desk, series = self.desk, spot.series
        siblings = tuple(
            (one.number, one.title, one.slug, one.source.path, one.publish, one.entry_id)
            for one in series.parts
        )
        files = {spot.key, series.source.path}
        return (
            self._generation,
            replace(spot, series=replace(series, parts=(), fault="")),
            siblings,
            desk.pages,
            desk.history(series.slug),
            tuple(one for one in desk.shelf.publications if one.series == series.slug),
            tuple(one for one in desk.library.findings if one.source.path in files),
        )
