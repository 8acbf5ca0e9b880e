"""How long the preview takes from a save to the screen, for a part of 3,000 words in sites of many sizes.

The render is measured beside the same letter made by itself; the screen in headless Chromium, from before
the file is written until the new document stands in the frame.
Nothing here passes or fails; the table goes to ``bench/README.md``.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from check import write_site
from docchat_mailer.app import open_app
from docchat_mailer.preview.mirror import Mirror
from docchat_mailer.preview.pieces import document, envelope_piece
from docchat_mailer.preview.wishes import Wish
from growth import WORDS

PART = "series-0000/02-part-2.md"
PARAGRAPHS = 30
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
SHOWN = """before => new Promise(done => {
  const look = () => { if (document.documentElement.dataset.shown !== before) done(Date.now()); };
  new MutationObserver(look).observe(document.documentElement, { attributes: true }); look(); })"""


class Part:
    """The long part, saved again and again with another last sentence."""

    def __init__(self, site: Path, seed: int) -> None:
        chance = random.Random(seed)
        self.file, self._saves = site / "posts" / PART, 0
        self._text = "\n\n".join(
            " ".join(chance.choice(WORDS) for _ in range(100)).capitalize() + "." for _ in range(PARAGRAPHS)
        )
        self.save()

    def save(self) -> None:
        """One more sentence."""
        self._saves += 1
        text = f"---\ntitle: A long part\n---\n\n{self._text}\n\nSaved {self._saves} times.\n"
        self.file.write_text(text, encoding="utf-8")


@contextmanager
def mirror(site: Path) -> Iterator[Mirror]:
    """The preview without its server."""

    @contextmanager
    def opened() -> Iterator[object]:
        with open_app(site / "config.toml", create=False) as app:
            yield app.stage()

    made = Mirror(opened)
    yield made
    made.close()


def renders(site: Path, part: Part, rounds: int) -> tuple[list[float], list[float], int]:
    """Seconds from a save to the document, seconds of its letter alone, and how many renders there were."""
    wish, whole, alone = Wish(part=PART), [], []
    with mirror(site) as made:
        document(made, wish)
        before = made.rendered.total()
        for _ in range(rounds):
            part.save()
            began = time.perf_counter()
            made.refresh({part.file})
            envelope_piece(made, wish)
            document(made, wish)
            whole.append(time.perf_counter() - began)
            setting = made.see(PART, wish.kind).setting
            began = time.perf_counter()
            setting.galley.proof.letter()
            alone.append(time.perf_counter() - began)
        return whole, alone, made.rendered.total() - before


def screens(site: Path, part: Part, rounds: int) -> list[float]:
    """Seconds from just before a save until it is on the screen."""
    from playwright.sync_api import sync_playwright

    command = [sys.executable, "-m", "docchat_mailer.cli", "preview"]
    with subprocess.Popen(command, cwd=site, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = re.search(r"http://\S+", process.stderr.readline())[0]
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.goto(f"{address}?part={PART}")
                taken = [_screen(page, part) for _ in range(rounds)]
                browser.close()
        finally:
            process.terminate()
    return taken


def _screen(page: object, part: Part) -> float:
    page.wait_for_timeout(400)
    before = page.evaluate("document.documentElement.dataset.shown")
    began = time.time()
    part.save()
    return page.evaluate(SHOWN, before) / 1000 - began


def rows(site: Path, count: int, rounds: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """What was measured, how it compares, and the figures."""
    write_site(site, count, seed)
    part = Part(site, seed)
    whole, alone, rendered = renders(site, part, rounds)
    ratio = f"{statistics.median(whole) / statistics.median(alone):.2f} of its letter alone"
    told = f"{_told(whole)}, {rendered / rounds:.0f} rendered at each save"
    yield f"preview, a save rendered, {count:,} parts", ratio, told
    if Path(CHROMIUM).exists():
        yield f"preview, a save on the screen, {count:,} parts", "", _told(screens(site, part, rounds))


def _told(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, round(len(ordered) * 0.95))]
    return f"median {statistics.median(ordered) * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms"


def main() -> None:
    """Print the rows as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, nargs="+", default=[10, 1000])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    print("| What | Ratio | Measured |\n|---|---|---|")
    for count in asked.parts:
        with tempfile.TemporaryDirectory() as folder:
            for row in rows(Path(folder) / "site", count, asked.rounds, asked.seed):
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
