"""A site in a folder, for tests: written, changed, and lived through with a clock of its own."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from docchat_mailer.app import App, open_app
from docchat_mailer.cli.__main__ import main
from docchat_mailer.model.subscriber import Address, Follow, Scope
from docchat_mailer.readers.adding import add
from docchat_mailer.worker.clocks import VirtualClock
from docchat_mailer.worker.ticking import TickReport, tick

CONFIG = """\
[site]
title = "DocChat"
base_url = "https://docchat.example"
timezone = "Europe/Berlin"
author = "DocChat"
postal_address = "1 Example Street, Berlin"
sign_off = "Thanks for visiting DocChat!"

[mail]
from = "DocChat <letters@docchat.example>"
"""

SERIES = """\
title = "{title}"
tags = ["chronic back pain"]
start = {start}
announce = "1 day"

[cadence]
every = "week"
on = ["tue"]
at = "09:00"
"""


class SiteFolder:
    """A content folder with settings; relative paths of the settings lead into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.posts = root / "posts"
        self.config = root / "config.toml"
        if not self.posts.exists():
            self.posts.mkdir(parents=True)
            self.config.write_text(CONFIG, encoding="utf-8")

    def copied_to(self, root: Path) -> SiteFolder:
        """The same, as it is now, in another folder."""
        shutil.copytree(self.root, root)
        return SiteFolder(root)

    def series(self, slug="massage", *, title="Massage", start="2027-03-16T09:00:00", more="") -> Path:
        """Write a series.toml and return its folder."""
        folder = self.posts / slug
        folder.mkdir(exist_ok=True)
        (folder / "series.toml").write_text(SERIES.format(title=title, start=start) + more, encoding="utf-8")
        return folder

    def part(self, number, title, *, series="massage", slug=None, front="", body="Some words.") -> Path:
        """Write a part and return its file."""
        name = slug or title.lower().replace(" ", "-")
        file = self.posts / series / f"{number:02}-{name}.md"
        file.write_text(f"---\ntitle: {title}\n{front}---\n\n{body}\n", encoding="utf-8")
        return file

    def post(self, slug, title, date, *, front="", body="Some words.") -> Path:
        """Write a post of its own and return its file."""
        file = self.posts / f"{slug}.md"
        file.write_text(f"---\ntitle: {title}\ndate: {date}\n{front}---\n\n{body}\n", encoding="utf-8")
        return file

    @contextmanager
    def at(self, instant: str) -> Iterator[tuple[App, VirtualClock]]:
        """The site's program at an instant."""
        clock = VirtualClock(moment(instant))
        with open_app(self.config, clock) as app:
            yield app, clock

    def tick(self, instant: str) -> TickReport:
        """One tick at an instant."""
        with self.at(instant) as (app, _):
            return tick(app.crew)

    def subscribe(self, *addresses: str, instant="2027-03-01") -> None:
        """Add people who follow everything."""
        with self.at(instant) as (app, clock):
            for number, address in enumerate(addresses):
                local, _, domain = address.partition("@")
                add(
                    app.db,
                    address=Address(local=local, domain=domain),
                    name="",
                    follows=(Follow(Scope.SITE),),
                    key=app.key,
                    now=clock.now(),
                    token_id=f"{number:016x}{abs(hash(address)) % 10**6:06}",
                )

    def read(self, path: str) -> str:
        """A file of the public folder."""
        return (self.root / "public" / path.lstrip("/")).read_text(encoding="utf-8")

    def messages(self) -> list[bytes]:
        """What stands in the outbox, in order."""
        return [file.read_bytes() for file in sorted((self.root / "outbox").glob("*.eml"))]

    def public_bytes(self) -> dict[str, bytes]:
        """Every public file."""
        root = self.root / "public"
        return {
            str(file.relative_to(root)): file.read_bytes()
            for file in sorted(root.rglob("*"))
            if file.is_file()
        }


def moment(text: str) -> datetime:
    """An instant; UTC where it names no offset."""
    parsed = datetime.fromisoformat(text)
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def run_cli(
    *arguments: str | Path, cwd: Path, check: bool = True, timeout: float = 110, **environment: str
) -> subprocess.CompletedProcess:
    """The real program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "docchat_mailer.cli", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    if check:
        assert done.returncode == 0, done.stderr + done.stdout
    return done


def call_cli(*arguments: str | Path, cwd: Path, check: bool = True) -> subprocess.CompletedProcess:
    """The program's own entry, called in this process: for tests that have many commands to give."""
    out, err, code = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO(), 0
    before, sys.argv = sys.argv, ["docchat-mailer", *map(str, arguments)]
    try:
        with contextlib.chdir(cwd), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            main()
    except SystemExit as exc:
        code = int(exc.code or 0)
    finally:
        sys.argv = before
    out.flush()
    said = out.buffer.getvalue().decode("utf-8", "replace")
    if check:
        assert code == 0, err.getvalue() + said
    return subprocess.CompletedProcess(list(map(str, arguments)), code, said, err.getvalue())


def timeline(folder: Path) -> list[dict]:
    """The timeline of a simulation."""
    return [json.loads(line) for line in (folder / "timeline.jsonl").read_text(encoding="utf-8").splitlines()]
