"""Findings about ``config.toml``; each stops the program until it is mended."""

from __future__ import annotations

from docchat_mailer.model.codes.row import error

SETTINGS = (
    error(
        "C701",
        "no usable settings",
        why="a site is described by its config.toml",
        fix="name the file with --config, or make a site with `docchat-mailer init DIR`",
        explain="The file is not there or may not be read. Commands look for config.toml in the folder "
        "they are called in.",
    ),
    error(
        "C702",
        "not TOML",
        why="the file cannot be read",
        fix="mend that line",
        explain="In TOML every text is in quotes, lists are in square brackets, and a key stands under "
        "the last [table] above it.",
    ),
    error(
        "C703",
        "unknown key",
        why="every key is checked, so that a slip is not ignored",
        fix="take it out",
        explain="A misspelled setting would silently do nothing. All keys are in the reference of settings.",
    ),
    error(
        "C704",
        "missing key",
        why="nothing can stand in for it",
        fix="add it under its table",
        explain="A site needs its title, its address and the postal address that law asks for in letters; "
        "mail needs a sender.",
    ),
    error(
        "C705",
        "wrong kind of value",
        why="the key means something else",
        fix="write a value of the kind that is shown",
        explain="For instance a text where a number belongs, or a number that is too large.",
    ),
    error(
        "C706",
        "line break in a setting",
        why="a line break would end a header or a line of a feed",
        fix="write it on one line",
        explain="Settings become mail headers and lines of feeds; a line break or control character in "
        "them could add a header of its own. The postal address may have several lines.",
    ),
    error(
        "C707",
        "no web address",
        why="links in feeds and letters begin with it",
        fix="write https://example.org",
        explain="An address of the site is whole: the scheme, the host and no query or fragment.",
    ),
    error(
        "C708",
        "no domain name",
        why="Message-IDs are made under it (RFC 5322 section 3.6.4)",
        fix="write letters.example.org",
        explain="A domain of your own, with at least one dot, in plain letters (xn-- for others).",
    ),
    error(
        "C709",
        "no language tag",
        why="readers and screen readers go by it (BCP 47)",
        fix="write en, de or pt-BR",
        explain="A language is named by its tag and not by its name: en and not English.",
    ),
    error(
        "C710",
        "unknown time zone",
        why="dates are meant in this zone",
        fix="write a name such as Europe/Berlin",
        explain="Zones are named as in the IANA database, by continent and city; they know when clocks "
        "change.",
    ),
    error(
        "C711",
        "bad title form",
        why="what it names would have no value",
        fix="use the accepted names alone",
        explain="Forms such as part_title say how a title is put together. Only the names that the "
        "reference lists can stand in braces; a brace that is meant itself is doubled.",
    ),
    error(
        "C712",
        "no mail address",
        why="mail to it would be lost",
        fix="write name@example.org",
        explain='An address is name@domain, alone or after a display name: "DocChat <letters@example.org>".',
    ),
    error(
        "C713",
        "no relay",
        why='transport = "smtp" needs one',
        fix="add [mail.smtp] with a host",
        explain="Mail is handed to a relay: the server of your mail provider. Without one, transport = "
        '"outbox" writes letters into a folder.',
    ),
    error(
        "C714",
        "no way to leave",
        why="real readers must have a way to leave",
        fix="name an address that is read",
        explain="Each letter says how to unsubscribe. Mail is refused until there is a way that works.",
    ),
    error(
        "C715",
        "unencrypted mail",
        why="letters and the password would travel readable",
        fix='write "starttls" or "tls"',
        explain='security = "none" is only for a relay on this very machine.',
    ),
    error(
        "C716",
        "unsupported database",
        why="SQLite and PostgreSQL are",
        fix="write sqlite:///state/docchat.db, or postgresql://user@host/name",
        explain="The address of the database is sqlite:/// and a path, or postgresql:// with a host and the "
        "name of a database.",
    ),
    error(
        "C717",
        "no path of this site",
        why="it becomes a rule of the host",
        fix="write it as /feed/",
        explain="A path the feed had before begins with a slash and holds no space, query or fragment: "
        "hosts compare it with what a reader's program asks for.",
    ),
    error(
        "C718",
        "no selector",
        why="receivers look the key up under the name of its file",
        fix="rename the file, such as state/dkim/rsa202609.pem",
        explain="The public half of a DKIM key stands in the DNS under its selector, and here the file of "
        "the private half is named after it: letters, digits and hyphens, and then .pem. "
        "`docchat-mailer keys new` makes both.",
    ),
    error(
        "C719",
        "signed in vain",
        why="the relay takes a letter apart and writes it anew, so no signature over ours holds",
        fix="leave the keys out of [mail.dkim], and let the relay sign",
        explain="Some relays rewrite the whole message. They sign what they send, once your domain is "
        "verified there; a signature of ours would arrive broken.",
    ),
    error(
        "C722",
        "no share",
        why="it says how many readers get a mailing ahead of the others",
        fix='write canary = "1 %"',
        explain="A canary is a share of the readers, from 0 to 100 percent, who get a mailing ten minutes "
        "ahead. If their letters come back, the others are spared.",
    ),
    error(
        "C723",
        "no grace",
        why="mail waits so long after its page is live",
        fix='write grace = "10 min"',
        explain="The time between a page being live and its mail, from none to a day, is a number and a "
        "unit: 90 s, 10 min, 2h. While it lasts, `docchat-mailer cancel` stops the whole mailing.",
    ),
    error(
        "C724",
        "no rate",
        why="it says how many letters the relay takes in a time",
        fix='write rate = "10/s", "600/min" or "10000/h"',
        explain="A rate is letters in a second, a minute or an hour, and more than none. Leave it empty "
        "where the relay sets no limit.",
    ),
    error(
        "C725",
        "no place for the door",
        why="readers come to it through a proxy, and are told apart by what the proxy says",
        fix='write listen = "127.0.0.1:8025" and trusted_proxies = ["127.0.0.1"]',
        explain="`serve` listens on a host and a port. Trusted proxies are addresses, or networks such as "
        "10.0.0.0/8; what they say of who asks is believed, and nobody else is.",
    ),
)
"""C7xx."""
