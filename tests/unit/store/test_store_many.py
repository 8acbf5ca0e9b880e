"""Many rows in one statement, and one column among many values, the same on every database."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import Text, bindparam, insert, select, update

from docchat_mailer.store.among import among
from docchat_mailer.store.database import Database
from docchat_mailer.store.many import execute_many
from docchat_mailer.store.schema import meta

RENAME = (
    update(meta)
    .where(meta.c.key == bindparam("of_key"), meta.c.value != "kept")
    .values(value=bindparam("to_value", type_=Text()))
)
SAYABLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def db(request):
    """One database for every example: each begins with an empty table."""
    if request.param == "sqlite":
        database = Database.open("sqlite://")
        yield database
        database.close()
        return
    with request.getfixturevalue("pg_server").database() as url:
        database = Database.open(url)
        yield database
        database.close()


def hold(c, rows) -> None:
    c.execute(meta.delete())
    c.execute(insert(meta), [{"key": key, "value": value} for key, value in rows.items()])


def held(c) -> dict[str, str]:
    return {row.key: row.value for row in c.execute(select(meta.c.key, meta.c.value))}


@given(st.dictionaries(SAYABLE, SAYABLE, min_size=1, max_size=60))
@settings(max_examples=25, deadline=None)
def test_each_row_gets_its_own_value_whatever_it_is(db, wanted):
    with db.write() as c:
        hold(c, dict.fromkeys(wanted, "before"))
        execute_many(c, RENAME, [{"of_key": key, "to_value": value} for key, value in wanted.items()])
        assert held(c) == wanted


def test_what_the_statement_says_itself_holds_for_every_row(db):
    with db.write() as c:
        hold(c, {"a": "kept", "b": "before"})
        execute_many(c, RENAME, [{"of_key": key, "to_value": "after"} for key in ("a", "b", "missing")])
        assert held(c) == {"a": "kept", "b": "after"}


@pytest.mark.parametrize("size", [0, 1, 500])
def test_a_column_is_among_however_many_values(db, size):
    with db.write() as c:
        hold(c, {str(number): "" for number in range(600)})
        values = [str(number) for number in range(size)]
        assert set(c.execute(select(meta.c.key).where(among(c, meta.c.key, values))).scalars()) == set(values)
