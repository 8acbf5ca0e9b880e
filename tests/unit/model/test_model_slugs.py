"""Slugs: words for URLs, stable under a second pass."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.model.slugs import slugify


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("chronic back pain", "chronic-back-pain"),
        ("  Therapeutic Massage! ", "therapeutic-massage"),
        ("Crème brûlée", "creme-brulee"),
        ("ﬁt & well", "fit-well"),
        ("a--b__c", "a-b-c"),
        ("C++", "c"),
        ("массаж спины", "массаж-спины"),
        ("按摩", "按摩"),
        ("…", ""),
        ("", ""),
    ],
)
def test_a_slug_is_words_and_hyphens(text, slug):
    assert slugify(text) == slug


def test_tags_of_another_script_stay_apart():
    assert slugify("массаж") != slugify("спина")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40))
def test_a_slug_is_its_own_slug_and_safe_in_a_path(text):
    slug = slugify(text)
    assert slugify(slug) == slug
    assert not set(slug) & set("/?#%. \t\n\\")
    assert slug == slug.strip("-")
    assert "--" not in slug
