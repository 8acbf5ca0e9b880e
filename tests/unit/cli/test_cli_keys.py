"""keys: private halves in files that are never overwritten, public halves as records to paste."""

import re
from datetime import UTC, datetime, timedelta

import pytest

import dkims
from docchat_mailer.config import load_config
from docchat_mailer.config.signing import signing_keys
from docchat_mailer.letter.dkim_keys import public_half, read_key
from sites import SiteFolder, call_cli


@pytest.fixture
def site(tmp_path):
    return SiteFolder(tmp_path)


def records(printed: str) -> dict[str, str]:
    """The TXT records of a printed zone, as a resolver joins them."""
    lines = re.findall(r"^(\S+)\. IN TXT \( (.*) \)$", printed, flags=re.MULTILINE)
    return {name: "".join(re.findall(r'"([^"]*)"', value)) for name, value in lines}


def pasted(site, printed: str) -> None:
    """Put the printed settings into the file, in place of those that were there."""
    text = site.config.read_text(encoding="utf-8").partition("[mail.dkim]")[0]
    site.config.write_text(f"{text}\n[mail.dkim]{printed.partition('[mail.dkim]')[2]}", encoding="utf-8")


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_new_key_is_private_and_its_record_and_settings_can_be_pasted(site, kind):
    done = call_cli("keys", "new", "--algorithm", kind, "--selector", "s1", cwd=site.root)
    file = site.root / "state/dkim/s1.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    private = read_key(file.read_bytes())
    [(name, value)] = records(done.stdout).items()
    assert name == "s1._domainkey.docchat.example"
    assert value == f"v=DKIM1; k={kind}; p={public_half(private)}"
    assert b"PRIVATE" not in (done.stdout + done.stderr).encode()
    pasted(site, done.stdout)
    [key] = signing_keys(load_config(site.config))
    assert public_half(key.private) == public_half(private)


def test_no_key_is_overwritten(site):
    call_cli("keys", "new", "--algorithm", "ed25519", "--selector", "s1", cwd=site.root)
    before = (site.root / "state/dkim/s1.pem").read_bytes()
    again = call_cli("keys", "new", "--selector", "s1", cwd=site.root, check=False)
    assert again.returncode == 73
    assert "there already" in again.stderr
    assert (site.root / "state/dkim/s1.pem").read_bytes() == before
    assert [file.name for file in (site.root / "state/dkim").iterdir()] == ["s1.pem"]


def test_without_a_selector_each_key_gets_one_of_its_own(site):
    for _ in range(3):
        call_cli("keys", "new", "--algorithm", "ed25519", cwd=site.root)
    month = f"ed{datetime.now(UTC):%Y%m}"
    assert len(list((site.root / "state/dkim").glob(f"{month}*.pem"))) == 3


@pytest.mark.parametrize("selector", ["../key", "a.b", "-a", "a" * 64, "é"])
def test_a_selector_that_is_no_label_is_refused(site, selector):
    done = call_cli("keys", "new", f"--selector={selector}", cwd=site.root, check=False)
    assert done.returncode == 2
    assert not (site.root / "state").exists()


def test_new_keys_add_to_what_the_settings_name_and_all_are_shown(site):
    pasted(site, call_cli("keys", "new", "--selector", "s1", cwd=site.root).stdout)
    made = call_cli("keys", "new", "--algorithm", "ed25519", "--selector", "s2", cwd=site.root).stdout
    pasted(site, made)
    shown = records(call_cli("keys", "show", cwd=site.root).stdout)
    assert list(shown) == ["s1._domainkey.docchat.example", "s2._domainkey.docchat.example"]


def test_rotating_makes_a_key_beside_each_and_says_when_the_old_record_may_go(site):
    pasted(site, call_cli("keys", "new", "--algorithm", "ed25519", "--selector", "s1", cwd=site.root).stdout)
    [old] = signing_keys(load_config(site.config))
    done = call_cli("keys", "rotate", cwd=site.root)
    assert [key.selector for key in signing_keys(load_config(site.config))] == ["s1"]
    pasted(site, done.stdout)
    [new] = signing_keys(load_config(site.config))
    assert new.selector != "s1"
    assert public_half(new.private) != public_half(old.private)
    assert "s1._domainkey.docchat.example" in done.stderr
    assert f"{datetime.now(UTC) + timedelta(days=30):%Y-%m}" in done.stderr
    assert (site.root / "state/dkim/s1.pem").exists()


def test_there_must_be_a_key_to_rotate(site):
    done = call_cli("keys", "rotate", cwd=site.root, check=False)
    assert done.returncode == 2
    assert "keys new" in done.stderr
    assert "keys new" in call_cli("keys", "show", cwd=site.root).stderr


def test_a_made_key_signs_what_its_printed_record_verifies(site):
    printed = call_cli("keys", "new", "--selector", "s1", cwd=site.root).stdout
    pasted(site, printed)
    [key] = signing_keys(load_config(site.config))
    message = dkims.signed(b"From: a@letters.example.org\r\nSubject: x\r\n\r\nHello\r\n", [key])
    assert dkims.verified_by(
        message, {f"s1._domainkey.{dkims.DOMAIN}": next(iter(records(printed).values()))}
    )
