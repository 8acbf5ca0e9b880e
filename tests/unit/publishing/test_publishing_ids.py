"""Entry ids, paths and guids never change, whatever happens to file, title, address or database."""

from __future__ import annotations

import re

import pytest

from docchat_mailer.errors import ConfigError, ContentError
from sites import run_cli


def ids(site) -> list[str]:
    return sorted(re.findall(r"<id>(tag:[^<]*/\d[^<]*)</id>", site.read("atom.xml")))


def published(site):
    site.series()
    site.part(1, "Benefits")
    site.part(2, "Risks")
    site.tick("2027-03-16T08:00:01")
    site.tick("2027-03-23T08:00:01")
    return ids(site)


def test_ids_survive_a_new_title_a_new_file_name_and_another_base_url(site):
    before = published(site)
    old = site.posts / "massage" / "01-benefits.md"
    old.unlink()
    site.part(1, "All the Benefits", slug="all-benefits")
    site.config.write_text(site.config.read_text().replace("https://docchat.example", "http://other.example"))
    site.tick("2027-03-24")
    assert ids(site) == before
    assert "All the Benefits" in site.read("s/massage/benefits/index.html")
    assert "http://other.example/s/massage/benefits/" in site.read("atom.xml")
    assert "docchat.example/" not in site.read("atom.xml")


def test_fault_E2_a_renamed_file_keeps_its_guid_and_its_address(site):
    before = published(site)
    (site.posts / "massage" / "02-risks.md").rename(site.posts / "massage" / "02-the-dangers.md")
    report = site.tick("2027-03-24")
    assert not [e for e in report.round.events if e.name == "released"]
    assert ids(site) == before
    assert (site.root / "public/s/massage/risks/index.html").is_file()


def test_a_lost_database_is_restored_from_the_identity_file_and_mails_nobody(site):
    before = published(site)
    pages = site.public_bytes()
    for file in (site.root / "state").glob("docchat.db*"):
        file.unlink()
    site.subscribe("anna@example.org", instant="2027-03-24")
    report = site.tick("2027-03-25")
    assert report.fanned_out == ()
    assert site.messages() == []
    assert ids(site) == before
    after = site.public_bytes()
    assert after["s/massage/benefits/index.html"] == pages["s/massage/benefits/index.html"]
    assert after["feed.xml"] == pages["feed.xml"]


def test_the_identity_file_is_sorted_tab_separated_and_names_its_authority(site):
    published(site)
    lines = (site.posts / "ids.txt").read_text().splitlines()
    assert lines[0] == "# authority docchat.example,2027"
    rows = [line.split("\t") for line in lines[1:]]
    assert rows == sorted(rows)
    assert rows[0] == [
        "tag:docchat.example,2027:massage/1",
        "release",
        "massage/1",
        "/s/massage/benefits/",
        "2027-03-16T08:00:01Z",
    ]


def test_an_id_changed_in_the_identity_file_stops_everything(site):
    published(site)
    file = site.posts / "ids.txt"
    file.write_text(file.read_text().replace("massage/1\trelease", "massage/other\trelease"))
    with pytest.raises(ConfigError, match="would change"):
        site.tick("2027-03-24")
    assert run_cli("check", cwd=site.root, check=False).returncode == 78


def test_fault_E14_an_older_checkout_holds_until_someone_says_it_is_right(site):
    site.series()
    site.part(1, "Benefits")
    site.part(2, "Risks")
    site.tick("2027-03-16T08:00:01")
    older = (site.posts / "ids.txt").read_bytes()
    site.tick("2027-03-23T08:00:01")
    (site.posts / "ids.txt").write_bytes(older)
    with pytest.raises(ContentError, match="older"):
        site.tick("2027-03-24")
    assert "Risks" in site.read("atom.xml")
    run_cli("resume", "--accept-posts", cwd=site.root)
    site.tick("2027-03-25")


def test_fault_E15_an_empty_content_folder_is_no_reason_to_forget_a_blog(site):
    published(site)
    for file in (site.posts / "massage").iterdir():
        file.unlink()
    pages = site.public_bytes()
    with pytest.raises(ContentError, match="0 of 2 published parts found"):
        site.tick("2027-03-24")
    assert site.public_bytes() == pages


def test_fault_E3_a_deleted_file_keeps_its_page_and_entry_and_check_says_so(site):
    before = published(site)
    page = site.read("s/massage/risks/index.html")
    (site.posts / "massage" / "02-risks.md").unlink()
    site.tick("2027-03-24")
    assert ids(site) == before
    assert site.read("s/massage/risks/index.html") == page
    found = run_cli("check", cwd=site.root, check=False).stdout
    assert "the file of the published part massage/2 is gone" in found


def test_fault_E6_a_part_inserted_before_a_published_one_holds_the_series_and_names_the_command(site):
    before = published(site)
    (site.posts / "massage" / "02-risks.md").rename(site.posts / "massage" / "03-risks.md")
    site.part(2, "Something Between")
    page = site.read("s/massage/risks/index.html")
    report = site.tick("2027-03-30T07:00:01")
    assert not [e for e in report.round.events if e.name in {"released", "revised"}]
    assert site.read("s/massage/risks/index.html") == page
    assert ids(site) == before
    checked = run_cli("check", cwd=site.root, check=False)
    assert checked.returncode == 65
    assert "docchat-mailer rename massage/2 massage/3" in checked.stdout


def test_a_renamed_series_is_accepted_by_the_command_that_check_names(site):
    before = published(site)
    (site.posts / "massage").rename(site.posts / "bodywork")
    checked = run_cli("check", cwd=site.root, check=False)
    assert "docchat-mailer rename massage/1 bodywork/1" in checked.stdout
    run_cli("rename", "massage", "bodywork", cwd=site.root)
    assert run_cli("check", cwd=site.root, check=False).returncode == 0
    report = site.tick("2027-04-30")
    assert not [e for e in report.round.events if e.name == "released"]
    assert ids(site) == before


def test_an_adopted_id_is_kept_to_the_letter(site):
    site.post("old", "Old", "2020-01-01", front="entry_id: 'http://OLD.example/?p=12'\n")
    run_cli("adopt", cwd=site.root)
    assert '<guid isPermaLink="false">http://OLD.example/?p=12</guid>' in site.read("feed.xml")
    assert "<id>http://OLD.example/?p=12</id>" in site.read("atom.xml")
    assert site.messages() == []
