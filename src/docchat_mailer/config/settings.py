"""The keys of ``config.toml``: what each means, of which type it is, and what it is when left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from docchat_mailer.errors import ConfigError
from docchat_mailer.model.site import Sender, Site
from docchat_mailer.rules.rates import Pace, rate_of
from docchat_mailer.rules.slicing import share_of
from docchat_mailer.rules.spans import span_of
from docchat_mailer.rules.suppression import BouncePolicy
from docchat_mailer.smtp.profiles import PROFILES

if TYPE_CHECKING:
    from docchat_mailer.mailboxes.imap import ImapSettings

Text = Annotated[str, Meta(max_length=1000)]


class _Table(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A table of the file: its unknown keys are errors."""


class SiteTable(_Table, frozen=True):
    """What readers see of the site."""

    title: Annotated[Text, Meta(description="the name of the blog")]
    base_url: Annotated[Text, Meta(description="the address of the site, without a final slash")]
    postal_address: Annotated[Text, Meta(description="where you can be written to; every letter says it")]
    language: Annotated[Text, Meta(description="language of the site (BCP 47)")] = "en"
    timezone: Annotated[Text, Meta(description="IANA zone in which dates are meant and shown")] = "UTC"
    author: Annotated[Text, Meta(description="who writes, where a post does not say")] = ""
    subtitle: Annotated[Text, Meta(description="one line about the blog")] = ""
    part_title: Annotated[Text, Meta(description="how a part is called: {series}, {n}, {title}")] = (
        "{series} Part {n} – {title}"
    )
    announcement_title: Annotated[
        Text, Meta(description="how an announcement is called: {date}, {title}")
    ] = "Coming {date}: {title}"
    tag_title: Annotated[Text, Meta(description="how the archive of a tag is called: {tag}")] = (
        "Tag Archives: {tag}"
    )
    sign_off: Annotated[Text, Meta(description="the last line of every post, once")] = ""
    notice: Annotated[Text, Meta(description="a notice under every post, such as 'not medical advice'")] = ""
    privacy_url: Annotated[Text, Meta(description="address of the privacy page")] = ""
    rights: Annotated[Text, Meta(description="copyright line of the feeds")] = ""
    icon: Annotated[Text, Meta(description="address of an icon (PNG)")] = ""
    show_overdue: Annotated[bool, Meta(description="whether pages say that a promised part is late")] = False


class ContentTable(_Table, frozen=True):
    """Where the content is."""

    posts: Annotated[Text, Meta(description="folder of series and posts")] = "posts"
    templates: Annotated[Text, Meta(description="folder of letter templates, and of pages you override")] = (
        "email_templates"
    )


class FeedsTable(_Table, frozen=True):
    """How feeds are cut."""

    entries: Annotated[int, Meta(ge=1, le=500, description="entries in a current feed")] = 30
    archive_block: Annotated[int, Meta(ge=10, le=1000, description="entries in an archive document")] = 100
    hub: Annotated[Text, Meta(description="address of a WebSub hub")] = ""
    aliases: Annotated[
        tuple[Text, ...], Meta(description="paths the site's feed had before; they lead to the new one")
    ] = ()


class RelayTable(_Table, frozen=True):
    """How to reach a relay."""

    host: Annotated[Text, Meta(description="host name of the relay")]
    port: Annotated[int, Meta(ge=1, le=65535, description="port of the relay")] = 587
    security: Annotated[
        Literal["starttls", "tls", "none"],
        Meta(description="how it is secured; none: loopback only"),
    ] = "starttls"
    username: Annotated[Text, Meta(description="who to log in as")] = ""
    password_file: Annotated[Text, Meta(description="file with the password, one line")] = ""
    ehlo_name: Annotated[Text, Meta(description="the name we greet with; the host's own if empty")] = ""


class SmtpTable(RelayTable, frozen=True):
    """The relay, and those that stand in for it."""

    profile: Annotated[
        Literal["generic", "ses", "postmark", "mailgun"], Meta(description="what kind of relay it is")
    ] = "generic"
    connections: Annotated[int, Meta(ge=1, le=100, description="connections at a time")] = 8
    rate: Annotated[
        Text, Meta(description="letters at most: 10/s, 600/min or 10000/h; as fast as it goes if empty")
    ] = ""
    daily_cap: Annotated[int, Meta(ge=0, description="letters at most in a day of UTC; 0 for no limit")] = 0
    fallback: Annotated[
        tuple[RelayTable, ...],
        Meta(description="relays that stand in while the first cannot be used, in order of preference"),
    ] = ()


class DkimTable(_Table, frozen=True):
    """What letters are signed with."""

    keys: Annotated[
        tuple[Text, ...],
        Meta(description="files of private keys, one RSA, one Ed25519 or both, each named by its selector"),
    ] = ()
    domain: Annotated[Text, Meta(description="domain that signs; the sender's if empty")] = ""


class MailTable(_Table, frozen=True):
    """Who letters are from and how they leave."""

    from_: Annotated[Text, Meta(description="sender of the letters: Name <address>")] = msgspec.field(
        name="from"
    )
    reply_to: Annotated[Text, Meta(description="a mailbox that is read")] = ""
    transport: Annotated[
        Literal["outbox", "smtp"], Meta(description="outbox: .eml files in a folder; smtp: a relay")
    ] = "outbox"
    outbox: Annotated[Text, Meta(description="folder of the outbox transport")] = "outbox"
    window: Annotated[
        int, Meta(ge=1, le=100, description="letters marked as under way at a time, on each connection")
    ] = 100
    canary: Annotated[
        Text, Meta(description="share of the readers who get a mailing ten minutes ahead, such as 1 %")
    ] = ""
    grace: Annotated[
        Text, Meta(description="time from a page being live to its mail, in which `cancel` stops all of it")
    ] = "0 min"
    on_uncertain: Annotated[
        Literal["hold", "resend"],
        Meta(description="a letter whose answer never came: hold it for `resolve`, or send it once more"),
    ] = "hold"
    unsubscribe_mailto: Annotated[Text, Meta(description="address that takes unsubscribe mails")] = ""
    list_name: Annotated[Text, Meta(description="name in List-Id; the site's title if empty")] = ""
    domain: Annotated[Text, Meta(description="domain of Message-Id and List-Id; the sender's if empty")] = ""
    bounce_domain: Annotated[
        Text, Meta(description="domain that takes bounces, each at an address of its own (VERP)")
    ] = ""
    goodbye: Annotated[bool, Meta(description="whether a last letter says that somebody has left")] = True
    excerpt: Annotated[
        bool, Meta(description="whether a part too long for a letter is mailed as its beginning")
    ] = False
    smtp: Annotated[SmtpTable | None, Meta(description="the relay, for transport smtp")] = None
    dkim: DkimTable = DkimTable()


class WebTable(_Table, frozen=True):
    """The door for readers, and where links in letters lead."""

    base_url: Annotated[
        Text,
        Meta(description="address `serve` answers at: sign-up, preferences, leaving; no door if empty"),
    ] = ""
    listen: Annotated[Text, Meta(description="host and port that `serve` listens on")] = "127.0.0.1:8025"
    trusted_proxies: Annotated[
        tuple[Text, ...],
        Meta(description="addresses or networks of our own proxies, whose X-Forwarded-For is believed"),
    ] = ()
    security_contact: Annotated[
        Text, Meta(description="whom to tell of a weakness, a mail or web address; in security.txt if set")
    ] = ""


class ImapTable(_Table, frozen=True):
    """A mailbox on a server that returned mail comes to."""

    host: Annotated[Text, Meta(description="host name of the IMAP server")]
    port: Annotated[int, Meta(ge=1, le=65535, description="its port")] = 993
    username: Annotated[Text, Meta(description="who to log in as")] = ""
    password_file: Annotated[Text, Meta(description="file with the password, one line")] = ""
    mailbox: Annotated[Text, Meta(description="the mailbox that is read")] = "INBOX"
    security: Annotated[
        Literal["tls", "none"], Meta(description="how it is secured; none: loopback only")
    ] = "tls"


class HooksTable(_Table, frozen=True):
    """Relays that tell by a webhook what came back."""

    generic: Annotated[Text, Meta(description="file with the secret of requests signed as we say")] = ""
    postmark: Annotated[Text, Meta(description="file with user:password that Postmark sends")] = ""
    mailgun: Annotated[Text, Meta(description="file with Mailgun's signing key")] = ""
    ses: Annotated[
        Text, Meta(description="name (ARN) of the Amazon SNS topic that SES tells bounces and complaints to")
    ] = ""


class BouncesTable(_Table, frozen=True):
    """What comes back."""

    maildir: Annotated[Text, Meta(description="Maildir that returned mail comes to")] = ""
    limit: Annotated[
        float,
        Meta(gt=0, le=100, description="score that bars an address: hard 1, soft 0.5, a day counts once"),
    ] = 3.0
    stale_days: Annotated[int, Meta(ge=1, le=365, description="days that a bounce counts")] = 30
    hard_at_once: Annotated[bool, Meta(description="whether one hard bounce is enough")] = True
    hooks: HooksTable = HooksTable()
    imap: Annotated[ImapTable | None, Meta(description="a mailbox on a server, besides or instead")] = None


class StateTable(_Table, frozen=True):
    """What the program keeps."""

    folder: Annotated[Text, Meta(description="folder for locks and copies of published images")] = "state"
    key_file: Annotated[Text, Meta(description="secret behind links; never in git")] = "state/key"


class DatabaseTable(_Table, frozen=True):
    """Where the database is."""

    url: Annotated[Text, Meta(description="sqlite:/// and a path, or postgresql://user@host/name")] = (
        "sqlite:///state/docchat.db"
    )


class ReadersTable(_Table, frozen=True):
    """How long people are kept who receive nothing."""

    forget_pending: Annotated[
        int, Meta(ge=0, le=36500, description="days until who never confirmed is erased; 0: never")
    ] = 0
    forget_left: Annotated[
        int, Meta(ge=0, le=36500, description="days until who left is erased, but for a keyed hash; 0: never")
    ] = 0


class MetricsTable(_Table, frozen=True):
    """What a monitor reads."""

    file: Annotated[
        Text,
        Meta(
            description="file of the worker's metrics, for node_exporter's textfile collector; none if empty"
        ),
    ] = ""


class OutputTable(_Table, frozen=True):
    """Where pages and feeds go."""

    public: Annotated[Text, Meta(description="folder of pages and feeds")] = "public"
    deploy: Annotated[tuple[str, ...], Meta(description="command, as a list, run after files changed")] = ()
    live: Annotated[
        Literal["", "written", "url"],
        Meta(description="when a page counts as live: when written, or when its URL answers"),
    ] = ""


class File(_Table, frozen=True):
    """The whole file."""

    site: SiteTable
    mail: MailTable
    content: ContentTable = ContentTable()
    feeds: FeedsTable = FeedsTable()
    web: WebTable = WebTable()
    bounces: BouncesTable = BouncesTable()
    state: StateTable = StateTable()
    database: DatabaseTable = DatabaseTable()
    output: OutputTable = OutputTable()
    metrics: MetricsTable = MetricsTable()
    readers: ReadersTable = ReadersTable()


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """One key, for the reference and for a word about an unknown one."""

    path: str
    type: str
    default: Any
    description: str


def keys(table: type[msgspec.Struct] = File, prefix: str = "") -> Iterator[Key]:
    """Every key of the file, tables first come first served."""
    hints = get_type_hints(table, include_extras=True)
    for info in msgspec.structs.fields(table):
        path = f"{prefix}{info.encode_name}"
        inner = _table_in(info.type)
        if inner is not None:
            yield from keys(inner, f"{path}.")
        else:
            required = info.default is msgspec.NODEFAULT
            yield Key(
                path=path,
                type=_type_name(info.type),
                default=msgspec.NODEFAULT if required else info.default,
                description=_description(hints[info.name]),
            )


def _table_in(annotation: Any) -> type[msgspec.Struct] | None:
    """The table behind an annotation such as ``SmtpTable | None``, or None for a plain key."""
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if get_origin(bare) is tuple:
        return None
    candidates = (bare, *get_args(bare))
    return next((c for c in candidates if isinstance(c, type) and issubclass(c, msgspec.Struct)), None)


def _type_name(annotation: Any) -> str:
    bare = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    if get_origin(bare) is Annotated:
        bare = get_args(bare)[0]
    if get_origin(bare) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(bare) if value)
    if RelayTable in get_args(bare):
        return "tables [[...]] with the keys host, port, security, username, password_file, ehlo_name"
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    return names.get(bare, "list of texts")


def _description(annotation: Any) -> str:
    found = [item.description for item in getattr(annotation, "__metadata__", ()) if item.description]
    return str(found[-1]) if found else ""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings, with every relative path resolved against the file's folder."""

    file: Path
    tables: File

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return self.file.parent

    def path(self, written: str) -> Path:
        """A path as it was written, made absolute."""
        return (self.folder / written).resolve()

    @property
    def zone(self) -> ZoneInfo:
        """The site's zone."""
        return ZoneInfo(self.tables.site.timezone)

    @property
    def database_url(self) -> str:
        """The database's URL with an absolute path."""
        prefix = "sqlite:///"
        url = self.tables.database.url
        if not url.startswith(prefix) or url == prefix:
            return url
        return f"{prefix}{self.path(url.removeprefix(prefix))}"

    @property
    def canary(self) -> float:
        """The share of readers who get a mailing ahead, from 0 to 1."""
        return share_of(self.tables.mail.canary)

    @property
    def grace(self) -> timedelta:
        """The time between a publication going live and the fan-out of its edition."""
        return span_of(self.tables.mail.grace)

    @property
    def rate(self) -> float | None:
        """Letters a second that the relay may be given; None for no limit, and for the outbox."""
        mail = self.tables.mail
        return rate_of(mail.smtp.rate) if mail.transport == "smtp" and mail.smtp is not None else None

    @property
    def daily_cap(self) -> int:
        """Letters that the relay may be given in a day; 0 for no limit, and for the outbox."""
        mail = self.tables.mail
        return mail.smtp.daily_cap if mail.transport == "smtp" and mail.smtp is not None else 0

    @property
    def pace(self) -> Pace:
        """When mail leaves, and how fast."""
        return Pace(grace=self.grace, rate=self.rate, daily_cap=self.daily_cap)

    @property
    def opens_door(self) -> bool:
        """Whether readers can come, choose and leave at an address of ours."""
        return bool(self.tables.web.base_url)

    @property
    def door_url(self) -> str:
        """That address, the site's where none is named; no final slash."""
        return (self.tables.web.base_url or self.tables.site.base_url).rstrip("/")

    @property
    def listen(self) -> tuple[str, int]:
        """Host and port that `serve` listens on."""
        host, _, port = self.tables.web.listen.rpartition(":")
        return host.strip("[]") or "127.0.0.1", int(port)

    @property
    def trusted_proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks whose word on who asks is believed."""
        return tuple(ip_network(one, strict=False) for one in self.tables.web.trusted_proxies)

    @property
    def metrics_file(self) -> Path | None:
        """Where the worker's metrics go; None for nowhere."""
        written = self.tables.metrics.file
        return self.path(written) if written else None

    @property
    def bounce_policy(self) -> BouncePolicy:
        """How much may come back from an address."""
        table = self.tables.bounces
        return BouncePolicy(
            limit=table.limit, stale=timedelta(days=table.stale_days), hard_at_once=table.hard_at_once
        )

    @property
    def bounce_maildir(self) -> Path | None:
        """The Maildir that returned mail comes to."""
        written = self.tables.bounces.maildir
        return self.path(written) if written else None

    @property
    def hook_secrets(self) -> dict[str, str]:
        """The secrets of webhooks, by provider; of Amazon the topic, whose messages Amazon signs.

        Raises ConfigError where one cannot be read.
        """
        table = self.tables.bounces.hooks
        files = {"generic": table.generic, "postmark": table.postmark, "mailgun": table.mailgun}
        secrets = {name: self.secret(written) for name, written in files.items() if written}
        if table.ses and not table.ses.startswith("arn:"):
            raise ConfigError(
                f"{table.ses!r} names no topic",
                where=self.file.name,
                why="messages of any other topic are not believed",
                fix="copy the topic's ARN from Amazon's console: arn:aws:sns:...",
            )
        return {**secrets, "ses": table.ses} if table.ses else secrets

    @property
    def imap(self) -> ImapSettings | None:
        """The mailbox on a server that it comes to.

        Raises ConfigError where the password cannot be read.
        """
        table = self.tables.bounces.imap
        if table is None:
            return None
        from docchat_mailer.mailboxes.imap import ImapSettings  # noqa: PLC0415 - IMAP loads where it is spoken

        return ImapSettings(
            host=table.host,
            port=table.port,
            username=table.username,
            password=self.secret(table.password_file),
            mailbox=table.mailbox,
            security=table.security,
        )

    @property
    def asks_url(self) -> bool:
        """Whether a page is live only when its own URL answers."""
        live = self.tables.output.live or ("written" if self.tables.mail.transport == "outbox" else "url")
        return live == "url"

    def site(self) -> Site:
        """The site as readers see it."""
        table, feeds = self.tables.site, self.tables.feeds
        plain = {name: getattr(table, name) for name in table.__struct_fields__}
        del plain["timezone"]
        plain["base_url"] = table.base_url.rstrip("/")
        return Site(
            **plain,
            zone=self.zone,
            door=self.door_url if self.opens_door else "",
            hub=feeds.hub,
            feed_aliases=feeds.aliases,
            feed_entries=feeds.entries,
            archive_block=feeds.archive_block,
        )

    def sender(self) -> Sender:
        """Who letters are from; through a relay, only the mailto leads out while no endpoint answers."""
        mail = self.tables.mail
        name, address = split_mailbox(mail.from_)
        endpoint = self.door_url
        return Sender(
            name=name,
            address=address,
            reply_to=mail.reply_to,
            domain=mail.domain or address.rpartition("@")[2],
            list_name=mail.list_name or self.tables.site.title,
            web_url="" if mail.transport == "smtp" and not self.opens_door else endpoint,
            unsubscribe_mailto=mail.unsubscribe_mailto,
            keeps_ids=mail.smtp is None or PROFILES[mail.smtp.profile].keeps_ids,
            bounce_domain=mail.bounce_domain,
        )

    def relay_password(self, relay: RelayTable) -> str:
        """A relay's password from its file, or an empty string where none is named.

        Raises ConfigError where the file cannot be read.
        """
        return self.secret(relay.password_file)

    def secret(self, written: str) -> str:
        """What stands in the file named by *written*, or an empty string where none is named.

        Raises ConfigError where it cannot be read.
        """
        if not written:
            return ""
        file = self.path(written)
        try:
            return file.read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise ConfigError(
                f"the password file {file} cannot be read",
                where=self.file.name,
                why=str(exc.strerror),
                fix="write the password into it, readable by this user alone (mode 0600)",
            ) from exc


def split_mailbox(written: str) -> tuple[str, str]:
    """Name and address of ``Name <address>``, or an empty name and the address alone."""
    name, bracket, rest = written.partition("<")
    if not bracket:
        return "", written.strip()
    return name.strip().strip('"'), rest.strip().removesuffix(">").strip()


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine: the only place where mail may go unencrypted."""
    return host in {"localhost", "::1"} or host.startswith("127.")


def is_site_url(url: str) -> bool:
    """Whether *url* is an absolute http(s) address without query or fragment."""
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and named and not (parts.query or parts.fragment)


__all__ = ["Config", "File", "Key", "is_loopback", "is_site_url", "keys", "split_mailbox"]
