"""One of several leads, and the next one when it is gone."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import make_url

from docchat_mailer.errors import ConfigError, TemporaryError
from docchat_mailer.store.database import Database
from docchat_mailer.store.leading import Leadership


def cut(pg_server, url):
    """As a restart does to whoever holds a lock."""
    pg_server.say(
        "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        f" WHERE l.locktype = 'advisory' AND d.datname = '{make_url(url).database}'"
    )


def test_one_leads_and_the_next_when_it_stands_down(pg_url):
    with Leadership(pg_url) as second:
        with Leadership(pg_url) as first:
            assert not first.leads()
            assert first.seek()
            assert first.seek()
            assert first.leads()
            assert not second.seek()
            assert not second.leads()
        assert not first.leads()
        assert second.seek()


def test_whose_connection_is_lost_leads_no_more(pg_server, pg_url):
    with Leadership(pg_url) as first, Leadership(pg_url) as second:
        assert first.seek()
        cut(pg_server, pg_url)
        assert second.seek()
        assert not first.leads()
        assert not first.seek()
        assert second.leads()


def test_each_database_has_a_leader_of_its_own(pg_server, pg_url):
    with pg_server.database() as other, Leadership(pg_url) as here, Leadership(other) as there:
        assert here.seek()
        assert there.seek()


def test_leading_does_not_stop_the_work(pg_url):
    database = Database.open(pg_url)
    with Leadership(pg_url) as leader:
        assert leader.seek()
        database.migrate()
        assert database.check_integrity() == []
    database.close()


def test_a_server_that_is_away_is_temporary():
    with Leadership("postgresql://127.0.0.1:1/docchat?connect_timeout=2") as nobody:
        with pytest.raises(TemporaryError, match="cannot be reached"):
            nobody.seek()
        assert not nobody.leads()


def test_over_a_file_nobody_leads():
    with pytest.raises(ConfigError, match="nobody leads"):
        Leadership("sqlite://")
