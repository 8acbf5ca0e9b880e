"""Who got what: the ledger for the operator's eyes."""

import json

import pytest

from docchat_mailer.delivery import reading
from sites import SiteFolder, call_cli


@pytest.fixture
def mailed(tmp_path) -> SiteFolder:
    site = SiteFolder(tmp_path / "site")
    site.series()
    site.part(1, "Benefits")
    site.subscribe("anna@example.org", "ben@example.org")
    site.tick("2027-03-16T08:01:00")
    return site


def deliveries(site: SiteFolder, *arguments: str, check=True):
    return call_cli("deliveries", *arguments, "--config", site.config, cwd=site.root, check=check)


def test_each_delivery_is_a_line_with_part_address_and_state(mailed):
    done = deliveries(mailed)
    lines = done.stdout.splitlines()
    assert lines[0].startswith(
        "edition 1  accepted  massage/1 release  anna@example.org  Tue 2027-03-16 09:01 CET"
    )
    assert lines[1].split()[5] == "ben@example.org"
    assert done.stderr == "2 deliveries\n"


def test_one_person_one_state_one_edition_and_a_limit(mailed):
    assert "ben" not in deliveries(mailed, "--address", "ANNA@example.org").stdout
    assert deliveries(mailed, "--state", "uncertain").stdout == ""
    assert deliveries(mailed, "--edition", "2").stdout == ""
    assert len(deliveries(mailed, "--limit", "1").stdout.splitlines()) == 1


def test_json_is_an_object_a_line(mailed):
    first, _ = (json.loads(line) for line in deliveries(mailed, "--json").stdout.splitlines())
    assert (first["schema"], first["address"], first["part"], first["state"]) == (
        "delivery/1",
        "anna@example.org",
        "massage/1",
        "accepted",
    )


def test_pages_are_read_one_after_the_other(mailed, monkeypatch):
    monkeypatch.setattr(reading, "PAGE", 1)
    assert len(deliveries(mailed).stdout.splitlines()) == 2


@pytest.mark.parametrize("arguments", [["--state", "sent"], ["--address", "no address"], ["--limit", "0"]])
def test_what_cannot_be_asked_is_told(mailed, arguments):
    done = deliveries(mailed, *arguments, check=False)
    assert done.returncode == 2
    assert done.stderr


def test_a_site_that_has_not_begun_has_none(tmp_path):
    site = SiteFolder(tmp_path / "site")
    assert deliveries(site).stderr == "0 deliveries\n"
    assert not (site.root / "state").exists()
