"""What is logged can be read by many, so no address stands in it."""

import json

import structlog

from docchat_mailer.log import configure, without_addresses


def test_addresses_are_masked_however_deep_they_stand():
    error = ValueError("550 no such user anna@example.org here")
    made = without_addresses(
        None,
        "info",
        {
            "event": "rejected anna@example.org for good",
            "to": ["anna@example.org", {"ben@example.org": ("x", "cleo@example.org")}],
            "error": error,
            "count": 3,
            "nothing": None,
            "ok": True,
        },
    )
    assert "@" not in repr(made)
    assert made["event"] == "rejected <address> for good"
    assert made["error"] == "550 no such user <address> here"
    assert (made["count"], made["nothing"], made["ok"]) == (3, None, True)


def test_a_line_is_json_with_its_facts_where_that_is_asked(capsys):
    configure(as_json=True)
    try:
        structlog.get_logger().info("sent", edition=7, to="anna@example.org")
        structlog.get_logger().debug("unseen")
    finally:
        structlog.reset_defaults()
    [line] = capsys.readouterr().err.splitlines()
    said = json.loads(line)
    assert (said["event"], said["edition"], said["to"], said["level"]) == ("sent", 7, "<address>", "info")
