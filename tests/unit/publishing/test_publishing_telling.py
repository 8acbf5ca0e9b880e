"""The hub is told of each feed that changed, once; it may be slow, away or out of sorts, and nothing waits."""

from __future__ import annotations

from urllib.parse import parse_qs

import feedparser
import pytest

from docchat_mailer.publishing.telling import next_telling
from sites import SiteFolder, moment
from webhost import document, hosting

HUB = '\n[feeds]\nhub = "{url}/hub"\n'


def with_hub(folder, url: str) -> SiteFolder:
    site = SiteFolder(folder)
    with site.config.open("a", encoding="utf-8") as config:
        config.write(HUB.format(url=url))
    site.series()
    site.part(1, "Benefits", front="tags: [Rückenschmerz, 腰痛]\n")
    return site


def listening(told: list[str], status: int = 204):
    """A hub that notes what it is told, and answers so."""

    def answer(to) -> None:
        body = to.rfile.read(int(to.headers["Content-Length"])).decode()
        form = parse_qs(body)
        assert form["hub.mode"] == ["publish"]
        told.append(form["hub.url"][0])
        document(b"", status=status)(to)

    return answer


def test_each_changed_feed_is_told_of_once(tmp_path):
    told: list[str] = []
    with hosting({"/hub": listening(told)}) as host:
        site = with_hub(tmp_path / "site", host.url)
        site.tick("2027-03-01")
        first = len(told)
        site.tick("2027-03-02")
        assert len(told) == first
        site.tick("2027-03-16T08:00:01")
    assert len(told) == len(set(told[:first])) + len(set(told[first:]))
    assert {"https://docchat.example/feed.xml", "https://docchat.example/s/massage/atom.xml"} <= set(
        told[first:]
    )
    selves = set()
    for file in (site.root / "public").rglob("atom.xml"):
        feed = feedparser.parse(file.read_bytes()).feed
        selves |= {link.href for link in feed.links if link.rel == "self"}
    assert {topic for topic in told if topic.endswith("atom.xml")} == selves
    assert not any("/archive/" in topic for topic in told)


@pytest.mark.parametrize("status", [500, 404])
def test_a_hub_out_of_sorts_is_asked_again_later_and_publishing_goes_on(tmp_path, status):
    told: list[str] = []
    with hosting({"/hub": listening(told, status)}) as host:
        site = with_hub(tmp_path / "site", host.url)
        site.tick("2027-03-16T08:00:01")
        assert (site.root / "public/feed.xml").exists()
        assert len(told) == 1
        site.tick("2027-03-16T08:00:30")
        assert len(told) == 1
        with site.at("2027-03-16T08:00:30") as (app, clock):
            assert next_telling(app.press, clock.now()) == moment("2027-03-16T08:01:01")
        site.tick("2027-03-16T08:01:01")
        site.tick("2027-03-16T08:03:00")
        assert len(told) == 2
        site.tick("2027-03-16T08:03:01")
        assert len(told) == 3


def test_a_hub_that_is_away_stops_nothing(tmp_path):
    with hosting({}) as host:
        url = host.url
    site = with_hub(tmp_path / "site", url)
    site.tick("2027-03-16T08:00:01")
    assert (site.root / "public/feed.xml").exists()
