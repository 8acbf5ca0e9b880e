"""Which keys the settings name, and what is wrong with them."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

import dkims
from docchat_mailer.config import load_config
from docchat_mailer.config.signing import signer, signing_domain, signing_keys
from docchat_mailer.errors import ConfigError
from docchat_mailer.letter.dkim_keys import key_file, read_key, record, record_name, strings
from docchat_mailer.smtp.profiles import PROFILES
from sites import CONFIG

RELAY = """\
transport = "smtp"
unsubscribe_mailto = "leave@docchat.example"
[mail.smtp]
host = "smtp.relay.example"
profile = "{profile}"
"""
BOTH = 'keys = ["rsa1.pem", "keys/ed1.pem"]\n'


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "keys").mkdir()
    (tmp_path / "rsa1.pem").write_bytes(key_file(dkims.rsa_key().private))
    (tmp_path / "keys/ed1.pem").write_bytes(key_file(dkims.ed25519_key().private))
    return tmp_path


def config(folder, dkim="", more=""):
    (folder / "config.toml").write_text(f"{CONFIG}{more}[mail.dkim]\n{dkim}", encoding="utf-8")
    return load_config(folder / "config.toml")


def test_without_keys_nothing_signs(folder):
    assert signer(config(folder)) is None


def test_keys_stand_under_the_names_of_their_files(folder):
    assert [key.selector for key in signing_keys(config(folder, BOTH))] == ["rsa1", "ed1"]


def test_the_senders_domain_signs_unless_another_is_given(folder):
    assert signing_domain(config(folder)) == "docchat.example"
    assert signing_domain(config(folder, 'domain = "letters.docchat.example"\n')) == "letters.docchat.example"


def test_what_the_settings_say_is_what_verifies(folder):
    sign = signer(config(folder, f'{BOTH}domain = "{dkims.DOMAIN}"\n'))
    message = b"From: a@letters.example.org\r\nSubject: x\r\n\r\nHello\r\n"
    keys = [dkims.rsa_key(), dkims.ed25519_key()]
    assert dkims.verifies(dkims.signatures_of(sign, message) + message, keys)


@pytest.mark.parametrize(
    ("profile", "signed"),
    [("generic", {"message-id", "date"}), ("ses", set()), ("mailgun", {"message-id", "date"})],
)
def test_what_a_relay_rewrites_is_left_out(folder, profile, signed):
    sign = signer(config(folder, BOTH, RELAY.format(profile=profile)))
    message = b"Message-ID: <a@x>\r\nDate: now\r\nFrom: a@letters.example.org\r\n\r\nHello\r\n"
    [names] = {
        part for part in dkims.signatures_of(sign, message).split(b";") if part.strip().startswith(b"h=")
    }
    assert {"message-id", "date"} & set(names.strip()[2:].decode().split(":")) == signed


def test_every_profile_of_the_settings_is_in_the_table(folder):
    for name, profile in PROFILES.items():
        sender = config(folder, more=RELAY.format(profile=name)).sender()
        assert sender.keeps_ids == profile.keeps_ids


def test_two_keys_of_one_kind_are_one_too_many(folder):
    (folder / "rsa2.pem").write_bytes((folder / "rsa1.pem").read_bytes())
    with pytest.raises(ConfigError, match="rsa1 and rsa2 are both rsa"):
        signing_keys(config(folder, 'keys = ["rsa1.pem", "rsa2.pem"]\n'))


def encrypted():
    private = dkims.ed25519_key().private
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))


def elliptic():
    return key_file(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (lambda: None, "No such file"),
        (lambda: b"", "no private key in PEM"),
        (lambda: b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "no private key in PEM"),
        (lambda: key_file(dkims.ed25519_key().private)[:60], "no private key in PEM"),
        (encrypted, "encrypted"),
        (elliptic, "RSA or Ed25519"),
        (lambda: key_file(dkims.rsa_key(1024).private), "1024 bits"),
    ],
)
def test_a_bad_key_is_told_with_its_file_and_what_to_do(folder, content, why):
    if content() is not None:
        (folder / "bad.pem").write_bytes(content())
    with pytest.raises(ConfigError, match=why) as caught:
        signing_keys(config(folder, 'keys = ["bad.pem"]\n'))
    assert str(folder / "bad.pem") in str(caught.value)
    assert "keys new" in caught.value.fix


@pytest.mark.parametrize("key", [dkims.rsa_key(), dkims.ed25519_key()], ids=["rsa", "ed25519"])
def test_a_key_survives_its_file_and_its_record_fits_the_dns(key):
    again = read_key(key_file(key.private))
    assert record(again) == record(key.private)
    assert record_name(key.selector, "example.org").endswith("._domainkey.example.org")
    pieces = strings(record(again))
    assert "".join(pieces) == record(again)
    assert all(0 < len(piece) <= 255 for piece in pieces)
    assert len(pieces) == (2 if key.selector == "rsa1" else 1)


def test_the_record_of_the_standards_own_key():
    # The seed and the record of RFC 8463 appendix A.2.
    seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
    assert dkims.ed25519_record(seed).endswith("p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
