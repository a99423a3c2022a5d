"""A list of recordings is searched as the library is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay import UsageError
from replay.find.sieve import Known, KnownPlayer, _pattern, sieve

NAMES = ("map", "mode", "kills", "deaths")
KNOWN = Known(
    "final/Duel-1.replay",
    {"game": "arena", "verdict": "ok", "outcome": "score"},
    (
        KnownPlayer("Ann B", is_winner=True, numbers={"kills": 12, "deaths": 3}),
        KnownPlayer("Zoë", "bot:hunter", numbers={"kills": 2, "deaths": 9}),
    ),
    {"map": "duel", "mode": "ffa"},
    rules=3,
    seconds=95.0,
    created_ms=1_767_268_800_000,  # 2026-01-01 12:00 UTC
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "duel",
        "ZOË",
        "player:zoë",
        'player:"ann b"',
        "player:an*",
        "winner:Ann*",
        "-winner:zoë",
        "bot:hunter",
        "bot:h*",
        "map:duel",
        "map!=plaza",
        "-map:plaza",
        "game:ARENA rules:3",
        "rules>=2",
        "verdict:ok outcome:score",
        "file:*final*",
        "length>=1:30 length<2m",
        "after:2026-01-01 before:2026-01-02 on:2026-01-01",
        "kills>=12",
        "player:Ann* kills>10 deaths<4",
        "bot:hunter deaths=9",
    ],
)
def test_what_fits_is_let_through(text):
    assert sieve(text, NAMES)(KNOWN)


@pytest.mark.parametrize(
    "text",
    [
        "plaza",
        "player:ann",
        "winner:zoë",
        "-player:zoë",
        "bot:camper",
        "map:plaza",
        "map!=duel",
        "rules<3",
        "verdict:diverged",
        "match:8e*",
        "file:duel",
        "length>2m",
        "after:2026-01-02",
        "before:2026-01-01",
        "on:2025-12-31",
        "kills>12",
        "player:Zoë kills>10",
        "deaths=9 player:Zoë kills=12",
        "-kills>1",
        "map:duel plaza",
    ],
)
def test_what_does_not_fit_is_held_back(text):
    assert not sieve(text, NAMES)(KNOWN)


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("plyer:Ann", "no recording here has 'plyer'", "did you mean player?"),
        ("kils>=10", "no recording here has 'kils'", "did you mean kills?"),
        ("xyz:1", "no recording here has 'xyz'", "there is: after, before"),
        ('"open', "cannot read", "like:"),
        ("length>=x", "is not a length", "like 1:30"),
        ("kills>=many", "expected a number", "like:"),
        ("player>3", "has no order", "use :"),
        ("on:someday", "is not a date", "like 2026"),
        ("rules:x", "not a whole number", "like:"),
    ],
)
def test_what_is_no_search_is_refused_with_what_may_be_meant(text, said, hint):
    with pytest.raises(UsageError, match=said) as caught:
        sieve(text, NAMES)
    assert caught.value.hint.startswith(hint)


@given(st.text(max_size=60))
def test_any_text_is_a_search_or_a_usage_error(text):
    try:
        fits = sieve(text, NAMES)
    except UsageError:
        return
    assert {fits(KNOWN), fits(Known(""))} <= {True, False}


@given(st.text("ab*", max_size=8), st.text("ab", max_size=12))
def test_a_star_stands_for_anything(key, text):
    whole = ".*".join(map(re.escape, key.split("*")))
    assert _pattern(key)(text) == (re.fullmatch(whole, text) is not None)
