"""What is held ready, what is rendered again after a save, and what is shown beside a fault."""

import pytest

from previews import previewed
from sites import CONFIG

LETTER = "release"
ONE, TWO = "massage/01-benefits.md", "massage/02-risks.md"


@pytest.fixture
def two_parts(site):
    site.series()
    site.part(1, "Benefits", body="The first text.")
    site.part(2, "Risks", body="The second text.")
    return site


def shown(preview, part, **wish):
    return preview.ask("/frame", part=part, **wish).text


def fault(preview, part, **wish):
    return preview.ask("/envelope", part=part, **wish).text


def test_a_save_of_one_part_renders_that_part_and_no_other(two_parts):
    with previewed(two_parts) as preview:
        for part in (ONE, TWO, ONE, TWO):
            for view in ("letter", "text", "raw", "atom", "page"):
                shown(preview, part, view=view, colours="dark")
        assert preview.mirror.rendered == {ONE: 1, TWO: 1}
        preview.save(two_parts.part(2, "Risks", body="Another text."))
        assert "Another text." in shown(preview, TWO)
        assert "The first text." in shown(preview, ONE)
        preview.ask("/findings", part=ONE)
        preview.ask("/findings", part=TWO)
        assert preview.mirror.rendered == {ONE: 1, TWO: 2}


def test_a_save_that_changes_what_another_part_shows_renders_that_too(two_parts):
    with previewed(two_parts) as preview:
        assert "Massage Part 1 – Benefits" in shown(preview, TWO)
        preview.save(two_parts.part(1, "Gains", slug="benefits"))
        assert "Massage Part 1 – Gains" in shown(preview, TWO)


def test_a_save_of_nothing_renders_nothing(two_parts):
    with previewed(two_parts) as preview:
        shown(preview, ONE)
        preview.save()
        preview.save(two_parts.posts / "massage/series.toml")
        shown(preview, ONE)
        assert preview.mirror.rendered == {ONE: 1}
        assert preview.mirror.revision == 2


def test_broken_front_matter_is_told_over_the_last_good_look_until_it_is_mended(two_parts):
    file = two_parts.posts / ONE
    good = file.read_text()
    with previewed(two_parts) as preview:
        before = shown(preview, ONE)
        file.write_text("---\ntitle: [\n---\n\nText\n")
        preview.save(file)
        told = fault(preview, ONE)
        assert 'role="alert"' in told
        assert f"<code>{ONE}:3</code>" in told
        assert shown(preview, ONE) == before
        assert "stand-broken" in preview.ask("/contents", part=ONE).text
        assert f"{ONE}:3" in preview.ask("/findings", part=ONE).text
        file.write_text("No front matter at all.\n")
        preview.save(file)
        assert f"<code>{ONE}:1</code>" in fault(preview, ONE)
        assert "The second text." in shown(preview, TWO)
        file.write_text(good)
        preview.save(file)
        assert 'role="alert"' not in fault(preview, ONE)
        assert shown(preview, ONE) == before


def test_a_part_that_was_never_well_is_told_over_an_empty_frame(site):
    site.series()
    (site.posts / ONE).write_text("---\ntitle: [\n---\n")
    with previewed(site) as preview:
        assert 'role="alert"' in fault(preview, ONE)
        assert "<pre" in shown(preview, ONE)
        assert preview.ask("/", part=ONE).status == 200


def test_broken_settings_are_told_with_their_line_and_the_site_stays(two_parts):
    with previewed(two_parts) as preview:
        before = shown(preview, ONE)
        two_parts.config.write_text(CONFIG.replace("author =", "autor ="))
        preview.save(two_parts.config)
        told = fault(preview, ONE)
        assert "config.toml:5" in told
        assert "autor" in told
        assert shown(preview, ONE) == before
        assert "C703" in preview.ask("/findings", part=ONE).text
        preview.save(two_parts.part(1, "Benefits", body="Saved meanwhile."))
        assert "config.toml:5" in fault(preview, ONE)
        two_parts.config.write_text(CONFIG.replace('title = "DocChat"', 'title = "Renamed"'))
        preview.save(two_parts.config)
        assert "alert" not in fault(preview, ONE)
        assert "Renamed" in shown(preview, ONE)


def test_settings_that_are_gone_are_told_and_come_back(two_parts):
    with previewed(two_parts) as preview:
        two_parts.config.unlink()
        preview.save(two_parts.config)
        assert "config.toml" in fault(preview, ONE)
        two_parts.config.write_text(CONFIG)
        preview.save(two_parts.config)
        assert "The first text." in shown(preview, ONE)


def test_a_broken_template_is_told_with_file_and_line(two_parts):
    templates = two_parts.root / "email_templates"
    templates.mkdir()
    button = templates / "button.html"
    button.write_text("<p>Read on</p>\n")
    with previewed(two_parts) as preview:
        assert "Read on" in shown(preview, ONE)
        button.write_text("<p>\n{{ nothing_of_that_name }}\n</p>\n")
        preview.save(button)
        told = fault(preview, ONE)
        assert "email_templates/button.html:2" in told
        assert "Read on" in shown(preview, ONE)
        button.write_text("<p>Go on</p>\n")
        preview.save(button)
        assert "Go on" in shown(preview, ONE)
        assert "alert" not in fault(preview, ONE)


def test_a_templates_folder_that_is_made_while_one_looks_is_read(two_parts):
    templates = two_parts.root / "email_templates"
    with previewed(two_parts) as preview:
        assert "Read on" in shown(preview, ONE)
        templates.mkdir()
        (templates / "button.html").write_text("<p>Go on</p>\n")
        preview.save(templates)
        assert "Go on" in shown(preview, ONE)


def test_a_file_that_is_deleted_is_told_over_the_last_look(two_parts):
    with previewed(two_parts) as preview:
        before = shown(preview, TWO)
        (two_parts.posts / TWO).unlink()
        preview.save(two_parts.posts / TWO)
        assert "there is no massage/02-risks.md any more" in fault(preview, TWO)
        assert shown(preview, TWO) == before


def test_a_draft_and_what_waits_for_it_are_shown(site):
    site.series()
    site.part(1, "Benefits")
    site.part(2, "Risks", front="draft: true\n", body="Half a thought.")
    site.part(3, "Types", body="Behind it.")
    site.post("alone", "Alone", "2027-03-20", front="draft: true\n", body="By itself.")
    with previewed(site) as preview:
        listed = preview.ask("/contents").text
        assert "stand-draft" in listed
        assert "stand-waiting" in listed
        assert "Half a thought." in shown(preview, TWO)
        assert "Massage Part 2 – Risks" in shown(preview, TWO)
        assert "Behind it." in shown(preview, "massage/03-types.md")
        assert "By itself." in shown(preview, "alone.md")
        assert 'role="alert"' not in fault(preview, TWO)


def test_a_promised_part_has_an_announcement_and_no_text(site):
    site.series(more='\n[[outline]]\npart = 2\ntitle = "Risks"\nsummary = "What to mind."\n')
    site.part(1, "Benefits")
    with previewed(site) as preview:
        assert "stand-promised" in preview.ask("/contents").text
        assert "promised, not written" in fault(preview, "massage/2")
        announced = shown(preview, "massage/2", kind="announcement")
        assert "Massage Part 2 – Risks" in announced
        assert "part 1 is not announced" in fault(preview, ONE, kind="announcement")


def test_a_published_part_is_shown_as_its_file_is_now_with_the_ids_it_has(two_parts):
    two_parts.tick("2027-03-01")
    two_parts.tick("2027-03-16T08:00")
    with previewed(two_parts, "2027-03-17") as preview:
        assert "stand-out" in preview.ask("/contents").text
        frozen = preview.ask("/frame", part=ONE, view="atom").text
        preview.save(two_parts.part(1, "Benefits", body="Better words."))
        now = preview.ask("/frame", part=ONE, view="atom").text
        assert "Better words." in now
        assert "massage/1&lt;/id&gt;" in now
        assert frozen != now


def test_what_is_published_meanwhile_is_seen_in_the_list(two_parts):
    with previewed(two_parts, "2027-03-17") as preview:
        assert "stand-out" not in preview.ask("/contents").text
        two_parts.tick("2027-03-01")
        two_parts.tick("2027-03-16T08:00")
        preview.save(two_parts.posts / "ids.txt")
        assert "stand-out" in preview.ask("/contents").text


def test_an_empty_folder_is_a_page_that_says_so(site):
    with previewed(site) as preview:
        assert "There is no post yet" in preview.ask("/").text
        assert preview.ask("/frame").status == 200


def test_what_is_told_is_what_check_says(two_parts):
    two_parts.part(2, "Risks", body="TK: say what the risks are.\n\n[gone](missing.md)")
    with previewed(two_parts) as preview:
        told = preview.ask("/findings", part=TWO).text
        by_check = {one.code for one in preview.thread.submit(checked, two_parts).result() if one.part == 2}
        assert by_check
        assert all(code in told for code in by_check)


def checked(site):
    with site.at("2027-03-01") as (app, _):
        return app.inspection().findings
