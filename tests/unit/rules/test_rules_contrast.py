"""Contrast by the formulas of WCAG, against figures that are well known."""

import pytest
from hypothesis import given, settings, strategies as st

from docchat_mailer.rules.contrast import BLACK, WHITE, colour_of, contrast, luminance, shown

COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.mark.parametrize(
    ("ink", "ratio"),
    [
        ("#000000", 21.0),
        ("#ffffff", 1.0),
        ("#777777", 4.48),
        ("#767676", 4.54),
        ("#ff0000", 4.0),
        ("#0000ff", 8.59),
    ],
)
def test_known_ratios_on_white(ink, ratio):
    assert round(contrast(colour_of(ink), WHITE), 2) == ratio


@pytest.mark.parametrize(
    ("written", "colour"),
    [
        ("#FFF", WHITE),
        (" black ", BLACK),
        ("rgb(1, 2, 300)", (1, 2, 255)),
        ("rgb(1 2 3)", (1, 2, 3)),
        ("transparent", None),
        ("#12345", None),
        ("var(--ink)", None),
        ("", None),
    ],
)
def test_what_a_value_names(written, colour):
    assert colour_of(written) == colour


@given(COLOURS, COLOURS)
@settings(max_examples=60, deadline=None)
def test_contrast_is_the_same_both_ways_and_within_its_bounds(one, other):
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21.01
    assert 0 <= luminance(one) <= 1
    assert colour_of(shown(one)) == one
