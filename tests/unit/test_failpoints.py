"""Failpoints: obeyed at their pass and no other, refused where unknown, and off without the test's word."""

from __future__ import annotations

import ast
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from docchat_mailer import failpoints
from docchat_mailer.errors import ConfigError
from docchat_mailer.failpoints import NAMES, FailpointError, arm, failpoint

SOURCE = Path(failpoints.__file__).parent


@pytest.fixture(autouse=True)
def _disarmed():
    yield
    arm("")


def test_nothing_happens_until_it_is_armed():
    for name in NAMES:
        failpoint(name)
    assert failpoints.passes() == {}


def test_the_third_pass_and_no_other():
    arm("wire.after_journal:3:raise")
    for obeyed in (False, False, True, False):
        if obeyed:
            with pytest.raises(FailpointError, match=r"wire\.after_journal"):
                failpoint("wire.after_journal")
        else:
            failpoint("wire.after_journal")
    failpoint("wire.after_dot")
    assert failpoints.passes() == {"wire.after_journal": 4}


def test_the_second_pass_and_each_later_one():
    arm("settle.before_commit:2+:enospc,claim.after:1:drop")
    failpoint("settle.before_commit")
    for _ in range(2):
        with pytest.raises(OSError, match="settle") as caught:
            failpoint("settle.before_commit")
        assert caught.value.errno == errno.ENOSPC
    with pytest.raises(ConnectionResetError):
        failpoint("claim.after")


def test_eio_and_delay():
    arm("feed.before_rename:1:eio,import.row:1:delay=0.05")
    with pytest.raises(OSError, match="feed") as caught:
        failpoint("feed.before_rename")
    assert caught.value.errno == errno.EIO
    before = time.monotonic()
    failpoint("import.row")
    assert time.monotonic() - before >= 0.05


@pytest.mark.parametrize(
    ("orders", "why"),
    [
        ("wire.nowhere:1:kill", "there is no failpoint wire.nowhere"),
        ("wire.after_dot", "nothing is no count of passes"),
        ("wire.after_dot:0:kill", "0 is no count"),
        ("wire.after_dot:x:kill", "x is no count"),
        ("wire.after_dot:1", "nothing is no action"),
        ("wire.after_dot:1:explode", "explode is no action"),
        ("wire.after_dot:1:delay=long", "long is no number"),
    ],
)
def test_what_is_unknown_is_refused(orders, why):
    arm("claim.after:1:raise")
    with pytest.raises(ConfigError, match=why):
        arm(orders)
    with pytest.raises(FailpointError):
        failpoint("claim.after")


def test_every_place_in_the_source_has_a_name_of_the_table():
    called = {
        node.args[0].value
        for file in SOURCE.rglob("*.py")
        if "failpoint(" in (text := file.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"failpoint", "self._pass"}
        if isinstance(node.args[0], ast.Constant)
    }
    assert called
    assert called - NAMES.keys() == set()


def child(program: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", f"from docchat_mailer.failpoints import arm, failpoint\n{program}"],
        stdout=subprocess.PIPE,
        text=True,
    )


def test_kill_is_sigkill():
    with child(
        "arm('claim.after:2:kill')\nfor n in (1, 2, 3): print(n, flush=True); failpoint('claim.after')"
    ) as it:
        said, _ = it.communicate(timeout=30)
    assert (it.returncode, said) == (-signal.SIGKILL, "1\n2\n")


def test_stop_stands_still_until_it_is_woken():
    with child("arm('claim.after:1:stop=0.2')\nfailpoint('claim.after')\nprint('on', flush=True)") as it:
        _, state = os.waitpid(it.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(state)
        assert it.communicate(timeout=30)[0] == "on\n"


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"DOCCHAT_TESTING": "1", "DOCCHAT_FAILPOINT": "no.such:1:kill"}, 78),
        ({"DOCCHAT_TESTING": "1", "DOCCHAT_FAILPOINT": "claim.after:1:kill"}, 0),
        ({"DOCCHAT_FAILPOINT": "no.such:1:kill"}, 0),
        ({"DOCCHAT_TESTING": "0", "DOCCHAT_FAILPOINT": "no.such:1:kill"}, 0),
    ],
)
def test_the_program_obeys_only_beside_the_tests_word(environment, code):
    done = subprocess.run(
        [sys.executable, "-m", "docchat_mailer.cli", "version"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    assert ("there is no failpoint no.such" in done.stderr) == (code == 78)
