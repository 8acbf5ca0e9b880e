"""The worker's file for a monitor, and its pulse."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from docchat_mailer.app import open_app
from docchat_mailer.worker import metering
from docchat_mailer.worker.metering import metered
from docchat_mailer.worker.pulse import Pulse, last_beat
from sites import SiteFolder, call_cli, run_cli

LATER = datetime(2027, 3, 1, tzinfo=UTC)


def a_site(tmp_path) -> SiteFolder:
    site = SiteFolder(tmp_path / "site")
    site.config.write_text(site.config.read_text() + '[metrics]\nfile = "seen/docchat.prom"\n')
    site.series(start="2020-03-17T09:00:00")
    site.part(1, "Benefits")
    site.subscribe("ann@example.org", "ben@example.org", instant="2020-03-01")
    return site


def measured(file: Path) -> dict[tuple, float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    }


def test_one_tick_leaves_a_whole_file_that_others_can_read(tmp_path):
    site = a_site(tmp_path)
    call_cli("run", "--once", "--catch-up", "all", cwd=site.root)
    file = site.root / "seen" / "docchat.prom"
    found = measured(file)
    assert [one.name for one in file.parent.iterdir()] == ["docchat.prom"]
    assert found["docchat_deliveries_total", "none", "accepted"] == 2
    assert found["docchat_send_seconds_count",] == 2
    assert found["docchat_db_commit_seconds_count",] > 2
    assert abs(found["docchat_scheduler_last_tick_timestamp_seconds",] - time.time()) < 600
    assert "@" not in file.read_text()


def test_a_worker_writes_it_anew_and_a_last_time_when_it_is_asked_to_stop(tmp_path):
    site = a_site(tmp_path)
    file = site.root / "seen" / "docchat.prom"
    command = [sys.executable, "-m", "docchat_mailer.cli", "run", "--catch-up", "all"]
    process = subprocess.Popen(command, cwd=site.root, stderr=subprocess.DEVNULL)
    while not file.exists():
        assert process.poll() is None
        time.sleep(0.05)
    file.unlink()
    process.terminate()
    assert process.wait(60) == 0
    assert measured(file)["docchat_deliveries_total", "none", "accepted"] == 2


def test_the_same_is_told_from_the_database_alone(tmp_path):
    site = a_site(tmp_path)
    site.config.write_text(site.config.read_text().replace('file = "seen/docchat.prom"', ""))
    run_cli("run", "--once", "--catch-up", "all", cwd=site.root)
    assert not (site.root / "seen").exists()
    with open_app(site.config) as app:
        file = tmp_path / "told"
        file.write_bytes(app.metrics())
    found = measured(file)
    assert found["docchat_deliveries_total", "none", "accepted"] == 2
    assert abs(found["docchat_scheduler_last_tick_timestamp_seconds",] - time.time()) < 600


def test_a_file_that_cannot_be_written_is_told_of_and_stops_nothing(tmp_path):
    site = a_site(tmp_path)
    (site.root / "seen").write_text("not a folder")
    done = run_cli("run", "--once", "--catch-up", "all", "--log-format", "json", cwd=site.root)
    assert "metrics_unwritten" in done.stderr
    assert len(site.messages()) == 2


def test_the_file_follows_a_tick_at_once(tmp_path, monkeypatch):
    site = a_site(tmp_path)
    monkeypatch.setattr(metering, "EVERY", 3600.0)
    with site.at("2027-03-01") as (app, clock):
        pulse = Pulse(app.crew.lock, clock.now)
        with metered(app.crew, pulse) as (meter, ticked):
            meter.wire.replies[451] = 3
            ticked()
            while not (app.crew.metrics).exists():
                time.sleep(0.01)
            assert measured(app.crew.metrics)["docchat_smtp_reply_total", "451"] == 3


def test_a_pulse_is_felt_on_the_file_and_not_more_often_than_needed(tmp_path):
    file = tmp_path / "instance.lock"
    assert last_beat(file) is None
    pulse = Pulse(file, lambda: LATER)
    pulse.beat()
    assert (pulse.last, file.exists()) == (LATER, False)
    file.touch()
    os.utime(file, (1, 1))
    pulse.beat()
    assert last_beat(file) == datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    other = Pulse(file, lambda: LATER)
    other.beat()
    assert datetime.now(UTC) - last_beat(file) < timedelta(minutes=10)
