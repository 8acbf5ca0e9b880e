"""Settings: every fault with its line and the next step, and plain values where all is well."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from docchat_mailer.config import load_config
from docchat_mailer.config.settings import keys
from docchat_mailer.errors import ConfigError, DocChatError

ROOT = Path(__file__).parents[3]
CASES = sorted((ROOT / "tests/golden/bad_configs").iterdir())

WHOLE = """\
[site]
title = "DocChat"
base_url = "https://docchat.example/blog/"
postal_address = "1 Example Street"
language = "de-AT"
timezone = "Europe/Vienna"

[content]
posts = "texts"

[mail]
from = '"Doc, Chat" <letters@mail.docchat.example>'
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"

[mail.smtp]
host = "smtp.docchat.example"
port = 465
security = "tls"
profile = "ses"
username = "letters"
password_file = "secret"
connections = 2

[output]
deploy = ["rsync", "-a", "public/", "host:/srv"]
"""


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_golden_a_bad_config_is_told_by_line_with_the_next_step(case):
    with pytest.raises(ConfigError) as caught:
        load_config(case / "config.toml")
    said = f"{caught.value}\n"
    expected = case / "expected.txt"
    if os.environ.get("DOCCHAT_GOLDEN") == "write":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    for line in said.splitlines():
        place, what, *rest = line.split(" - ")[0].partition(": ")[0], *line.split(" - ")[1:]
        assert place.startswith("config.toml:")
        assert what
        assert rest, line


def a_config(folder: Path, text: str):
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def test_a_whole_config_becomes_plain_values(tmp_path):
    (tmp_path / "secret").write_text("pass word\n")
    config = a_config(tmp_path, WHOLE)
    site, sender = config.site(), config.sender()
    assert site.base_url == "https://docchat.example/blog"
    assert site.zone.key == "Europe/Vienna"
    assert (sender.name, sender.address) == ("Doc, Chat", "letters@mail.docchat.example")
    assert sender.domain == "mail.docchat.example"
    assert sender.web_url == ""
    assert not sender.keeps_ids
    assert config.relay_password(config.tables.mail.smtp) == "pass word"
    assert config.path(config.tables.content.posts) == tmp_path / "texts"
    assert config.database_url == f"sqlite:///{tmp_path / 'state/docchat.db'}"
    assert config.asks_url


def test_the_outbox_links_to_the_site_and_written_is_live(tmp_path):
    smtp, _, _ = WHOLE.partition("[mail.smtp]")
    config = a_config(tmp_path, smtp.replace('transport = "smtp"', 'transport = "outbox"'))
    assert config.sender().web_url == "https://docchat.example/blog"
    assert config.sender().keeps_ids
    assert not config.asks_url


def test_a_missing_password_file_is_told(tmp_path):
    config = a_config(tmp_path, WHOLE)
    with pytest.raises(ConfigError, match="password file"):
        config.relay_password(config.tables.mail.smtp)


def test_a_missing_or_unreadable_file_is_told(tmp_path):
    with pytest.raises(ConfigError, match="no usable"):
        load_config(tmp_path / "nowhere.toml")
    (tmp_path / "latin.toml").write_bytes(b'[site]\ntitle = "\xe9"\n')
    with pytest.raises(DocChatError, match="not UTF-8"):
        load_config(tmp_path / "latin.toml")


def test_every_key_has_a_description_and_a_type():
    found = list(keys())
    assert len({key.path for key in found}) == len(found) > 40
    assert all(key.description and key.type for key in found)
    assert "mail.smtp.host" in {key.path for key in found}


def test_grace_and_pace_are_plain_values(tmp_path):
    pace = 'connections = 2\nrate = "600/min"\ndaily_cap = 5000'
    text = WHOLE.replace("[mail]\n", '[mail]\ngrace = "10 min"\n').replace("connections = 2", pace)
    config = a_config(tmp_path, text)
    assert (config.grace, config.rate, config.daily_cap) == (timedelta(minutes=10), 10.0, 5000)
    without = a_config(tmp_path, WHOLE)
    assert (without.grace, without.rate, without.daily_cap) == (timedelta(0), None, 0)
    outbox = a_config(tmp_path, text.replace('"smtp"', '"outbox"'))
    assert (outbox.rate, outbox.daily_cap) == (None, 0)
