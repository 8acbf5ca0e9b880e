"""Return paths: ours are read in any case, nobody else's are believed, and none tells what it is of."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, strategies as st

from docchat_mailer.dsn.verp import make_token, read_address, read_token, return_path
from docchat_mailer.model.delivery import DeliveryId

KEY = b"k" * 32
IDS = st.builds(DeliveryId, st.integers(0, 2**32 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**16 - 1))


@given(IDS)
def test_a_return_path_is_read_in_any_case(id_):
    path = return_path(KEY, id_, "bounces.example.org")
    local = path.rpartition("@")[0]
    assert set(local.removeprefix("bounce+")) <= set(string.ascii_lowercase + string.digits)
    assert len(local) <= 64  # RFC 5321 section 4.5.3.1.1
    assert read_address(KEY, path) == read_address(KEY, path.upper()) == id_
    assert read_address(b"x" * 32, path) is None


@given(IDS, st.data())
def test_a_token_with_any_character_changed_is_refused(id_, data):
    token = make_token(KEY, id_)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from([c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != token[at]]))
    assert read_token(KEY, token[:at] + other + token[at + 1 :]) is None


@given(st.text(max_size=50))
def test_whatever_else_comes_is_nobodys(text):
    assert read_token(KEY, text) is None
    assert read_address(KEY, f"bounce+{text}@example.org") is None


@pytest.mark.parametrize("address", ["", "@", "bounce@example.org", "letters@example.org", "bounce+@x"])
def test_other_addresses_are_nobodys(address):
    assert read_address(KEY, address) is None


def test_threat_T33_a_token_tells_nothing_of_edition_or_reader():
    tokens = [make_token(KEY, DeliveryId(1, reader)) for reader in range(1, 200)]
    for at in range(len(tokens[0])):
        assert len({token[at] for token in tokens}) > 1


def test_a_key_that_no_database_gives_is_an_error():
    with pytest.raises(ValueError, match="no key"):
        make_token(KEY, DeliveryId(-1, 1))
