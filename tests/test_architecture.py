"""The five sentences the tree is built on."""

from __future__ import annotations

import ast
import functools
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "docchat_mailer"
PURE = ("model", "rules", "letter", "dsn")
WORLDLY = {"os", "pathlib", "socket", "sqlite3", "smtplib", "logging", "random", "time"}


def modules(*rooms: str) -> list[Path]:
    files = [file for file in SOURCE.rglob("*.py") if not rooms or file.relative_to(SOURCE).parts[0] in rooms]
    assert files
    return files


@functools.cache
def imported(file: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def roots(file: Path) -> set[str]:
    return {name.partition(".")[0] for name in imported(file)}


def test_imports_point_down_and_never_sideways_and_the_required_four_stay_in_their_rooms():
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", modules(*PURE), ids=lambda file: str(file.relative_to(SOURCE)))
def test_pure_rooms_know_nothing_of_the_world(file):
    assert not roots(file) & WORLDLY
    text = file.read_text(encoding="utf-8")
    assert "datetime.now" not in text
    assert "utcnow" not in text


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("feedgen", {"render"}),
        ("premailer", {"render"}),
        ("jinja2", {"render"}),
        ("sqlalchemy", {"store"}),
        ("alembic", {"store"}),
        ("smtplib", {"smtp"}),
        ("urllib.request", {"hub"}),
        ("dns", {"hub"}),
        ("cryptography", {"cli", "letter", "returns"}),
        ("starlette", {"preview", "web"}),
        ("uvicorn", {"preview", "web"}),
        ("watchfiles", {"preview"}),
        ("icalendar", {"render"}),
        ("prometheus_client", {"metrics"}),
        ("markdownify", {"content"}),
    ],
)
def test_a_library_lives_in_its_room(library, rooms):
    users = {
        file.relative_to(SOURCE).parts[0]
        for file in modules()
        if any(name == library or name.startswith(f"{library}.") for name in imported(file))
    }
    assert users == rooms


def test_schedule_is_known_to_the_alarm_clock_alone():
    assert [file.name for file in modules() if "schedule" in roots(file)] == ["alarm.py"]


def test_settings_are_read_by_app_and_cli_alone():
    for file in modules():
        if any(name.startswith("docchat_mailer.config") for name in imported(file)):
            assert file.relative_to(SOURCE).parts[0] in {"config", "app.py", "cli"}


def calls(file: Path) -> list[ast.Call]:
    return [
        node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
    ]


def test_threat_T1_no_data_becomes_a_template():
    for file in modules():
        assert "from_string(" not in file.read_text(encoding="utf-8"), file


def test_threat_T6_no_statement_is_put_together_from_pieces():
    built = [
        f"{file.name}:{call.lineno}"
        for file in modules()
        for call in calls(file)
        if getattr(call.func, "attr", getattr(call.func, "id", "")) in {"execute", "exec_driver_sql", "text"}
        and any(isinstance(argument, (ast.JoinedStr, ast.BinOp)) for argument in call.args)
    ]
    assert [place.partition(":")[0] for place in built] == BUILT, built


BUILT = ["dialect.py"]
"""Where one is, of words of our own: the pragmas of a new connection."""


SECRETS = {"mac", "seal", "signature", "given", "expected", "token"}


@pytest.mark.parametrize("name", ["model/tokens.py", "dsn/verp.py", "rules/hooks.py", "returns/sns.py"])
def test_threat_T30_what_vouches_is_compared_in_constant_time(name):
    text = (SOURCE / name).read_text(encoding="utf-8")
    compared = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.Eq, ast.NotEq))
        for side in (node.left, *node.comparators)
        if getattr(side, "id", getattr(side, "attr", "")) in SECRETS
    ]
    assert compared == []


def test_threat_T31_nothing_is_a_line_of_a_shell():
    for file in modules():
        assert "shell=True" not in file.read_text(encoding="utf-8"), file
        assert "os.system(" not in file.read_text(encoding="utf-8"), file


def test_threat_T32_nothing_that_was_stored_is_run_when_it_is_read():
    for file in modules():
        assert not roots(file) & {"pickle", "marshal", "shelve"}, file
        assert "yaml.load(" not in file.read_text(encoding="utf-8"), file


def test_tokens_and_digests_are_compared_in_constant_time_in_model():
    text = (SOURCE / "model" / "tokens.py").read_text(encoding="utf-8")
    assert "compare_digest" in text
    assert "mac ==" not in text
