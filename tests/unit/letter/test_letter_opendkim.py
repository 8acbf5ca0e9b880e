"""OpenDKIM, where it is installed, finds the same as dkimpy: every golden letter holds, a changed one does not."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import dkims
from docchat_mailer.letter.dkim_keys import record

OPENDKIM = shutil.which(
    os.environ.get("DOCCHAT_OPENDKIM", "opendkim"), path=f"{os.environ['PATH']}:/usr/sbin"
)
LETTERS = sorted((Path(__file__).parents[2] / "golden" / "email").rglob("*.eml"))

pytestmark = pytest.mark.skipif(
    OPENDKIM is None, reason="OpenDKIM is not installed (Debian package opendkim)"
)


def said_of(message: bytes, folder: Path) -> str:
    """What OpenDKIM says of a message, with our record as its whole DNS."""
    key = dkims.rsa_key()
    (folder / "zone").write_text(f"{key.selector}._domainkey.{dkims.DOMAIN} {record(key.private)}\n")
    (folder / "conf").write_text(f"Mode v\nTestDNSData file:{folder / 'zone'}\nSyslog no\n")
    (folder / "letter.eml").write_bytes(message)
    done = subprocess.run(
        [OPENDKIM, "-x", folder / "conf", "-t", folder / "letter.eml", "-v"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("letter", LETTERS, ids=lambda file: file.stem)
def test_every_golden_letter_holds(letter, tmp_path):
    message = dkims.signed(letter.read_bytes(), [dkims.rsa_key()])
    assert "2048-bit key) succeeded" in said_of(message, tmp_path)


@pytest.mark.parametrize("old", [b"Subject:", b"List-Unsubscribe:", b"</html>"])
def test_a_changed_letter_does_not(old, tmp_path):
    message = dkims.signed(LETTERS[0].read_bytes(), [dkims.rsa_key()])
    assert old in message
    assert "failed" in said_of(message.replace(old, old + b" x", 1), tmp_path)


def test_an_ed25519_signature_beside_does_no_harm(tmp_path):
    message = dkims.signed(LETTERS[0].read_bytes(), [dkims.rsa_key(), dkims.ed25519_key()])
    assert "2048-bit key) succeeded" in said_of(message, tmp_path)
