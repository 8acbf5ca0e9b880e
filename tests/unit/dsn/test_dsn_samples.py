"""Real messages with labels, where they are: how many are read as somebody else reads them."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from docchat_mailer.dsn.reading import read_report
from documents import ROOT

SAMPLES = ROOT.parent / "shared" / "data" / "bounces"
NAMES = sorted(file.name for file in (SAMPLES / "messages").glob("*.eml")) if SAMPLES.is_dir() else []

pytestmark = pytest.mark.skipif(
    not NAMES, reason="no labelled messages in ../shared/data/bounces: they are not ours to give away"
)


LABELS = json.loads((SAMPLES / "labels.json").read_text(encoding="utf-8")) if NAMES else {}


def read_file(name):
    return read((SAMPLES / "messages" / name).read_bytes())


def read(octets):
    return [
        {"recipient": each.recipient, "kind": str(each.kind), "status": each.status}
        for each in read_report(octets).bounces
    ]


CONTRADICTED = {
    "RFC 5321 section 4.2.3: 550 with the words that there is no such user is about the mailbox": {
        "mailfoundry-01.eml",
        "mxlogic-02.eml",
        "postfix-04.eml",
        "surfcontrol-01.eml",
        "x1-01.eml",
        "x2-01.eml",
        "zoho-02.eml",
    },
    "RFC 3463 section 3.2: X.1.1 is a bad mailbox, and its words say the same": {
        "postfix-01.eml",
        "receivingses-01.eml",
        "rfc3464-01.eml",
    },
    "RFC 3464 section 2.3.3: delayed is no failure": {"opensmtpd-05.eml"},
    "RFC 5321 section 3.3: a reply to MAIL is about the sender": {"postfix-33.eml"},
}
"""Labels that say soft where these say hard, or the other way round."""


def scored(folder, labels, *wanted):
    """What the script says of our readings of the messages in *labels*."""
    for name, value in (("labels", labels), ("readings", {file: read_file(file) for file in labels})):
        (folder / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")
    command = [
        sys.executable,
        SAMPLES / "score.py",
        folder / "readings.json",
        "--labels",
        folder / "labels.json",
    ]
    done = subprocess.run([*command, "--misses", *wanted], capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout)
    return done


def test_the_samples_are_read_as_labelled(tmp_path):
    """Prints the rates and lists the misses."""
    wanted = ("--recipients", "0.95", "--kinds", "0.95", "--false-positives", "0")
    done = scored(tmp_path, LABELS, *wanted)
    assert done.returncode == 0, done.stdout


def test_what_no_rfc_contradicts_is_read_as_labelled(tmp_path):
    """Prints the rates and lists the misses."""
    contradicted = set().union(*CONTRADICTED.values())
    labels = {file: entries for file, entries in LABELS.items() if file not in contradicted}
    wanted = ("--recipients", "0.95", "--kinds", "0.95", "--false-positives", "0")
    done = scored(tmp_path, labels, *wanted)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("why", CONTRADICTED)
def test_a_label_that_an_rfc_contradicts_is_not_followed(why):
    for name in CONTRADICTED[why]:
        [label], [entry] = LABELS[name], read_file(name)
        assert {label["kind"], entry["kind"]} == {"hard", "soft"}, name


def test_every_sample_is_the_same_in_three_forms_of_line_ends():
    for name in NAMES:
        lf = (SAMPLES / "messages" / name).read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        assert read(lf) == read(lf.replace(b"\n", b"\r\n")) == read(lf.replace(b"\n", b"\r")), name
