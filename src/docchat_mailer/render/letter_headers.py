"""The header fields of a letter: the same for every reader but for the sentinels in them.

What a reader follows stands in none of them.
"""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from docchat_mailer.errors import ConfigError
from docchat_mailer.letter.fields import Field, Sentinels
from docchat_mailer.letter.headers import Header, mailbox, phrase, unstructured
from docchat_mailer.model.site import Sender, Site
from docchat_mailer.model.slugs import slugify
from docchat_mailer.render.views import Entry

URL_SAFE = "/%:?&=#[]@!$'()*+,;~"


def letter_headers(entry: Entry, site: Site, sender: Sender, sentinels: Sentinels) -> tuple[Header, ...]:
    """Every field but MIME-Version and the multipart's Content-Type, which compiling adds.

    Raises ValueError where a title or name holds a control character.
    """
    token = sentinels.token
    fields = [
        Header("From", mailbox(sender.name, sender.address)),
        Header("To", token(Field.TO)),
        unstructured("Subject", entry.title),
        Header("Date", token(Field.DATE)),
        Header("Message-ID", token(Field.MESSAGE_ID)),
    ]
    if sender.reply_to:
        fields.insert(1, Header("Reply-To", sender.reply_to))
    if sender.keeps_ids:
        fields.append(Header("References", token(Field.REFERENCES)))
    return (
        *fields,
        *_list_headers(entry, site, sender, token(Field.UNSUBSCRIBE)),
        *_automatic(entry, sender),
    )


def _list_headers(entry: Entry, site: Site, sender: Sender, token: str) -> list[Header]:
    """The list as a whole (RFC 2369, RFC 2919, RFC 5064, RFC 8058): it names the site, no series or tag."""
    owner = sender.reply_to or sender.address
    return [
        *_membership(sender, token),
        Header("List-Archive", f"<{ascii_url(site.base_url)}/>"),
        Header("List-Post", "NO"),
        Header("List-Owner", f"<mailto:{owner}>"),
        Header("List-Help", f"<mailto:{owner}?subject=help>"),
        Header("Archived-At", f"<{ascii_url(site.base_url + entry.path)}>"),
    ]


def _membership(sender: Sender, token: str) -> list[Header]:
    """Which list it is, and the ways out of it."""
    fields = [
        Header("List-Id", f"{phrase(sender.list_name)} <{list_slug(sender)}.{sender.domain}>"),
        Header("List-Unsubscribe", ", ".join(f"<{url}>" for url in unsubscribe_urls(sender, token))),
    ]
    if sender.web_url:
        fields.append(Header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return fields


def _automatic(entry: Entry, sender: Sender) -> list[Header]:
    """What tells machines that a machine wrote this (RFC 3834 section 5; MS-OXCMAIL 2.1.3.2.20)."""
    return [
        Header("Feedback-ID", f"{entry.kind}:{feedback_sender(sender)}"),
        Header("Precedence", "bulk"),
        Header("Auto-Submitted", "auto-generated"),
        Header("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN"),
        Header("Content-Language", entry.language),
    ]


def unsubscribe_urls(sender: Sender, token: str) -> list[str]:
    """The ways out, the https one first; *token* is the last thing in each.

    Raises ConfigError where there is none.
    """
    urls = [f"{ascii_url(sender.web_url)}/u/{token}"] if sender.web_url else []
    if sender.unsubscribe_mailto:
        urls.append(f"mailto:{sender.unsubscribe_mailto}?subject=unsubscribe%20{token}")
    if not urls:
        raise ConfigError(
            "letters have no way to unsubscribe",
            why="neither [web] base_url nor [mail] unsubscribe_mailto is set",
            fix="set one of them in config.toml",
        )
    return urls


def preferences_url(sender: Sender, token: str) -> str:
    """Where a reader chooses what they get; empty where no such page answers."""
    return f"{ascii_url(sender.web_url)}/prefs/{token}" if sender.web_url else ""


def confirm_url(sender: Sender, token: str) -> str:
    """Where a request is said yes to."""
    return f"{ascii_url(sender.web_url)}/confirm/{token}"


def view_url(sender: Sender, token: str) -> str:
    """Where a letter can be seen that has no page."""
    return f"{ascii_url(sender.web_url)}/m/{token}"


def notice_headers(
    subject: str, language: str, sender: Sender, sentinels: Sentinels, *, member: bool
) -> tuple[Header, ...]:
    """Every field of a notice but MIME-Version and Content-Type.

    Only a *member* is on the list, and can leave it: who is asked whether they want to be is on none.
    """
    token = sentinels.token
    fields = [
        Header("From", mailbox(sender.name, sender.address)),
        Header("To", token(Field.TO)),
        unstructured("Subject", subject),
        Header("Date", token(Field.DATE)),
        Header("Message-ID", token(Field.MESSAGE_ID)),
    ]
    if sender.reply_to:
        fields.insert(1, Header("Reply-To", sender.reply_to))
    if member:
        fields += _membership(sender, token(Field.UNSUBSCRIBE))
    return (
        *fields,
        Header("Auto-Submitted", "auto-generated"),
        Header("X-Auto-Response-Suppress", "OOF, AutoReply, RN, NRN"),
        Header("Content-Language", language),
    )


def list_slug(sender: Sender) -> str:
    """The left label of the List-Id; plain ASCII whatever the list is called."""
    slug = slugify(sender.list_name)
    return slug if slug and slug.isascii() else "letters"


def feedback_sender(sender: Sender) -> str:
    """The stable sender id of Feedback-ID: 5 to 15 letters and digits of the domain."""
    return re.sub(r"[^a-z0-9]", "", sender.domain.lower())[:15].ljust(5, "0")


def ascii_url(url: str) -> str:
    """*url* in ASCII: the host in A-labels, the rest percent-encoded (RFC 3987 section 3.1)."""
    if url.isascii():
        return url
    parts = urlsplit(url)
    host = idna.encode(parts.hostname or "", uts46=True).decode()
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, host + port, *(quote(part, safe=URL_SAFE) for part in parts[2:])))
