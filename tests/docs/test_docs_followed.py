"""Every document does what it says: its commands are run, in order, by somebody who has what it names."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import returned_mail
from documents import PAGES, REFERENCE, ROOT, SHOWN, TRIED, Block, blocks, examples
from following import INSTEAD, Follower
from relays import DROP, Certificates, Relay, login
from sites import SiteFolder, call_cli

SUMMARY = "summary: What a massage can do for you, what it cannot, and when to ask a doctor first.\n"
READERS = "email,name,follows\nanna@example.org,Anna,*\nben@example.org,,*\n"
OLD_FEED = """\
<?xml version="1.0"?>
<rss version="2.0"><channel><title>DocChat</title><link>https://docchat.example/</link><description>x</description>
<item><title>Benefits</title><link>https://docchat.example/2019/05/benefits.html</link>
<guid isPermaLink="false">https://docchat.example/?p=12</guid><pubDate>Fri, 03 May 2019 07:00:00 +0000</pubDate></item>
</channel></rss>
"""
EXPORT = """\
<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:wp="http://wordpress.org/export/1.2/"><channel><title>DocChat</title>
<item><title>Warm hands</title><link>https://docchat.example/2019/06/warm-hands/</link>
<guid isPermaLink="false">https://docchat.example/?p=20</guid><content:encoded><![CDATA[Some words.]]></content:encoded>
<wp:post_id>20</wp:post_id><wp:post_date_gmt>2019-06-01 07:00:00</wp:post_date_gmt>
<wp:post_name>warm-hands</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>
</channel></rss>
"""
OLD_TABLE = """\
path,entry_id,url,published
sleep.md,https://docchat.example/?p=7,https://docchat.example/2019/04/sleep/,2019-04-03T09:00:00+02:00
"""
HAS = {
    "mail.log": "",
    "readers.csv": READERS,
    "audience.csv": "Email Address,First Name,UNSUB_TIME\ncleo@example.org,Cleo,\n",
    "people.csv": "Full name,Mail\nDora,dora@example.org\n",
    "returned.eml": returned_mail.dsn(
        returned_mail.block(status="5.1.1", said="550 5.1.1 User unknown")
    ).decode(),
    "old-feed.xml": OLD_FEED,
    "export.xml": EXPORT,
    "old.csv": OLD_TABLE,
}
WELL_KEPT = {
    ("blog.example", "TXT"): ("v=spf1 include:spf.relay.example ~all",),
    ("blog.example", "MX"): ("mx.blog.example",),
    ("_dmarc.blog.example", "TXT"): ("v=DMARC1; p=none",),
    ("docchat.example", "TXT"): ("v=spf1 include:spf.relay.example ~all",),
    ("docchat.example", "MX"): ("mx.docchat.example",),
    ("_dmarc.docchat.example", "TXT"): ("v=DMARC1; p=none",),
    ("spf.relay.example", "TXT"): ("v=spf1 ip4:192.0.2.0/24 -all",),
    ("example.org", "MX"): ("mx.example.org",),
}

OUT = "docchat-mailer publish therapeutic-massage/2 --now"
"""Its letters have not left."""

Stage = Callable[[Path], object]


def nothing(_folder: Path) -> None:
    """An empty folder."""


def new_site(folder: Path) -> None:
    """What `init` writes, with the first series."""
    call_cli("init", "site", cwd=folder.parent)
    shutil.copytree(folder.parent / "site", folder, dirs_exist_ok=True)


def massage(folder: Path) -> SiteFolder:
    """A series that began some days ago and goes on next week; its first part is out."""
    shutil.rmtree(folder, ignore_errors=True)
    site, start = (
        SiteFolder(folder),
        datetime.now(UTC).replace(tzinfo=None, microsecond=0) - timedelta(days=3),
    )
    series = site.series(
        "therapeutic-massage", title="Therapeutic Massage", start=f"{start:%Y-%m-%dT09:00:00}"
    )
    file = series / "series.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("tue", f"{start:%a}".lower()), encoding="utf-8")
    for number, title in enumerate(("Benefits", "Risks", "Types"), 1):
        site.part(number, title, series=series.name, front=SUMMARY)
    site.subscribe("anna@example.org", instant=f"{start - timedelta(days=30):%Y-%m-%d}")
    site.tick(f"{start:%Y-%m-%d}T12:00")
    return site


def with_returns(folder: Path) -> None:
    """A site, and a Maildir for what comes back."""
    new_site(folder)
    (folder / "returned" / "new").mkdir(parents=True)


def in_git(folder: Path) -> None:
    """The same under version control, pushed, and with a part moved since."""
    site = massage(folder)
    person, origin = Follower(folder), folder.parent / "origin.git"
    for command in (
        "git init -q -b main .",
        "git add posts config.toml",
        'git -c user.name=a -c user.email=a@example.org commit -q -m "A series"',
        f"git clone -q --bare . {origin}",
        f"git remote add origin {origin}",
        "git fetch -q",
    ):
        person.do(command, "the stage")
    site.part(2, "Risks and Side Effects", series="therapeutic-massage", slug="risks", front=SUMMARY)


def old_blog(folder: Path) -> None:
    """Posts that were published elsewhere; the feed knows of one."""
    folder.rmdir()
    site = SiteFolder(folder)
    for slug, title in (("benefits", "Benefits"), ("sleep", "Sleep")):
        (site.posts / f"{slug}.md").write_text(f"---\ntitle: {title}\n---\n\nWords.\n", encoding="utf-8")


def sample(folder: Path) -> None:
    """The series that comes with the program."""
    shutil.copytree(ROOT / "posts", folder / "posts")
    shutil.copytree(ROOT / "email_templates", folder / "email_templates")
    shutil.copy(ROOT / "config.toml", folder / "config.toml")


def just_out(folder: Path) -> None:
    """The second part is out as well, and its mail has not left."""
    massage(folder)
    Follower(folder).do(OUT, "the stage")


def written(folder: Path) -> None:
    """Two parts in the folder of a series that is yet to be described."""
    new_site(folder)
    series = folder / "posts/therapeutic-massage"
    series.mkdir()
    for number, title in ((1, "Benefits"), (2, "Risks")):
        (series / f"{number:02}-{title.lower()}.md").write_text(
            f"---\ntitle: {title}\n---\n\nWords.\n", encoding="utf-8"
        )


STAGES: dict[str, Stage] = {
    "README.md": nothing,
    "CONTRIBUTING.md": nothing,
    "docs/quickstart.md": nothing,
    "docs/howto/adopt.md": old_blog,
    "docs/howto/backup.md": massage,
    "docs/howto/bounces.md": with_returns,
    "docs/howto/first-mail.md": new_site,
    "docs/howto/first-series.md": written,
    "docs/howto/hosting.md": new_site,
    "docs/howto/operate.md": massage,
    "docs/howto/postgresql.md": new_site,
    "docs/howto/preview.md": new_site,
    "docs/howto/readers.md": massage,
    "docs/howto/relay.md": new_site,
    "docs/howto/review.md": in_git,
    "docs/howto/serve.md": new_site,
    "docs/howto/stop-a-mailing.md": just_out,
    "docs/howto/subscribers.md": massage,
    "docs/howto/templates.md": sample,
}
"""What somebody who opens a page is taken to have; a page that has something to do is in this table."""

OF_THEIR_OWN = {
    "docs/howto/first-mail.md",
    "docs/howto/operate.md",
    "docs/howto/postgresql.md",
    "docs/howto/relay.md",
    "docs/quickstart.md",
}
"""Pages whose end is looked at too, in a test of their own."""

BEFORE: dict[str, tuple[str, ...]] = {
    "cancel": (OUT,),
    "pause": (OUT,),
    "retry": (OUT, "docchat-mailer run --once"),
    "resolve": (OUT, "docchat-mailer run --once"),
    "publish": ("docchat-mailer hold therapeutic-massage/2",),
    "resume": (OUT, "docchat-mailer pause therapeutic-massage/2"),
    "deliveries": ("docchat-mailer run --once",),
    "keys show": ("docchat-mailer keys new",),
    "keys rotate": (
        "docchat-mailer keys new --selector first",
        "printf '[mail.dkim]\\nkeys = [\"state/dkim/first.pem\"]\\n' >> config.toml",
    ),
    "completion": ("mkdir -p ~/.local/share/bash-completion/completions ~/.config/fish/completions",),
    "subscribers remove": ("docchat-mailer subscribers list",),
    "db verify": ("docchat-mailer db backup copies/monday.db",),
    "db restore": ("docchat-mailer db backup copies/monday.db",),
    "bounces ingest": ("mkdir -p returned/new",),
    "suppress": ("docchat-mailer suppress add anna@example.org",),
    "suppress remove": ("docchat-mailer suppress add anna@example.org",),
}
"""What has happened before the examples of a verb."""

BY_RELAY = """
[output]
live = "written"
[mail]
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"
[mail.smtp]
host = "localhost"
security = "none"
"""
RELAY_SAYS = {"retry": {"RCPT": "550 5.7.1 not from you"}, "resolve": {"BODY": DROP}}
"""What a relay answered to the letters that the examples of a verb are about."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("certificates are made by the openssl program")
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def person(tmp_path, monkeypatch) -> Follower:
    """Somebody with an empty folder and a home of their own."""
    folder, home = tmp_path / "here", tmp_path / "home"
    folder.mkdir()
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name, value in (("GITHUB_BASE_REF", "main"), ("PR", "1")):
        monkeypatch.setenv(name, value)
    return Follower(folder, has=HAS, zone=WELL_KEPT)


@contextmanager
def relay_at_hand(
    person: Follower, certificates: Certificates, monkeypatch, username: str, said: dict[str, str]
) -> Iterator[list[Relay]]:
    """Relays of every kind on this machine, which answer as they are told; yields them."""
    context = certificates.signed("relay")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    options = login(username, person.password)
    with ExitStack() as stack:
        kinds = {
            "starttls": Relay(answers=said, options=options | {"tls_context": context}),
            "tls": Relay(
                answers=said,
                ssl=context,
                options=options | {"auth_require_tls": False, "auth_required": False},
            ),
            "none": Relay(answers=said),
        }
        for relay in kinds.values():
            stack.enter_context(relay)
        person.relays = {kind: relay.port for kind, relay in kinds.items()}
        yield list(kinds.values())


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def pages_at_hand(folder: Path) -> Iterator[None]:
    """The site's own address, on this machine: mail waits until its page answers."""
    (folder / "public").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder / "public"))) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        config = folder / "config.toml"
        text = config.read_text(encoding="utf-8")
        here = f"http://127.0.0.1:{server.server_port}"
        config.write_text(text.replace("https://blog.example", here), encoding="utf-8")
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


def letters(relays: list[Relay]) -> int:
    return sum(len(relay.bodies) for relay in relays)


@pytest.mark.parametrize("page", PAGES)
def test_every_block_says_what_it_is(page):
    for block in blocks(page):
        assert block.language in SHOWN | TRIED, f"{page}:{block.line}: name the language of the block"


def test_every_page_with_something_to_do_is_followed():
    doing = {page for page in PAGES for block in blocks(page) if block.language in {"sh", "toml"}}
    assert doing == set(STAGES)


def test_what_is_done_instead_says_why_and_is_needed():
    said = [command for page in PAGES for block in blocks(page) for _, command in block.commands()]
    said += [command for rows in examples().values() for _, command in rows]
    for row in INSTEAD:
        assert row.why
        assert any(re.match(row.command, command) for command in said), row.command


def test_a_command_nobody_knows_stops_the_reader(person):
    with pytest.raises(AssertionError, match=r"page:3: sudo reboot\nnot known"):
        person.do("sudo reboot", "page:3")


@pytest.mark.parametrize("page", sorted(STAGES.keys() - OF_THEIR_OWN))
def test_a_page_is_followed(page, person):
    STAGES[page](person.folder)
    for block in blocks(page):
        person.follow(block)


def test_the_quickstart_ends_with_letters(person):
    for block in blocks("docs/quickstart.md"):
        person.follow(block)
    assert len(list((person.folder / "look/outbox").glob("*.eml"))) == 5
    subjects = [
        message_from_bytes(file.read_bytes(), policy=policy.default)["Subject"]
        for file in sorted((person.folder / "outbox").glob("*.eml"))
    ]
    title = "My First Series Part 1 – What a Series Is"
    assert subjects == [f"[TEST] {title}", title]
    assert oct((person.folder / "state/key").stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("verb", examples())
def test_the_examples_of_a_verb_run(verb, person, lived_in):
    shutil.rmtree(person.folder)
    for place, command in examples()[verb]:
        if not person.folder.exists():
            shutil.copytree(lived_in, person.folder)
            _lead_up_to(verb, person)
        person.do(command, place)
        if verb == "resolve":  # each of its examples ends the matter
            shutil.rmtree(person.folder)


def _lead_up_to(verb: str, person: Follower) -> None:
    """What has happened before the examples of a verb."""
    if verb == "rename":
        _as_if_renamed(person.folder)
    with Relay(answers=RELAY_SAYS.get(verb, {})) as relay:
        if verb in RELAY_SAYS:
            person.relays = {"none": relay.port}
            person.follow(Block(page=REFERENCE, line=1, language="toml", text=BY_RELAY))
        for command in BEFORE.get(verb, ()):
            person.do(command, verb)


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory) -> Path:
    """The folder that the examples of the reference are about."""
    folder = tmp_path_factory.mktemp("lived-in") / "here"
    in_git(folder)
    return folder


def _as_if_renamed(folder: Path) -> None:
    """A published series whose folder has another name now, and a part with another number."""
    site, start = SiteFolder.__new__(SiteFolder), datetime.now(UTC) - timedelta(days=2)
    site.root, site.posts, site.config = folder, folder / "posts", folder / "config.toml"
    series = site.series("old-series", title="Old", start=f"{start:%Y-%m-%dT09:00:00}")
    site.part(1, "One", series="old-series")
    site.tick(f"{start:%Y-%m-%d}T12:00")
    series.rename(site.posts / "new-series")


def test_the_first_mail_arrives(person, certificates, monkeypatch):
    new_site(person.folder)
    person.zone = _records("docs/howto/first-mail.md")
    with (
        pages_at_hand(person.folder),
        relay_at_hand(person, certificates, monkeypatch, "the name the relay gave you", {}) as relays,
    ):
        for block in blocks("docs/howto/first-mail.md"):
            person.follow(block)
        assert letters(relays) == 1


def test_a_relay_is_put_to_work_and_answers_as_the_page_says(person, certificates, monkeypatch):
    new_site(person.folder)
    page = blocks("docs/howto/relay.md")
    [told] = [block.text.splitlines() for block in page if block.language == "text"]
    said = {
        found[1]: found[2]
        for line in told
        if (found := re.search(r"(\S+@\S+)  …  (?:[a-z ]+ - )?([245].*?)(?: - again|$)", line))
    }
    answers = {
        f"BODY {address}" if text.startswith("2") else f"RCPT {address}": text
        for address, text in said.items()
    }
    assert len(answers) == 3
    with (
        pages_at_hand(person.folder),
        relay_at_hand(person, certificates, monkeypatch, "letters", answers) as relays,
    ):
        for block in page:
            person.follow(block)
            if "[mail.smtp]" in block.text:
                Path(person.folder / "state/relay-password").write_text(
                    f"{person.password}\n", encoding="ascii"
                )
                person.do("docchat-mailer send-test first-series/1 --to you@example.com", "each connection")
        assert [len(relay.bodies) for relay in relays] == [1, 1, 3]
    shown = sorted(person.program(["deliveries"]).splitlines())
    for line, expected in zip(shown, sorted(told), strict=True):
        assert re.fullmatch(re.escape(expected).replace("…", ".*"), line), line


def test_a_mailing_that_went_wrong_is_put_right(person):
    massage(person.folder)
    answers = {"RCPT anna@example.org": "550 5.7.1 not from you", "BODY ben@example.org": DROP}
    with Relay(answers=answers) as relay:
        for block in blocks("docs/howto/operate.md"):
            if "pause" in block.text:
                person.do("docchat-mailer subscribers add ben@example.org", "before a mailing")
                person.do(OUT, "a mailing begins")
            if "retry" in block.text:
                person.relays = {"none": relay.port}
                person.follow(Block(page="", line=1, language="toml", text=BY_RELAY))
                person.do("docchat-mailer run --once", "it goes wrong")
                assert person.program(["deliveries", "--state", "rejected"]).count("anna@example.org") == 1
                assert person.program(["deliveries", "--state", "uncertain"]).count("ben@example.org") == 1
            person.follow(block)


def test_the_database_moves_to_a_server(person, pg_server, monkeypatch):
    new_site(person.folder)
    url = pg_server.url
    for name, value in (
        ("PGHOST", url.host or url.query.get("host")),
        ("PGPORT", url.port or url.query.get("port")),
        ("PGUSER", url.username),
        ("PGPASSWORD", url.password),
    ):
        if value:
            monkeypatch.setenv(name, str(value))
    person.database = pg_server.named("docchat")
    try:
        for block in blocks("docs/howto/postgresql.md"):
            person.follow(block)
        for command in ("docchat-mailer run --once", "docchat-mailer doctor"):
            person.do(command, "the end of the page")
    finally:
        pg_server.say("DROP DATABASE IF EXISTS docchat WITH (FORCE)")
        pg_server.say("DROP ROLE IF EXISTS docchat")


def _records(page: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """The DNS as a page's table of records has it, and what it does not show: the relay's own."""
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\S+)` \| (TXT|MX) \| `([^`]+)` \|", text, flags=re.MULTILINE)
    records: dict[tuple[str, str], tuple[str, ...]] = {
        (name, kind): (value.split(" ")[1] if kind == "MX" else value,) for name, kind, value in rows
    }
    assert len(records) == 3
    return WELL_KEPT | records
