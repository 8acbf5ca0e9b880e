"""The sample series over its whole life, through the real command."""

from __future__ import annotations

import re
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sites import run_cli, timeline

ROOT = Path(__file__).parents[2]
PEOPLE = {
    "anna@example.org": "*",
    "ben@example.net": "therapeutic-massage",
    "chika@example.com": "tag:chronic-back-pain",
    "dilek@example.org": "tag:chronic-back-pain therapeutic-massage *",
}


@pytest.fixture(scope="module")
def life(tmp_path_factory):
    out = tmp_path_factory.mktemp("life")
    readers = out / "readers.csv"
    rows = "".join(f"{address},,{follows}\n" for address, follows in PEOPLE.items())
    readers.write_text("email,name,follows\n" + rows, encoding="utf-8")
    before = {f: f.read_bytes() for f in (ROOT / "posts").rglob("*") if f.is_file()}
    demo = out / "demo"
    run_cli(
        "simulate",
        "--from",
        "2027-03-14",
        "--until",
        "2027-05-01",
        "--out",
        demo,
        "--subscribers",
        readers,
        cwd=ROOT,
    )
    assert {f: f.read_bytes() for f in (ROOT / "posts").rglob("*") if f.is_file()} == before
    return demo


def of_series(life):
    return [e for e in timeline(life) if e["series"] == "therapeutic-massage"]


def test_each_step_happens_once_at_the_right_local_time_through_the_clock_change(life):
    steps = [
        (e["event"], e["part"], e["at"]) for e in of_series(life) if e["event"] in {"released", "announced"}
    ]
    assert [(event, part) for event, part, _ in steps] == [
        ("released", 1),
        ("announced", 2),
        ("released", 2),
        ("announced", 3),
        ("released", 3),
    ]
    local = [datetime.fromisoformat(at).astimezone(ZoneInfo("Europe/Berlin")) for _, _, at in steps]
    assert {moment.strftime("%H:%M") for moment in local} == {"09:00"}
    assert {moment.utcoffset() for moment in local} == {local[0].utcoffset(), local[-1].utcoffset()}
    assert local[0].utcoffset() != local[-1].utcoffset()


def test_the_timeline_has_exactly_the_promised_keys(life):
    for event in timeline(life):
        assert set(event) == {"at", "event", "series", "part", "kind", "entry_id", "recipients"}
        assert event["at"].endswith("Z")


def test_every_reader_has_the_five_letters_in_order_each_with_only_their_own_address_and_token(life):
    by_reader: dict[str, list[bytes]] = {address: [] for address in PEOPLE}
    for file in sorted((life / "outbox").glob("*.eml")):
        raw = file.read_bytes()
        message = message_from_bytes(raw, policy=policy.default)
        address = message["To"].addresses[0].addr_spec
        assert len(message["To"].addresses) == 1
        by_reader[address].append(raw)
        assert not [other for other in PEOPLE if other != address and other.encode() in raw]
    tokens = {}
    for address, letters in by_reader.items():
        messages = [message_from_bytes(raw, policy=policy.default) for raw in letters]
        series = [m["Subject"] for m in messages if "Therapeutic Massage" in m["Subject"]]
        assert [bool(subject.startswith("Coming")) for subject in series] == [False, True, False, True, False]
        assert [int(re.search(r"Part (\d)", subject)[1]) for subject in series] == [1, 2, 2, 3, 3]
        tokens[address] = {
            re.search(rb"/u/(v1\.u\.[0-9a-f.]+)>", re.sub(rb"=?\r\n\s*", b"", raw))[1] for raw in letters
        }
        assert len(tokens[address]) == 1
        assert len({m["Message-ID"] for m in messages}) == len(messages)
    assert len(set.union(*tokens.values())) == len(PEOPLE)


def test_later_letters_answer_part_one(life):
    letters = [
        message_from_bytes(f.read_bytes(), policy=policy.default)
        for f in sorted((life / "outbox").glob("*.eml"))
    ]
    mine = [m for m in letters if "anna@example.org" in m["To"] and "Therapeutic" in m["Subject"]]
    root = mine[0]["Message-ID"]
    assert mine[0]["References"] is None
    assert {m["References"] for m in mine[1:]} == {root}


def test_promises_are_kept_and_the_first_part_links_to_what_it_promised(life):
    kept = [e for e in of_series(life) if e["event"] == "promise_kept"]
    assert [e["part"] for e in kept] == [1, 1, 2]
    page = (life / "public/s/therapeutic-massage/benefits/index.html").read_text(encoding="utf-8")
    assert "therapeutic-massage/risks/" in page
    assert "therapeutic-massage/types/" in page


def test_two_lives_are_the_same_bytes(life, tmp_path):
    again = tmp_path / "again"
    run_cli(
        "simulate",
        "--from",
        "2027-03-14",
        "--until",
        "2027-05-01",
        "--out",
        again,
        "--subscribers",
        life.parent / "readers.csv",
        cwd=ROOT,
        PYTHONHASHSEED="7",
        TZ="Pacific/Apia",
        LANG="C",
    )

    def everything(folder):
        return {
            str(f.relative_to(folder)): f.read_bytes()
            for f in folder.rglob("*")
            if f.is_file() and "state" not in f.relative_to(folder).parts
        }

    assert everything(again) == everything(life)
