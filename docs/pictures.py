"""The pictures of the README, from the sample series: a feed in a browser, the letter, and the preview.

``make pictures`` rewrites them; it needs a Chromium, which CHROMIUM names where it is not /usr/bin/chromium.
"""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

HERE = Path(__file__).parent
SITE = HERE.parent
PROGRAM = [sys.executable, "-m", "docchat_mailer.cli"]
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of *folder*, served on loopback."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def previewed() -> Iterator[str]:
    """The address of the live preview of the sample."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [*PROGRAM, "preview", "--port", "0"], cwd=SITE, stderr=subprocess.PIPE, text=True
    ) as running:
        said = running.stderr.readline() if running.stderr else ""
        found = re.search(r"http://\S+", said)
        assert found, said
        yield found.group()
        running.terminate()


def letter(outbox: Path) -> str:
    """The HTML of part 1's letter, its pictures at the address they have on disk."""
    for file in sorted(outbox.glob("*.eml")):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = message.get_body(("html",))
        if "Part 1" in str(message["Subject"]) and body is not None:
            return str(body.get_content())
    sys.exit("the demo has no letter of part 1")


def draw(browser: Browser, demo: Path) -> None:
    """Every picture."""
    with served(demo / "public") as address:
        html = re.sub(r"https://docchat\.example", address, letter(demo / "outbox"))
        page = browser.new_page(viewport={"width": 375, "height": 720}, color_scheme="dark")
        page.goto(address + "/404.html")  # so that the letter's pictures come from the same place
        page.set_content(html, wait_until="load")
        page.screenshot(path=HERE / "pictures" / "letter-dark.png")
        page = browser.new_page(viewport={"width": 640, "height": 720})
        page.goto(f"{address}/s/therapeutic-massage/atom.xml")
        page.screenshot(path=HERE / "pictures" / "feed.png")
    with previewed() as address:
        page = browser.new_page(viewport={"width": 1440, "height": 860})
        page.goto(address)
        page.frame_locator("iframe").locator("h1").first.wait_for()
        page.screenshot(path=HERE / "pictures" / "preview.png")


def main() -> None:
    """Live the demo through, and draw."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        demo = Path(folder) / "demo"
        subprocess.run(  # noqa: S603 - our own program
            [*PROGRAM, "demo", "--out", str(demo)], cwd=SITE, check=True, capture_output=True
        )
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        draw(browser, demo)
        browser.close()


if __name__ == "__main__":
    main()
