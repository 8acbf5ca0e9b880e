"""Keys and their records: every way in which a signature would be in vain."""

import pytest
from finding_mail_way import Zone

import dkims
from docchat_mailer.app import diagnosis, online_diagnosis
from docchat_mailer.checking.signing import key_findings, record_findings
from docchat_mailer.letter.dkim_keys import key_file, public_half, record
from sites import SiteFolder

RSA, ED25519 = dkims.rsa_key(), dkims.ed25519_key()
RECORD, P = record(RSA.private), public_half(RSA.private)
NAME = f"rsa1._domainkey.{dkims.DOMAIN}"


def codes(records, *, keys=(RSA,), sender=dkims.DOMAIN) -> list[str]:
    zone = Zone(
        {(NAME, "TXT"): records, (f"ed1._domainkey.{dkims.DOMAIN}", "TXT"): (record(ED25519.private),)}
    )
    return [one.code for one in record_findings(dkims.DOMAIN, sender, keys, zone)]


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ((RECORD,), []),
        ((f"p={P}",), []),
        ((f"v=DKIM1;k=rsa;h=sha1:sha256;s=email;p={P[:99]} {P[99:]};",), []),
        ((f"V=DKIM1; K=rsa; P={P}",), []),
        ((), ["C841"]),
        ((RECORD, RECORD), ["C842"]),
        ((f"v=DKIM2; p={P}",), ["C842"]),
        (("v=DKIM1; k=rsa",), ["C842"]),
        (("v=DKIM1; k=rsa; p=",), ["C842"]),
        (("v=DKIM1; k=rsa; p=not base64!",), ["C842"]),
        ((f"h=sha1; p={P}",), ["C842"]),
        ((f"s=tlsrpt; p={P}",), ["C842"]),
        (("v=spf1 -all",), ["C842"]),
        ((f"k=ed25519; p={P}",), ["C843"]),
        ((f"p={P[:-8]}",), ["C843"]),
        ((record(ED25519.private),), ["C843"]),
        ((f"t=y; p={P}",), ["C845"]),
        (None, ["C830"]),
    ],
)
def test_a_record_must_be_one_usable_and_ours(records, expected):
    assert codes(records) == expected


def test_ed25519_may_stand_beside_rsa_and_not_alone():
    assert codes((RECORD,), keys=(RSA, ED25519)) == []
    assert codes((RECORD,), keys=(ED25519,)) == ["C844"]


@pytest.mark.parametrize(
    ("sender", "expected"),
    [("example.org", []), ("a.Example.ORG", []), ("example.com", ["C846"]), ("ample.org", ["C846"])],
)
def test_who_signs_is_related_to_who_writes(sender, expected):
    assert codes((RECORD,), sender=sender) == expected


def test_every_record_is_judged_though_one_is_not_answered():
    assert codes(None, keys=(RSA, ED25519)) == ["C830"]


def test_a_key_file_must_be_there_private_and_of_use(tmp_path):
    files = [tmp_path / name for name in ("gone.pem", "small.pem", "one.pem", "two.pem")]
    files[1].write_bytes(key_file(dkims.rsa_key(1024).private))
    for file in files[2:]:
        file.write_bytes(key_file(ED25519.private))
        file.chmod(0o600)
    found = list(key_findings(files))
    assert [(one.code, one.source.path.rpartition("/")[2]) for one in found] == [
        ("C815", "gone.pem"),
        ("C815", "small.pem"),
        ("C815", "two.pem"),
    ]
    assert "1024 bits" in found[1].what


@pytest.fixture
def site(tmp_path):
    site = SiteFolder(tmp_path)
    file = tmp_path / "rsa1.pem"
    file.write_bytes(key_file(RSA.private))
    file.chmod(0o600)
    with site.config.open("a", encoding="utf-8") as settings:
        settings.write('[mail.dkim]\nkeys = ["rsa1.pem"]\n')
    return site


def dkim_codes(found) -> set[str]:
    return {one.code for one in found} & {"C814", "C815", "C838", "C841", "C842", "C843", "C844", "C846"}


def test_the_doctor_asks_for_the_record_of_each_key(site):
    name = ("rsa1._domainkey.docchat.example", "TXT")
    assert dkim_codes(diagnosis(site.config)) == set()
    assert dkim_codes(online_diagnosis(site.config, Zone({name: (RECORD,)}))) == set()
    assert dkim_codes(online_diagnosis(site.config, Zone({}))) == {"C841"}
    assert dkim_codes(online_diagnosis(SiteFolder(site.root / "other").config, Zone({}))) == {"C838"}


def test_the_doctor_tells_of_a_bad_key_once(site):
    (site.root / "rsa1.pem").chmod(0o640)
    assert dkim_codes(diagnosis(site.config)) == {"C814"}
    (site.root / "rsa1.pem").write_bytes(b"no key")
    assert dkim_codes(diagnosis(site.config)) == {"C815"}
    assert dkim_codes(online_diagnosis(site.config, Zone({}))) == set()
