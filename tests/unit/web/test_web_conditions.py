"""What a head asks for, what is kept of files, and where redirects may lead."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime

import pytest
from starlette.datastructures import Headers

from docchat_mailer.store import outputs
from docchat_mailer.store.database import Database
from docchat_mailer.web.collection import Collection, Moved
from docchat_mailer.web.conditions import entity_tag, has_it, http_date, takes_gzip
from docchat_mailer.web.copies import Copies

CHANGED = datetime(2027, 3, 16, 8, 0, 5, 999_999, tzinfo=UTC)
TAG = entity_tag("a" * 64, packed=False)
PACKED = entity_tag("a" * 64, packed=True)


def heads(**named: str) -> Headers:
    return Headers({name.replace("_", "-"): value for name, value in named.items()})


@pytest.mark.parametrize(
    ("headers", "has"),
    [
        ({}, False),
        ({"if_none_match": TAG}, True),
        ({"if_none_match": f"W/{TAG}"}, True),
        ({"if_none_match": f'"x", {TAG}'}, True),
        ({"if_none_match": "*"}, True),
        ({"if_none_match": PACKED}, False),
        ({"if_none_match": '"x"'}, False),
        ({"if_none_match": ""}, False),
        ({"if_none_match": TAG.strip('"')}, False),
        ({"if_modified_since": http_date(CHANGED)}, True),
        ({"if_modified_since": "Tue, 16 Mar 2027 08:00:04 GMT"}, False),
        ({"if_modified_since": "Tuesday, 16-Mar-27 08:00:05 GMT"}, True),
        ({"if_modified_since": "Tue Mar 16 08:00:05 2027"}, True),
        ({"if_modified_since": "Tue, 16 Mar 2027 09:00:05 +0100"}, True),
        ({"if_modified_since": "soon"}, False),
        ({"if_modified_since": ""}, False),
        ({"if_none_match": '"x"', "if_modified_since": http_date(CHANGED)}, False),
        ({"if_none_match": TAG, "if_modified_since": "Fri, 01 Jan 2010 00:00:00 GMT"}, True),
    ],
)
def test_tags_are_asked_before_dates(headers, has):
    assert has_it(heads(**headers), TAG, CHANGED) is has


def test_tags_on_several_lines_are_one_list():
    lines = Headers(raw=[(b"if-none-match", b'"x"'), (b"if-none-match", TAG.encode())])
    assert has_it(lines, TAG, CHANGED)


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        (None, False),
        ("", False),
        ("gzip", True),
        ("GZIP;q=0.2, br", True),
        ("x-gzip", True),
        ("br, *", True),
        ("*;q=0, gzip", True),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip; q=0.000", False),
        ("gzip;q=much", False),
        ("identity", False),
        ("gzip;level=9", True),
    ],
)
def test_gzip_is_sent_to_who_takes_it(accepted, takes):
    assert takes_gzip(heads(**({} if accepted is None else {"accept_encoding": accepted}))) is takes


def test_a_copy_is_read_once_and_again_when_the_file_is_another(tmp_path):
    file, copies = tmp_path / "page", Copies()
    file.write_bytes(b"one " * 100)
    first = copies.of(file, packed=True)
    assert gzip.decompress(first.octets) == b"one " * 100
    assert copies.of(file, packed=True) is first
    plain = copies.of(file, packed=False)
    assert (plain.octets, plain.sha256) == (b"one " * 100, first.sha256)
    other = tmp_path / "other"
    other.write_bytes(b"two " * 100)
    os.utime(other, ns=(file.stat().st_mtime_ns, file.stat().st_mtime_ns))
    other.rename(file)
    assert copies.of(file, packed=False).octets == b"two " * 100


def test_copies_stay_below_their_bound(tmp_path):
    copies = Copies(limit=10_000)
    for number in range(50):
        file = tmp_path / str(number)
        file.write_bytes(bytes([number]) * 1_000)
        assert len(copies.of(file, packed=False).octets) == 1_000
    assert copies._size <= 10_000
    large = tmp_path / "large"
    large.write_bytes(b"l" * 20_000)
    assert len(copies.of(large, packed=False).octets) == 20_000
    assert copies._size == 0


# -- the collection ----------------------------------------------------------------------------------------


@pytest.fixture
def shown(tmp_path):
    """A function that publishes files and gives the collection of them."""
    db = Database.open(f"sqlite:///{tmp_path}/store.db")
    public = tmp_path / "public"
    collection = Collection(db, public, clock=iter(range(0, 10_000, 2)).__next__)

    def publish(at: datetime = CHANGED, **files: bytes) -> Collection:
        for name, content in files.items():
            file = public / name.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        with db.write() as c:
            written = [
                outputs.Output(f"/{name.replace('__', '/')}", "", f"{content!r}", at)
                for name, content in files.items()
            ]
            outputs.put_outputs(c, written)
        return collection

    yield publish
    db.close()


def test_files_of_one_build_that_come_in_several_transactions_are_all_seen(shown):
    found = shown(one=b"1")
    assert found.find("/one").sha256 == "b'1'"
    shown(two=b"2")
    assert found.find("/two") is not None
    shown(datetime(2027, 3, 17, tzinfo=UTC), one=b"3")
    assert found.find("/one").sha256 == "b'3'"
    shown(datetime(2027, 3, 17, tzinfo=UTC), two=b"4")
    assert found.find("/two").sha256 == "b'4'"


def test_a_name_outside_ascii_is_found_under_its_letters(shown, tmp_path):
    found = shown(one=b"1")
    folder = tmp_path / "public/t/rücken"
    folder.mkdir(parents=True)
    (folder / "index.html").write_bytes(b"x")
    with found._db.write() as c:
        outputs.put_outputs(c, [outputs.Output("/t/r%C3%BCcken/index.html", "", "x", CHANGED)])
    item = found.find("/t/rücken/")
    assert found.file(item).read_bytes() == b"x"
    assert found.find("/t/rücken") == Moved("/t/r%C3%BCcken/")


@pytest.mark.parametrize(
    "target", ["//evil.example/", "https://evil.example/", "/\\evil.example", "evil", "/\u00fc"]
)
def test_threat_T28_a_rule_that_leads_to_another_host_is_no_rule(shown, tmp_path, target):
    (tmp_path / "public").mkdir()
    (tmp_path / "public/_redirects").write_text(f"/old/ {target} 301\n/kept/ /p/new/ 301\n", encoding="utf-8")
    found = shown(one=b"1")
    assert found.find("/old/") is None
    assert found.find("/kept") == found.find("/kept/") == Moved("/p/new/")


def test_threat_T27_a_link_out_of_the_folder_is_not_followed(shown, tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"key")
    found = shown(page=b"1")
    (tmp_path / "public/page").unlink()
    (tmp_path / "public/page").symlink_to(secret)
    with pytest.raises(FileNotFoundError):
        found.file(found.find("/page"))


def test_a_database_that_cannot_be_read_leaves_what_was_known(shown, tmp_path):
    found = shown(one=b"1")
    assert found.find("/one") is not None
    for file in tmp_path.glob("store.db*"):
        file.write_bytes(b"\0" * 4096)
    found._db._readers.dispose()
    assert found.find("/one") is not None
    assert found.find("/two") is None
