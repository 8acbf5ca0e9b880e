"""Read ``config.toml`` and find everything that is wrong with it at once, each with its line."""

from __future__ import annotations

import difflib
import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from docchat_mailer.config.faults import SettingsError
from docchat_mailer.config.settings import Config, File, is_loopback, is_site_url, keys, split_mailbox
from docchat_mailer.errors import FileError
from docchat_mailer.model.codes import finding
from docchat_mailer.model.series import Source
from docchat_mailer.rules.rates import rate_of
from docchat_mailer.rules.slicing import share_of
from docchat_mailer.rules.spans import span_of
from docchat_mailer.smtp.profiles import PROFILES

LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
BREAKS = re.compile("[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
PATH = re.compile(r"/[^\s?#\"\\]*")
ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]+@[A-Za-z0-9.-]+")
DOMAIN = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
DATABASE = re.compile(
    r"sqlite://(/.+)?|postgresql://([^/\s@]*@)?([\w.-]*|\[[\da-fA-F:.]+\])(:\d+)?/[^/\s?]+(\?\S*)?"
)
SELECTOR = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""A selector is one label of a DNS name here (RFC 6376 section 3.1 allows more of them)."""
CONTACT = re.compile(r"[^\s@:]+@[^\s@:]+")
OPTIONAL = {"mail.smtp", "bounces.imap"}
"""Tables that need not be there; what stands in one of them is complete."""
LAST_PORT = 65535
LONGEST_GRACE = timedelta(days=1)
TITLE_FIELDS = {
    "site.part_title": {"series", "n", "title"},
    "site.announcement_title": {"date", "title"},
    "site.tag_title": {"tag"},
}


def load_config(path: Path) -> Config:
    """The settings in *path*.

    Raises FileError where it is not UTF-8, SettingsError with a line for each fault.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as exc:
        what = f"there is no usable {path}"
        fault = finding("C701", Source(path=path.name), what, why=str(exc.strerror))
        message = f"{fault.what} - {fault.why} - {fault.fix} [{fault.code}]"
        raise SettingsError([fault], message) from exc
    except UnicodeDecodeError as exc:
        raise FileError(f"{path} is not UTF-8", why=str(exc), fix="save it as UTF-8") from exc
    data = _parsed(path, text)
    faults = [*_unknown(data), *_wrong_types(data)]
    if not faults:
        config = Config(path.resolve(), msgspec.convert(data, File))
        faults = list(_wrong_values(config, data))
        if not faults:
            return config
    lines = sorted((_line_of(text, fault[1]), fault) for fault in faults)
    raise SettingsError(
        [
            finding(code, Source(path=path.name, line=line), what, why=why, fix=fix)
            for line, (code, _, what, why, fix) in lines
        ]
    )


def _parsed(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        found = re.search(r"line (\d+)", str(exc))
        where = Source(path=path.name, line=int(found[1]) if found else 1)
        raise SettingsError([finding("C702", where, "the file is not TOML", why=str(exc))]) from exc


Fault = tuple[str, str, str, str, str]
"""The code, a key's path, what is wrong with it, why that matters, and what to do."""


def _unknown(data: Mapping[str, Any], prefix: str = "") -> Iterator[Fault]:
    known = {key.path for key in keys()}
    tables = {path.rpartition(".")[0] for path in known} | {"mail.smtp"}
    for name, value in data.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping) and path in tables:
            yield from _unknown(value, f"{path}.")
        elif path not in known and path not in tables:
            here = [k.removeprefix(prefix) for k in known | tables if k.startswith(prefix)]
            near = difflib.get_close_matches(name, here, 1, 0.5)
            fix = (
                f"did you mean '{near[0]}'?" if near else f"take it out; known are: {', '.join(sorted(here))}"
            )
            yield (
                "C703",
                path,
                f"unknown key '{path}'",
                "every key is checked, so that a slip is not ignored",
                fix,
            )


def _wrong_types(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Missing and ill-typed keys, one after the other: what is wrong is set right until nothing is."""
    found = {key.path: key for key in keys()}
    for key in found.values():
        table, _, name = key.path.rpartition(".")
        inside = _table(data, table)
        if inside is None:
            if table in OPTIONAL or key.default is not msgspec.NODEFAULT:
                continue
            yield "C704", key.path, f"'{key.path}' is missing", key.description, f"add it under [{table}]"
        elif name not in inside:
            if key.default is msgspec.NODEFAULT:
                yield "C704", key.path, f"'{key.path}' is missing", key.description, f"add it under [{table}]"
        else:
            yield from _wrong_type(key.path, key.type, inside[name])
    for path in sorted(OPTIONAL):
        above, _, name = path.rpartition(".")
        value = (_table(data, above) or {}).get(name, {})
        if not isinstance(value, Mapping):
            yield "C705", path, f"'{path}' cannot be {value!r}", "it is a table", f"write [{path}]"


def _wrong_type(path: str, kind: str, value: Any) -> Iterator[Fault]:
    single: dict[str, Any] = {}
    cursor = single
    *tables, name = path.split(".")
    for table in tables:
        cursor = cursor.setdefault(table, {})
    cursor[name] = value
    try:
        msgspec.convert(_padded(single), File)
    except msgspec.ValidationError as exc:
        why = str(exc).partition(" - at ")[0].lower()
        yield "C705", path, f"'{path}' cannot be {value!r}", why, f"accepted is: {kind}"


def _padded(single: dict[str, Any]) -> dict[str, Any]:
    """One key among well-formed others, so that only it can be at fault."""
    site = {"title": "x", "base_url": "x", "postal_address": "x", **single.get("site", {})}
    mail = {"from": "x", **single.get("mail", {})}
    if "smtp" in mail and isinstance(mail["smtp"], dict):
        mail["smtp"] = {"host": "x", **mail["smtp"]}
    bounces = dict(single.get("bounces", {}))
    if isinstance(bounces.get("imap"), dict):
        bounces["imap"] = {"host": "x", **bounces["imap"]}
    return {**single, "site": site, "mail": mail, "bounces": bounces}


def _table(data: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    inside: Any = data
    for name in path.split("."):
        inside = inside.get(name) if isinstance(inside, Mapping) else None
    return inside if isinstance(inside, Mapping) else None


def _wrong_values(config: Config, data: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _broken_texts(data)
    site = config.tables.site
    if not is_site_url(site.base_url):
        why = "links in feeds and letters begin with it"
        yield (
            "C707",
            "site.base_url",
            f"'{site.base_url}' is not a web address",
            why,
            "write https://example.org",
        )
    for path, address in (
        ("web.base_url", config.tables.web.base_url),
        ("site.privacy_url", site.privacy_url),
        ("site.icon", site.icon),
        ("feeds.hub", config.tables.feeds.hub),
    ):
        if address and not is_site_url(address):
            yield (
                "C707",
                path,
                f"'{address}' is not a web address",
                "readers' programs follow it",
                "write https://...",
            )
    yield from _wrong_aliases(config.tables.feeds.aliases)
    yield from _wrong_door(config)
    yield from _open_mailbox(config)
    for path, domain, why in (
        ("mail.domain", config.tables.mail.domain, "Message-IDs are made under it (RFC 5322 section 3.6.4)"),
        (
            "mail.bounce_domain",
            config.tables.mail.bounce_domain,
            "bounces come to it (RFC 5321 section 3.6.3)",
        ),
        ("mail.dkim.domain", config.tables.mail.dkim.domain, "it vouches for letters (RFC 6376 section 3.5)"),
    ):
        if domain and not DOMAIN.fullmatch(domain):
            yield "C708", path, f"'{domain}' is no domain name", why, "write letters.example.org"
    if not LANGUAGE.fullmatch(site.language):
        why = "readers and screen readers go by it (BCP 47)"
        yield (
            "C709",
            "site.language",
            f"'{site.language}' is not a language tag",
            why,
            "write en, de or pt-BR",
        )
    try:
        ZoneInfo(site.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        why = "dates are meant in this zone"
        yield (
            "C710",
            "site.timezone",
            f"there is no zone '{site.timezone}'",
            why,
            "write a name such as Europe/Berlin",
        )
    for path, fields in TITLE_FIELDS.items():
        yield from _wrong_form(path, getattr(site, path.partition(".")[2]), fields)
    yield from _wrong_addresses(config)
    yield from _wrong_transport(config)
    yield from _wrong_share(config.tables.mail.canary)
    yield from _wrong_pace(config)
    yield from _wrong_signing(config)
    if config.tables.database.url and not DATABASE.fullmatch(config.tables.database.url):
        why = "SQLite and PostgreSQL are"
        fix = "write sqlite:///state/docchat.db, or postgresql://user@host/name"
        yield "C716", "database.url", "the database is not supported", why, fix


def _wrong_aliases(aliases: tuple[str, ...]) -> Iterator[Fault]:
    for path in aliases:
        if not PATH.fullmatch(path):
            why = "it becomes a rule of the host"
            yield "C717", "feeds.aliases", f"{path!r} is no path of this site", why, "write it as /feed/"


def _broken_texts(data: Mapping[str, Any], prefix: str = "") -> Iterator[Fault]:
    for name, value in data.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _broken_texts(value, f"{path}.")
        elif any(isinstance(text, str) and BREAKS.search(text) for text in _texts(value)):
            why = "a line break would end a header or a line of a feed"
            yield (
                "C706",
                path,
                f"'{path}' holds a line break or control character",
                why,
                "write it on one line",
            )


def _texts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _wrong_form(path: str, form: str, fields: set[str]) -> Iterator[Fault]:
    accepted = ", ".join(f"{{{name}}}" for name in sorted(fields))
    try:
        used = {name for _, name, _, _ in string.Formatter().parse(form) if name is not None}
    except ValueError as exc:
        yield "C711", path, "the form has a loose brace", str(exc), f"accepted are {accepted}"
        return
    if used - fields:
        what = f"the form names {', '.join(sorted(used - fields)) or 'nothing'}"
        yield "C711", path, what, "it would have no value", f"accepted are {accepted}"


def _wrong_addresses(config: Config) -> Iterator[Fault]:
    mail = config.tables.mail
    address = split_mailbox(mail.from_)[1]
    if not ADDRESS.fullmatch(address):
        why = "letters need a sender (RFC 5322 section 3.6.2)"
        yield (
            "C712",
            "mail.from",
            f"'{mail.from_}' holds no address",
            why,
            'write "DocChat <letters@example.org>"',
        )
    for name in ("reply_to", "unsubscribe_mailto"):
        value = getattr(mail, name)
        if value and not ADDRESS.fullmatch(split_mailbox(value)[1]):
            yield (
                "C712",
                f"mail.{name}",
                f"'{value}' is no address",
                "mail to it would be lost",
                "write name@example.org",
            )


def _wrong_transport(config: Config) -> Iterator[Fault]:
    mail = config.tables.mail
    if mail.transport != "smtp":
        return
    if mail.smtp is None:
        yield (
            "C713",
            "mail.transport",
            "there is no relay",
            "[mail.smtp] is missing",
            "add [mail.smtp] with a host",
        )
        return
    if not (mail.unsubscribe_mailto or config.opens_door):
        why = "real readers must have a way to leave"
        yield (
            "C714",
            "mail.transport",
            "'mail.unsubscribe_mailto' is missing",
            why,
            "name an address that is read, or open [web] base_url with `serve`",
        )
    for path, relay in (
        ("mail.smtp.security", mail.smtp),
        *(("mail.smtp.fallback", one) for one in mail.smtp.fallback),
    ):
        if relay.security == "none" and not is_loopback(relay.host):
            why = f"mail to {relay.host} would travel unencrypted"
            yield "C715", path, "'none' is for this machine only", why, 'write "starttls" or "tls"'


def _open_mailbox(config: Config) -> Iterator[Fault]:
    imap = config.tables.bounces.imap
    if imap is not None and imap.security == "none" and not is_loopback(imap.host):
        why = f"the password for {imap.host} would travel unencrypted"
        yield "C715", "bounces.imap.security", "'none' is for this machine only", why, 'write "tls"'


def _wrong_door(config: Config) -> Iterator[Fault]:
    web = config.tables.web
    host, colon, port = web.listen.rpartition(":")
    if not (host and colon and port.isdecimal() and int(port) <= LAST_PORT):
        why = "the proxy in front of it must find it"
        yield "C725", "web.listen", f"'{web.listen}' is no host and port", why, 'write "127.0.0.1:8025"'
    contact = web.security_contact
    if contact and not (CONTACT.fullmatch(contact) or is_site_url(contact)):
        why = "whoever found a weakness must reach somebody (RFC 9116 section 2.5.3)"
        told = f"'{contact}' is no web address and no mail address"
        yield "C707", "web.security_contact", told, why, 'write "security@example.org" or "https://..."'
    for network in web.trusted_proxies:
        try:
            ip_network(network, strict=False)
        except ValueError:
            yield (
                "C725",
                "web.trusted_proxies",
                f"'{network}' is no address and no network",
                "whoever is named in it is believed about who asks",
                'write "127.0.0.1" or "10.0.0.0/8"',
            )


def _wrong_share(canary: str) -> Iterator[Fault]:
    try:
        share_of(canary)
    except ValueError:
        why = "it says how many readers get a mailing ahead of the others"
        yield "C722", "mail.canary", f"'{canary}' is no share", why, 'write canary = "1 %"'


def _wrong_pace(config: Config) -> Iterator[Fault]:
    mail = config.tables.mail
    try:
        long = span_of(mail.grace) > LONGEST_GRACE
    except ValueError:
        long = True
    if long:
        why = "mail waits so long after its page is live, a day at most"
        yield "C723", "mail.grace", f"'{mail.grace}' is no grace", why, 'write grace = "10 min"'
    try:
        rate_of(mail.smtp.rate if mail.smtp is not None else "")
    except ValueError:
        why = "it says how many letters the relay takes in a time"
        what = f"'{mail.smtp.rate if mail.smtp is not None else ''}' is no rate"
        yield "C724", "mail.smtp.rate", what, why, 'write rate = "10/s", "600/min" or "10000/h"'


def _wrong_signing(config: Config) -> Iterator[Fault]:
    mail = config.tables.mail
    for file in mail.dkim.keys:
        if not SELECTOR.fullmatch(Path(file).stem):
            why = "a key file is named after its selector, a label of a DNS name (RFC 6376 section 3.1)"
            fix = "rename it, such as state/dkim/rsa202609.pem"
            yield "C718", "mail.dkim.keys", f"'{file}' names no selector", why, fix
    if mail.dkim.keys and mail.smtp is not None and PROFILES[mail.smtp.profile].remakes:
        why = f"{mail.smtp.profile} writes letters anew, and a signature over ours would not hold"
        fix = "leave the keys out, and let the relay sign"
        yield "C719", "mail.dkim.keys", "the relay signs by itself", why, fix


def _line_of(text: str, key: str) -> int:
    """The line on which *key* stands, else that of its table, else the first."""
    table, _, name = key.rpartition(".")
    current, table_line = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("[") and stripped.rstrip().endswith("]"):
            current = stripped.strip("[] ")
            if current in {table, key}:
                table_line = number
        elif current == table and re.match(rf'"?{re.escape(name)}"?\s*=', stripped):
            return number
    return table_line
