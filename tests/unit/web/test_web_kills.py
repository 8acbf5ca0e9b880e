"""The real server is killed while somebody leaves: what was answered is so, and what was not can be asked again."""

from __future__ import annotations

import http.client
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from docchat_mailer.model.subscriber import Address, SubscriberState
from docchat_mailer.model.tokens import Purpose
from docchat_mailer.store import consents, subscribers
from doors import FORM, with_door
from sites import SiteFolder

NOW = "2027-03-01"
ANNA = Address(local="anna", domain="example.org")
ONE_CLICK = "List-Unsubscribe=One-Click"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = with_door(SiteFolder(tmp_path_factory.mktemp("kills") / "site"))
    folder.tick(NOW)
    folder.subscribe("anna@example.org")
    return folder


@contextmanager
def serving(site, failpoint: str = ""):
    """A server of its own; its process and its port."""
    import os  # noqa: PLC0415

    command = [sys.executable, "-m", "docchat_mailer.cli", "serve", "--port", "0"]
    told = {**os.environ, "DOCCHAT_TESTING": "1", "DOCCHAT_FAILPOINT": failpoint}
    with subprocess.Popen(command, cwd=site.root, stderr=subprocess.PIPE, text=True, env=told) as process:
        try:
            lines = iter(process.stderr.readline, "")
            found = next(match for line in lines if (match := re.search(r"http://[\d.:]+", line)))
            yield process, urlsplit(found[0]).port
        finally:
            process.kill()


def press(port: int, path: str) -> int | None:
    """The status of the answer, None where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", path, ONE_CLICK, FORM)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def found_in(site) -> tuple[SubscriberState, list[str], str]:
    with site.at(NOW) as (app, _), app.db.read() as c:
        person = subscribers.find_subscriber(c, ANNA)
        events = [line.event for line in consents.of_subscriber(c, person.id)]
        return person.state, events, f"/u/{app.links.make(Purpose.UNSUBSCRIBE, person.token_id)}"


@pytest.mark.parametrize(
    ("place", "state"),
    [
        ("unsubscribe.before_commit", SubscriberState.ACTIVE),
        ("unsubscribe.before_answer", SubscriberState.LEFT),
    ],
)
def test_fault_F14_a_leave_that_got_no_answer_is_asked_again_and_is_one_leave(site, tmp_path, place, state):
    mine = site.copied_to(tmp_path / "site")
    way_out = found_in(mine)[2]
    with serving(mine, f"{place}:1:kill") as (process, port):
        assert press(port, way_out) is None
        assert process.wait(30) == -signal.SIGKILL
    assert found_in(mine)[0] is state
    with serving(mine) as (_, port):
        assert [press(port, way_out) for _ in range(2)] == [200, 200]
    assert found_in(mine)[0] is SubscriberState.LEFT
    assert found_in(mine)[1].count("left") == 1
