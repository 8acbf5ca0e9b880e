"""The composition root: settings become objects, here and nowhere else."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from docchat_mailer import __version__
from docchat_mailer.config import Config, load_config
from docchat_mailer.config.key_file import add_key, read_keys
from docchat_mailer.config.settings import DkimTable, RelayTable, is_loopback, split_mailbox
from docchat_mailer.delivery.dispatch import Mailing
from docchat_mailer.delivery.reasons import reasons
from docchat_mailer.delivery.sample import sample_copy
from docchat_mailer.errors import ConfigError
from docchat_mailer.hub.deploy import deploy
from docchat_mailer.letter.compiling import Compiled
from docchat_mailer.model.clock import Clock
from docchat_mailer.model.delivery import Courier, Sign
from docchat_mailer.model.site import Sender, Site
from docchat_mailer.model.subscriber import Address, Follow
from docchat_mailer.model.tokens import LinkKeys
from docchat_mailer.publishing.press import Press
from docchat_mailer.render.announcements import AnnouncementWriter
from docchat_mailer.render.environment import environment, fingerprint
from docchat_mailer.render.feeds import FeedRenderer
from docchat_mailer.render.letters import LetterWriter, declared_letters
from docchat_mailer.render.notices import NoticeWriter
from docchat_mailer.render.site import PageWriter, declared_pages
from docchat_mailer.render.words import words
from docchat_mailer.store import editions
from docchat_mailer.store.database import Database, has_begun
from docchat_mailer.worker.clocks import SystemClock
from docchat_mailer.worker.crew import Crew

if TYPE_CHECKING:
    from docchat_mailer.checking.memory import Memory
    from docchat_mailer.checking.surveying import Premises
    from docchat_mailer.delivery.signing import SigningProcesses
    from docchat_mailer.model.finding import Finding
    from docchat_mailer.model.naming import Resolver
    from docchat_mailer.preview.stage import Stage
    from docchat_mailer.publishing.inspecting import Inspection
    from docchat_mailer.returns.collecting import Collected
    from docchat_mailer.returns.intake import Taken
    from docchat_mailer.smtp.relay import RelaySettings
    from docchat_mailer.web.door import Door

FRAGMENTS = 64 * 1024 * 1024
"""Bytes of rendered entries kept while building: enough for the tag feeds of a year or two of posts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where one site keeps its things."""

    posts: Path
    templates: Path | None
    public: Path
    outbox: Path
    state: Path
    ids_file: Path


@dataclass(frozen=True)
class App:
    """One site, with everything it is made of."""

    config: Config
    places: Places
    db: Database
    site: Site
    sender: Sender
    key: bytes
    clock: Clock
    newer: tuple[bytes, ...] = ()

    @property
    def links(self) -> LinkKeys:
        """What links are made and read with: the site's key, and those that took its place there since."""
        return LinkKeys((self.key, *self.newer))

    @cached_property
    def press(self) -> Press:
        """What publishing works with."""
        jinja, places = environment(self.places.templates), self.places
        return Press(
            db=self.db,
            posts=places.posts,
            public=places.public,
            media=places.state / "media",
            ids_file=places.ids_file,
            spare_ids_file=places.state / "ids.txt",
            site=self.site,
            rendering=f"{__version__} {fingerprint(places.templates)}",
            pages=PageWriter(jinja, self.site),
            feeds=FeedRenderer(jinja, self.site, cache_size=FRAGMENTS),
            letters=LetterWriter(jinja, self.site, self.sender, excerpt=self.config.tables.mail.excerpt),
            announcements=AnnouncementWriter(jinja, self.site),
            deploy=self._deploy,
            answers=self._answers,
            ping=self._ping,
            processes=os.cpu_count() or 1,
            notices=NoticeWriter(jinja, self.site, self.sender) if self.config.opens_door else None,
            notices_from=self.sender if self.config.opens_door else None,
        )

    @cached_property
    def crew(self) -> Crew:
        """What a worker works with."""
        chance = random.Random()  # noqa: S311 - it spreads retries, it keeps no secret
        return Crew(
            press=self.press,
            courier=self.courier,
            clock=self.clock,
            mailing=Mailing(
                key=self.key,
                link_key=self.links.newest,
                sender=self.sender,
                why=self._why,
                now=self.clock.now,
                jitter=lambda: chance.uniform(-1, 1),
                sign=self._sign,
                connections=self._connections,
                window=self.config.tables.mail.window,
                canary=self.config.canary,
                route=self._route,
                rate=self.config.rate,
                daily_cap=self.config.daily_cap,
                grace=self.config.grace,
                resend=self.config.tables.mail.on_uncertain == "resend",
            ),
            lock=self.places.state / "instance.lock",
            journal=self.places.state / "journal",
            metrics=self.config.metrics_file,
            returns=self._collects,
            forget=self._forgets,
        )

    def metrics(self) -> bytes:
        """What can be measured from the database alone, as a monitor reads it; the worker's pulse with it."""
        from docchat_mailer.delivery.measuring import measure  # noqa: PLC0415 - only a monitor asks
        from docchat_mailer.metrics.exposition import exposition  # noqa: PLC0415
        from docchat_mailer.model.measures import Heard  # noqa: PLC0415
        from docchat_mailer.worker.pulse import last_beat  # noqa: PLC0415

        heard = Heard(last_tick=last_beat(self.places.state / "instance.lock"))
        return exposition(measure(self.db, self.clock.now()), heard, version=__version__)

    def door(self) -> Door:
        """What readers come, choose and leave by."""
        from docchat_mailer.render.web_pages import WebPages  # noqa: PLC0415 - only `serve` asks
        from docchat_mailer.web.door import Door  # noqa: PLC0415

        places = self.places
        return Door(
            db=self.db,
            site=self.site,
            clock=self.clock,
            pages=WebPages(environment(places.templates), self.site),
            base_url=self.config.door_url,
            public=places.public,
            state=places.state,
            heartbeat=places.state / "instance.lock",
            key=self.key,
            links=self.links,
            hooks=self.config.hook_secrets,
            bounce_policy=self.config.bounce_policy,
            trusted=self.config.trusted_proxies,
            goodbye=self.config.tables.mail.goodbye,
            security_contact=self.config.tables.web.security_contact,
        )

    def collect_returns(
        self,
        *,
        pipe: BinaryIO | None = None,
        maildir: Path | None = None,
        imap_alone: bool = False,
        dry_run: bool = False,
    ) -> Collected:
        """Take in what came back: from a *pipe*, from a *maildir*, or from the mailboxes of the settings."""
        from docchat_mailer.mailboxes import imap  # noqa: PLC0415 - only who has returns asks
        from docchat_mailer.mailboxes.maildir import Maildir  # noqa: PLC0415
        from docchat_mailer.mailboxes.pipe import read_piped  # noqa: PLC0415
        from docchat_mailer.readers.leaving import leave  # noqa: PLC0415
        from docchat_mailer.returns.collecting import Collected, collect  # noqa: PLC0415
        from docchat_mailer.returns.intake import Rules, asks_to_leave, take  # noqa: PLC0415

        rules = Rules(key=self.key, links=self.links, policy=self.config.bounce_policy)
        collected = Collected()

        def taken(octets: bytes, source: str) -> Taken:
            name = asks_to_leave(octets, rules)
            if name and not dry_run:  # first: a mail that is remembered is not looked at again
                goodbye = self.config.tables.mail.goodbye
                leave(self.db, name, now=self.clock.now(), source="mail", goodbye=goodbye)
            return take(self.db, octets, rules, source=source, now=self.clock.now(), dry_run=dry_run)

        if pipe is not None:
            collected.add(taken(read_piped(pipe), "pipe"))
            return collected
        folder = None if imap_alone else maildir or self.config.bounce_maildir
        if folder is not None:
            collected += collect(Maildir(folder).mails(), partial(taken, source="maildir"), dry_run=dry_run)
        settings = None if maildir else self.config.imap
        if settings is not None:
            with imap.mails(settings) as found:
                collected += collect(found, partial(taken, source="imap"), dry_run=dry_run)
        return collected

    @property
    def _collects(self) -> Callable[[], None] | None:
        """The worker's visit to the mailboxes, where there are any."""
        if self.config.bounce_maildir is None and self.config.imap is None:
            return None

        def visit() -> None:
            self.collect_returns()

        return visit

    @property
    def _forgets(self) -> Callable[[], None] | None:
        """The worker's daily erasure of people who are kept long enough, where there is a limit."""
        from docchat_mailer.readers.forgetting import Retention, forget  # noqa: PLC0415 - few ask

        table = self.config.tables.readers
        retention = Retention(pending=table.forget_pending, left=table.forget_left)
        if retention == Retention():
            return None

        def forget_now() -> None:
            forget(self.db, retention, self.clock.now())

        return forget_now

    @cached_property
    def courier(self) -> Courier:
        """What carries letters out: an outbox folder, or a relay."""
        mail = self.config.tables.mail
        if mail.transport == "outbox" or mail.smtp is None:
            from docchat_mailer.smtp.outbox import OutboxCourier  # noqa: PLC0415 - only one is needed

            return OutboxCourier(self.places.outbox)
        from docchat_mailer.smtp.failover import FailoverCourier  # noqa: PLC0415
        from docchat_mailer.smtp.relay import Limits, SmtpCourier  # noqa: PLC0415

        limits = Limits(connections=self._connections)
        relays = (mail.smtp, *mail.smtp.fallback)
        routes = [SmtpCourier(_relay(self.config, one), limits=limits) for one in relays]
        return routes[0] if len(routes) == 1 else FailoverCourier(routes)

    @property
    def _route(self) -> str:
        """What the paces of a relay are kept under."""
        smtp = self.config.tables.mail.smtp
        return "outbox" if smtp is None else f"{smtp.host}:{smtp.port}"

    @property
    def _connections(self) -> int:
        mail = self.config.tables.mail
        return 1 if mail.transport == "outbox" or mail.smtp is None else mail.smtp.connections

    @cached_property
    def _why(self) -> Callable[[Follow | None], str]:
        return reasons(self.db, words(self.site.language), self.site.title)

    @cached_property
    def _sign(self) -> Sign | None:
        """What signs letters, where keys are named; raises ConfigError for one that cannot be used."""
        if not self.config.tables.mail.dkim.keys:
            return None
        from docchat_mailer.config.signing import signer  # noqa: PLC0415 - its library loads where it signs

        return signer(self.config, rsa=self._processes)

    @cached_property
    def _processes(self) -> SigningProcesses | None:
        """What RSA is left to on the way to a relay, where there is more than one processor."""
        from docchat_mailer.config.signing import rsa_key  # noqa: PLC0415 - only who signs asks
        from docchat_mailer.delivery.signing import SigningProcesses  # noqa: PLC0415

        key, processors = rsa_key(self.config), os.cpu_count() or 1
        if key is None or processors == 1 or self.config.tables.mail.transport == "outbox":
            return None
        return SigningProcesses(key, processors)

    def close(self) -> None:
        """End what this site has started; the database is closed by whoever opened it."""
        processes = self.__dict__.get("_processes")
        if processes is not None:
            processes.close()

    def sample_message(self, compiled: Compiled, to: Address | None = None, *, signed: bool = False) -> bytes:
        """A copy of a letter for *to*, who need be no subscriber; its links belong to nobody."""
        return sample_copy(
            compiled,
            key=self.key,
            sender=self.sender,
            to=to or Address(local="reader", domain="example.org"),
            why=self._why(None),
            now=self.clock.now(),
            sign=self._sign if signed else None,
        )

    def stage(self) -> Stage:
        """What the preview works with: the templates are looked for, and read anew, for each stage."""
        from docchat_mailer.preview.stage import Stage  # noqa: PLC0415 - only the preview asks

        folder = self.config.path(self.config.tables.content.templates)
        places = replace(self.places, templates=folder if folder.is_dir() else None)
        return Stage(
            press=replace(self, places=places).press,
            sender=self.sender,
            key=self.key,
            clock=self.clock,
            config=self.config.file,
            templates=folder,
            anew=self.stage,
        )

    def inspection(self) -> Inspection:
        """Everything that should be changed in posts and templates; what is found is remembered."""
        from docchat_mailer.publishing.inspecting import inspect  # noqa: PLC0415 - only `check` asks

        return inspect(self.press, self._try_templates, self.clock.now(), self._memory())

    def _try_templates(self) -> list[str]:
        jinja = environment(self.places.templates)
        return [*declared_pages(jinja), *declared_letters(jinja, self.site, self.sender)]

    def _memory(self) -> Memory | None:
        """What earlier checks found, where there is a place to keep it."""
        from docchat_mailer.checking.memory import Memory  # noqa: PLC0415 - only `check` asks

        state = self.places.state
        if not state.is_dir() or not os.access(state, os.W_OK):
            return None
        basis = (self.press.rendering, self.site, self.sender, self.config.tables.mail.excerpt)
        return Memory(state / "findings.msgpack", basis)

    @property
    def _answers(self) -> Callable[[str], bool] | None:
        if not self.config.asks_url:
            return None
        from docchat_mailer.hub.answering import answers  # noqa: PLC0415 - HTTP loads where it is spoken

        return answers

    @property
    def _ping(self) -> Callable[[str], str] | None:
        """What tells the hub; a simulation tells nobody."""
        if not self.site.hub or self.key == SCRATCH_KEY:
            return None
        from docchat_mailer.hub.pinging import ping  # noqa: PLC0415 - HTTP loads where it is spoken

        return partial(ping, self.site.hub)

    @property
    def _deploy(self) -> Callable[[], None] | None:
        command = self.config.tables.output.deploy
        return partial(deploy, command, self.config.folder) if command else None


@contextmanager
def open_app(config_path: Path, clock: Clock | None = None, *, create: bool = True) -> Iterator[App]:
    """The site that *config_path* describes; its database and key are made where there are none.

    With *create* False nothing is made: a site that has not begun is looked at over an empty database in
    memory.  Raises ConfigError for faulty settings, and what opening a database raises.
    """
    config = load_config(config_path)
    begun = create or has_begun(config.database_url)
    db = Database.open(config.database_url if begun else "sqlite://")
    try:
        places = _places(config)
        keys = _keys(config.path(config.tables.state.key_file), db) if begun else [SCRATCH_KEY]
        site, sender = config.site(), config.sender()
        app = App(config, places, db, site, sender, keys[0], clock or SystemClock(), tuple(keys[1:]))
        with closing(app):
            yield app
    finally:
        db.close()


def diagnosis(config_path: Path, clock: Clock | None = None) -> list[Finding]:
    """What is wrong with the machine this site runs on and with its templates; nothing is made or mended.

    Raises SettingsError for faulty settings.
    """
    from docchat_mailer.checking.deployment import deployment_findings  # noqa: PLC0415 - only `doctor` asks
    from docchat_mailer.checking.surveying import survey  # noqa: PLC0415
    from docchat_mailer.publishing.inspecting import template_findings  # noqa: PLC0415

    config = load_config(config_path)
    places, sender = _places(config), config.sender()
    found = deployment_findings(survey(_premises(config, places), (clock or SystemClock()).now()))
    if config.tables.mail.dkim.keys:
        from docchat_mailer.checking.signing import key_findings  # noqa: PLC0415 - its library loads slowly

        found += key_findings([config.path(written) for written in config.tables.mail.dkim.keys])
    jinja = environment(places.templates)
    faults = [*declared_pages(jinja), *declared_letters(jinja, config.site(), sender)]
    return [*found, *template_findings(faults)]


def online_diagnosis(config_path: Path, resolver: Resolver | None = None) -> list[Finding]:
    """What is wrong with the relay and with the DNS of the domains letters name; nothing is sent.

    Raises SettingsError for faulty settings, ConfigError where the password cannot be read.
    """
    from docchat_mailer.checking.domains import domain_findings, reverse_findings  # noqa: PLC0415 - only `doctor` asks
    from docchat_mailer.checking.relays import relay_findings  # noqa: PLC0415
    from docchat_mailer.model.codes import finding  # noqa: PLC0415
    from docchat_mailer.model.series import Source  # noqa: PLC0415
    from docchat_mailer.smtp.probing import probe  # noqa: PLC0415

    if resolver is None:
        from docchat_mailer.hub.resolving import DnsResolver  # noqa: PLC0415 - its library loads here alone

        resolver = DnsResolver()
    config = load_config(config_path)
    mail, sender = config.tables.mail, config.sender()
    if mail.transport == "smtp" and mail.smtp is not None:
        found = list(relay_findings(probe(_relay(config, mail.smtp))))
        if not is_loopback(mail.smtp.host):
            found += reverse_findings(mail.smtp.host, resolver)
    else:
        found = [finding("C820", Source(path=config_path.name), "letters go to the outbox")]
    domain, *replies = (
        _domain(written) for written in (sender.address, mail.reply_to, mail.unsubscribe_mailto) if written
    )
    replies += [mail.bounce_domain] if mail.bounce_domain else []
    return [*found, *domain_findings(domain, replies, resolver), *_records(config, domain, resolver)]


def _records(config: Config, sender: str, resolver: Resolver) -> Iterator[Finding]:
    """What is wrong with the DKIM records; of keys that cannot be used, :func:`diagnosis` tells."""
    from docchat_mailer.checking.signing import record_findings  # noqa: PLC0415 - only `doctor` asks
    from docchat_mailer.config.signing import signing_domain, signing_keys  # noqa: PLC0415

    with suppress(ConfigError):
        yield from record_findings(signing_domain(config), sender, signing_keys(config), resolver)


def _domain(written: str) -> str:
    """The domain of a mailbox."""
    return split_mailbox(written)[1].rpartition("@")[2]


def _relay(config: Config, table: RelayTable) -> RelaySettings:
    from docchat_mailer.smtp.relay import RelaySettings  # noqa: PLC0415 - an outbox needs none

    return RelaySettings(
        host=table.host,
        port=table.port,
        security=table.security,
        username=table.username,
        password=config.relay_password(table),
        ehlo_name=table.ehlo_name,
    )


def _premises(config: Config, places: Places) -> Premises:
    from docchat_mailer.checking.surveying import Premises  # noqa: PLC0415 - only `doctor` asks

    _, scheme, file = config.database_url.partition("sqlite:///")
    outbox = (places.outbox,) if config.tables.mail.transport == "outbox" else ()
    database = Path(file) if scheme and file else None
    return Premises(
        folders=(places.public, places.state, *outbox, *((database.parent,) if database else ())),
        url=config.database_url,
        database=database,
        key_file=config.path(config.tables.state.key_file),
        lock_file=places.state / "instance.lock",
        zone=config.tables.site.timezone,
    )


@contextmanager
def open_scratch(config_path: Path, out: Path, clock: Clock) -> Iterator[App]:
    """The same site, living in the folder *out* with a database, an outbox and a key of its own.

    Posts, templates and settings are only read; nothing is deployed or signed, and no URL is asked.
    """
    config = load_config(config_path)
    real = _places(config)
    places = replace(
        real, public=out / "public", outbox=out / "outbox", state=out / "state", ids_file=out / "ids.txt"
    )
    tables = msgspec.structs.replace(
        config.tables,
        output=msgspec.structs.replace(config.tables.output, deploy=(), live="written"),
        mail=msgspec.structs.replace(config.tables.mail, transport="outbox", dkim=DkimTable()),
    )
    scratch = replace(config, tables=tables)
    out.mkdir(parents=True, exist_ok=True)
    db = Database.open(f"sqlite:///{out / 'state' / 'docchat.db'}")
    try:
        yield App(scratch, places, db, scratch.site(), scratch.sender(), SCRATCH_KEY, clock)
    finally:
        db.close()


SCRATCH_KEY = b"a simulation needs no secret key"
"""The key of every simulation: two runs give the same bytes."""


def _places(config: Config) -> Places:
    tables = config.tables
    templates = config.path(tables.content.templates)
    posts = config.path(tables.content.posts)
    return Places(
        posts=posts,
        templates=templates if templates.is_dir() else None,
        public=config.path(tables.output.public),
        outbox=config.path(tables.mail.outbox),
        state=config.path(tables.state.folder),
        ids_file=posts / "ids.txt",
    )


def _keys(file: Path, db: Database) -> list[bytes]:
    """The site's secret, made at the first start and never silently again; then each newer one of links.

    Raises ConfigError where the file is damaged, or letters were made with a key that is gone.
    """
    try:
        return read_keys(file)
    except FileNotFoundError:
        return [_new_key(file, db)]


def _new_key(file: Path, db: Database) -> bytes:
    """Make the secret of a site that has sent nothing yet."""
    with db.read() as c:
        if editions.editions(c):
            raise ConfigError(
                f"the key file {file} is missing",
                why="every link in letters already sent was made with it",
                fix="restore it from a backup; a new key breaks every unsubscribe link",
            )
    return add_key(file)
