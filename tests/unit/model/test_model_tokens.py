"""Tokens: made for one purpose and one subscriber, and refused with any character changed."""

from __future__ import annotations

import pytest

from docchat_mailer.model.tokens import Purpose, make_token, read_token

KEY = b"k" * 32
ID = "q7Zt-0a_B"


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_names_its_subscriber(purpose):
    assert read_token(KEY, purpose, make_token(KEY, purpose, ID)) == ID


@pytest.mark.parametrize("purpose", list(Purpose))
def test_every_flipped_character_is_refused(purpose):
    token = make_token(KEY, purpose, ID)
    for place, character in enumerate(token):
        for bit in range(7):
            flipped = token[:place] + chr(ord(character) ^ 1 << bit) + token[place + 1 :]
            assert read_token(KEY, purpose, flipped) is None, (place, bit)


def test_every_cut_and_every_addition_is_refused():
    token = make_token(KEY, Purpose.UNSUBSCRIBE, ID)
    for end in range(len(token)):
        assert read_token(KEY, Purpose.UNSUBSCRIBE, token[:end]) is None
        assert read_token(KEY, Purpose.UNSUBSCRIBE, token[end + 1 :]) is None
    for addition in ("a", ".", " ", "\n", "é"):
        assert read_token(KEY, Purpose.UNSUBSCRIBE, token + addition) is None
        assert read_token(KEY, Purpose.UNSUBSCRIBE, addition + token) is None


@pytest.mark.parametrize("made", list(Purpose))
@pytest.mark.parametrize("asked", list(Purpose))
def test_one_purpose_cannot_stand_in_for_another(made, asked):
    token = make_token(KEY, made, ID)
    assert read_token(KEY, asked, token) == (ID if made is asked else None)
    renamed = token.replace(f"v1.{made}.", f"v1.{asked}.")
    assert read_token(KEY, asked, renamed) == (ID if made is asked else None)


def test_another_key_is_refused():
    assert read_token(b"x" * 32, Purpose.UNSUBSCRIBE, make_token(KEY, Purpose.UNSUBSCRIBE, ID)) is None


@pytest.mark.parametrize(
    "nonsense", ["", ".", "....", "v1.u.", "v1.u..", "v2.u.a.b", "ü" * 9, "a" * 1_000_000]
)
def test_nonsense_is_refused(nonsense):
    assert read_token(KEY, Purpose.UNSUBSCRIBE, nonsense) is None


def test_a_token_names_neither_list_nor_series():
    assert make_token(KEY, Purpose.UNSUBSCRIBE, ID).split(".")[:3] == ["v1", "u", ID]
