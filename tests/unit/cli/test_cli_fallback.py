"""A relay that cannot be used, and another that stands in for it."""

from __future__ import annotations

import socket

import pytest

from relays import Relay
from sites import CONFIG, SiteFolder, call_cli

NOW = "2027-03-16T08:00:00"


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def site_with(tmp_path, smtp: str) -> SiteFolder:
    site = SiteFolder(tmp_path)
    mail = '[mail]\ntransport = "smtp"\nunsubscribe_mailto = "leave@example.org"\n'
    text = CONFIG.replace("[mail]\n", mail) + f'\n[output]\nlive = "written"\n{smtp}'
    site.config.write_text(text, encoding="utf-8")
    site.series()
    site.part(1, "Hands")
    site.subscribe("ann@example.org", "ben@example.org")
    return site


def test_letters_take_the_second_relay_while_the_first_is_down(tmp_path):
    with Relay() as relay:
        site = site_with(
            tmp_path,
            f'[mail.smtp]\nhost = "127.0.0.1"\nport = {closed_port()}\nsecurity = "none"\n'
            f'[[mail.smtp.fallback]]\nhost = "127.0.0.1"\nport = {relay.port}\nsecurity = "none"\n',
        )
        report = site.tick(NOW)
        assert (report.sent.accepted, report.failed) == (2, None)
        assert sorted(to for _, (to,), _ in relay.envelopes) == ["ann@example.org", "ben@example.org"]


def test_without_another_the_mail_rests_and_nothing_is_lost(tmp_path):
    site = site_with(
        tmp_path, f'[mail.smtp]\nhost = "127.0.0.1"\nport = {closed_port()}\nsecurity = "none"\n'
    )
    report = site.tick(NOW)
    assert report.sent.done == 0
    assert report.failed is not None
    assert report.failed.exit_code == 75
    assert '"pending": 2' in call_cli("status", "--json", cwd=site.root).stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [('host = "mx.example.org"\nsecurity = "none"', "C715"), ("port = 25", "C705"), ('hots = "x"', "C705")],
)
def test_a_relay_that_stands_in_is_checked_like_the_first(tmp_path, more, said):
    site = SiteFolder(tmp_path)
    mail = '[mail]\ntransport = "smtp"\nunsubscribe_mailto = "leave@example.org"\n'
    smtp = f'\n[mail.smtp]\nhost = "mx.example.org"\n[[mail.smtp.fallback]]\n{more}\n'
    site.config.write_text(CONFIG.replace("[mail]\n", mail) + smtp, encoding="utf-8")
    refused = call_cli("status", cwd=site.root, check=False)
    assert refused.returncode == 78
    assert said in refused.stderr
