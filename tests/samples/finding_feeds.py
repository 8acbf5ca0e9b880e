"""For each code about feeds, pages and settings: a document that raises it and one that does not."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from docchat_mailer.checking.feeds import Fault, feed_faults
from docchat_mailer.checking.page_check import page_faults
from docchat_mailer.config import load_config
from docchat_mailer.config.faults import SettingsError
from docchat_mailer.model.codes import finding
from docchat_mailer.model.finding import Finding
from docchat_mailer.model.series import Source

Sample = Callable[[Path], list[Finding]]

NOW = datetime(2027, 3, 16, 8, tzinfo=UTC)

ATOM = """\
<feed xmlns="http://www.w3.org/2005/Atom"><id>tag:example.org,2026:feed</id><title>DocChat</title>
<link rel="self" href="https://example.org/atom.xml"/>
<link rel="prev-archive" href="https://example.org/archive/0001.atom"/>
<entry><id>tag:example.org,2026:massage/1</id><title>Benefits</title>
<link rel="alternate" href="https://example.org/s/massage/benefits/"/>
<published>2027-03-02T08:00:00Z</published><updated>2027-03-02T08:00:00Z</updated>
<content type="html">&lt;p style="color:#333"&gt;See &lt;a href="https://example.org/x"&gt;this&lt;/a&gt;.&lt;/p&gt;</content></entry>
<entry><id>tag:example.org,2026:massage/2</id><title>Risks</title>
<link rel="alternate" href="https://example.org/s/massage/risks/"/>
<published>2027-03-09T08:00:00Z</published><updated>2027-03-09T08:00:00Z</updated>
<content type="html">&lt;p&gt;Few.&lt;/p&gt;</content></entry>
</feed>
"""

RSS = """\
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>DocChat</title><link>https://example.org/</link>
<atom:link rel="self" href="https://example.org/feed.xml"/>
<image><title>DocChat</title><link>https://example.org/</link><url>https://example.org/icon.png</url></image>
<item><guid isPermaLink="false">tag:example.org,2026:massage/1</guid><title>Benefits</title>
<link>https://example.org/s/massage/benefits/</link><pubDate>Tue, 02 Mar 2027 08:00:00 +0000</pubDate>
<dc:creator>DocChat</dc:creator><description>Short.</description>
<content:encoded>&lt;p&gt;Long.&lt;/p&gt;</content:encoded>
<enclosure url="https://example.org/talk.mp3" length="12345" type="audio/mpeg"/></item>
</channel></rss>
"""

PAGE = """\
<!doctype html><html lang="en"><head><title>Benefits</title></head><body><h1>Benefits</h1>
<p><a href="#sleep">Sleep</a></p><h2 id="sleep">Sleep</h2></body></html>
"""

SETTINGS = """\
[site]
title = "DocChat"
base_url = "https://docchat.example"
postal_address = "1 Example Street"

[mail]
from = "DocChat <letters@docchat.example>"
"""


def _told(faults: list[Fault], path: str) -> list[Finding]:
    return [finding(code, Source(path=path), what) for code, what in faults]


def _turned(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new, 1)


def atom(old: str = "", new: str = "") -> Sample:
    """The Atom feed with *new* in the place of *old*."""
    document = _turned(ATOM, old, new).encode()
    return lambda _tmp: _told(feed_faults(document, "https://example.org/atom.xml", NOW), "atom.xml")


def rss(old: str = "", new: str = "") -> Sample:
    """The RSS feed with *new* in the place of *old*."""
    document = _turned(RSS, old, new).encode()
    return lambda _tmp: _told(feed_faults(document, "https://example.org/feed.xml", NOW), "feed.xml")


def page(old: str = "", new: str = "", body: str = "") -> Sample:
    """The page with *new* in the place of *old*."""
    document = _turned(PAGE, old, new).encode()
    return lambda _tmp: _told(list(page_faults(document, body)), "massage/01-benefits.md")


def settings(old: str = "", new: str = "") -> Sample:
    """What is wrong with the settings with *new* in the place of *old*."""

    def sample(tmp: Path) -> list[Finding]:
        file = tmp / "config.toml"
        file.write_text(_turned(SETTINGS, old, new), encoding="utf-8")
        return _faults_of(file)

    return sample


def _faults_of(file: Path) -> list[Finding]:
    try:
        load_config(file)
    except SettingsError as exc:
        return list(exc.findings)
    return []


def _missing(tmp: Path) -> list[Finding]:
    found = _faults_of(tmp / "config.toml")
    assert str(tmp) in found[0].what
    return [finding("C701", found[0].source, "there is no usable config.toml", why=found[0].why)]


LEAVE = 'unsubscribe_mailto = "leave@docchat.example"\n'
HOST = '[mail.smtp]\nhost = "smtp.docchat.example"\n'
FROM = 'from = "DocChat <letters@docchat.example>"\n'


def relayed(more: str) -> Sample:
    """Settings with a relay of which *more* is said."""
    return settings("[mail]\n" + FROM, f'[mail]\ntransport = "smtp"\n{FROM}{more}')


ENCLOSED = '<enclosure url="https://example.org/talk.mp3" length="12345" type="audio/mpeg"/>'
LINK = 'href="https://example.org/x"'
GOOD = settings()

FEEDS: dict[str, tuple[Sample, Sample]] = {
    "C501": (atom(LINK, 'href="../x"'), atom()),
    "C502": (atom(LINK, 'href="javascript:x()"'), atom(LINK, 'href="https://example.org/javascript:x"')),
    "C503": (atom("color:#333", "position:fixed"), atom()),
    "C504": (
        atom("See ", "&lt;body&gt;See "),
        atom("See ", "&lt;code&gt;&amp;lt;body&amp;gt;&lt;/code&gt; "),
    ),
    "C505": (atom("Benefits", "Why &lt;b&gt; is old"), atom("Benefits", "Why 1 &lt; 2")),
    "C506": (
        atom("tag:example.org,2026:massage/1", "massage 1"),
        atom("tag:example.org,2026:massage/1", "urn:x:1"),
    ),
    "C507": (
        atom("<published>2027-03-02T08:00:00Z", "<published>1970-01-01T00:00:00Z"),
        atom("<published>2027-03-02T08:00:00Z", "<published>1999-01-01T00:00:00Z"),
    ),
    "C508": (
        atom("<updated>2027-03-02T", "<updated>2027-03-01T"),
        atom("<updated>2027-03-02T", "<updated>2027-03-03T"),
    ),
    "C509": (
        atom("<updated>2027-03-09T08:00:00Z", "<updated>2027-03-02T08:00:00Z"),
        atom("<updated>2027-03-09T08:00:00Z", "<updated>2027-03-09T08:00:01Z"),
    ),
    "C510": (atom("massage/2</id>", "massage/1</id>"), atom("massage/2</id>", "massage/3</id>")),
    "C511": (atom('href="https://example.org/atom.xml"', 'href="atom.xml"'), atom()),
    "C512": (rss("<image><title>DocChat", "<image><title>Icon"), rss()),
    "C513": (rss(ENCLOSED, ENCLOSED * 2), rss(ENCLOSED, "")),
    "C514": (rss("<dc:creator>", "<author>a@example.org</author><dc:creator>"), rss()),
    "C515": (
        rss("<description>", "<content:encoded>x</content:encoded><description>"),
        rss(),
    ),
    "C516": (rss("massage/benefits/", "massage/wärme/"), rss("massage/benefits/", "massage/w%C3%A4rme/")),
    "C517": (
        atom(
            "<published>2027-03-02",
            '<link rel="prev-archive" href="https://example.org/x"/><published>2027-03-02',
        ),
        atom(),
    ),
    "C518": (atom("Few.", "Few. " * 110_000), atom("Few.", "Few. " * 10)),
    "C519": (atom("<title>Benefits</title>", "<title> </title>"), atom()),
}

PAGES: dict[str, tuple[Sample, Sample]] = {
    "C601": (page("<h1>", '<h1 id="sleep">'), page("<h1>", '<h1 id="top">')),
    "C602": (page('href="#sleep"', 'href="#slep"'), page()),
    "C603": (page('<h2 id="sleep">Sleep</h2>', '<h3 id="sleep">Sleep</h3>'), page()),
    "C604": (page("<body>", "<body>" + "x" * 52_000), page("<body>", "<body>" + "x" * 52_000, "x" * 52_000)),
}

CONFIG: dict[str, tuple[Sample, Sample]] = {
    "C701": (_missing, GOOD),
    "C702": (settings('"DocChat"', "DocChat"), GOOD),
    "C703": (settings("title =", "titel ="), GOOD),
    "C704": (settings('postal_address = "1 Example Street"\n', ""), GOOD),
    "C705": (settings('"DocChat"', "7"), GOOD),
    "C706": (settings('"DocChat"', '"Doc\\u2028Chat"'), GOOD),
    "C707": (settings("https://docchat.example", "docchat.example"), settings("https://", "http://")),
    "C708": (
        settings("[mail]", '[mail]\ndomain = "local host"'),
        settings("[mail]", '[mail]\ndomain = "a.example"'),
    ),
    "C709": (
        settings("[mail]", 'language = "English!"\n\n[mail]'),
        settings("[mail]", 'language = "de-AT"\n\n[mail]'),
    ),
    "C710": (
        settings("[mail]", 'timezone = "Europe/Berln"\n\n[mail]'),
        settings("[mail]", 'timezone = "Europe/Berlin"\n\n[mail]'),
    ),
    "C711": (
        settings("[mail]", 'part_title = "{no}"\n\n[mail]'),
        settings("[mail]", 'part_title = "{n}"\n\n[mail]'),
    ),
    "C712": (settings("letters@docchat.example", "letters"), GOOD),
    "C713": (relayed(LEAVE), relayed(LEAVE + HOST)),
    "C714": (relayed(HOST), relayed(LEAVE + HOST)),
    "C715": (relayed(LEAVE + HOST + 'security = "none"\n'), relayed(LEAVE + HOST + 'security = "tls"\n')),
    "C716": (
        settings("[mail]", '[database]\nurl = "mysql://x/y"\n\n[mail]'),
        settings("[mail]", '[database]\nurl = "sqlite:///x.db"\n\n[mail]'),
    ),
    "C717": (
        settings("[mail]", '[feeds]\naliases = ["feed"]\n\n[mail]'),
        settings("[mail]", '[feeds]\naliases = ["/feed/"]\n\n[mail]'),
    ),
    "C718": (
        settings("[mail]", '[mail.dkim]\nkeys = ["state/my key.pem"]\n\n[mail]'),
        settings("[mail]", '[mail.dkim]\nkeys = ["state/my-key.pem"]\n\n[mail]'),
    ),
    "C719": (
        relayed(LEAVE + HOST + 'profile = "postmark"\n[mail.dkim]\nkeys = ["s1.pem"]\n'),
        relayed(LEAVE + HOST + 'profile = "ses"\n[mail.dkim]\nkeys = ["s1.pem"]\n'),
    ),
    "C722": (
        settings("[mail]", '[mail]\ncanary = "many"'),
        settings("[mail]", '[mail]\ncanary = "2.5 %"'),
    ),
    "C723": (
        settings("[mail]", '[mail]\ngrace = "ten minutes"'),
        settings("[mail]", '[mail]\ngrace = "10 min"'),
    ),
    "C724": (
        relayed(LEAVE + HOST + 'rate = "10 a second"\n'),
        relayed(LEAVE + HOST + 'rate = "600/min"\n'),
    ),
    "C725": (
        settings("[mail]", '[web]\nlisten = "8025"\n[mail]'),
        settings("[mail]", '[web]\nlisten = "[::1]:8025"\ntrusted_proxies = ["10.0.0.0/8"]\n[mail]'),
    ),
}
