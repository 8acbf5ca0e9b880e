"""The settings of what comes back."""

from __future__ import annotations

import pytest

from docchat_mailer.config import load_config
from docchat_mailer.errors import DocChatError
from sites import SiteFolder

TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"


def config(folder, more: str):
    site = SiteFolder(folder / "site")
    site.config.write_text(site.config.read_text(encoding="utf-8") + more, encoding="utf-8")
    return load_config(site.config)


def test_a_mailbox_on_a_server_with_all_that_is_said_of_it(tmp_path):
    (tmp_path / "site").mkdir()
    (tmp_path / "password").write_text("secret\n", encoding="utf-8")
    said = 'host = "imap.example.org"\nport = 994\nusername = "jane"\npassword_file = "../password"\n'
    found = config(tmp_path, f'\n[bounces.imap]\n{said}mailbox = "Bounces"\nsecurity = "tls"\n').imap
    assert (found.host, found.port, found.username, found.password) == (
        "imap.example.org",
        994,
        "jane",
        "secret",
    )
    assert (found.mailbox, found.security) == ("Bounces", "tls")


def test_without_a_mailbox_there_is_none(tmp_path):
    found = config(tmp_path, "\n[bounces]\nlimit = 2\n")
    assert (found.imap, found.bounce_maildir, found.hook_secrets) == (None, None, {})
    assert found.bounce_policy.limit == 2


def test_hooks_are_secrets_in_files_and_a_topic(tmp_path):
    (tmp_path / "secret").write_text("a secret\n", encoding="utf-8")
    found = config(tmp_path, f'\n[bounces.hooks]\ngeneric = "../secret"\nses = "{TOPIC}"\n')
    assert found.hook_secrets == {"generic": "a secret", "ses": TOPIC}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("[bounces.imap]\nport = 993\n", "'bounces.imap.host' is missing"),
        ('[bounces.imap]\nhost = "imap.example.org"\nport = "x"\n', "bounces.imap.port"),
        ('[bounces.imap]\nhost = "imap.example.org"\nsecurity = "none"\n', "this machine only"),
        ("[bounces]\nimap = 7\n", "bounces.imap"),
        ("[bounces]\nlimit = 0\n", "bounces.limit"),
        ('[bounces.hooks]\nses = "bounces"\n', "names no topic"),
        ('[bounces.hooks]\nmailgun = "none-there"\n', "cannot be read"),
    ],
)
def test_what_cannot_be_is_named(tmp_path, more, said):
    def load() -> None:
        found = config(tmp_path, f"\n{more}")
        assert found.hook_secrets is not None

    with pytest.raises(DocChatError) as caught:
        load()
    assert said in str(caught.value)
