"""What the words of a server mean: text made plain, and looked up in the tables of phrases, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from docchat_mailer.dsn.addresses import ADDRESS
from docchat_mailer.dsn.phrases import hosts, readers, senders
from docchat_mailer.dsn.report import Meaning
from docchat_mailer.model.bounce import BounceKind

TEXT = 4000
"""Characters of a diagnostic that are looked at."""

COMMAND = re.compile(r"^[ \t]*>>>.*$", re.MULTILINE)
LINK = re.compile(r"https?://\S+")
TELLING = re.compile(
    r"spamhaus|spamcop|barracudacentral|sorbs|senderscore|cloudmark|talosintelligence|senderbase"
    r"|nosuchuser|overquotaperm|unsolicitedmessageerror",
    re.IGNORECASE,
)
"""What a link alone may tell: a list of blocked servers, or Google's word for the reason."""

MARKS = re.compile(r"[^\w]+|_+")
GAP = r"(?:\S+ ){0,4}?"


def plain(text: str) -> str:
    """*text* as lower-case words, a space before and after each; no addresses, links or commands."""
    text = ADDRESS.sub(" ", LINK.sub(_told, COMMAND.sub(" ", text[:TEXT])))
    text = text.replace("\u2019", "'").replace("n't", "nt").replace("'", "")
    return f" {MARKS.sub(' ', text).strip().lower()} ".replace(" e mail", " email")


def _told(link: re.Match[str]) -> str:
    found = TELLING.search(link[0])
    return f" {found[0]} " if found else " "


@dataclass(frozen=True, slots=True)
class Table:
    """The phrases of one meaning; *weak* ones weigh less than an enhanced code that says something."""

    meaning: Meaning
    kind: BounceKind
    phrases: tuple[str, ...]
    gapped: tuple[re.Pattern[str], ...]
    weak: bool

    def find(self, words: str) -> str:
        """The phrase that is in *words*, or nothing."""
        for phrase in self.phrases:
            if phrase in words:
                return phrase.strip()
        return next((found[0].strip() for each in self.gapped if (found := each.search(words))), "")


def _table(meaning: Meaning, kind: BounceKind, phrases: tuple[str, ...], *, weak: bool = False) -> Table:
    """A table whose phrases are as plain as the texts they are looked for in; the last word may go on."""
    whole = tuple(_plain_phrase(phrase) for phrase in phrases if not _is_pattern(phrase))
    gapped = tuple(_with_gaps(phrase) for phrase in phrases if _is_pattern(phrase))
    return Table(meaning, kind, whole, gapped, weak)


def _plain_phrase(phrase: str) -> str:
    """A phrase begins with a word; in writing without spaces it may begin anywhere."""
    words = plain(phrase).rstrip()
    return words if words[1:2] < "\u2000" else words.strip()


def _is_pattern(phrase: str) -> bool:
    return "*" in phrase or phrase.endswith(".")


def _with_gaps(phrase: str) -> re.Pattern[str]:
    pieces = (re.escape(plain(piece).strip()) for piece in phrase.split("*"))
    end = r" (?:$|in reply to)" if phrase.endswith(".") else ""
    return re.compile(" " + f" {GAP}".join(pieces) + end)


HARD, SOFT = BounceKind.HARD, BounceKind.SOFT

TABLES: tuple[Table, ...] = (
    _table(Meaning.SENDER, SOFT, senders.SENDER),
    _table(Meaning.RATE, SOFT, senders.RATE),
    _table(Meaning.FULL, SOFT, readers.FULL),
    _table(Meaning.NETWORK, SOFT, hosts.NOT_NOW),
    _table(Meaning.FILTERED, SOFT, readers.FILTERED),
    _table(Meaning.MOVED, HARD, readers.MOVED),
    _table(Meaning.UNKNOWN_USER, HARD, readers.UNKNOWN_USER),
    _table(Meaning.UNKNOWN_HOST, HARD, hosts.UNKNOWN_HOST),
    _table(Meaning.NO_MAIL, HARD, hosts.NO_MAIL),
    _table(Meaning.DISABLED, SOFT, readers.DISABLED),
    _table(Meaning.TOO_BIG, SOFT, senders.TOO_BIG),
    _table(Meaning.RELAY, SOFT, hosts.RELAY),
    _table(Meaning.BLOCKED, SOFT, senders.BLOCKED),
    _table(Meaning.SPAM, SOFT, senders.SPAM),
    _table(Meaning.VIRUS, SOFT, senders.VIRUS, weak=True),
    _table(Meaning.LOOP, SOFT, hosts.LOOP, weak=True),
    _table(Meaning.PROTOCOL, SOFT, senders.PROTOCOL, weak=True),
    _table(Meaning.SECURITY, SOFT, senders.SECURITY, weak=True),
    _table(Meaning.EXPIRED, SOFT, hosts.EXPIRED, weak=True),
    _table(Meaning.NETWORK, SOFT, hosts.NETWORK, weak=True),
    _table(Meaning.SYSTEM, SOFT, hosts.SYSTEM, weak=True),
    _table(Meaning.RATE, SOFT, senders.LATER, weak=True),
    _table(Meaning.POLICY, SOFT, senders.POLICY, weak=True),
    _table(Meaning.UNKNOWN_USER, HARD, readers.PERHAPS_UNKNOWN, weak=True),
)
"""Which words weigh more where a text has several: the first table that has a phrase of it decides.

What is said of the sender comes first, since "no such user" may be said of it too; then what is said too
often of mailboxes to be doubted; then the more particular before the more general.
"""


@dataclass(frozen=True, slots=True)
class Found:
    """The phrase that decides, and its table."""

    table: Table
    phrase: str


def find_phrase(text: str) -> Found | None:
    """What the words of *text* mean, or None where no table knows them."""
    words = plain(text)
    if not words.strip():
        return None
    return next((Found(table, phrase) for table in TABLES if (phrase := table.find(words))), None)
