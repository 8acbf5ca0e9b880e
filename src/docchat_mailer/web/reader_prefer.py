"""``/prefs/TOKEN``: what a person gets and how, their address, their data, and the end of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from docchat_mailer.model.subscriber import (
    Follow,
    Rhythm,
    Scope,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.readers.addresses import parse_address
from docchat_mailer.readers.erasing import erase
from docchat_mailer.readers.exporting import personal_data
from docchat_mailer.readers.preferring import Choice, change_address, is_zone, person_of, prefer, zone_of
from docchat_mailer.render.web_pages import Ask, TieLine
from docchat_mailer.web.answers import download, page, unknown
from docchat_mailer.web.door import Door, aside
from docchat_mailer.web.follow_labels import label_of, titles_of
from docchat_mailer.web.forms import fields_of

YES = "yes"


class ReaderPrefer:
    """GET shows the page; POST does what its field ``do`` says."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def show(self, request: Request) -> Response:
        """The page."""
        token = request.path_params["token"]
        person = await self._person(token)
        if person is None:
            return self._nobody()
        return await aside(lambda: _Sheet(self._door, token, person).page())

    async def take(self, request: Request) -> Response:
        """Save, change the address, give the data, or erase it."""
        door, token = self._door, request.path_params["token"]
        fields = await fields_of(request, door)
        person = await self._person(token)
        if person is None:
            return self._nobody()
        sheet = _Sheet(door, token, person)
        acts = {
            "save": sheet.save,
            "move": sheet.move,
            "export": sheet.export,
            "ask-erase": sheet.ask_erase,
            "erase": sheet.erase,
        }
        act = acts.get(fields.get("do", ""))
        if act is None:
            raise HTTPException(400, "This is no form of ours.")
        return await aside(lambda: act(fields))

    async def _person(self, token: str) -> Subscriber | None:
        name = self._door.named_by(Purpose.PREFERENCES, token)
        return None if name is None else await aside(lambda: person_of(self._door.db, name))

    def _nobody(self) -> Response:
        return unknown(self._door.pages, self._door.path("subscribe"))


@dataclass(frozen=True)
class _Sheet:
    """One person's page."""

    door: Door
    token: str
    person: Subscriber

    @cached_property
    def titles(self) -> Mapping[str, str]:
        """The series that have something out."""
        return titles_of(self.door.db)

    def page(self, told: str = "", faults: tuple[str, ...] = (), status: int = 200) -> Response:
        door = self.door
        made = door.pages.preferences(
            self.person,
            [self._line(tie) for tie in self._ties()],
            action=door.path("prefs", self.token),
            leave=door.path("u", door.token(Purpose.UNSUBSCRIBE, self.person.token_id)),
            zone=zone_of(self.person, door.site.zone),
            told=told,
            faults=faults,
        )
        return page(made, status)

    def save(self, fields: Mapping[str, str]) -> Response:
        say, zone = self.door.pages.say, fields.get("zone", self.person.zone).strip()
        if zone and not is_zone(zone):
            return self.page(faults=(say["not_a_zone"].format(given=zone),), status=422)
        try:
            until = self._until(fields.get("paused_until", "").strip(), zone)
        except ValueError:
            fault = say["not_a_date"].format(given=fields["paused_until"])
            return self.page(faults=(fault,), status=422)
        choice = Choice(
            name=fields.get("name", ""),
            text_only=fields.get("text_only") == YES,
            announcements=fields.get("announcements") == YES,
            paused_until=until,
            ties=[self._chosen(tie, fields) for tie in self._ties()],
            zone=zone,
        )
        now, source = self.door.clock.now(), self.door.path("prefs")
        try:
            saved = prefer(self.door.db, self.person.token_id, choice, now=now, source=source)
        except ValueError:
            return self.page(faults=(say["not_a_name"],), status=422)
        kept = self.person if saved is None else saved
        return _Sheet(self.door, self.token, kept).page(told=say["preferences_saved"])

    def move(self, fields: Mapping[str, str]) -> Response:
        say, given = self.door.pages.say, fields.get("address", "")
        try:
            address = parse_address(given)
        except ValueError:
            return self.page(faults=(say["not_an_address"].format(given=given),), status=422)
        door = self.door
        change_address(
            door.db,
            self.person.token_id,
            address,
            key=door.key,
            now=door.clock.now(),
            source=door.path("prefs"),
            random_name=door.random_name,
        )
        return self.page(told=say["change_asked"])

    def export(self, _: Mapping[str, str]) -> Response:
        data = personal_data(self.door.db, self.person)
        return download(json.dumps(data, ensure_ascii=False, indent=2).encode(), "my-data.json")

    def ask_erase(self, _: Mapping[str, str]) -> Response:
        action = self.door.path("prefs", self.token)
        button = self.door.pages.say["erase_button"]
        ask = Ask(action=action, button=button, hidden=[("do", "erase")])
        label = self.door.pages.say["preferences"]
        return page(self.door.pages.message("erase_page", ask=ask, onward=action, onward_label=label))

    def erase(self, _: Mapping[str, str]) -> Response:
        now, source = self.door.clock.now(), self.door.path("prefs")
        erase(self.door.db, self.person.token_id, now=now, source=source)
        return page(self.door.pages.message("erased"))

    def _ties(self) -> list[Subscription]:
        """What they have a word on: everything, each series, and the tags they follow."""
        known = {tie.follow: tie for tie in self.person.subscriptions}
        offered = [Follow(Scope.SITE), *(Follow(Scope.SERIES, slug) for slug in self.titles)]
        follows = dict.fromkeys([*offered, *known])
        return [known.get(follow) or self._not_yet(follow) for follow in follows]

    def _not_yet(self, follow: Follow) -> Subscription:
        """A series that is not followed by itself comes with everything else, where that is followed."""
        site = next((tie for tie in self.person.subscriptions if tie.follow.scope is Scope.SITE), None)
        comes = site is not None and follow.scope is not Scope.SITE
        state = site.state if comes and site is not None else SubscriptionState.OFF
        rhythm = site.rhythm if site is not None else Rhythm.EACH
        return Subscription(follow=follow, state=state, rhythm=rhythm)

    def _line(self, tie: Subscription) -> TieLine:
        label = label_of(tie.follow, self.titles, self.door.pages.say)
        return TieLine(name=str(tie.follow), label=label, state=str(tie.state), rhythm=str(tie.rhythm))

    def _chosen(self, tie: Subscription, fields: Mapping[str, str]) -> Subscription:
        """What the form says of *tie*; what it does not say, or says wrongly, stays."""
        state, rhythm = fields.get(f"state {tie.follow}", ""), fields.get(f"rhythm {tie.follow}", "")
        return Subscription(
            follow=tie.follow,
            state=SubscriptionState(state) if state in set(SubscriptionState) else tie.state,
            rhythm=Rhythm(rhythm) if rhythm in set(Rhythm) else tie.rhythm,
            paused_until=tie.paused_until,
        )

    def _until(self, written: str, zone: str) -> datetime | None:
        """The end of a pause: midnight of that day where the reader is; a day that is over is no pause."""
        if not written:
            return None
        day = date.fromisoformat(written)
        if day > (self.door.clock.now() + timedelta(days=3660)).date():
            raise ValueError("too far ahead")
        until = datetime.combine(day, time(), ZoneInfo(zone) if zone else self.door.site.zone)
        return until if until > self.door.clock.now() else None
