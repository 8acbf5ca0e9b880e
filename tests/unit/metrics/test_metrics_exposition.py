"""What a monitor reads: every promised name, no label but from our tables, and alerts that go by them."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from docchat_mailer.metrics.exposition import exposition
from docchat_mailer.model.measures import BOUNDS, Durations, Heard, Measures

RULES = Path(__file__).parents[3] / "contrib" / "prometheus" / "docchat.rules.yml"

PROMISED = {
    "docchat_deliveries_total": {"state", "class"},
    "docchat_queue_depth": {"state"},
    "docchat_oldest_due_age_seconds": set(),
    "docchat_scheduler_last_tick_timestamp_seconds": set(),
    "docchat_smtp_reply_total": {"code"},
    "docchat_send_seconds_bucket": {"le"},
    "docchat_send_seconds_sum": set(),
    "docchat_send_seconds_count": set(),
    "docchat_uncertain": set(),
    "docchat_editions_paused": set(),
    "docchat_subscribers": {"state"},
    "docchat_db_commit_seconds_bucket": {"le"},
    "docchat_db_commit_seconds_count": set(),
    "docchat_db_commit_seconds_sum": set(),
    "docchat_takeovers_total": set(),
    "docchat_identity_ok": set(),
    "docchat_build_info": {"version"},
}
"""Each sample, with its labels."""

SEEN = Measures(
    settled={
        ("accepted", ""): 90,
        ("rejected", "unknown user"): 3,
        ("rejected", "anna@example.org wrote to us"): 1,
        ("suppressed", "the reader is left"): 2,
    },
    queue={"pending": 4, "sending": 0},
    oldest_due=12.5,
    uncertain=1,
    paused=1,
    subscribers={"active": 100},
    takeovers=2,
    sound=True,
)


def heard() -> Heard:
    sending = Durations()
    for seconds in (0.0004, 0.002, 0.002, 700.0):
        sending.add(seconds)
    return Heard(
        last_tick=datetime(2027, 3, 1, 9, tzinfo=UTC), replies={250: 90, 550: 3, 7: 1}, sending=sending
    )


def samples(text: bytes) -> dict[tuple, float]:
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def test_every_promised_name_is_there_with_its_labels_and_nothing_else():
    found: dict[str, set[str]] = {}
    for name, *labels in samples(exposition(SEEN, heard(), version="1.2.3")):
        found.setdefault(name, set()).update(label for label, _ in labels)
    assert found == PROMISED


def test_the_numbers_are_those_that_were_counted():
    found = samples(exposition(SEEN, heard(), version="1.2.3"))
    assert found["docchat_deliveries_total", ("class", "none"), ("state", "accepted")] == 90
    assert found["docchat_deliveries_total", ("class", "unknown_user"), ("state", "rejected")] == 3
    assert found["docchat_deliveries_total", ("class", "other"), ("state", "rejected")] == 1
    assert found["docchat_deliveries_total", ("class", "other"), ("state", "suppressed")] == 2
    assert found["docchat_queue_depth", ("state", "pending")] == 4
    assert found["docchat_oldest_due_age_seconds",] == 12.5
    assert found["docchat_scheduler_last_tick_timestamp_seconds",] == 1803891600
    assert found["docchat_smtp_reply_total", ("code", "550")] == 3
    assert found["docchat_build_info", ("version", "1.2.3")] == 1


def test_durations_are_counted_in_classes_that_add_up():
    found = samples(exposition(SEEN, heard(), version="1"))
    below = [found["docchat_send_seconds_bucket", ("le", str(bound))] for bound in (0.001, 0.0025, 600.0)]
    assert below == [1, 3, 3]
    assert found["docchat_send_seconds_bucket", ("le", "+Inf")] == 4
    assert found["docchat_send_seconds_count",] == 4
    assert found["docchat_send_seconds_sum",] == pytest.approx(700.0044)
    assert list(BOUNDS) == sorted(BOUNDS)


def test_no_address_and_no_word_of_a_stranger_is_a_label():
    text = exposition(SEEN, heard(), version="1")
    assert b"@" not in text
    assert b"anna" not in text
    assert b'code="7"' not in text


def test_without_a_worker_nothing_is_said_of_its_pulse():
    assert b"last_tick" not in exposition(SEEN, Heard(), version="1")


def rules() -> list[dict]:
    [group] = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    assert set(group) == {"name", "rules"}
    return group["rules"]


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_each_alert_is_well_formed_and_asks_for_what_there_is(rule):
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"[A-Za-z]+", rule["alert"])
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))
    assert rule["labels"]["severity"] in {"warning", "critical"}
    assert set(rule["annotations"]) == {"summary", "description"}
    asked = set(re.findall(r"docchat_\w+", rule["expr"]))
    assert asked
    assert asked <= PROMISED.keys()
    for opening, closing in ("()", "[]", "{}"):
        assert rule["expr"].count(opening) == rule["expr"].count(closing)
    for label in re.findall(r"{(\w+)", rule["expr"]):
        assert any(label in PROMISED[name] for name in asked)


def test_there_are_six_alerts_and_the_manual_explains_each():
    manual = (RULES.parents[2] / "docs" / "howto" / "operate.md").read_text(encoding="utf-8")
    assert len(rules()) == 6
    assert [rule["alert"] for rule in rules() if f"`{rule['alert']}`" not in manual] == []


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed")
def test_prometheus_itself_takes_rules_and_text(tmp_path):
    subprocess.run(["promtool", "check", "rules", RULES], check=True)
    text = exposition(SEEN, heard(), version="1")
    subprocess.run(["promtool", "check", "metrics"], input=text, check=True)
