"""The door in a real browser: in, chosen, out and back; by keyboard, without scripts, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from docchat_mailer.model.subscriber import Address, SubscriberState
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.store import subscribers
from docchat_mailer.web.serving import bound
from doors import Served, letters, links, served, with_door
from sites import SiteFolder, moment

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
NOW, TOMORROW = "2027-03-16T10:00", "2027-03-17T10:00"
ANNA = Address(local="anna", domain="example.org")


def tick(site: SiteFolder, instant: str) -> None:
    """A tick in a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(site.tick, instant).result()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> SiteFolder:
    site = with_door(SiteFolder(tmp_path_factory.mktemp("door") / "site"))
    site.series()
    site.part(1, "Benefits")
    site.part(2, "Risks")
    tick(site, "2027-03-01")
    tick(site, NOW)
    return site


@pytest.fixture
def site(made, tmp_path) -> SiteFolder:
    return made.copied_to(tmp_path / "site")


@contextmanager
def at_its_address(site: SiteFolder) -> Iterator[tuple[Served, str]]:
    """The door, at the very address that letters and pages name."""
    with bound("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        named = site.config.read_text(encoding="utf-8").replace("https://docchat.example", url)
        site.config.write_text(named, encoding="utf-8")
        tick(site, NOW)
        with site.at(NOW) as (app, _), served(app.door(), listening=listener) as found:
            yield found, url


def state(door: Served) -> SubscriberState:
    with door.door.db.read() as c:
        return subscribers.find_subscriber(c, ANNA).state


def sign_up(page, address: str, url: str) -> None:
    page.goto(f"{url}/s/massage/benefits/")
    page.get_by_label("Your mail address").fill(address)
    page.get_by_role("button", name="Sign up").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Look at your mail"


@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_comes_chooses_leaves_and_comes_back(chromium, site, scripts):
    with at_its_address(site) as (door, url), chromium.new_context(java_script_enabled=scripts) as context:
        page = context.new_page()
        sign_up(page, "anna@example.org", url)
        tick(site, NOW)
        page.goto(url + links(letters(site)[-1], url)["confirm"])
        assert state(door) is SubscriberState.PENDING
        page.get_by_role("button", name="Yes, send me letters").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Welcome"
        assert state(door) is SubscriberState.ACTIVE
        tick(site, NOW)
        page.goto(url + links(letters(site)[-1], url)["prefs"])
        page.get_by_role("group", name="Massage").get_by_label("How it comes").select_option("Once a week")
        page.get_by_label("Plain text only").check()
        page.get_by_role("button", name="Save").click()
        assert page.get_by_role("status").inner_text() == "Your choice is saved."
        page.get_by_role("link", name="Leave altogether").click()
        page.get_by_role("button", name="Unsubscribe").click()
        assert page.get_by_role("heading", level=1).inner_text() == "You are unsubscribed"
        assert state(door) is SubscriberState.LEFT
        page.get_by_role("link", name="Get it by mail").click()
        door.door.clock.set(moment(TOMORROW))  # an address is asked once a day
        page.get_by_label("Only “Massage”").check()
        page.get_by_label("Your mail address").fill("anna@example.org")
        page.get_by_role("button", name="Sign up").click()
        tick(site, TOMORROW)
        asked = [found["confirm"] for one in letters(site) if "confirm" in (found := links(one, url))]
        assert len(asked) == 2
        page.goto(url + asked[-1])
        page.get_by_role("button", name="Yes, send me letters").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Welcome"
        assert state(door) is SubscriberState.ACTIVE


def test_one_series_is_stopped_and_the_rest_goes_on(chromium, site):
    site.series("sleep", title="Sleep", start="2027-03-16T10:30:00")
    site.part(1, "Rest", series="sleep")
    with at_its_address(site) as (door, url), chromium.new_context() as context:
        page = context.new_page()
        sign_up(page, "anna@example.org", url)
        tick(site, NOW)
        page.goto(url + links(letters(site)[-1], url)["confirm"])
        page.get_by_role("button", name="Yes, send me letters").click()
        page.goto(f"{url}/u/{door.door.token(Purpose.UNSUBSCRIBE, person_name(door))}")
        found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []
        page.get_by_role("button", name="No more of Massage").click()
        assert page.get_by_role("heading", level=1).inner_text() == "That one is stopped"
        assert state(door) is SubscriberState.ACTIVE
        page.goto(f"{url}/prefs/{door.door.token(Purpose.PREFERENCES, person_name(door))}")
        comes = {
            name: page.get_by_role("group", name=name).get_by_label("Does it come").input_value()
            for name in ("Everything", "Massage", "Sleep")
        }
        assert comes == {"Everything": "on", "Massage": "off", "Sleep": "on"}


def test_the_keyboard_is_enough(chromium, site):
    with at_its_address(site) as (door, url), chromium.new_context() as context:
        page = context.new_page()
        page.goto(f"{url}/subscribe")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        for _ in range(8):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "email":
                break
        page.keyboard.type("anna@example.org")
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Look at your mail')")
        tick(site, NOW)
        page.goto(url + links(letters(site)[-1], url)["confirm"])
        for _ in range(8):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.tagName") == "BUTTON":
                break
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Welcome')")
        assert state(door) is SubscriberState.ACTIVE


def test_threat_T22_a_scanner_with_scripts_that_opens_every_link_changes_nothing(chromium, site):
    with at_its_address(site) as (door, url), chromium.new_context() as context:
        page = context.new_page()
        sign_up(page, "anna@example.org", url)
        tick(site, NOW)
        asking = links(letters(site)[-1], url)
        before = door.door.db.changes()
        name = person_name(door)
        own = {
            "u": f"/u/{door.door.token(Purpose.UNSUBSCRIBE, name)}",
            "prefs": f"/prefs/{door.door.token(Purpose.PREFERENCES, name)}",
        }
        for path in (*asking.values(), *own.values()):
            for _ in range(3):
                page.goto(url + path)
                page.wait_for_load_state("networkidle")
        assert door.door.db.changes() == before
        assert state(door) is SubscriberState.PENDING


def person_name(door: Served) -> str:
    with door.door.db.read() as c:
        return subscribers.find_subscriber(c, ANNA).token_id


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 640])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(chromium, site, scheme, width):
    with (
        at_its_address(site) as (door, url),
        chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}) as context,
    ):
        page = context.new_page()
        sign_up(page, "anna@example.org", url)
        tick(site, NOW)
        confirm = links(letters(site)[-1], url)["confirm"]
        name = person_name(door)
        paths = (
            "/",
            "/s/massage/benefits/",
            "/subscribe",
            confirm,
            f"/u/{door.door.token(Purpose.UNSUBSCRIBE, name)}",
            f"/prefs/{door.door.token(Purpose.PREFERENCES, name)}",
            "/u/nobody",
        )
        for path in paths:
            page.goto(url + path)
            found = Axe().run(page, options={"runOnly": RULES}).response["violations"]
            assert [(one["id"], one["nodes"][0]["html"]) for one in found] == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            small = page.evaluate(
                "[...document.querySelectorAll('button, input:not([type=hidden]), select')]"
                ".filter(e => e.getBoundingClientRect().height < 24).map(e => e.id || e.innerText)"
            )
            assert small == [], path
